"""Marts as Parquet: what is published, whole, behind one link."""

from pathlib import Path

import duckdb
import msgspec
import pytest
from click.testing import CliRunner, Result

from delivery.export_command import export
from delivery.marts import ExportedMarts
from tests.delivery.published import Published


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Published:
    one = Published(tmp_path)
    monkeypatch.setenv("VITRINE_WAREHOUSE", str(one.warehouse.link))
    return one


def export_to(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(export, ["--marts", str(folder), *options])


def shops(folder: Path) -> list[tuple[str, str]]:
    path = folder / "latest" / "marts" / "dim_stores.parquet"
    return duckdb.sql(f"from read_parquet('{path}') order by all").fetchall()


def test_each_mart_is_a_file_of_the_published_build(published: Published, tmp_path: Path) -> None:
    published.rows["marts.dim_stores"] = [("centro", "Centro"), ("norte", "Norte")]
    build_id = published.publish()
    folder = tmp_path / "parquet"
    result = export_to(folder, "--json")
    assert result.exit_code == 0, result.output
    told = msgspec.json.decode(result.stdout, type=ExportedMarts)
    assert told.build_id == build_id
    assert told.path == str(folder / "latest")
    assert [(one.name, one.rows) for one in told.tables] == [
        ("marts.dim_skus", 0),
        ("marts.dim_stores", 2),
    ]
    assert shops(folder) == published.rows["marts.dim_stores"]
    # Personal data and what is not for BI stay where they are.
    assert {path.name for path in (folder / "latest").iterdir()} == {"marts"}
    written = {path: path.stat().st_mtime_ns for path in folder.rglob("*.parquet")}
    assert export_to(folder).exit_code == 0
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.parquet")} == written


def test_the_link_leads_to_the_newest_and_one_before_it_stays(
    published: Published, tmp_path: Path
) -> None:
    folder = tmp_path / "parquet"
    (folder / "notes").mkdir(parents=True)
    builds = []
    for number in range(3):
        published.rows["marts.dim_stores"] = [(str(number), "Centro")]
        builds.append(published.publish())
        assert export_to(folder).exit_code == 0
        assert shops(folder) == [(str(number), "Centro")]
    assert {path.name for path in folder.iterdir()} == {"latest", "notes", ".lock", *builds[1:]}


def test_what_a_killed_run_left_is_gone_after_the_next(
    published: Published, tmp_path: Path
) -> None:
    published.rows["marts.dim_stores"] = [("1", "Centro")]
    published.publish()
    folder = tmp_path / "bi"
    (folder / ".writing" / "marts").mkdir(parents=True)
    (folder / ".writing" / "marts" / "dim_stores.parquet").write_bytes(b"half")
    assert export_to(folder).exit_code == 0
    assert shops(folder) == [("1", "Centro")]
    assert not (folder / ".writing").exists()


def test_what_cannot_be_written_is_a_sentence(published: Published, tmp_path: Path) -> None:
    published.publish()
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    result = export_to(in_the_way / "parquet")
    assert result.exit_code == 1
    assert "cannot write marts" in result.stderr
    assert export_to(tmp_path / "parquet", "--out", "elsewhere").exit_code == 2
