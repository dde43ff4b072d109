"""What `make new-contract` writes is right at once: on DuckDB, in GoogleSQL, and by the linter."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import scaffolded
from tests.googlesql.project import PROJECT_FOLDER, Dbt, bigquery, duckdb

_OF_DBT = (
    *(".sqlfluff", "dbt_project.yml", "profiles.yml"),
    *("macros/*", "models/_docs.md", "tests/generic/*"),
)
_LINT = (sys.executable, "-m", "tests.style", "lint")


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


def test_a_scaffolded_model_is_in_the_projects_style(project: Path) -> None:
    files = [str(path) for path in (project / "models").rglob("*.sql")]
    assert len(files) == 3
    places = {name: str(project / name) for name in ("VITRINE_BUILD", "VITRINE_BUILD_PII")}
    done = subprocess.run(
        [*_LINT, *files],
        cwd=project,
        env=scaffolded.environment(project) | places | {"PYTHONPATH": str(PROJECT_FOLDER)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "not found" in done.stderr) == (0, False), done.stdout + done.stderr
