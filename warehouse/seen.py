"""What the published build has seen of the raw layer."""

import os
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import duckdb


class Seen(NamedTuple):
    """A build's view of raw."""

    # when it began
    started_at: datetime
    # its restricted file, where rows are staged
    restricted: Path
    # rows, copies included, by raw table
    rows: dict[str, int]


def attach_staged(connection: duckdb.DuckDBPyConnection, seen: Seen) -> dict[str, str]:
    """Open a build's staged rows; gives the staging table of each raw table, as SQL has it.

    None if they are not for us to read: the file is its owner's alone. Raises duckdb.Error.
    """
    if not os.access(seen.restricted, os.R_OK):
        return {}
    path = str(seen.restricted).replace("'", "''")
    connection.execute(f"attach '{path}' as build (read_only)")
    found = connection.execute(
        "select schema_name, table_name from duckdb_tables()"
        " where database_name = 'build' and starts_with(table_name, 'stg_')"
    ).fetchall()
    staged = {}
    for schema, name in found:
        # stg_<source>__<entity> reads <source>_<entity>, or <entity> if no contract claims it.
        source, _, entity = name.removeprefix("stg_").partition("__")
        staged[f"{source}_{entity}"] = staged[entity] = f'build."{schema}"."{name}"'
    return staged
