"""SIGKILL at any instant of a pull loses nothing of what the shop told."""

import random
import signal
import time
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from tests.vtex.forked import fork
from tests.vtex.server import Server, serving
from tests.vtex.shop import Shop, simulated_orders
from tests.vtex.support import documents, environment
from tests.vtex.test_feed import lost

WORDS = ["feed", "--poll", "0.1"]


@dataclass
class Killer:
    """Kills a puller at its n-th request, at its n-th commit (with no effect), or after a while."""

    kind: str
    last: int
    asked: list[str] = field(default_factory=list)
    process: ForkServerProcess | None = None

    def before(self, method: str, _: str) -> None:
        self.asked.append(method)
        if self.process and self.kind == "request" and len(self.asked) >= self.last:
            self.process.kill()
        if self.process and self.kind == "commit" and self.asked.count("POST") >= self.last:
            self.process.kill()
            raise ConnectionAbortedError


def kill_again_and_again(
    server: Server, folder: Path, kills: int, seed: int = 7, is_careless: bool = False
) -> None:
    """Pull, and kill the puller, so many times."""
    shop, rng = server.shop, random.Random(seed)
    log = folder / "log"
    settings = environment(server, folder)
    for number in range(kills):
        kind = ("request", "commit", "time")[number % 3]
        killer = Killer(kind, rng.randrange(1, 60 if kind == "request" else 4))
        shop.before = killer.before
        process = killer.process = fork(WORDS, settings, log, is_careless)
        if kind == "time":
            while not killer.asked and process.is_alive():
                time.sleep(0.001)
            time.sleep(rng.uniform(0.0, 0.25))
            process.kill()
        process.join(30)
        assert process.exitcode == -signal.SIGKILL, log.read_text()
        shop.show_again()
    shop.before = lambda *_: None


def drain(server: Server, folder: Path) -> None:
    """Pull undisturbed until the feed is empty."""
    server.shop.tell_all()
    process = fork(["feed", "--until-empty"], environment(server, folder), folder / "log")
    process.join(60)
    assert process.exitcode == 0, (folder / "log").read_text()


def lost_in(server: Server, folder: Path) -> list[str]:
    assert not server.shop.uncommitted()
    orders = documents(folder, "vtex_orders")
    return lost(server.shop, orders, documents(folder, "vtex_order_events"))


@pytest.mark.parametrize(
    ("kills", "purchases"), [(20, 60), pytest.param(200, 600, marks=pytest.mark.long)]
)
def test_kills_at_random_instants_lose_nothing(kills: int, purchases: int, tmp_path: Path) -> None:
    shop = Shop(simulated_orders(purchases))
    shop.most_told = 2
    with serving(shop) as server:
        kill_again_and_again(server, tmp_path, kills)
        before = len(documents(tmp_path, "vtex_order_events"))
        committed = len(shop.events) - len(shop.uncommitted())
        drain(server, tmp_path)
        assert lost_in(server, tmp_path) == []
    # The kills came at different stages: after some rounds, and between landing and commit.
    assert committed > 20
    assert before > committed


def test_control_a_puller_that_commits_before_it_lands_loses_events(tmp_path: Path) -> None:
    shop = Shop(simulated_orders())
    shop.most_told = 2
    with serving(shop) as server:
        kill_again_and_again(server, tmp_path, 6, is_careless=True)
        drain(server, tmp_path)
        assert lost_in(server, tmp_path)
