"""Erasing forgotten persons from the raw layer: a compaction of just the files that have them.

Files never change, and one snapshot says which of them count: what is left of messages is written
into new compacted files, a snapshot makes them count, and then the files that had the person go at
once. A kill before the snapshot has changed nothing; after it, the next run removes what is left.
Message ids, times, contracts and the number of copies stay.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TypeVar

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion import raw_layer, snapshots
from ingestion.compacted_files import ensure_schema_file, folder, order_of
from ingestion.contracts import DEAD_LETTERS, Contract
from ingestion.folding import read_rows
from ingestion.forgetting.scrubbing import Scrubber
from ingestion.forgetting.suppression import scrubbed
from ingestion.rewriting import OvertakenError, Sources, rewrite
from ingestion.snapshots import Compacted, RawFiles, local_copy
from ingestion.storage import Kept, Storage, temporary_name

_File = TypeVar("_File", Kept, Compacted)

# How much is rewritten between two commits: compressed.
ROUND_BYTES = 256 << 20


class TableErasure(msgspec.Struct):
    """What was erased of a raw table, or is to be."""

    # messages, each copy counted
    messages: int = 0
    files: int = 0


class Erasing:
    """Erases whom a scrubber knows from raw tables."""

    def __init__(self, storage: Storage, scrubber: Scrubber) -> None:
        self._storage = storage
        self._scrubber = scrubber
        # Files never change: one that has been searched is searched.
        self._counts: dict[PurePosixPath, int] = {}

    def find(self, contract: Contract | None) -> TableErasure:
        """Count what is to be erased of a contract's table (None: dead letters). Raises OSError."""
        with self._storage.workspace() as scratch:
            counts = self._counts_of(contract, self._all(contract), scratch)
        return TableErasure(sum(counts.values()), len(counts))

    def erase(self, contract: Contract | None) -> TableErasure:
        """Erase from a table; raises OSError, duckdb.Error, pa.ArrowException, LandingError."""
        erased = self.find(contract)
        with self._storage.workspace() as scratch:
            while self._erase_some(contract, scratch) or self._remove_left(contract, scratch):
                continue
        return erased

    def _remove_left(self, contract: Contract | None, scratch: Path) -> bool:
        """Remove what does not count any more, or never did: a killed compaction's files, for one.

        True if something counts that has them: it was landed meanwhile.
        """
        left = self._counts_of(contract, self._all(contract), scratch)
        # Asked after the folders were listed, or what landed in between would seem not to count.
        counting = {*snapshots.read_raw_files(self._storage, _table(contract)).places}
        for place in left:
            if place not in counting:
                self._storage.remove(place)
        return not counting.isdisjoint(left)

    def _erase_some(self, contract: Contract | None, scratch: Path) -> bool:
        """Do a round; False if there is nothing left to do."""
        files = snapshots.read_raw_files(self._storage, _table(contract))
        found = self._counts_of(contract, files.places, scratch)
        landed = list(_some([file for file in files.landed if file.place in found]))
        compacted = set(_some([one for one in files.snapshot.compacted if one.place in found]))
        if not landed and not compacted:
            return False
        ensure_schema_file(self._storage, _table(contract), scratch)
        # If a compaction was faster, what it made is looked at in the next round.
        with suppress(OvertakenError):
            rewrite(
                self._storage,
                _table(contract),
                order_of(contract),
                Sources(
                    RawFiles(files.snapshot, landed, files.left),
                    compacted,
                    lambda file: self._without_them(contract, file, scratch),
                ),
                scratch,
            )
        return True

    def _without_them(self, contract: Contract | None, file: Path, scratch: Path) -> Path:
        """Write a file's rows, as they landed, without forgotten persons."""
        path = scratch / temporary_name()
        with pq.ParquetWriter(path, raw_layer.schema(_table(contract))) as writer:
            for rows in read_rows(file):
                writer.write_table(scrubbed(self._scrubber, _name(contract), rows))
        if file.parent == scratch:
            file.unlink()
        return path

    def _all(self, contract: Contract | None) -> list[PurePosixPath]:
        table = _table(contract)
        folders = [PurePosixPath("landed", table), folder(table)]
        return [kept.place for each in folders for kept in self._storage.find(each)]

    def _counts_of(
        self, contract: Contract | None, places: list[PurePosixPath], scratch: Path
    ) -> dict[PurePosixPath, int]:
        """Count the rows of files that are to be scrubbed; only of files that have any."""
        for place in places:
            if place not in self._counts:
                file = local_copy(self._storage, place, scratch)
                self._counts[place] = sum(self._changes(contract, file))
                if file.parent == scratch:
                    file.unlink()
        return {place: self._counts[place] for place in places if self._counts[place]}

    def _changes(self, contract: Contract | None, file: Path) -> Iterator[int]:
        for rows in read_rows(file):
            after = scrubbed(self._scrubber, _name(contract), rows)
            if after is not rows:
                changed = (pc.not_equal(rows[name], after[name]) for name in ("data", "attributes"))
                yield pc.sum(pc.or_(*changed).cast(pa.int64())).as_py()


def _some(files: list[_File]) -> Iterator[_File]:
    """Take about a round's worth."""
    taken = 0
    for file in files:
        if taken < ROUND_BYTES:
            yield file
        taken += file.size_bytes


def _table(contract: Contract | None) -> str:
    return contract.table if contract else DEAD_LETTERS


def _name(contract: Contract | None) -> str | None:
    return contract.name if contract else None
