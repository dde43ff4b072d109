"""The warehouse does not depend on where raw is."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.project.comparison import differences, rows_of
from tests.project.conftest import House, write_messages
from tests.project.shops import Shop
from tests.storage.conftest import Store

_AS_OF = "2024-06-01T00:00:00Z"


@dataclass(frozen=True)
class BucketHouse(House):
    """A house whose raw root is in a bucket."""

    root: str

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"VITRINE_RAW": self.root}


def _check(house: House, stores: list[Store], *, is_long: bool) -> None:
    messages = write_messages(house.folder / "shop.ndjson", Shop(0, seed=4).messages())
    house.run("land", messages)
    house.run("build", "--quiet", "--as-of", _AS_OF)
    expected = rows_of(house)
    assert expected["marts.fct_orders"]
    for store in stores:
        other = BucketHouse(house.folder / store.scheme, f"{store.new_bucket()}/raw")
        # They share the key of keyed hashes; everything else is built anew.
        others = shutil.ignore_patterns("raw", "gs", "s3")
        shutil.copytree(house.folder, other.folder, symlinks=True, ignore=others)
        other.run("land", messages)
        other.run("build", "--quiet", "--full-refresh", "--as-of", _AS_OF)
        assert differences(expected, rows_of(other)) == []
        contracts = json.loads(other.run("status", "--json"))["contracts"]
        assert {one["waiting"] for one in contracts} == {0}
        if not is_long:
            continue
        # More messages land, and only they are read.
        other.run("land", write_messages(other.folder / "more.ndjson", Shop(1, seed=4).messages()))
        other.run("build", "--quiet", "--as-of", _AS_OF)
        assert len(rows_of(other)["marts.fct_orders"]) > len(expected["marts.fct_orders"])


def test_marts_from_a_bucket_are_those_from_a_folder(
    stores: dict[str, Store], tmp_path: Path
) -> None:
    _check(House(tmp_path), [stores["gs"]], is_long=False)


@pytest.mark.long
def test_marts_from_either_bucket_are_those_from_a_folder(
    stores: dict[str, Store], tmp_path: Path
) -> None:
    _check(House(tmp_path), [stores["s3"], stores["gs"]], is_long=True)
