"""The warehouse does not depend on where raw is."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from ingestion import contracts
from tests.compaction.views import view_sql
from tests.project.comparison import differences, rows_of
from tests.project.conftest import House, write_messages
from tests.project.shops import Shop
from tests.storage.stores import Store
from tests.storage.support import vitrine
from warehouse.raw_files import Plugin

_AS_OF = "2024-06-01T00:00:00Z"


@dataclass(frozen=True)
class BucketHouse(House):
    """A house whose raw root is in a bucket."""

    root: str

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"VITRINE_RAW": self.root}


def _rows_read(root: str, patch: pytest.MonkeyPatch) -> dict[str, list[tuple[object, ...]]]:
    """What a build reads of raw, by table: with the project's macros and its connection."""
    patch.setenv("VITRINE_RAW", root)
    sql = "select * exclude (landed_at) from ({}) order by all"
    with duckdb.connect() as connection:
        Plugin("raw", {}).configure_connection(connection)
        return {
            table: connection.execute(sql.format(view_sql(connection, root, table))).fetchall()
            for table in contracts.load().tables
        }


@pytest.mark.usefixtures("few_contracts")
def test_a_build_reads_from_a_bucket_what_it_reads_from_a_folder(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, bucket = str(tmp_path / "raw"), f"{store.new_bucket()}/raw"
    messages = write_messages(tmp_path / "shop.ndjson", Shop(0, seed=4).messages())
    for root in (folder, bucket):
        assert vitrine(root, tmp_path, "land", messages).returncode == 0
    read = _rows_read(bucket, monkeypatch)
    assert read == _rows_read(folder, monkeypatch)
    assert sum(map(len, read.values())) == len(messages.read_text().splitlines())


@pytest.mark.long
def test_marts_from_either_bucket_are_those_from_a_folder(
    stores: dict[str, Store], tmp_path: Path
) -> None:
    house = House(tmp_path)
    messages = write_messages(house.folder / "shop.ndjson", Shop(0, seed=4).messages())
    house.run("land", messages)
    house.run("build", "--quiet", "--as-of", _AS_OF)
    expected = rows_of(house)
    assert expected["marts.fct_orders"]
    for store in stores.values():
        other = BucketHouse(house.folder / store.scheme, f"{store.new_bucket()}/raw")
        # They share the key of keyed hashes; everything else is built anew.
        others = shutil.ignore_patterns("raw", "gs", "s3")
        shutil.copytree(house.folder, other.folder, symlinks=True, ignore=others)
        other.run("land", messages)
        other.run("build", "--quiet", "--full-refresh", "--as-of", _AS_OF)
        assert differences(expected, rows_of(other)) == []
        shown = json.loads(other.run("status", "--json"))["contracts"]
        assert {one["waiting"] for one in shown} == {0}
        # More messages land, and only they are read.
        other.run("land", write_messages(other.folder / "more.ndjson", Shop(1, seed=4).messages()))
        other.run("build", "--quiet", "--as-of", _AS_OF)
        assert len(rows_of(other)["marts.fct_orders"]) > len(expected["marts.fct_orders"])
