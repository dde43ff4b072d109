"""`vitrine land` in a process that kills itself at a chosen instant, or does something worse.

python -m tests.pubsub.dying POINT NUMBER SOURCE…: at the NUMBERth time that it comes to POINT, the
process dies as by `kill -9`. POINT `acknowledge-first` is a lander that acknowledges what it pulls
before it lands it, and dies at the NUMBERth batch: the mistake that the tests must notice.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from ingestion import cli, raw_layer, receiving
from ingestion.raw_writer import RawWriter
from ingestion.receiving import Receiver
from ingestion.sources import pubsub
from ingestion.sources.pubsub import Subscription
from ingestion.storage import LocalStorage

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
        if not is_done and calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*arguments, **named)
        if is_done and calls == number:
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


if __name__ == "__main__":
    point, number, *sources = sys.argv[1:]
    if point == "acknowledge-first":
        _acknowledge_first()
        point = "before-writing"
    _die_at(*POINTS[point], int(number))
    _hold_few()
    cli.main(["land", "--flush-seconds=0.2", "--flush-rows=100", *sources])
