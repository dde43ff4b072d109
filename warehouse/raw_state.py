"""What lies in the raw layer, since when some of it waits, and how fresh it is: no payload is read.

Compacted files are read only if they were written lately: what landed since the published build, or
within the last day, is in no other.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import duckdb
import msgspec

from ingestion import compacted_files, contracts
from ingestion.folding import of_copies_sql
from ingestion.snapshots import RawFiles, read_raw_files
from ingestion.storage import LocalStorage, Root, Storage, open_storage
from warehouse.freshness import Freshness, read_freshness
from warehouse.seen import Seen, attach_staged

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
# How much the clocks of a store, a lander and a build may differ.
_CLOCK_MARGIN = _HOUR
# In a bucket, each look takes a round trip.
_LOOKS_AT_ONCE = 8


class FileSizes(msgspec.Struct):
    """Files of one kind."""

    count: int
    bytes: int


class RawState(msgspec.Struct):
    """What a raw table holds now; rows are messages, copies included, and times UTC."""

    rows: int
    rows_last_hour: int
    rows_last_day: int
    # None: nothing waits, or what the build has staged cannot be read
    oldest_waiting_at: datetime | None
    # the files that have the rows, not those that compaction has replaced
    landed: FileSizes
    compacted: FileSizes
    freshness: Freshness


def read_raw_state(
    root: Root, seen: Seen | None, now: datetime, window: timedelta = _HOUR
) -> dict[str, RawState]:
    """Look at every raw table; `seen` is None if nothing is published.

    Freshness is of what became visible within the window. Raises OSError, duckdb.Error.
    """
    storage = open_storage(root)
    tables = sorted(contracts.load().tables)
    # A bucket answers many at once.
    config: dict[str, Any] = {} if isinstance(storage, LocalStorage) else {"threads": 16}
    with duckdb.connect(config=config) as connection, ThreadPoolExecutor(_LOOKS_AT_ONCE) as pool:
        storage.register(connection)
        staged = attach_staged(connection, seen) if seen else {}
        of_tables = pool.map(lambda table: _list(storage, table), tables)
        listed = dict(zip(tables, of_tables, strict=True))
        landed = {table: [*one.raw.landed, *one.raw.left] for table, one in listed.items()}
        fresh = read_freshness(storage, connection, landed, now - window)
        return {
            table: _Look(
                storage, connection, table, seen, staged.get(table), now, fresh[table]
            ).state(files)
            for table, files in listed.items()
        }


class _Listed(NamedTuple):
    raw: RawFiles
    # compacted files, by place: when they were written, seconds since 1970
    written_at: dict[PurePosixPath, float]


def _list(storage: Storage, table: str) -> _Listed:
    raw = read_raw_files(storage, table)
    found = storage.find(compacted_files.folder(table)) if raw.snapshot.compacted else ()
    return _Listed(raw, {file.place: file.modified_at for file in found})


class _Look(NamedTuple):
    """A look at one raw table."""

    storage: Storage
    connection: duckdb.DuckDBPyConnection
    table: str
    seen: Seen | None
    # the build's staging table
    staged: str | None
    now: datetime
    freshness: Freshness

    def state(self, listed: _Listed) -> RawState:
        """Read the files, and others if compaction has replaced and removed some meanwhile."""
        while True:
            try:
                return self._read(listed)
            except (OSError, duckdb.Error):
                sequence = listed.raw.snapshot.sequence
                listed = _list(self.storage, self.table)
                if listed.raw.snapshot.sequence == sequence:
                    raise

    def _read(self, listed: _Listed) -> RawState:
        landed, compacted = listed.raw.landed, listed.raw.snapshot.compacted
        self._load_batches(listed)
        # Not as a parameter: DuckDB would import pandas to tell what it is.
        now = f"make_timestamp({int(self.now.timestamp() * 1e6)})"
        landed_rows, hour, day = self._one(
            f"""
            select
                sum(row_count) filter (is_landed),
                sum(row_count) filter (landed_at > {now} - interval 1 hour),
                sum(row_count) filter (landed_at > {now} - interval 1 day)
            from batches
            """  # noqa: S608 (our own number)
        )
        rows = int(landed_rows or 0) + sum(one.row_count for one in compacted)
        return RawState(
            rows=rows,
            rows_last_hour=int(hour or 0),
            rows_last_day=int(day or 0),
            oldest_waiting_at=self._oldest_waiting() if rows > self._seen_rows else None,
            landed=_sizes(file.size_bytes for file in landed),
            compacted=_sizes(one.size_bytes for one in compacted),
            freshness=self.freshness,
        )

    @property
    def _seen_rows(self) -> int:
        return self.seen.rows.get(self.table, 0) if self.seen else 0

    def _load_batches(self, listed: _Listed) -> None:
        """Count the rows of each batch, so far as a file can have any that matter."""
        since = 0.0
        if self.seen and self._seen_rows:
            since = (min(self.seen.started_at, self.now) - _DAY - _CLOCK_MARGIN).timestamp()
        recent = [
            one
            for one in listed.raw.snapshot.compacted
            if listed.written_at.get(one.place, since) >= since
        ]
        landed = self._paths(file.place for file in listed.raw.landed)
        parts = ["select null::timestamptz as landed_at, false as is_landed where false"]
        if landed:
            parts.append(f"select landed_at, true from ({of_copies_sql(landed, [])})")  # noqa: S608 (ours)
        if recent:
            paths = self._paths(one.place for one in recent)
            with_copies = self._paths(one.place for one in recent if one.has_copies)
            copies = of_copies_sql(paths, with_copies)
            parts.append(f"select landed_at, false from ({copies})")  # noqa: S608 (ours)
        self.connection.execute(
            "create or replace temp table batches as"  # noqa: S608 (ours)
            " select make_timestamp(epoch_us(landed_at)) as landed_at, is_landed,"
            f" count(*) as row_count from ({' union all '.join(parts)}) group by all"
        )

    def _oldest_waiting(self) -> datetime | None:
        """Tell when the first batch landed of which the build has not staged every row."""
        if not self._seen_rows:
            sql = "select min(landed_at) from batches"
        elif self.staged is None:
            return None
        else:
            sql = f"""
                with landed as (
                    select landed_at, sum(row_count) as row_count from batches group by landed_at
                ),
                staged as (
                    select landed_at, count(*) as row_count
                    from {self.staged}
                    where landed_at >= (select min(landed_at) from batches)
                    group by landed_at
                )
                select min(landed.landed_at)
                from landed left join staged using (landed_at)
                where landed.row_count > coalesce(staged.row_count, 0)
            """  # noqa: S608 (our own names)
        (oldest,) = self._one(sql)
        return oldest.replace(tzinfo=UTC) if oldest else None

    def _paths(self, places: Iterable[object]) -> list[str]:
        return [f"{self.storage.url}/{place}" for place in places]

    def _one(self, sql: str) -> Sequence[Any]:
        return self.connection.execute(sql).fetchone() or ()


def _sizes(sizes: Iterable[int]) -> FileSizes:
    each = list(sizes)
    return FileSizes(len(each), sum(each))
