"""Starting a build from nothing, but for what raw cannot give back.

A copied file would keep pages of rows that are gone. So the tables that a full refresh does not
make (snapshots, the key of hashes) leave the published restricted file as Parquet, in one process,
and another one, which never saw them, makes a new file of them. On the way, whoever was forgotten
gets the pseudonym that raw has: in any table, in any column of text.
"""

import sys
from pathlib import Path
from typing import Literal

import duckdb
import msgspec
import pyarrow as pa

from ingestion.forgetting.identifiers import Kind, split_customer_id
from ingestion.forgetting.matching import Matcher
from ingestion.forgetting.suppression import find_key, read_lists
from ingestion.storage import Root, open_storage
from warehouse.apart import run_apart
from warehouse.clean_copy import Plan, Table, arrive
from warehouse.versions import Warehouse

# Made of raw by every full refresh, but for the key in `pii`.
_MADE_OF_RAW = ("staging", "cleansed", "pii")
KEY_TABLE = ("pii", "hash_keys")


def start_anew(warehouse: Warehouse, published: str | None, raw_root: Root) -> None:
    """Put a new restricted file into the workspace, with what only the published one has.

    Raises WarehouseError with what a process said, if one fails.
    """
    if published is not None:
        start_from(warehouse.pii_version(published), warehouse, raw_root)


def start_from(database: Path, warehouse: Warehouse, raw_root: Root) -> None:
    """Put a new restricted file into the workspace, with what raw cannot give back of another."""
    folder = warehouse.workspace.folder / "anew"
    folder.mkdir()
    arguments = [database, folder, raw_root]
    run_apart("warehouse.anew", *map(str, arguments))
    tables = msgspec.json.decode((folder / "left.json").read_bytes(), type=list[Table])
    arrive(Plan(tables), warehouse.workspace.pii, folder)


def write_tables(
    database: Path, folder: Path, raw_root: Root, *, compression: Literal["lz4_raw", "zstd"]
) -> list[Table]:
    """Write to Parquet what a full refresh does not make of a restricted file."""
    storage = open_storage(raw_root)
    lists = read_lists(storage)
    matcher = Matcher(find_key(), lists) if lists else None
    tables = []
    with duckdb.connect() as connection:
        quoted = str(database).replace("'", "''")
        connection.execute(f"attach '{quoted}' as old (read_only)")
        found = connection.execute(
            "select schema_name, table_name, sql from duckdb_tables() where database_name = 'old'"
            " order by all"
        ).fetchall()
        for number, (schema, name, ddl) in enumerate(found):
            if schema in _MADE_OF_RAW and (schema, name) != KEY_TABLE:
                continue
            rows = str(folder / f"{number}.parquet")
            relation = f'old."{schema}"."{name}"'
            sql = (
                _without_forgotten(connection, relation, matcher) if matcher else f"from {relation}"
            )
            connection.sql(sql).write_parquet(rows, compression=compression)
            tables.append(Table(schema, name, ddl.replace("old.", "", 1), rows))
    return tables


def _without_forgotten(
    connection: duckdb.DuckDBPyConnection, relation: str, matcher: Matcher
) -> str:
    """Give the SQL of a table in which pseudonyms stand for whoever was forgotten."""
    columns = connection.execute(f"describe from {relation}").fetchall()
    replaced = []
    for number, (column, kind, *_) in enumerate(columns):
        if kind != "VARCHAR":
            continue
        values = connection.execute(
            f'select distinct "{column}" from {relation} where "{column}" is not null'  # noqa: S608 (the catalog's names)
        ).fetchall()
        changed = {old: new for (old,) in values if (new := _named(matcher, column, old)) != old}
        if changed:
            pairs = pa.table({"old": [*changed], "new": [*changed.values()]})
            name = f"pairs_{number}"
            connection.register("batch", pairs)
            connection.execute(f"create or replace temp table {name} as from batch")
            connection.unregister("batch")
            replaced.append(
                f'coalesce((select new from {name} where {name}.old = rows."{column}"),'  # noqa: S608 (ours)
                f' rows."{column}") as "{column}"'
            )
    if not replaced:
        return f"from {relation}"
    return f"select * replace ({', '.join(replaced)}) from {relation} as rows"  # noqa: S608 (ours)


def _named(matcher: Matcher, column: str, value: str) -> str:
    prefix, name = split_customer_id(value) if column == "customer_id" else ("", value)
    is_person = column == "customer_id" and matcher.is_short(Kind.PERSON, name)
    return prefix + (matcher.pseudonym(name) if is_person else matcher.replaced(name))


if __name__ == "__main__":
    _folder = Path(sys.argv[2])
    _left = write_tables(Path(sys.argv[1]), _folder, sys.argv[3], compression="lz4_raw")
    (_folder / "left.json").write_bytes(msgspec.json.encode(_left))
