"""A lander killed at any instant loses nothing: what it did not land comes again."""

import base64
import json
import os
import random
import shutil
import time
from pathlib import Path

import duckdb
import pytest

from ingestion import contracts
from tests import forks
from tests.project.comparison import differences, rows_of
from tests.project.conftest import House
from tests.pubsub.dying import ACKNOWLEDGE_FIRST, POINTS, kill
from tests.pubsub.emulator import Emulator

_AS_OF = "2030-01-01T00:00:00Z"
# After that what the dead held comes again; the emulator needs a moment more.
_LEASE_SECONDS = 12

Message = tuple[bytes, dict[str, str]]


def _messages(house: House, orders: int, count: int) -> list[Message]:
    """So many messages of every contract, with poison among them."""
    file = house.folder / "store.ndjson"
    house.run("simulate", "--orders", orders, "--seed", 5, "--out", file)
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    simulated = [(_payload(row["data"]), row["attributes"]) for row in rows]
    poison: list[Message] = [
        (b"\xff\xfe not UTF-8", {"contract": "vtex.order"}),
        (b"{}", {"contract": "no.such"}),
        (b"{}", {}),
        (b"not JSON", {"contract": "storefront.event"}),
        (b'{"timestamp": "2024-05-01T12:00:00-03:00", "cupom": {"id": "1"}}', {}),
    ]
    others = [
        (b'{"id": "%d", "timestamp": "2024-05-01T12:00:00Z"}' % number, {"contract": name})
        for name in contracts.load().by_name
        for number in range(20)
    ]
    chance = random.Random(count)
    rest = count - len(others) - 10 * len(poison)
    assert len(simulated) >= rest, "more orders make more messages"
    found = simulated[:rest] + others + 10 * poison
    chance.shuffle(found)
    return found


def _payload(data: object) -> bytes:
    return data.encode() if isinstance(data, str) else base64.b64decode(data["base64"])  # type: ignore[index]


def _landed(house: House) -> dict[str, tuple[str, bytes, str]]:
    """Every message in raw, by its id; fails if two rows of an id differ."""
    rows = []
    for table in contracts.load().tables:
        files = house.folder / "raw" / "landed" / table / "*" / "*" / "*.parquet"
        data = "data" if table == contracts.DEAD_LETTERS else "encode(data)"
        rows += duckdb.execute(
            f"select message_id, '{table}', {data}, attributes from read_parquet('{files}')"
            " group by all"
        ).fetchall()
    found = {row[0]: (row[1], row[2], row[3]) for row in rows}
    assert len(found) == len(rows), "every copy of a message says the same"
    return found


def _land_all(house: House, emulator: Emulator, subscription: str, count: int) -> None:
    """Land until nothing is missing: what the dead have held comes again after its lease."""
    deadline = time.monotonic() + 90
    while True:
        _land(house, emulator, subscription)
        if len(_landed(house)) >= count or time.monotonic() > deadline:
            return


def _land(house: House, emulator: Emulator, subscription: str) -> None:
    done = forks.run(
        ["land", "--until-empty", f"pubsub:{subscription}"],
        house.environment | emulator.environment | {"VITRINE_RAW": str(house.folder / "raw")},
    )
    assert done.returncode == 0, done.stderr[-3000:]


def _kill(house: House, emulator: Emulator, subscription: str, point: str, number: int) -> None:
    """Run a lander until it dies at a point."""
    settings = {"PUBSUB_EMULATOR_HOST": emulator.host, "VITRINE_RAW": str(house.folder / "raw")}
    kill(point, number, [f"pubsub:{subscription}"], settings, house.folder / "killed.log")


def _check(
    tmp_path: Path, emulator: Emulator, kills: int, orders: int, count: int
) -> tuple[House, House]:
    """Land the same messages calmly and while landers die; gives both houses, not built yet."""
    seed = int(os.environ.get("VITRINE_TEST_SEED", "0")) or random.SystemRandom().randrange(10**9)
    print(f"VITRINE_TEST_SEED={seed}")
    chance = random.Random(seed)
    calm, killed, control = (House(tmp_path / name) for name in ("calm", "killed", "control"))
    for house in (calm, killed, control):
        house.folder.mkdir()
        house.run("land", os.devnull)  # The empty tables are there: every file is a batch now.

    # One topic, three subscriptions: the same messages, ids and times for each.
    topic, of_killed = emulator.topic()
    of_calm, of_control = (emulator.subscription(topic) for _ in range(2))
    messages = _messages(calm, orders, count)
    ids = emulator.publish(topic, messages)

    _land_all(calm, emulator, of_calm, len(ids))
    landed_calmly = _landed(calm)
    # What it held comes again while the others are killed, if it was not acknowledged.
    _kill(control, emulator, of_control, ACKNOWLEDGE_FIRST, 2)
    lease_ends = time.monotonic() + _LEASE_SECONDS
    for _ in range(kills):
        _kill(killed, emulator, of_killed, chance.choice([*POINTS]), chance.randint(1, 4))
    _land_all(killed, emulator, of_killed, len(ids))

    expected = {
        message_id: (data, json.dumps(attributes, sort_keys=True, separators=(",", ":")))
        for message_id, (data, attributes) in zip(ids, messages, strict=True)
    }
    landed = _landed(killed)
    assert {one: row[1:] for one, row in landed.items()} == expected
    assert landed == landed_calmly

    time.sleep(max(0, lease_ends - time.monotonic()))
    _land(control, emulator, of_control)
    assert len(_landed(control)) < len(ids), "a lander that acknowledges first is found out"

    return calm, killed


def _build_both(calm: House, killed: House) -> None:
    calm.run("build", "--quiet", "--as-of", _AS_OF)
    # They share the key of keyed hashes.
    for path in calm.folder.glob("vitrine*"):
        shutil.copy(path, killed.folder, follow_symlinks=False)
    killed.run("build", "--quiet", "--as-of", _AS_OF, "--full-refresh")
    assert differences(rows_of(calm), rows_of(killed)) == []


def test_twenty_kills_of_a_lander_lose_and_double_nothing(
    tmp_path: Path, emulator: Emulator
) -> None:
    _check(tmp_path, emulator, kills=20, orders=400, count=6_000)


@pytest.mark.long
def test_two_hundred_kills_of_a_lander_lose_and_double_nothing(
    tmp_path: Path, emulator: Emulator
) -> None:
    calm, killed = _check(tmp_path, emulator, kills=200, orders=11_000, count=200_000)
    _build_both(calm, killed)
