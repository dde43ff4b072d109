"""`make test-models`: dbt's unit tests of models, on tables without rows.

A test of a model costs dbt far more than DuckDB: most of it went into reading the model's whole SQL
to find its first word, and into Python's collector, which kept looking through the manifest.
"""

import gc
import re
import sys

from dbt import compilation
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

_ARGUMENTS = ["--target-path", "target/scratch", "--log-path", "target/scratch"]
_RUNS = (
    ["build", "--empty", "--resource-type", "seed", "--resource-type", "model"],
    ["test", "--select", "test_type:unit"],
)
_WITH = re.compile(r"(?:\s|--[^\n]*\n)*with(?=\s)(?!\s+recursive\b)", re.IGNORECASE)
_inject = compilation.inject_ctes_into_sql


def _with_ctes(sql: str, ctes: list[compilation.InjectedCTE]) -> str:
    """Put fixtures before a model's own CTEs, as dbt does, where the SQL begins with `with`."""
    begin = _WITH.match(sql)
    if begin is None or not ctes:
        return _inject(sql, ctes)
    return f"{begin.group()} {', '.join(one.sql for one in ctes)}, {sql[begin.end() :]}"


def _invoke(arguments: list[str], manifest: Manifest | None = None) -> dbtRunnerResult:
    outcome = dbtRunner(manifest).invoke(["--quiet", *arguments, *_ARGUMENTS])
    if outcome.exception is not None:
        raise outcome.exception
    return outcome


def main() -> int:
    """Make the tables, then run the tests; what they say is dbt's. Gives the exit code."""
    gc.disable()
    compilation.inject_ctes_into_sql = _with_ctes
    manifest = _invoke(["parse"]).result
    done = (_invoke(["--log-level-file", "none", *run], manifest) for run in _RUNS)
    return 0 if all(one.success for one in done) else 1


if __name__ == "__main__":
    sys.exit(main())
