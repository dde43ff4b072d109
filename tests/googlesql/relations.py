"""Relations of both engines, made comparable: names, types and rows."""

import json
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import duckdb as duck

from tests.googlesql.session import Session
from tests.googlesql.store import Store
from tests.googlesql.syntax import Path as TablePath
from tests.googlesql.values import sql_name, to_python

# Bookkeeping of runs: each engine numbers its own.
_OF_RUNS = ("staged_at", "version_staged_at")
_BIGQUERY_TYPES = {
    "VARCHAR": "STRING",
    "BIGINT": "INT64",
    "INTEGER": "INT64",
    "HUGEINT": "INT64",
    "BOOLEAN": "BOOL",
    "DOUBLE": "FLOAT64",
    "DATE": "DATE",
    "BLOB": "BYTES",
    "TIMESTAMP": "TIMESTAMP",  # In UTC, everywhere in the project.
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
}


class Relation(NamedTuple):
    """Columns and their types, and rows with how often each occurs."""

    types: dict[str, str]
    rows: Counter[tuple[Any, ...]]


def of_duckdb(main: Path, relations: list[tuple[str, str, str]]) -> list[Relation]:
    """Read relations (database, schema, name) of the build's two files."""
    restricted = main.with_name(f"{main.stem}_pii.duckdb")
    with duck.connect(str(main), read_only=True) as connection:
        connection.execute(f"attach '{restricted}' as vitrine_pii (read_only)")
        connection.execute("set timezone = 'UTC'")
        return [
            of_connection(connection, f'"{database}"."{schema}"."{name}"')
            for database, schema, name in relations
        ]


def of_connection(connection: duck.DuckDBPyConnection, relation: str) -> Relation:
    """Read a relation of an open database."""
    columns = connection.execute(f"describe {relation}").fetchall()
    types = {name: _type(name, type_) for name, type_, *_ in columns}
    selected = ", ".join('"' + name + '"' for name in types if name not in _OF_RUNS)
    rows = connection.execute(f"select {selected} from {relation}").fetchall()
    return Relation(types, Counter(tuple(_plain(value) for value in row) for row in rows))


def of_bigquery(session: Session, store: Store, path: TablePath) -> Relation:
    """Read a table or view of the loopback server."""
    found = session.rows_of(path)
    table = store.table(path)
    types = {column.name: sql_name(column.type) for column in table.columns}
    rows = Counter(
        tuple(
            _plain(to_python(cell, type_))
            for cell, (name, type_) in zip(row.cell, found.columns, strict=True)
            if name not in _OF_RUNS
        )
        for row in found.rows
    )
    return Relation(types, rows)


def differences(duckdb: Relation, bigquery: Relation) -> list[str]:
    """Say what differs, with a few rows of each side."""
    found = []
    if duckdb.types != bigquery.types:
        sides = (set(duckdb.types.items()), set(bigquery.types.items()))
        found.append(
            f"columns: DuckDB {sorted(sides[0] - sides[1])}, BigQuery {sorted(sides[1] - sides[0])}"
        )
    missing, added = duckdb.rows - bigquery.rows, bigquery.rows - duckdb.rows
    if missing or added:
        found.append(
            f"rows: {missing.total()} only on DuckDB, {added.total()} only on BigQuery; "
            f"{_first_difference(list(duckdb.types), missing, added)}"
        )
    return found


def _first_difference(names: list[str], missing: Counter[Any], added: Counter[Any]) -> str:
    names = [name for name in names if name not in _OF_RUNS]
    if not (missing and added):
        return str([dict(zip(names, row, strict=True)) for row in list(missing or added)[:2]])
    one = next(iter(missing))
    other = max(added, key=lambda row: sum(a == b for a, b in zip(one, row, strict=True)))
    pairs = zip(names, one, other, strict=True)
    return str({name: (left, right) for name, left, right in pairs if left != right})


def _type(name: str, type_: str) -> str:
    # DuckDB has one type for both, BigQuery has two: instants, and times on a shop's clock.
    return "DATETIME" if name.endswith("_local_at") else _of_bigquery(type_)


def _of_bigquery(type_: str) -> str:
    if type_.endswith("[]"):
        return f"ARRAY<{_of_bigquery(type_[:-2])}>"
    if type_.startswith("DECIMAL"):
        return "NUMERIC"
    return _BIGQUERY_TYPES.get(type_, type_)


def _plain(value: Any) -> Any:
    """Make values of both engines equal if they mean the same."""
    match value:
        case Decimal():
            return value.normalize() + 0
        case datetime():
            return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        case str() if value[:1] in ("[", "{"):
            return _same_json(value)
        case date() | None | bool() | int() | str() | bytes() | float():
            return value
        case _:
            return json.dumps(value, sort_keys=True, default=str)


def _same_json(text: str) -> str:
    """Write JSON the same way for both: BigQuery sorts the keys of objects, DuckDB keeps them."""
    try:
        return json.dumps(json.loads(text, parse_float=Decimal), sort_keys=True, default=str)
    except json.JSONDecodeError:
        return text
