"""`make googlesql MODEL=name`: is this model valid GoogleSQL? All that it reads is checked with it.

The models are run empty, against the loopback server, as BigQuery would get them.
"""

import argparse
import sys
import time

from tests.googlesql.api import Api
from tests.googlesql.project import PROJECT_FOLDER, DbtFailedError, bigquery
from tests.googlesql.reference import GoogleSql, SqlError
from tests.googlesql.server import serving

_FOLDER = PROJECT_FOLDER / "target" / "googlesql"
_LINES_AROUND = 2
_WITHOUT_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")


def main() -> int:
    """Check the models that are named; 0 if all are valid, 1 if any is not, 2 if there is none."""
    parser = argparse.ArgumentParser(prog="python -m tests.googlesql", description=__doc__)
    parser.add_argument("model", nargs="+", help="a model, or any selection of dbt's")
    models = parser.parse_args().model
    started = time.monotonic()
    api = Api(GoogleSql(_FOLDER))
    with serving(api) as address:
        dbt = bigquery(_FOLDER, address)
        selection = [f"+{model}" for model in models]
        try:
            printed = dbt.run("build", "--empty", *_WITHOUT_TESTS, "--select", *selection)
        except DbtFailedError as error:
            for sql, failure in api.jobs.failures:
                print(_shown(sql, failure), file=sys.stderr)
            if not api.jobs.failures:
                print(error, file=sys.stderr)
            return 1
    if "Nothing to do" in printed:
        print(f"{', '.join(models)}: no such model.", file=sys.stderr)
        return 2
    print(f"{', '.join(models)}: valid GoogleSQL, checked in {time.monotonic() - started:.1f} s.")
    return 0


def _shown(sql: str, error: SqlError) -> str:
    """Show the lines around an error, with a mark under its position."""
    if error.position is None:
        return f"{error.message}\n\n{sql}"
    line, column = error.position
    lines = sql.split("\n")
    shown = [f"{error.message} at [{line}:{column}]", ""]
    for number in range(max(1, line - _LINES_AROUND), min(len(lines), line + _LINES_AROUND) + 1):
        shown.append(f"{number:5} | {lines[number - 1]}")
        if number == line:
            shown.append(" " * (column + 7) + "^")
    return "\n".join(shown)


if __name__ == "__main__":
    sys.exit(main())
