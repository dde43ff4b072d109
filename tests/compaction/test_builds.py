"""A build has the same marts whether its messages are compacted, before or after it read them."""

import random
import shutil
from pathlib import Path

import pytest

from tests.project.comparison import differences, rows_of
from tests.project.conftest import House, house, write_messages
from tests.project.shops import Shop

__all__ = ["house"]

_AS_OF = ("--as-of", "2024-06-01T00:00:00Z", "--quiet")


def _compact_all(house: House) -> None:
    """Compact what has landed as if it were of yesterday, and remove it."""
    for hour in (house.folder / "raw/landed").glob("*/landed_date=2*/landed_hour=*"):
        past = hour.parent.with_name("landed_date=2020-01-01") / hour.name
        past.mkdir(parents=True, exist_ok=True)
        for path in hour.glob("*.parquet"):
            path.rename(past / path.name)
    house.run("compact", "--grace", "0s")
    house.run("compact", "--grace", "0s")
    left = (house.folder / "raw/landed").rglob("*.parquet")
    assert {path.name for path in left} == {"schema.parquet"}
    assert len([*(house.folder / "raw/snapshots").rglob("*.parquet")]) > 5


def _check(house: House, tmp_path: Path) -> House:
    """Build twice with compaction in between, and without; gives the one that is compacted."""
    messages = [message for number in range(3) for message in Shop(number, 1).messages()]
    chance = random.Random(1)
    first = chance.sample(messages, len(messages) // 2)
    # Some are delivered twice within a batch, and some once more in the second one.
    second = [message for message in messages if message not in first] + first[:9] + first[:3]
    first += first[:5]

    house.run("land", write_messages(house.folder / "first.ndjson", first))
    house.run("build", *_AS_OF)
    other = House(tmp_path / "other")
    shutil.copytree(
        house.folder, other.folder, symlinks=True, ignore=shutil.ignore_patterns("other")
    )
    link = other.warehouse.readlink().name
    other.warehouse.unlink()
    other.warehouse.symlink_to(link)

    house.run("land", write_messages(house.folder / "second.ndjson", second))
    house.run("build", *_AS_OF)
    expected = rows_of(house)
    assert len(expected["marts.fct_orders"]) > 5

    _compact_all(other)
    other.run("land", write_messages(other.folder / "second.ndjson", second))
    other.run("build", *_AS_OF)
    assert differences(expected, rows_of(other)) == []
    ledger = "select contract, landed, redelivered from validation.message_ledger order by all"
    assert other.query(ledger) == house.query(ledger)
    return other


@pytest.mark.long
def test_compacting_before_and_after_an_incremental_build_changes_no_mart(
    house: House, tmp_path: Path
) -> None:
    _check(house, tmp_path)


@pytest.mark.long
def test_a_full_refresh_from_compacted_files_gives_the_same_marts(
    house: House, tmp_path: Path
) -> None:
    other = _check(house, tmp_path)
    expected = rows_of(other)
    _compact_all(other)
    other.run("build", *_AS_OF, "--full-refresh")
    assert differences(expected, rows_of(other)) == []
