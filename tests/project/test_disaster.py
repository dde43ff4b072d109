"""Everything is lost but raw and a backup: the drill of docs/recovery.md, as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.forks import PROJECT
from tests.project.conftest import House
from tests.project.nights import Nights
from warehouse.versions import Warehouse

_PAGE = PROJECT / "docs" / "recovery.md"
# When a run staged a row: no row is of another run than the one that staged it.
_OF_A_RUN = {"staged_at", "version_staged_at"}
# What a build says of itself.
_NOT_COMPARED = {"validation.published_build", "validation.build_steps"}

Tables = dict[str, list[tuple[object, ...]]]


def drill() -> str:
    """Give the commands of the page."""
    section = _PAGE.read_text().partition("## The drill\n")[2].partition("\n## ")[0]
    [commands] = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return str(commands)


@pytest.fixture(scope="module")
def restored(nights: Nights, tmp_path_factory: pytest.TempPathFactory) -> House:
    folder = tmp_path_factory.mktemp("drill")
    bin_ = Path(sys.executable).parent
    done = subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", drill()],
        env=nights.house.environment
        | {"DRILL": str(folder), "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}"},
        cwd=nights.house.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "is whole" in done.stdout
    return House(folder / "data")


def tables_of(house: House) -> Tables:
    """All rows of all tables, of both files of the published build."""
    warehouse = Warehouse(house.warehouse)
    build_id = warehouse.published()
    assert build_id is not None
    found = {}
    for prefix, path in (
        ("", warehouse.version(build_id)),
        ("pii.", warehouse.pii_version(build_id)),
    ):
        with duckdb.connect(path, read_only=True) as connection:
            columns = connection.execute(
                "select schema_name || '.' || table_name,"
                " list(column_name order by column_index) from duckdb_columns()"
                " join duckdb_tables() using (database_name, schema_name, table_name)"
                " where database_name = current_database() group by all"
            ).fetchall()
            for name, names in columns:
                if prefix + name not in _NOT_COMPARED:
                    kept = ", ".join(f'"{one}"' for one in names if one not in _OF_A_RUN)
                    found[prefix + name] = connection.execute(
                        f"select {kept} from {name} order by all"
                    ).fetchall()
    return found


def test_a_warehouse_rebuilt_from_raw_and_a_backup_is_the_one_that_was_lost(
    nights: Nights, restored: House
) -> None:
    expected, actual = tables_of(nights.house), tables_of(restored)
    assert actual.keys() == expected.keys()
    assert [name for name, rows in expected.items() if rows != actual[name]] == []
