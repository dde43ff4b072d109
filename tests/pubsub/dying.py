"""`vitrine land` in a process that kills itself at a chosen instant, or does something worse.

At the n-th time that it comes to a point, the process dies as by `kill -9`. A lander that
acknowledges what it pulls before it lands it is the mistake that the tests must notice. Processes
are forked from one that has everything imported: what takes long is not what is tested.
"""

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ingestion import cli, raw_layer, receiving
from ingestion.raw_writer import RawWriter
from ingestion.receiving import Receiver
from ingestion.sources import pubsub
from ingestion.sources.pubsub import Subscription
from ingestion.storage import LocalStorage
from tests.forks import CONTEXT

_JOIN_SECONDS = 60

ACKNOWLEDGE_FIRST = "acknowledge-first"
POINTS: dict[str, tuple[Any, str, bool]] = {
    # where: the function, and whether it is done then
    "before-writing": (raw_layer, "write", False),
    "written-aside": (raw_layer, "write", True),
    "before-the-place": (LocalStorage, "create", False),
    "in-its-place": (LocalStorage, "create", True),
    "before-acknowledging": (Subscription, "acknowledge", False),
    "acknowledged": (Subscription, "acknowledge", True),
    "after-the-batch": (RawWriter, "write", True),
}


def _die_at(owner: Any, name: str, is_done: bool, number: int) -> None:
    real: Callable[..., Any] = getattr(owner, name)
    calls = 0

    def dying(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        is_last = calls == number  # Of some functions, several threads are in one at once.
        if is_last and not is_done:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*arguments, **named)
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, dying)


def _acknowledge_first() -> None:
    real = Receiver._received

    def received(self: Receiver, subscription: Subscription) -> Any:
        for some in real(self, subscription):
            subscription.acknowledge(some.ack_id or [])
            yield some

    Receiver._received = received  # type: ignore[method-assign]


def _hold_few() -> None:
    """Have few messages in hand: those of a dead lander are out of reach until their lease ends."""
    real = receiving.options
    receiving._PULLERS = 1
    receiving.PULL_BYTES = pubsub.PULL_BYTES = 50_000
    receiving.options = lambda *how: real(*how)._replace(budget_bytes=100_000)


def _land(
    point: str, number: int, words: list[str], settings: Mapping[str, str], log: Path
) -> None:
    os.environ.update(settings)
    with log.open("ab", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    if point == ACKNOWLEDGE_FIRST:
        _acknowledge_first()
        point = "before-writing"
    _die_at(*POINTS[point], number)
    _hold_few()
    cli.main(["land", "--flush-seconds=0.2", "--flush-rows=100", *words])


def kill(point: str, number: int, words: list[str], settings: Mapping[str, str], log: Path) -> None:
    """Land until it dies at a point for the n-th time; fails, with the log, if it does not."""
    process = CONTEXT.Process(target=_land, args=(point, number, words, settings, log))
    process.start()
    process.join(_JOIN_SECONDS)
    is_alive = process.is_alive()
    process.kill()
    process.join()
    assert not is_alive, log.read_text()[-3000:]
    assert process.exitcode == -signal.SIGKILL, log.read_text()[-3000:]
