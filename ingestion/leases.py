"""Leases: messages that were pulled and not acknowledged yet do not come again meanwhile."""

import logging
import threading
import time
from collections.abc import Iterable

from ingestion.errors import LandingError
from ingestion.sources.pubsub import PassingError, Subscription

_log = logging.getLogger(__name__)

_TICK_SECONDS = 1.0
# Asked for when a lease is about to end. If this process dies, its messages come again after that.
_EXTENSION_SECONDS = 60


class Leases:
    """Holds messages of one subscription until they are released, by a thread of its own."""

    def __init__(self, subscription: Subscription, ack_deadline_seconds: int) -> None:
        """Hold messages that come with a deadline."""
        self._subscription = subscription
        self._first_seconds = ack_deadline_seconds
        # When half of the lease is over.
        self._due: dict[str, float] = {}
        self._lock = threading.Lock()
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="leases", daemon=True)
        self._thread.start()

    @property
    def are_held(self) -> bool:
        """Whether there are any messages."""
        with self._lock:
            return bool(self._due)

    def hold(self, ack_ids: Iterable[str]) -> None:
        """Begin to hold messages that were pulled just now."""
        due = time.monotonic() + self._first_seconds / 2
        with self._lock:
            self._due.update(dict.fromkeys(ack_ids, due))

    def release(self, ack_ids: Iterable[str]) -> None:
        """Let go of messages."""
        with self._lock:
            for ack_id in ack_ids:
                self._due.pop(ack_id, None)

    def close(self) -> None:
        """Let go of all messages."""
        self._is_closed.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_closed.wait(_TICK_SECONDS):
            now = time.monotonic()
            with self._lock:
                due = [ack_id for ack_id, at in self._due.items() if at <= now]
                later = now + _EXTENSION_SECONDS / 2
                self._due.update(dict.fromkeys(due, later))
            if due:
                self._extend(due)

    def _extend(self, ack_ids: list[str]) -> None:
        try:
            self._subscription.extend(ack_ids, _EXTENSION_SECONDS)
            _log.info("%s: still holding %d messages", self._subscription.name, len(ack_ids))
        except (PassingError, LandingError) as error:
            # They come again, and are landed twice: copies of one message, which staging knows.
            _log.warning("cannot hold %d messages for longer: %s", len(ack_ids), error)
            retry = time.monotonic() + _TICK_SECONDS
            with self._lock:
                self._due.update((one, retry) for one in ack_ids if one in self._due)
