"""Write a database anew, in a process that has never seen a payload.

DuckDB pads blocks of text with whatever its memory held (duckdb/duckdb#23382), and a build's memory
holds clear personal data. So a build's tables leave it as Parquet, which is written byte by byte,
and another process makes the file that is published.
"""

import subprocess
import sys
from pathlib import Path

import duckdb
import msgspec

from warehouse.errors import WarehouseError


class Table(msgspec.Struct):
    """One table on its way: what makes it, and the Parquet file of its rows."""

    schema: str
    name: str
    ddl: str
    rows: str


def write_anew(database: Path, folder: Path) -> None:
    """Replace `database` by a file with the same tables and nothing else; `folder` is scratch.

    Raises WarehouseError with what the other process said, if it fails.
    """
    folder.mkdir()
    tables = _leave(database, folder)
    fresh = folder / "fresh.duckdb"
    arrive(tables, fresh, folder)
    fresh.replace(database)


def arrive(tables: list[Table], database: Path, folder: Path) -> None:
    """Make a database of tables that have left another one, in a process of its own."""
    plan = folder / "tables.json"
    plan.write_bytes(msgspec.json.encode(tables))
    done = subprocess.run(
        [sys.executable, "-m", "warehouse.clean_copy", str(plan), str(database)],
        cwd=Path(__file__).resolve().parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise WarehouseError(f"{done.stderr.strip()[-2000:]}\nNothing was published.")


def _leave(database: Path, folder: Path) -> list[Table]:
    """Write every table's rows to Parquet; returns what it takes to make them again."""
    tables = []
    with duckdb.connect(database, read_only=True) as connection:
        views = connection.execute(
            "select schema_name || '.' || view_name from duckdb_views()"
            " where database_name = current_database() and not internal"
        ).fetchall()
        if views:
            names = ", ".join(name for (name,) in views)
            raise WarehouseError(f"only tables can be published, and {names} is a view.")
        found = connection.execute(
            "select schema_name, table_name, sql from duckdb_tables()"
            " where database_name = current_database() order by all"
        ).fetchall()
        for number, (schema, name, ddl) in enumerate(found):
            rows = str(folder / f"{number}.parquet")
            connection.table(f'"{schema}"."{name}"').write_parquet(rows, compression="lz4_raw")
            tables.append(Table(schema, name, ddl, rows))
    return tables


def _arrive(tables: list[Table], database: Path) -> None:
    with duckdb.connect(database) as connection:
        for table in tables:
            connection.execute(f'create schema if not exists "{table.schema}"')
            connection.execute(table.ddl)
            connection.read_parquet(table.rows).insert_into(f'"{table.schema}"."{table.name}"')
        connection.execute("checkpoint")


if __name__ == "__main__":
    _arrive(
        msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=list[Table]), Path(sys.argv[2])
    )
