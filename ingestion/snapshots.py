"""Which files are the raw layer, now: compaction's snapshots, and what has landed since.

A raw table is the rows that its newest snapshot's compacted files give back, and those of every
landed file that this snapshot does not cover. A snapshot is one file, created whole and never
replaced, so whoever takes the newest one has each message once, whatever else is going on: files
that are no longer needed stay for a grace period.

<raw root>/snapshots/<raw table>/<sequence>.parquet
"""

import io
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.storage import Kept, LocalStorage, Storage

# Has no rows; it is there so that a raw table can be read before anything is in it.
SCHEMA_FILE = "schema.parquet"

_TYPES: dict[str, pa.DataType] = {
    "place": pa.string(),
    "is_compacted": pa.bool_(),
    # of a compacted file: what it gives back, and what stands in it
    "row_count": pa.int64(),
    "message_count": pa.int64(),
    "size_bytes": pa.int64(),
    "first_partition": pa.string(),
    "last_partition": pa.string(),
    # of a landed file: the first snapshot that covers it
    "covered_since": pa.int64(),
}
_SCHEMA = pa.schema(_TYPES)


class Compacted(NamedTuple):
    """A compacted file: its messages, and the rows (copies of messages) that it gives back.

    Its messages are sorted by partition first, from the first to the last one.
    """

    place: PurePosixPath
    row_count: int
    message_count: int
    size_bytes: int
    first_partition: str
    last_partition: str

    @property
    def has_copies(self) -> bool:
        """Tell whether any of its messages stands for more than one row."""
        return self.row_count > self.message_count


class Snapshot(NamedTuple):
    """What compaction has made of a raw table; `sequence` 0: nothing yet."""

    sequence: int
    compacted: list[Compacted]
    # By place: the sequence of the first snapshot that covers the landed file.
    covered: dict[PurePosixPath, int]

    def write(self, path: Path) -> None:
        """Write it to a local file; raises OSError."""
        rows: list[dict[str, Any]] = [
            one._asdict() | {"place": str(one.place), "is_compacted": True}
            for one in self.compacted
        ]
        rows += [
            {"place": str(landed), "is_compacted": False, "covered_since": since}
            for landed, since in self.covered.items()
        ]
        pq.write_table(pa.Table.from_pylist(rows, _SCHEMA), path, compression="zstd")


class RawFiles(NamedTuple):
    """The files of a raw table: no row is in two of them, and none is missing."""

    snapshot: Snapshot
    landed: list[Kept]
    # landed files that the snapshot covers, and that are still there
    left: list[Kept]

    @property
    def places(self) -> list[PurePosixPath]:
        """List the files that have the rows."""
        landed = [file.place for file in self.landed]
        return landed + [file.place for file in self.snapshot.compacted]


def place(table: str, sequence: int) -> PurePosixPath:
    """Say where a snapshot is kept; places sort as sequences do."""
    return _folder(table) / f"{sequence:012}.parquet"


def find(storage: Storage, table: str) -> list[Kept]:
    """List the snapshots that are kept of a table, oldest first. Raises OSError."""
    return sorted(storage.find(_folder(table)))


def sequence_of(kept: Kept) -> int:
    """Tell a snapshot's number."""
    return int(kept.place.stem)


def read(storage: Storage, kept: Kept) -> Snapshot:
    """Read a snapshot; raises OSError."""
    with pq.ParquetFile(io.BytesIO(storage.read(kept.place))) as file:
        rows = file.read(use_threads=False).to_pylist()
    compacted = [
        Compacted(PurePosixPath(row["place"]), *(row[name] for name in Compacted._fields[1:]))
        for row in rows
        if row["is_compacted"]
    ]
    covered = {
        PurePosixPath(row["place"]): row["covered_since"] for row in rows if not row["is_compacted"]
    }
    return Snapshot(sequence_of(kept), compacted, covered)


def read_raw_files(storage: Storage, table: str) -> RawFiles:
    """Find the files of a table; they stay for compaction's grace period. Raises OSError.

    The snapshot first: a file that has been removed since is one that it covers.
    """
    kept = find(storage, table)
    snapshot = read(storage, kept[-1]) if kept else Snapshot(0, [], {})
    found = [
        file
        for file in storage.find(PurePosixPath("landed", table))
        if file.place.name != SCHEMA_FILE
    ]
    landed = [file for file in found if file.place not in snapshot.covered]
    left = [file for file in found if file.place in snapshot.covered]
    return RawFiles(snapshot, landed, left)


def local_copy(storage: Storage, place: PurePosixPath, scratch: Path) -> Path:
    """Give a file of the raw layer as a local one, itself or copied; raises OSError."""
    if isinstance(storage, LocalStorage):
        return storage.root / place
    file = scratch / place.name
    storage.fetch(place, file)
    return file


def _folder(table: str) -> PurePosixPath:
    return PurePosixPath("snapshots", table)
