"""Write a database anew, in a process that has never seen a payload.

DuckDB pads blocks of text with whatever its memory held (duckdb/duckdb#23382), and a build's memory
holds clear personal data. So a build's tables leave it as Parquet, which is written byte by byte,
and another process makes the file that is published.
"""

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import msgspec

from ingestion.storage import Root, open_storage
from warehouse.apart import run_apart
from warehouse.errors import WarehouseError

# The one schema of views: they read the newest raw when they are asked, and hold nothing.
SCHEMA_OF_VIEWS = "speed"
# Tables on their way at once, of a machine that has cores for them: each takes memory.
_AT_ONCE = 4


class Table(msgspec.Struct):
    """One table on its way: what makes it, and the Parquet file of its rows."""

    schema: str
    name: str
    ddl: str
    rows: str


class Plan(msgspec.Struct):
    """What a new file is made of: tables, then what makes the views over them and raw."""

    tables: list[Table]
    views: list[str] = []
    raw_root: str | None = None
    # what makes views of files beside the database, in the schemas of its tables
    views_beside: list[str] = []


def write_anew(database: Path, folder: Path, raw_root: Root, views_beside: list[str]) -> None:
    """Replace `database` by a file with the same tables and views, `views_beside`, nothing else.

    `folder` is scratch. Raises WarehouseError with what the other process said, if it fails.
    """
    folder.mkdir()
    plan = msgspec.structs.replace(_leave(database, folder, raw_root), views_beside=views_beside)
    fresh = folder / "fresh.duckdb"
    arrive(plan, fresh, folder)
    fresh.replace(database)


def arrive(plan: Plan, database: Path, folder: Path) -> None:
    """Make a database of what has left another one, in a process of its own."""
    path = folder / "plan.json"
    path.write_bytes(msgspec.json.encode(plan))
    run_apart("warehouse.clean_copy", str(path), str(database))


def _leave(database: Path, folder: Path, raw_root: Root) -> Plan:
    """Write every table's rows to Parquet; returns what it takes to make them again."""
    with duckdb.connect(database, read_only=True) as connection:
        views = connection.execute(
            "select schema_name, view_name, sql from duckdb_views()"
            " where database_name = current_database() and not internal order by all"
        ).fetchall()
        refused = [f"{schema}.{name}" for schema, name, _ in views if schema != SCHEMA_OF_VIEWS]
        if refused:
            raise WarehouseError(
                f"{', '.join(refused)} is a view: outside of {SCHEMA_OF_VIEWS}, only tables can"
                " be published."
            )
        # Largest first, or the last one would keep one core waiting.
        found = connection.execute(
            "select schema_name, table_name, sql from duckdb_tables()"
            " where database_name = current_database()"
            " order by estimated_size * column_count desc, schema_name, table_name"
        ).fetchall()
        tables = [
            Table(schema, name, ddl, str(folder / f"{number}.parquet"))
            for number, (schema, name, ddl) in enumerate(found)
        ]

        def leave(table: Table) -> None:
            relation = connection.cursor().table(f'"{table.schema}"."{table.name}"')
            relation.write_parquet(table.rows, compression="lz4_raw")

        _at_once(leave, tables)
    return Plan(tables, [sql for _, _, sql in views], str(raw_root))


def _at_once(work: Callable[[Table], None], tables: list[Table]) -> None:
    """Do it for some tables at once: one alone, written in its order, keeps one core busy."""
    with ThreadPoolExecutor(min(_AT_ONCE, os.cpu_count() or 1)) as threads:
        list(threads.map(work, tables))


def _arrive(plan: Plan, database: Path) -> None:
    with duckdb.connect(database) as connection:
        if plan.raw_root is not None:
            open_storage(plan.raw_root).register(connection)
        for table in plan.tables:
            connection.execute(f'create schema if not exists "{table.schema}"')
            connection.execute(table.ddl)

        def insert(table: Table) -> None:
            relation = connection.cursor().read_parquet(table.rows)
            relation.insert_into(f'"{table.schema}"."{table.name}"')

        _at_once(insert, plan.tables)
        if plan.views:
            connection.execute(f'create schema if not exists "{SCHEMA_OF_VIEWS}"')
        create_views(connection, plan.views + plan.views_beside)
        connection.execute("checkpoint")


def create_views(connection: duckdb.DuckDBPyConnection, views: list[str]) -> None:
    """Create views by their DDL, each after those that it reads. Raises duckdb.Error."""
    missing = list(views)
    while missing:
        later = []
        for view in missing:
            try:
                connection.execute(view)
            except duckdb.CatalogException as error:
                later.append((view, error))
        if len(later) == len(missing):
            raise later[0][1]
        missing = [view for view, _ in later]


if __name__ == "__main__":
    _arrive(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Plan), Path(sys.argv[2]))
