"""What `make new-contract` writes is right at once: on DuckDB, in GoogleSQL, and by the linter."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests import scaffolded
from tests.forks import CONTEXT, become
from tests.googlesql.project import Dbt, bigquery, duckdb

_OF_DBT = (
    *(".sqlfluff", "dbt_project.yml", "profiles.yml"),
    *("macros/*", "models/_docs.md", "tests/generic/*"),
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A contract with a column of each type is added to a project, and two more."""
    folder = scaffolded.project(tmp_path_factory.mktemp("new") / "project", *_OF_DBT)
    timeless = ("shop.assembly_entry", "--time", "", "--id", "id")
    for words in (scaffolded.SURVEY, timeless, ("marketing.fax", "--key", "fax")):
        result = scaffolded.new_contract(folder, *words)
        assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(params=["duckdb", "bigquery"])
def dbt(request: pytest.FixtureRequest, tmp_path: Path, project: Path) -> Dbt:
    if request.param == "bigquery":
        return bigquery(tmp_path, request.getfixturevalue("address"), project)
    return duckdb(tmp_path, project)


def test_a_scaffolded_model_builds_and_its_unit_test_passes(dbt: Dbt) -> None:
    printed = dbt.run("build", "--select", "resource_type:model", "resource_type:unit_test")
    assert "PASS=11 WARN=0 ERROR=0 SKIP=0" in printed, printed


def test_a_scaffolded_model_is_in_the_projects_style(project: Path, tmp_path: Path) -> None:
    files = [str(path) for path in (project / "models").rglob("*.sql")]
    assert len(files) == 3
    places = {name: str(project / name) for name in ("VITRINE_BUILD", "VITRINE_BUILD_PII")}
    out, err = tmp_path / "out", tmp_path / "err"
    environment = scaffolded.environment(project) | places
    linting = CONTEXT.Process(target=_lint, args=(project, files, environment, out, err))
    linting.start()
    linting.join()
    said = err.read_text()
    assert (linting.exitcode, "not found" in said) == (0, False), out.read_text() + said


def _lint(
    project: Path, files: Sequence[str], environment: Mapping[str, str], out: Path, err: Path
) -> None:
    """Be `python -m tests.style lint`, in that project."""
    become(environment, out, err)
    os.chdir(project)
    from tests import style  # noqa: PLC0415 - only such a process needs sqlfluff

    sys.argv = ["style", "lint", *files]
    style.main()
