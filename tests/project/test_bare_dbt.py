"""dbt without `vitrine build`, as the README says that it works."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb

from tests.forks import PROJECT
from tests.project.conftest import House, write_messages


def test_bare_dbt_reads_a_raw_root_that_is_named_from_the_projects_folder(house: House) -> None:
    row = {
        "subscription_name": "s", "message_id": "1", "publish_time": "2024-05-01T12:00:00Z",
        "attributes": {"contract": "vtex.brand"}, "data": '{"Id":"1","Name":"Maré"}',
    }  # fmt: skip
    house.run("land", write_messages(house.folder / "brand.ndjson", [row]))
    database = house.folder / "dev.duckdb"
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("dbt")),
            *("run", "--quiet", "--select", "stg_vtex__brands"),
            *("--target-path", str(house.folder / "target"), "--log-path", str(house.folder)),
        ],
        cwd=PROJECT,
        env=os.environ
        | {
            "VITRINE_RAW": os.path.relpath(house.folder / "raw", PROJECT),
            "VITRINE_BUILD": str(database),
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
