"""Replay: the messages of a period, read from raw and given again, each one once.

A replay goes by units, a raw table's messages of one day (UTC), in order of time and message id.
What makes a unit is the same however raw is laid out and however often its messages were
delivered, and so is its key: what has been replayed before can be known by it.
"""

import hashlib
from collections.abc import Generator, Iterator
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import NamedTuple

import duckdb
import pyarrow as pa

from ingestion import engine
from ingestion.folding import Order, fold, of_copies_sql
from ingestion.snapshots import local_copy, read_raw_files
from ingestion.storage import Storage

_DUCKDB_MEMORY = "64MB"


class By(StrEnum):
    """The time that decides whether a message is of a period."""

    PUBLISH = "publish"
    EVENT = "event"
    LANDED = "landed"

    @property
    def column(self) -> str:
        """Name its raw column."""
        return {"publish": "publish_time", "event": "event_at", "landed": "landed_at"}[self]


class Period(NamedTuple):
    """From a time on, and before another one (both aware)."""

    start: datetime
    end: datetime
    by: By

    @property
    def condition(self) -> str:
        """Say it in SQL over raw columns."""
        # Never what this replay itself lands.
        end = min(self.end, datetime.now(UTC)) if self.by is By.LANDED else self.end
        first, last = (time.astimezone(UTC).isoformat() for time in (self.start, end))
        at = self.by.column
        return f"{at} >= '{first}'::timestamptz and {at} < '{last}'::timestamptz"


class Unit(NamedTuple):
    """The messages of a raw table that are of one day of a period."""

    table: str
    day: date
    message_count: int
    # of which messages there are, whatever else is
    digest: str
    # names of files that have any of them
    files: frozenset[str]

    def key(self, period: Period) -> str:
        """Give what identifies replaying just these messages."""
        what = [self.table, str(self.day), str(self.message_count), self.digest, *map(str, period)]
        return f"replay-{hashlib.sha256(' '.join(what).encode()).hexdigest()[:32]}"


class Replay:
    """Reads what is to be replayed from a raw layer."""

    def __init__(self, storage: Storage, period: Period) -> None:
        self._storage = storage
        self._period = period
        self._condition = period.condition

    def units(self, tables: list[str]) -> list[Unit]:
        """Find what there is of some tables, day by day. Raises OSError and duckdb.Error."""
        with (
            self._storage.workspace() as scratch,
            engine.connect(_DUCKDB_MEMORY, scratch / "spill") as connection,
        ):
            self._storage.register(connection)
            units = [unit for table in tables for unit in self._units(connection, table)]
        return sorted(units, key=lambda unit: (unit.day, unit.table))

    def messages(self, unit: Unit) -> Generator[pa.Table]:
        """Give a unit's messages as tables of raw columns, in order, a few MB at a time.

        Raises OSError, duckdb.Error and pa.ArrowException.
        """
        by = self._period.by
        of_day = f"{self._condition} and {by.column}::timestamp::date = '{unit.day}'::date"
        time = By.EVENT.column if by is By.EVENT else By.PUBLISH.column
        order = Order("''::varchar", time, of_day)
        with (
            self._storage.workspace() as scratch,
            engine.connect(_DUCKDB_MEMORY, scratch / "spill") as connection,
        ):
            raw = read_raw_files(self._storage, unit.table)
            found = [
                local_copy(self._storage, place, scratch)
                for place in raw.places
                if place.name in unit.files
            ]
            for _, messages in fold(connection, unit.table, found, order, scratch):
                yield messages

    def _units(self, connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[Unit]:
        raw = read_raw_files(self._storage, table)
        compacted = raw.snapshot.compacted
        url = self._storage.url
        files = [f"{url}/{place}" for place in raw.places]
        with_copies = [f"{url}/{one.place}" for one in compacted if one.has_copies]
        if not files:
            return
        rows = connection.execute(
            f"""
            with copies as ({of_copies_sql(files, with_copies)}),
            found as (
                select
                    {self._period.by.column}::timestamp::date as day,
                    message_id,
                    parse_filename(filename) as file
                from copies
                where {self._condition}
            ),
            days as (
                select
                    day,
                    count(*) as message_count,
                    bit_xor(md5_number_upper(message_id))::varchar
                        || '-' || sum(md5_number_lower(message_id)) as digest
                from (select distinct day, message_id from found)
                group by day
            ),
            files as (select day, list(distinct file) as files from found group by day)
            select day, message_count, digest, files from days inner join files using (day)
            """  # noqa: S608 (our own constants and names)
        ).fetchall()
        for day, message_count, digest, names in rows:
            yield Unit(table, day, message_count, digest, frozenset(names))
