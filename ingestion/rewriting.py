"""One round of compaction: landed files, rewritten together with what they belong to."""

import time
from bisect import bisect_left
from collections.abc import Callable, Set
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import duckdb
import pyarrow.parquet as pq

from ingestion import engine, snapshots
from ingestion.compacted_files import SMALL_BYTES, CompactedFiles
from ingestion.errors import LandingError
from ingestion.folding import Order, fold, read_parquet
from ingestion.removal import ORPHAN_SECONDS
from ingestion.snapshots import Compacted, RawFiles, Snapshot, local_copy
from ingestion.storage import Storage, temporary_name

_DUCKDB_MEMORY = "64MB"
# A table would have more small files than these: then they become few, whatever their partitions.
_MANY_FILES = 64


class OvertakenError(Exception):
    """Another compaction has committed since this one began; nothing of this one counts."""


class Rewritten(NamedTuple):
    """What a round has made: compacted files, of so many rows that had landed."""

    files: list[Compacted]
    landed_rows: int


class Sources(NamedTuple):
    """What is rewritten: the landed files, and `also` some compacted ones.

    `prepared` makes of each file, which is local, what is rewritten: in the scratch folder, or the
    file itself.
    """

    files: RawFiles
    also: Set[Compacted] = frozenset()
    prepared: Callable[[Path], Path] = lambda file: file


def rewrite(
    storage: Storage, table: str, order: Order, sources: Sources, scratch: Path
) -> Rewritten:
    """Rewrite files into compacted ones, in a snapshot of their own.

    Compacted files that hold a message of theirs are rewritten with them, so that a message is one
    row. Raises OvertakenError, OSError, duckdb.Error, pa.ArrowException and LandingError.
    """
    started = time.monotonic()
    files, also, prepared = sources

    def fetch(place: PurePosixPath) -> Path:
        return prepared(local_copy(storage, place, scratch))

    landed = [fetch(file.place) for file in files.landed]
    with engine.connect(_DUCKDB_MEMORY, scratch / "spill") as connection:
        partitions = _partitions(connection, order, landed) if landed else []
        small = {one for one in files.snapshot.compacted if one.size_bytes < SMALL_BYTES}
        is_crowded = len(partitions) + len(small) > _MANY_FILES
        candidates = {
            one: fetch(one.place)
            for one in files.snapshot.compacted
            if one in also or (is_crowded and one in small) or _is_touched(one, partitions)
        }
        merged = _with_same_messages(connection, landed, candidates) if landed else set()
        merged |= also
        if is_crowded:
            merged |= small
    local = [*landed, *(candidates[one] for one in merged)]
    # Anew: a connection keeps the memory that it once had.
    with engine.connect(_DUCKDB_MEMORY, scratch / "spill") as connection:
        new = CompactedFiles(storage, table, scratch, shares_files=is_crowded)
        for partition, messages in fold(connection, table, local, order, scratch):
            new.add(partition, messages)
        new.finish()
    landed_rows = sum(pq.read_metadata(path).num_rows for path in landed)
    _check(new.written, landed_rows + sum(one.row_count for one in merged), table)
    if time.monotonic() - started > ORPHAN_SECONDS / 2:
        # Somebody may take these files for those of a dead compaction.
        raise LandingError(f"{table}: the computer slept or was too slow; compact again.")
    kept = [one for one in files.snapshot.compacted if one not in merged]
    _commit(storage, table, files, [*kept, *new.written], scratch)
    for path in [*landed, *candidates.values()]:
        if path.parent == scratch:
            path.unlink()
    return Rewritten(new.written, landed_rows)


def _partitions(
    connection: duckdb.DuckDBPyConnection, order: Order, landed: list[Path]
) -> list[str]:
    """List the partitions of landed files, sorted."""
    rows = read_parquet(landed)
    sql = f"select distinct {order.partition} as partition from {rows} order by partition"  # noqa: S608 (ours)
    return [partition for (partition,) in connection.execute(sql).fetchall()]


def _with_same_messages(
    connection: duckdb.DuckDBPyConnection, landed: list[Path], candidates: dict[Compacted, Path]
) -> set[Compacted]:
    """Choose the compacted files that have a message of the landed ones."""
    rows = read_parquet(landed)
    connection.execute(f"create temp table ids as select distinct message_id from {rows}")  # noqa: S608 (ours)
    shared = "select 1 from {} semi join ids using (message_id) limit 1"
    found = {
        one
        for one, path in candidates.items()
        if connection.execute(shared.format(read_parquet([path]))).fetchone()
    }
    connection.execute("drop table ids")
    return found


def _is_touched(one: Compacted, partitions: list[str]) -> bool:
    """Tell whether a compacted file's partitions are some of these (sorted)."""
    index = bisect_left(partitions, one.first_partition)
    return index < len(partitions) and partitions[index] <= one.last_partition


def _check(written: list[Compacted], row_count: int, table: str) -> None:
    """See for ourselves before anything is called replaced."""
    found = sum(one.row_count for one in written)
    if found != row_count:
        raise LandingError(
            f"{table}: {row_count} rows were read and {found} written; nothing was changed."
            " This is a bug, please report it."
        )


def _commit(
    storage: Storage, table: str, files: RawFiles, compacted: list[Compacted], scratch: Path
) -> None:
    sequence = files.snapshot.sequence + 1
    # Landed files that are gone need not be remembered: their names never come again.
    covered = {file.place: files.snapshot.covered[file.place] for file in files.left}
    covered |= {file.place: sequence for file in files.landed}
    file = scratch / temporary_name()
    Snapshot(sequence, compacted, covered).write(file)
    try:
        storage.create(snapshots.place(table, sequence), file)
    except FileExistsError as error:
        for one in set(compacted) - set(files.snapshot.compacted):
            storage.remove(one.place)
        raise OvertakenError(table) from error
