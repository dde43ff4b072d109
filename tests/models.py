"""`make test-models`: dbt's unit tests of models, on tables without rows.

A test of a model costs dbt far more than DuckDB: most of it went into reading the model's whole SQL
to find its first word, into Python's collector, which kept looking through the manifest, and into
asking for the columns of the same tables.
"""

import gc
import re
import sys
from pathlib import Path

from dbt import compilation
from dbt.adapters.base.relation import BaseRelation
from dbt.adapters.duckdb.column import DuckDBColumn
from dbt.adapters.duckdb.impl import DuckDBAdapter
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

from warehouse.lean_dbt import slim
from warehouse.parsed import parsed

_FOLDER = Path("target/scratch")
_QUIETLY = ["--quiet", "--log-level-file", "none"]
_ARGUMENTS = ["--target-path", str(_FOLDER), "--log-path", str(_FOLDER)]
_RUNS = (
    ["build", "--empty", "--resource-type", "seed", "--resource-type", "model"],
    ["test", "--select", "test_type:unit"],
)
_WITH = re.compile(r"(?:\s|--[^\n]*\n)*with(?=\s)(?!\s+recursive\b)", re.IGNORECASE)
_inject = compilation.inject_ctes_into_sql
_ask_columns = DuckDBAdapter.get_columns_in_relation
_columns: dict[str, list[DuckDBColumn]] = {}


def _with_ctes(sql: str, ctes: list[compilation.InjectedCTE]) -> str:
    """Put fixtures before a model's own CTEs, as dbt does, where the SQL begins with `with`."""
    begin = _WITH.match(sql)
    if begin is None or not ctes:
        return _inject(sql, ctes)
    return f"{begin.group()} {', '.join(one.sql for one in ctes)}, {sql[begin.end() :]}"


def _columns_of(self: DuckDBAdapter, relation: BaseRelation) -> list[DuckDBColumn]:
    """Ask for a table's columns once: no test changes one, but each makes one for itself."""
    if "__dbt_tmp" in relation.identifier:
        return _ask_columns(self, relation)
    if str(relation) not in _columns:
        _columns[str(relation)] = _ask_columns(self, relation)
    return _columns[str(relation)]


def _invoke(arguments: list[str], manifest: Manifest | None = None) -> dbtRunnerResult:
    outcome = dbtRunner(manifest).invoke([*_QUIETLY, *arguments, *_ARGUMENTS])
    if outcome.exception is not None:
        raise outcome.exception
    return outcome


def main() -> int:
    """Make the tables, then run the tests; what they say is dbt's. Gives the exit code."""
    gc.disable()
    slim()
    compilation.inject_ctes_into_sql = _with_ctes
    manifest = parsed(Path.cwd(), "duckdb", _FOLDER, lambda: _invoke(["parse"]))
    if manifest is None:
        return 1
    build, test = _RUNS
    if not _invoke(build, manifest).success:
        return 1
    DuckDBAdapter.get_columns_in_relation = _columns_of
    return 0 if _invoke(test, manifest).success else 1


if __name__ == "__main__":
    sys.exit(main())
