"""DuckDB, for work on many messages at once."""

from pathlib import Path

import duckdb
import pyarrow as pa


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


def query(connection: duckdb.DuckDBPyConnection, sql: str, batch: pa.Table) -> pa.Table:
    """Give what SQL makes of a table that it calls `batch`."""
    connection.register("batch", batch)
    try:
        return connection.sql(sql).to_arrow_table(max(1, batch.num_rows))
    finally:
        connection.unregister("batch")
