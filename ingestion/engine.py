"""Vectorized work on messages: the text of payloads, and the times in and around them."""

from array import array
from collections.abc import Sequence
from itertools import accumulate
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


def binaries(values: Sequence[Any]) -> "pa.Array[Any]":
    """Make an array of things that are bytes in one copy; raises OverflowError above 2 GiB.

    Arrow's own way makes two, and for a while needs thrice the room.
    """
    ends = array("i", accumulate(map(len, values), initial=0))
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(values))]
    return pa.Array.from_buffers(pa.binary(), len(values), buffers)


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


def texts(connection: duckdb.DuckDBPyConnection, tokens: "pa.Array[Any]") -> "pa.ChunkedArray[Any]":
    """Give the texts that JSON strings stand for."""
    sql = "select json_extract_string(token, '$') from batch"
    return query(connection, sql, pa.table({"token": tokens})).column(0)


def event_times(
    connection: duckdb.DuckDBPyConnection, messages: pa.Table, paths: tuple[str, ...]
) -> "pa.ChunkedArray[Any]":
    """Find the time in each payload, at the first JSON path that has one, else the publish time."""
    if not paths:
        return messages["publish_time"]
    # try(): a payload that is not JSON has no time.
    columns = ", ".join(f"try(json_extract_string(data, '{path}'))" for path in paths)
    found = query(connection, f"select {columns} from batch", messages)  # noqa: S608 (checked paths)
    times = [timestamps(connection, column) for column in found.columns]
    return pc.coalesce(*times, messages["publish_time"])


def query(connection: duckdb.DuckDBPyConnection, sql: str, batch: pa.Table) -> pa.Table:
    """Give what SQL makes of a table that it calls `batch`."""
    connection.register("batch", batch)
    try:
        return connection.sql(sql).to_arrow_table(max(1, batch.num_rows))
    finally:
        connection.unregister("batch")
