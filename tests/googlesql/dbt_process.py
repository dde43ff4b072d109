"""dbt in this process, over the project as it was parsed once for all that run it so."""

import gc
import os
from collections.abc import Sequence
from unittest.mock import patch

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from tests.googlesql.project import Dbt, DbtFailedError
from warehouse.parsed import parsed


def run(dbt: Dbt, words: Sequence[str]) -> bool:
    """Run a command; tells whether all went well, what did not is printed."""
    try:
        parsed_project = manifest(dbt)
    except DbtFailedError as error:
        print(error)
        return False
    # It stays to the end: garbage need not be looked for in it.
    gc.freeze()
    # Every statement in the log, and artifacts that nobody reads, take as long as the work.
    quiet = ["--log-level-file", "info", "--no-write-json"]
    outcome = dbtRunner(parsed_project).invoke([*words, *dbt.places, *quiet])
    if outcome.exception is not None:
        print(outcome.exception)
    return outcome.success


def manifest(dbt: Dbt) -> Manifest:
    """Read or make what dbt parses; raises DbtFailedError."""
    found = parsed(
        dbt.project,
        dbt.parsed_as,
        dbt.folder / "target",
        lambda: dbtRunner().invoke(["parse", *dbt.places]),
    )
    if found is None:
        raise DbtFailedError("The project cannot be parsed.")
    return found


def parse_here(dbt: Dbt) -> Manifest:
    """Parse where Jinja has read dbt's macros already; commands find what was parsed."""
    with patch.dict(os.environ, dbt.environment):
        return manifest(dbt)
