"""`python -m benchmarks.scanned MANIFEST ORDERS DATABASE…`: what BigQuery would scan, by table.

Sizes are BigQuery's logical bytes (two a text and its UTF-8, eight a number, date or time, sixteen
a numeric, one a boolean), measured in a build's two files, a purchase. Readers are the models and
tests that name the table in dbt's manifest; one that reads it whole, as marts do, scans so much at
most, since BigQuery reads only the columns that are asked for.
"""

import json
import sys
from collections import Counter
from pathlib import Path

import duckdb

_BYTES = {"BOOLEAN": "1", "VARCHAR": "2 + strlen({0})", "DECIMAL(38,9)": "16"}


def main(manifest: str, orders: str, *databases: str) -> None:
    """Print schema, table, rows and bytes a purchase, and how many models and tests read it."""
    nodes = json.loads(Path(manifest).read_text())["nodes"].values()
    readers = {kind: Counter[str]() for kind in ("model", "test")}
    for node in nodes:
        if node["resource_type"] in readers:
            readers[node["resource_type"]].update(set(node["depends_on"]["nodes"]))
    with duckdb.connect() as connection:
        for database in databases:
            connection.execute(f"attach '{database}' (read_only)")
        found = connection.execute(
            "select database_name || '.' || schema_name, table_name, list([column_name, data_type])"
            " from duckdb_columns() where not internal"
            " and (database_name, schema_name, table_name) in"
            " (select (database_name, schema_name, table_name) from duckdb_tables())"
            " group by all order by all"
        ).fetchall()
        for schema, table, columns in found:
            bytes_of = {name: _BYTES.get(kind, "8").format(name) for name, kind in columns}
            sizes = [
                f'sum(case when "{name}" is not null then {size} end)'
                for name, size in bytes_of.items()
            ]
            total = " + ".join(f"coalesce({size}, 0)" for size in sizes)
            row = connection.execute(f"select count(*), {total} from {schema}.{table}").fetchone()  # noqa: S608 - the catalog's names
            rows, size = row or (0, 0)
            counts = [readers[kind][f"model.vitrine.{table}"] for kind in ("model", "test")]
            line = [schema, table, rows / int(orders), float(size) / int(orders), *counts]
            print(*(f"{x:.2f}" if isinstance(x, float) else x for x in line), sep="\t")


if __name__ == "__main__":
    main(*sys.argv[1:])
