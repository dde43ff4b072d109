"""`vitrine land pubsub:…`: subscriptions into the raw layer, until told to stop or empty."""

import logging
import re
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from ingestion import contracts
from ingestion.account import InputAccount
from ingestion.errors import LandingError
from ingestion.memory import give_freed_memory_back
from ingestion.receiving import Options, Receiver
from ingestion.sources.pubsub import PREFIX, Subscription
from ingestion.storage import Storage

_log = logging.getLogger(__name__)

_NAME = re.compile(r"projects/[^/]+/subscriptions/[^/]+")
_REPORT_SECONDS = 60.0


def land_subscriptions(
    storage: Storage, sources: Sequence[str], options: Options
) -> Iterator[InputAccount]:
    """Receive from subscriptions, `pubsub:projects/P/subscriptions/S` each; one account of all.

    SIGTERM and SIGINT end it: what was pulled is landed and acknowledged first.
    """
    names = [source.removeprefix(PREFIX) for source in dict.fromkeys(sources)]
    for name in names:
        if not _NAME.fullmatch(name):
            raise LandingError(
                f"{name!r} is no subscription: write pubsub:projects/PROJECT/subscriptions/NAME."
            )
    give_freed_memory_back()
    subscriptions = [Subscription(name) for name in names]
    receiver = Receiver(storage, contracts.load(), subscriptions, options)
    try:
        with _stopping(receiver.stop), _reporting(receiver):
            yield receiver.run()
    except LandingError as error:
        yield InputAccount(", ".join(names), receiver.counts, error=error.message)
    finally:
        for one in subscriptions:
            one.close()


@contextmanager
def _stopping(stop: threading.Event) -> Iterator[None]:
    """Set an event at SIGTERM or SIGINT."""

    def tell(number: int, _: FrameType | None) -> None:
        _log.info("%s: landing what was pulled, then ending", signal.Signals(number).name)
        stop.set()

    before = {number: signal.signal(number, tell) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _reporting(receiver: Receiver) -> Iterator[None]:
    """Log now and then how many messages were landed, and at what rate."""
    ended = threading.Event()

    def report() -> None:
        before, since = 0, time.monotonic()
        while not ended.wait(_REPORT_SECONDS):
            landed, now = receiver.landed_count, time.monotonic()
            _log.info("landed %d messages, %.0f/s", landed, (landed - before) / (now - since))
            before, since = landed, now

    thread = threading.Thread(target=report, name="report", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
