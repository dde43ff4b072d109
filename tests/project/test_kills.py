"""SIGKILL at random instants loses nothing, doubles nothing, and breaks no published file."""

import gzip
import json
import random
import time
from pathlib import Path

import duckdb
import pytest

from ingestion import contracts
from tests.compaction.views import view_sql
from tests.project.conftest import House
from tests.project.kills import ORDERS, kill_at_random, reading
from tests.project.nights import Nights


def _simulate(house: House, orders: int, files: int) -> tuple[list[Path], dict[str, object]]:
    """Simulate a store into several files, with the truth about it."""
    whole, truth = house.folder / "all.ndjson.gz", house.folder / "truth.json"
    house.run("simulate", "--orders", orders, "--seed", 11, "--out", whole, "--truth", truth)
    with gzip.open(whole, "rb") as stream:
        lines = stream.readlines()
    paths = [house.folder / f"part-{number}.ndjson" for number in range(files)]
    for number, path in enumerate(paths):
        path.write_bytes(b"".join(lines[number::files]))
    return paths, json.loads(truth.read_text())


def _land_and_be_killed(
    house: House, chance: random.Random, kills: int, paths: list[Path]
) -> House:
    """Land in spite of kills; gives a house where the same was landed undisturbed."""
    elsewhere = House(house.folder / "elsewhere")
    elsewhere.folder.mkdir()
    started = time.monotonic()
    elsewhere.run("land", *paths)
    killed = kill_at_random(house, chance, kills, time.monotonic() - started, "land", *paths)
    assert killed, "some landing was killed while it ran"
    house.run("land", *paths)
    return elsewhere


def _landed(house: House) -> dict[str, list[tuple[object, ...]]]:
    """Every copy of every message in raw."""
    with duckdb.connect() as connection:
        return {
            table: connection.execute(
                "select message_id, publish_time, attributes, data"
                f" from ({view_sql(connection, house.folder / 'raw', table)}) order by all"
            ).fetchall()
            for table in contracts.load().tables
        }


def test_a_few_kills_of_landing(house: House) -> None:
    paths, _ = _simulate(house, orders=100, files=3)
    undisturbed = _land_and_be_killed(house, random.Random(2), 2, paths)
    assert _landed(house) == _landed(undisturbed)


def test_a_killed_build_of_the_project(nights: Nights) -> None:
    """The second night's; what its next build makes, other tests compare.

    The tiny project's builds are killed more often.
    """
    assert nights.orders_after_kill == nights.orders_before_kill
    assert nights.reads.errors == []
    assert nights.reads.count > 1, "the reader read all the while"


@pytest.mark.long
def test_thirty_kills_of_landing_and_building(house: House) -> None:
    kills = 30
    chance = random.Random(kills)
    paths, truth = _simulate(house, orders=1000, files=3)
    _land_and_be_killed(house, chance, kills, paths)
    started = time.monotonic()
    house.run("build", "--quiet")
    building_seconds = time.monotonic() - started
    expected = house.query(ORDERS)
    with reading(house, pause_seconds=0.05) as reads:
        killed = kill_at_random(house, chance, kills, building_seconds, "build", "--quiet")
        assert killed, "some build was killed while it ran"
        assert house.query(ORDERS) == expected
        house.run("build", "--quiet")
    assert house.query(ORDERS) == expected
    assert reads.errors == []
    assert reads.count > kills, "the reader read all the while"

    landed = house.query("select sum(landed), sum(redelivered) from validation.message_ledger")[0]
    told = truth["messages"].values()
    assert landed == (
        sum(figures["messages"] for figures in told),
        sum(figures.get("redelivered", 0) for figures in told),
    )
    assert len(expected) == truth["orders"]
