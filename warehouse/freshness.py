"""How fresh raw is: how long messages took from their publication until raw had them to read.

A message is published (`publish_time`), landed (`landed_at`, when its batch was taken) and visible
(when the batch's file was put into its place). Only landed files tell the last one: what compaction
and forgetting write is of some other time, and is not looked at; landed files outlast them for the
grace period.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.folding import of_copies_sql
from ingestion.journal import places_since
from ingestion.raw_layer import landed_hour
from ingestion.storage import Kept, Storage
from warehouse.lags import Lags, percentiles

# What is older when it lands was not late: it was replayed over topics, or a subscription was wound
# back. Of a stream that stood still for as long, `dbt source freshness` warns.
OLD = timedelta(days=1)
# Of a table. Of more, as many are read, spread evenly over the window.
MOST_FILES = 2_000
# How much the clocks of a store and of a lander may differ.
_CLOCK_MARGIN = timedelta(hours=1)


class Freshness(msgspec.Struct):
    """How long the messages of a raw table took that became visible within a window.

    A message is measured once, by its first copy. What was landed from files (or replayed into raw)
    and what was a day old is counted and not measured: it has its publish time from before.
    """

    # measured; the lags are None if there are none
    messages: int = 0
    published_to_landed: Lags | None = None
    landed_to_visible: Lags | None = None
    published_to_visible: Lags | None = None
    # of those measured: one of their times is before the one it follows, and the lag taken for zero
    skewed_messages: int = 0
    # not measured
    old_messages: int = 0
    # that came one by one, and how many of them were read
    files: int = 0
    files_read: int = 0
    # of inputs that were landed whole: none of them was read
    backfilled_files: int = 0


class Limits(NamedTuple):
    """Seconds from publication to visible that 95 of a hundred messages may take."""

    default: float
    by_contract: Mapping[str, float]

    def of(self, contract: str) -> float:
        """Give the limit of a contract."""
        return self.by_contract.get(contract, self.default)


def read_freshness(
    storage: Storage,
    connection: duckdb.DuckDBPyConnection,
    landed: Mapping[str, Sequence[Kept]],
    since: datetime,
) -> dict[str, Freshness]:
    """Measure raw tables by their landed files, those that compaction has replaced included.

    The files are of a listing that may be old by now: those that are gone are left out. Raises
    OSError, duckdb.Error.
    """
    recent = {
        table: [file for file in files if file.modified_at >= since.timestamp()]
        for table, files in landed.items()
    }
    backfilled = _backfilled(storage, [one for files in recent.values() for one in files], since)
    return {
        table: _freshness(storage, connection, table, files, backfilled)
        for table, files in recent.items()
    }


def _backfilled(storage: Storage, files: list[Kept], since: datetime) -> set[PurePosixPath]:
    """Find what was landed whole, at least of all files that have messages to measure."""
    if not files:
        return set()
    # An input is committed after its messages were landed. It may be put into place long after,
    # if it was interrupted; but then its messages are old by then.
    earliest = since - OLD
    first = min(landed_hour(file.place) or earliest for file in files)
    return places_since(storage, (max(first, earliest) - _CLOCK_MARGIN).timestamp())


def _freshness(
    storage: Storage,
    connection: duckdb.DuckDBPyConnection,
    table: str,
    recent: list[Kept],
    backfilled: set[PurePosixPath],
) -> Freshness:
    live = [file for file in recent if file.place not in backfilled]
    told = Freshness(files=len(live), backfilled_files=len(recent) - len(live))
    chosen = _spread(live)
    while chosen:
        try:
            return _with_lags(told, _measured(storage, connection, chosen), len(chosen))
        except (OSError, duckdb.Error):
            there = {file.place for file in storage.find(PurePosixPath("landed", table))}
            left = [file for file in chosen if file.place in there]
            if len(left) == len(chosen):
                raise
            chosen = left
    return told


def _with_lags(told: Freshness, measured: pa.Table, files_read: int) -> Freshness:
    fresh: Any = measured.filter(pc.invert(measured["is_old"]))
    return msgspec.structs.replace(
        told,
        messages=fresh.num_rows,
        published_to_landed=percentiles(fresh["published_to_landed"]),
        landed_to_visible=percentiles(fresh["landed_to_visible"]),
        published_to_visible=percentiles(fresh["published_to_visible"]),
        skewed_messages=pc.sum(fresh["is_skewed"]).as_py() or 0,
        old_messages=measured.num_rows - fresh.num_rows,
        files_read=files_read,
    )


def _spread(files: list[Kept]) -> list[Kept]:
    """Choose so many files that they are soon read, all along the window."""
    if len(files) <= MOST_FILES:
        return files
    in_order = sorted(files, key=lambda file: file.modified_at)
    return [in_order[number * len(files) // MOST_FILES] for number in range(MOST_FILES)]


def _measured(
    storage: Storage, connection: duckdb.DuckDBPyConnection, files: list[Kept]
) -> pa.Table:
    """Give a row for each message: its lags in seconds, whether it is old, and whether skewed."""
    visible = {file.place.name: int(file.modified_at * 1e6) for file in files}
    paths = [f"{storage.url}/{file.place}" for file in files]
    connection.register(
        "visible_files", pa.table({"name": [*visible], "visible_at": [*visible.values()]})
    )
    second = 1_000_000
    return connection.sql(
        f"""
        with copies as ({of_copies_sql(paths, [])}),
        messages as (
            select
                min(epoch_us(copies.publish_time)) as published_at,
                min(epoch_us(copies.landed_at)) as landed_at,
                min(visible_files.visible_at) as visible_at
            from copies
            inner join visible_files on parse_filename(copies.filename) = visible_files.name
            group by copies.message_id
        )
        select
            greatest(landed_at - published_at, 0) / {second} as published_to_landed,
            greatest(visible_at - landed_at, 0) / {second} as landed_to_visible,
            greatest(visible_at - published_at, 0) / {second} as published_to_visible,
            visible_at - published_at > {int(OLD.total_seconds()) * second} as is_old,
            -- a store may tell whole seconds
            landed_at < published_at or visible_at <= landed_at - {second} as is_skewed
        from messages
        """  # noqa: S608 (our own numbers and places)
    ).to_arrow_table()
