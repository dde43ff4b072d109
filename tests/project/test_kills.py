"""SIGKILL at random instants loses nothing, doubles nothing, and breaks no published file."""

import gzip
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.project.conftest import House

_READER = Path(__file__).with_name("reader.py")


def _kill_at_random(
    house: House, chance: random.Random, kills: int, seconds: float, *words: object
) -> int:
    """Kill a command at an instant of each part of `seconds`; tells how many were still running."""
    killed = 0
    for number in range(kills):
        process = house.start(*words)
        time.sleep(seconds * (number + chance.random()) / kills)
        process.kill()
        killed += process.wait() == -signal.SIGKILL
    return killed


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


def _seconds_to_land(house: House, paths: list[Path]) -> float:
    elsewhere = House(house.folder / "elsewhere")
    elsewhere.folder.mkdir()
    started = time.monotonic()
    elsewhere.run("land", *paths)
    return time.monotonic() - started


def _check(house: House, kills: int, orders: int, pause_seconds: float) -> None:
    chance = random.Random(kills)
    paths, truth = _simulate(house, orders, files=3)
    _land_and_be_killed(house, chance, kills, paths)
    started = time.monotonic()
    house.run("build", "--quiet")
    building_seconds = time.monotonic() - started
    expected = house.query("select * from marts.fct_orders order by order_id")
    with subprocess.Popen(
        [sys.executable, str(_READER), str(house.warehouse), str(pause_seconds)],
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        try:
            killed = _kill_at_random(house, chance, kills, building_seconds, "build", "--quiet")
            assert killed, "some build was killed while it ran"
            assert house.query("select * from marts.fct_orders order by order_id") == expected
            house.run("build", "--quiet")
            reader.send_signal(signal.SIGTERM)
            answers = json.loads(reader.communicate(timeout=60)[0])
        finally:
            reader.kill()
    assert house.query("select * from marts.fct_orders order by order_id") == expected
    assert answers["errors"] == []
    assert answers["reads"] > kills, "the reader read all the while"

    landed = house.query("select sum(landed), sum(redelivered) from validation.message_ledger")[0]
    told = truth["messages"].values()
    assert landed == (
        sum(figures["messages"] for figures in told),
        sum(figures.get("redelivered", 0) for figures in told),
    )
    assert len(expected) == truth["orders"]


def _land_and_be_killed(house: House, chance: random.Random, kills: int, paths: list[Path]) -> None:
    landing_seconds = _seconds_to_land(house, paths)
    killed = _kill_at_random(house, chance, kills, landing_seconds, "land", *paths)
    assert killed, "some landing was killed while it ran"
    house.run("land", *paths)


def test_a_few_kills_of_landing_and_building(house: House) -> None:
    # A reader that hardly rests takes half a core.
    _check(house, kills=2, orders=100, pause_seconds=0.3)


@pytest.mark.long
def test_thirty_kills_of_landing_and_building(house: House) -> None:
    _check(house, kills=30, orders=1000, pause_seconds=0.05)
