"""`make lint-googlesql`: style and syntax of what BigQuery would get, by sqlfluff.

dbt compiles the models against the loopback server, since some of them ask the warehouse first.
They are compiled as for a first build; GoogleSQL parses what an increment runs in the parity test.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.googlesql.api import Api
from tests.googlesql.project import POLICY_TAG, PROJECT_FOLDER
from tests.googlesql.reference import GoogleSql
from tests.googlesql.server import serving

_FOLDER = PROJECT_FOLDER / "target" / "googlesql"


def main() -> int:
    """Lint the files and folders that are named; gives sqlfluff's exit code."""
    with serving(Api(GoogleSql(_FOLDER))) as address:
        return subprocess.run(
            [
                *(sys.executable, "-m", "tests.style", "lint"),
                *("--config", str(Path(__file__).with_name("lint.cfg")), *sys.argv[1:]),
            ],
            check=False,
            cwd=PROJECT_FOLDER,
            env=os.environ
            | {
                "VITRINE_BIGQUERY_ENDPOINT": address,
                # As in the parity test, so that what it parsed is parsed.
                "VITRINE_BIGQUERY_POLICY_TAG": POLICY_TAG,
                # Beside DuckDB's: dbt parses all again where it finds another target's leavings.
                "DBT_TARGET_PATH": str(_FOLDER / "lint"),
                "DBT_LOG_PATH": str(_FOLDER / "logs"),
            },
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
