"""Commands killed by SIGKILL, and a reader who asks all the while."""

import json
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.project.conftest import House
from warehouse.versions import Warehouse

# What dbt logs of a node: the first number is its own, and how it ended comes after all nodes'.
_DONE = re.compile(rb" of ([0-9]+) (?:OK|PASS) ")
_READER = Path(__file__).with_name("reader.py")
ORDERS = "select * from marts.fct_orders order by order_id"


def kill_at_random(
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


def kill_build_at(house: House, part: float, *words: object) -> None:
    """Kill a build when such a part of its nodes is done, however long that takes."""
    log = Warehouse(house.warehouse).workspace.logs / "dbt.log"
    begin = log.stat().st_size
    process = house.start("build", *words)
    while True:
        done = _DONE.findall(log.read_bytes()[begin:])
        if done and len(done) >= part * int(done[-1]):
            break
        assert process.poll() is None, "it ended before it was killed"
        time.sleep(0.05)
    process.kill()
    assert process.wait() == -signal.SIGKILL


@dataclass
class Reads:
    """What a reader met; both are known at its end."""

    count: int = 0
    errors: list[str] = field(default_factory=list)


@contextmanager
def reading(house: House, pause_seconds: float) -> Iterator[Reads]:
    """Have another process open the published file and question it, again and again."""
    reads = Reads()
    with subprocess.Popen(
        [sys.executable, str(_READER), str(house.warehouse), str(pause_seconds)],
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        try:
            yield reads
            reader.send_signal(signal.SIGTERM)
            told = json.loads(reader.communicate(timeout=60)[0])
            reads.count, reads.errors = told["reads"], told["errors"]
        finally:
            reader.kill()
