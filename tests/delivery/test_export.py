"""OUT: a day is whole or not there, and a reader sees one version of it."""

import json
import os
from datetime import date, timedelta
from pathlib import Path, PurePosixPath

import duckdb
import pytest
from click.testing import CliRunner, Result

from delivery import exporting
from delivery.errors import DeliveryError
from delivery.export_command import export
from delivery.exporting import TABLES
from delivery.manifests import Manifest, open_table, place, read_manifest, sha256
from ingestion.storage import LocalStorage, open_storage
from tests.delivery.published import DAY, Published, export_well
from tests.storage.stores import Store


def _export(*options: str) -> Result:
    return CliRunner().invoke(export, list(options))


def _content(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        path.name: (sha256(path), path.stat().st_mtime_ns)
        for path in sorted((folder / "out" / str(DAY)).iterdir())
    }


def test_a_day_has_each_table_as_parquet_and_as_lines_that_say_the_same(
    published: Published, tmp_path: Path
) -> None:
    build_id = published.publish()
    manifest = export_well()
    assert (manifest.run_date, manifest.version, manifest.build_id) == (DAY, 1, build_id)
    assert [table.name for table in manifest.tables] == list(TABLES)
    for table in manifest.tables:
        parquet, lines = (tmp_path / "out" / str(DAY) / file.name for file in table.files)
        rows = duckdb.sql(f"from '{parquet}'").fetchall()
        told = [json.loads(line) for line in lines.read_text().splitlines()]
        assert len(rows) == len(told) == table.rows > 0
        assert all(tuple(one) == table.columns for one in told)
        assert [[str(value) for value in one.values()] for one in told] == [
            [str(value) for value in row] for row in rows
        ]


def test_every_file_is_what_the_manifest_says(published: Published, tmp_path: Path) -> None:
    published.publish()
    for table in export_well().tables:
        for file in table.files:
            path = tmp_path / "out" / str(DAY) / file.name
            assert (file.bytes, file.sha256) == (path.stat().st_size, sha256(path))


def test_only_the_rows_of_the_run_date_are_exported(published: Published) -> None:
    published.rows["activation.campaign_targets"].append(
        (DAY - timedelta(days=1), "maes", "old", "centro")
    )
    published.publish()
    rows = {table.name: table.rows for table in export_well().tables}
    assert rows["campaign_targets"] == 1


def test_a_rerun_of_the_same_content_changes_nothing(published: Published, tmp_path: Path) -> None:
    published.publish()
    first = export_well()
    before = _content(tmp_path)
    published.publish()  # Another build, which says the same.
    assert export_well("--date", str(DAY)) == first
    assert _content(tmp_path) == before
    assert "as it was" in _export().stdout


def test_other_content_is_a_version_beside_the_one_that_may_still_be_read(
    published: Published, tmp_path: Path
) -> None:
    published.publish()
    first = export_well()
    before = _content(tmp_path)
    published.suggest(("bia", "birthday"))
    published.publish()
    second = export_well()
    after = _content(tmp_path)
    assert second.version == 2
    assert before.items() <= after.items()
    assert read_manifest(open_storage(tmp_path / "out"), DAY) == second
    # What did not change is not written again.
    changed = {two.name for one, two in zip(first.tables, second.tables, strict=True) if one != two}
    assert changed == {"contact_suggestions"}
    assert len(after) == len(before) + 3


def _die_after(steps: int) -> None:
    """Have this process die once it has put so many files into their places."""
    left, create = steps, LocalStorage.create

    def dying(self: LocalStorage, where: PurePosixPath, file: Path) -> None:
        nonlocal left
        if not left:
            os._exit(9)
        left -= 1
        create(self, where, file)

    LocalStorage.create = dying  # type: ignore[method-assign]


def test_an_export_that_dies_anywhere_leaves_the_day_absent_or_whole(
    published: Published, tmp_path: Path
) -> None:
    published.publish()
    out = open_storage(tmp_path / "out")
    died = 0
    for steps in range(20):
        pid = os.fork()
        if pid == 0:
            _die_after(steps)
            os._exit(_export().exit_code)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        manifest = read_manifest(out, DAY)
        if status == 0:
            break
        died += 1
        assert manifest is None
    assert died == 9  # Eight files and the manifest.
    assert manifest is not None
    for table in manifest.tables:
        with open_table(out, manifest, table.name) as path:
            assert duckdb.sql(f"from '{path}'").fetchall()
    assert [one.name for one in (tmp_path / "out" / "staging").iterdir()] == ["lock"]


def test_two_exports_at_once_are_two_versions_or_one(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one commits between this one's look at the day and its own commit."""
    published.publish()
    look = exporting.read_manifest
    looks = iter([lambda: export_well("--out", str(tmp_path / "out"))])

    def slow(storage: LocalStorage, day: date) -> Manifest | None:
        found = look(storage, day)
        for other in looks:
            published.suggest(("bia", "birthday"))
            published.publish()
            assert other().version == 1
        return found

    monkeypatch.setattr(exporting, "read_manifest", slow)
    manifest = export_well()
    assert manifest.version == 2
    assert read_manifest(open_storage(tmp_path / "out"), DAY) == manifest


@pytest.mark.parametrize("scheme", ["gs", "s3"])
def test_a_day_goes_to_a_bucket(
    published: Published,
    stores: dict[str, Store],
    scheme: str,
) -> None:
    published.publish()
    root = f"{stores[scheme].new_bucket()}/shop/out"
    manifest = export_well("--out", root)
    out = open_storage(root)
    assert read_manifest(out, DAY) == manifest == export_well("--out", root)
    published.suggest(("bia", "birthday"))
    published.publish()
    second = export_well("--out", root)
    assert read_manifest(out, DAY) == second
    with open_table(out, second, "contact_suggestions") as path:
        assert len(duckdb.sql(f"from '{path}'").fetchall()) == 1


def test_a_file_that_is_not_what_the_manifest_says_is_not_read(
    published: Published, tmp_path: Path
) -> None:
    published.publish()
    manifest = export_well()
    out = open_storage(tmp_path / "out")
    name = manifest.tables[0].files[0].name
    (tmp_path / "out" / place(DAY, name)).write_bytes(b"half")
    with pytest.raises(DeliveryError, match="not what its manifest says"):
        open_table(out, manifest, manifest.tables[0].name).__enter__()
    (tmp_path / "out" / place(DAY, name)).unlink()
    with pytest.raises(DeliveryError, match="The manifest names it"):
        open_table(out, manifest, manifest.tables[0].name).__enter__()


def test_what_cannot_be_exported_is_told_in_a_sentence(
    published: Published, tmp_path: Path
) -> None:
    assert "nothing is published; run `vitrine build` first" in _export().output
    published.publish(without=["activation.similar_skus"])
    result = _export()
    assert (result.exit_code, "activation.similar_skus missing" in result.output) == (1, True)
    published.publish()
    assert "is of 2024-05-01" in _export("--date", "2024-05-02").output
    assert "set VITRINE_OUT to a folder" in _export("--out", "ftp://x/y").output
    (tmp_path / "file").touch()
    assert "a file is in the place of a folder" in _export("--out", str(tmp_path / "file")).output
    assert not (tmp_path / "out").exists()
