"""dbt without `vitrine build`, as the README says that it works."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from tests.forks import PROJECT
from tests.project.conftest import House, write_messages


def _project_of_one_model(folder: Path) -> Path:
    """Copy of the project what the model needs: parsing all of it takes longest."""
    shutil.copytree(PROJECT / "macros", folder / "macros")
    staging = Path("models/staging")
    for path in (
        *("dbt_project.yml", "profiles.yml"),
        *(staging / "_sources.yml", staging / "vtex/stg_vtex__brands.sql"),
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / path, folder / path)
    return folder


def test_bare_dbt_reads_a_raw_root_that_is_named_from_the_projects_folder(house: House) -> None:
    row = {
        "subscription_name": "s", "message_id": "1", "publish_time": "2024-05-01T12:00:00Z",
        "attributes": {"contract": "vtex.brand"}, "data": '{"Id":"1","Name":"Maré"}',
    }  # fmt: skip
    house.run("land", write_messages(house.folder / "brand.ndjson", [row]))
    project = _project_of_one_model(house.folder / "elsewhere" / "project")
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("dbt")),
            *("run", "--quiet", "--profiles-dir", "."),
        ],
        cwd=project,
        env=os.environ
        | {
            "VITRINE_RAW": "../../raw",
            "VITRINE_BUILD": str(house.folder / "dev.duckdb"),
            "VITRINE_BUILD_PII": str(house.folder / "dev_pii.duckdb"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with duckdb.connect(house.folder / "dev_pii.duckdb") as connection:
        found = connection.execute("select brand_name from staging.stg_vtex__brands").fetchall()
    assert found == [("Maré",)]
