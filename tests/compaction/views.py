"""The raw views' own SQL, made by the project's macros without the rest of dbt."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import jinja2

from ingestion import raw_layer
from ingestion.contracts import DEAD_LETTERS

_MACROS = Path(__file__).parents[2] / "macros"
_COLUMNS = raw_layer.schema("any").names
_ALL = ", ".join(_COLUMNS)


class _ReturnedError(Exception):
    """What a macro returns; dbt does it the same way."""

    def __init__(self, value: object) -> None:
        self.value = value


def _return(value: object) -> None:
    raise _ReturnedError(value)


@cache
def _template() -> jinja2.Template:
    """Compile the macros, once a process."""
    macros = ("empty_raw_table", "raw_files", "raw_rows")
    text = "".join((_MACROS / f"{name}.sql").read_text() for name in macros)
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])  # noqa: S701 (SQL)
    return environment.from_string(text)


def view_sql(connection: duckdb.DuckDBPyConnection, root: Path | str, table: str) -> str:
    """The SQL of a raw table's view as a run makes it now."""
    run_query: Callable[[str], list[Any]] = lambda sql: connection.execute(sql).fetchall()  # noqa: E731
    module: Any = _template().make_module({"run_query": run_query, "return": _return})
    data_type = "blob" if table == DEAD_LETTERS else "string"
    types = {"data": data_type, "publish_time": "timestamptz"}
    columns = {
        name: {"data_type": types.get(name, "timestamptz" if name.endswith("_at") else "string")}
        for name in _COLUMNS
    }
    source = SimpleNamespace(name=table, columns=columns)
    for name, column in columns.items():
        columns[name] = SimpleNamespace(**column)  # type: ignore[assignment]
    try:
        module.raw_files(str(root), source)
    except _ReturnedError as returned:
        return str(module.raw_rows(returned.value, source))
    raise AssertionError("raw_files returns something")


def content(connection: duckdb.DuckDBPyConnection, root: Path, table: str) -> tuple[int, str]:
    """How many rows a reader of the view has, and a hash of all their columns, in any order."""
    sql = view_sql(connection, root, table)
    found = connection.execute(
        f"select count(*), coalesce(sum(hash({_ALL})), 0)::varchar from ({sql})"
    ).fetchone()
    assert found is not None
    return found[0], found[1]
