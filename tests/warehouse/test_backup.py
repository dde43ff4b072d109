"""A backup is whole or not there, and a restore changes nothing before it is sure."""

import json
import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from ingestion.forgetting import suppression
from ingestion.forgetting.identifiers import Hashes, Kind
from ingestion.storage import LocalStorage
from warehouse.backup_command import backup, restore
from warehouse.record import BuildRecord, write_record
from warehouse.versions import Warehouse, next_build_id

_NOW = datetime(2024, 6, 1, 6, tzinfo=UTC)


@dataclass(frozen=True)
class Ground:
    """A published warehouse, made by hand: what dbt would build is of no concern here."""

    folder: Path

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.folder / "vitrine.duckdb")

    @property
    def backups(self) -> Path:
        return self.folder / "elsewhere"

    def publish(self, hash_key: str = "a key", positions: int = 3) -> None:
        build_id = next_build_id(self.warehouse.published())
        with duckdb.connect(self.warehouse.version(build_id)) as connection:
            connection.execute("create schema validation")
            write_record(connection, BuildRecord(build_id, _NOW, _NOW, _NOW, False, "1.11", 7))
        with duckdb.connect(self.warehouse.pii_version(build_id)) as connection:
            connection.execute("create schema pii; create schema snapshots; create schema staging")
            connection.execute("create table pii.hash_keys as select ? as hash_key", [hash_key])
            connection.execute(
                "create table snapshots.stock as select range as sku_id from range(?)", [positions]
            )
            connection.execute("create table staging.made_of_raw as select 1 as one")
        self.warehouse.link.unlink(missing_ok=True)
        self.warehouse.link.symlink_to(self.warehouse.version(build_id).name)

    def back_up(self) -> dict[str, object]:
        done = CliRunner().invoke(backup, [str(self.backups), "--json"])
        assert done.exit_code == 0, done.output
        made: dict[str, object] = json.loads(done.stdout)
        return made

    def check(self, *options: str) -> Result:
        return CliRunner().invoke(restore, [str(self.backups), "--check", *options])

    def refusal(self, *options: str) -> str:
        done = self.check(*options)
        assert done.exit_code == 1, done.output
        assert "Traceback" not in done.output
        return done.output

    def lose(self) -> None:
        """Lose all but raw and the backups."""
        for path in self.folder.iterdir():
            if path.name not in ("raw", "elsewhere"):
                path.unlink(missing_ok=True)

    def files(self) -> list[Path]:
        return [path for path in self.backups.rglob("*") if path.is_file() and path.name != "lock"]


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("VITRINE_")]:
        monkeypatch.delenv(name)
    ground = Ground(tmp_path / "data")
    ground.folder.mkdir()
    (ground.folder / "vitrine_suppression.key").write_text("0" * 64)
    raw = LocalStorage(ground.folder / "raw")
    hashes = Hashes(suppression.find_key().check, {Kind.TEXT: ["hash"]}, {Kind.TEXT: [(1, 4)]})
    suppression.add_list(raw, "run", hashes)
    (ground.folder / "seller_audit.jsonl").write_text('{"who":"ana"}\n')
    with sqlite3.connect(ground.folder / "deliveries.sqlite") as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute("create table deliveries (person text)")
        connection.execute("insert into deliveries values ('hash')")
    connection.close()
    ground.publish()
    return ground


def test_a_backup_has_what_raw_cannot_give_back_and_is_its_owners_alone(ground: Ground) -> None:
    made = ground.back_up()
    manifest = made["backup"]
    assert made["is_new"]
    places = {file["place"]: file["table"] and file["table"]["rows"] for file in manifest["files"]}
    assert places == {
        "tables/pii.hash_keys.parquet": 1,
        "tables/snapshots.stock.parquet": 3,
        "files/suppression.key": None,
        "files/deliveries.sqlite": None,
        "files/seller_audit.jsonl": None,
        "raw/suppressed/list/run.json": None,
    }
    folder = ground.backups / "backups" / manifest["name"]
    found = [path for path in folder.rglob("*") if path.is_file()]
    assert len(found) == len(places) + 1
    assert {stat.S_IMODE(path.stat().st_mode) for path in found} == {0o600}
    assert b"a key" not in (folder / "manifest.json").read_bytes()
    with sqlite3.connect(folder / "files" / "deliveries.sqlite") as connection:
        assert connection.execute("select * from deliveries").fetchall() == [("hash",)]


def test_where_nothing_has_changed_no_other_backup_is_made(ground: Ground) -> None:
    first = ground.back_up()
    assert ground.back_up() == {"is_new": False, "backup": first["backup"]}
    ground.publish(positions=4)
    second = ground.back_up()
    assert second["is_new"]
    assert second["backup"]["name"] > first["backup"]["name"]
    assert "is whole" in ground.check("--replace").output
    assert ground.check("--replace", "--name", first["backup"]["name"]).exit_code == 0


def test_a_backup_that_breaks_off_anywhere_is_none_and_the_next_one_is_whole(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = LocalStorage.create
    for call in range(7):
        calls = iter(range(100))

        def failing(*arguments: object, call: int = call, calls: Iterator[int] = calls) -> None:
            if next(calls) == call:
                raise OSError(28, "No space left on device")
            create(*arguments)

        with monkeypatch.context() as patched:
            patched.setattr(LocalStorage, "create", failing)
            done = CliRunner().invoke(backup, [str(ground.backups)])
        assert done.exit_code == 1
        assert "cannot back up" in done.output
        assert "No space left on device" in done.output
        assert "there is no backup here" in ground.refusal()
    assert ground.back_up()["is_new"]
    assert ground.check("--replace").exit_code == 0


def test_after_a_loss_a_check_says_what_would_be_put_into_place_and_changes_nothing(
    ground: Ground,
) -> None:
    ground.back_up()
    ground.lose()
    shutil.rmtree(ground.folder / "raw")
    checked = CliRunner().invoke(restore, [str(ground.backups), "--check", "--json"])
    assert checked.exit_code == 0, checked.output
    assert json.loads(checked.stdout)["would_place"] == [
        "suppression.key",
        "deliveries.sqlite",
        "seller_audit.jsonl",
    ]
    assert [path.name for path in ground.folder.iterdir()] == ["elsewhere"]


def test_a_damaged_backup_is_refused_whatever_is_wrong_with_it(ground: Ground) -> None:
    ground.back_up()
    ground.lose()
    for path in ground.files():
        content = path.read_bytes()
        for damaged in (None, content[:-1], content[:-1] + bytes([content[-1] ^ 1])):
            path.unlink(missing_ok=True)
            if damaged is not None:
                path.write_bytes(damaged)
            if path.name == "manifest.json" and damaged == content[:-1]:
                continue  # only its last line feed
            refusal = ground.refusal()
            assert "damaged" in refusal or "there is no backup here" in refusal, (path, damaged)
        path.write_bytes(content)
    assert ground.check().exit_code == 0


def test_a_damaged_backup_does_not_keep_the_next_one_from_being_made(ground: Ground) -> None:
    for name in ("tables/snapshots.stock.parquet", "manifest.json"):
        newest = ground.back_up()["backup"]["name"]
        path = ground.backups / "backups" / newest / name
        path.write_bytes(path.read_bytes()[:-2])
        assert ground.back_up()["is_new"]
        assert ground.check("--replace").exit_code == 0


def test_a_backup_of_a_newer_vitrine_is_not_guessed_at(ground: Ground) -> None:
    ground.back_up()
    [manifest] = ground.backups.rglob("manifest.json")
    content = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(content | {"format": 2, "files": "another shape"}))
    assert "a newer Vitrine made this backup" in ground.refusal()


def test_another_warehouse_and_one_that_is_published_are_not_touched(ground: Ground) -> None:
    ground.back_up()
    assert "is published" in ground.refusal()
    ground.publish("another key")
    for options in ([], ["--replace"]):
        assert "was built with another key of hashes" in ground.refusal(*options)


def test_what_is_in_a_files_place_stays_and_a_log_that_has_grown_goes_on(ground: Ground) -> None:
    ground.back_up()
    with (ground.folder / "seller_audit.jsonl").open("a") as audit:
        audit.write('{"who":"rui"}\n')
    assert ground.check("--replace").exit_code == 0
    with sqlite3.connect(ground.folder / "deliveries.sqlite") as connection:
        connection.execute("insert into deliveries values ('another')")
    assert "is not the backup's deliveries.sqlite" in ground.refusal("--replace")


def test_without_a_build_or_a_backup_a_sentence_says_so(ground: Ground) -> None:
    assert "there is no backup here" in ground.refusal()
    ground.back_up()
    assert "no backup 2024; there are:" in ground.refusal("--name", "2024")
    ground.lose()
    done = CliRunner().invoke(backup, [str(ground.backups)])
    assert done.exit_code == 1
    assert "nothing is published" in done.output
