"""Vectorized work on messages: the text of payloads, and the times in and around them."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

TIMESTAMP = pa.timestamp("us", "UTC")

# What counts as a time: ISO 8601 with a time of day; no zone means UTC. Anything else that DuckDB
# would read ("infinity", "epoch", the name of a zone) is not one.
_ISO = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?$"
)
_LONG = "([.][0-9]{6})[0-9]+"


def connect(memory_limit: str = "1GB", spill_to: Path | None = None) -> duckdb.DuckDBPyConnection:
    """Start a DuckDB in memory, with one thread, in UTC."""
    connection = duckdb.connect(
        config={
            "threads": 1,
            "memory_limit": memory_limit,
            "temp_directory": str(spill_to or ""),
        }
    )
    connection.execute("set timezone = 'UTC'")
    return connection


def timestamps(
    connection: duckdb.DuckDBPyConnection, texts: "pa.ChunkedArray[Any]"
) -> "pa.ChunkedArray[Any]":
    """Read texts as timestamps; null where a text is not a time. Fractions are cut, not rounded."""
    try:
        # The common form, and by far the faster reader: a zone, and up to six fractional digits.
        return pc.cast(texts, TIMESTAMP)
    except pa.ArrowInvalid:
        sql = f"""
            select
                case
                    when regexp_matches(texts, '{_ISO}')
                        then try_cast(regexp_replace(texts, '{_LONG}', '\\1') as timestamptz)
                end
            from batch
        """  # noqa: S608 (our own constants)
        return query(connection, sql, pa.table({"texts": texts})).column(0)


def payloads(
    connection: duckdb.DuckDBPyConnection, messages: pa.Table, paths: tuple[str, ...]
) -> pa.Table:
    """Give the payloads' text or bytes (`data`), and the time in each (`event_at`).

    The time is that of the first JSON path that has one, else the publish time.
    """
    is_json = "data_json" in messages.column_names
    if not paths and not is_json:
        return messages.select(["data", "publish_time"]).rename_columns(["data", "event_at"])
    text = "json_extract_string(data_json, '$')" if is_json else "data"
    # try(): a payload that is not JSON has no time.
    found = "".join(f", try(json_extract_string(data, '{path}'))" for path in paths)
    sql = f"select data{found} from (select {text} as data from batch)"  # noqa: S608 (checked paths)
    data, *texts = query(connection, sql, messages).columns
    times = [timestamps(connection, column) for column in texts]
    event_at = pc.coalesce(*times, messages["publish_time"])
    return pa.table({"data": data, "event_at": event_at})


def query(connection: duckdb.DuckDBPyConnection, sql: str, batch: pa.Table) -> pa.Table:
    """Give what SQL makes of a table that it calls `batch`."""
    connection.register("batch", batch)
    try:
        return connection.sql(sql).to_arrow_table()
    finally:
        connection.unregister("batch")
