"""Limits: messages a second of a source, and bytes of all requests that wait for an answer."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

from ingestion.gateway.config import Source
from ingestion.gateway.problems import Refusal, unavailable


class Bucket:
    """A token bucket: so many messages a second, and so many at once after a pause.

    A request is let in while there is anything left, and pays for all it brought: how much that is
    shows only when it has been read. What it took too much, the next ones wait for.
    """

    def __init__(
        self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._level = burst
        self._filled_at = clock()

    def seconds_to_wait(self) -> float:
        """Tell when there is something left again; 0 if there is."""
        now = self._clock()
        self._level = min(self._burst, self._level + (now - self._filled_at) * self._rate)
        self._filled_at = now
        return 0.0 if self._level >= 1 else (1 - self._level) / self._rate

    def take(self, count: int) -> None:
        """Take what a request brought."""
        self._level -= count


class Rates:
    """The buckets of all sources that have a rate."""

    def __init__(self, sources: tuple[Source, ...]) -> None:
        self._buckets = {
            source.name: Bucket(source.rate, source.burst or max(1.0, 2 * source.rate))
            for source in sources
            if source.rate
        }

    def let_in(self, source: Source) -> None:
        """Count a request as a message; raises Refusal (429) if the source must wait."""
        bucket = self._buckets.get(source.name)
        if bucket is None:
            return
        if seconds := bucket.seconds_to_wait():
            raise Refusal(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"More than {source.name} may post in this time.",
                Retry_After=str(math.ceil(seconds)),
            )
        bucket.take(1)

    def take(self, source: Source, count: int) -> None:
        """Count the other messages of a request that was let in."""
        if bucket := self._buckets.get(source.name):
            bucket.take(count)


class Budget:
    """Bytes of the requests that are being read or wait for an answer."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self.taken_bytes = 0

    @contextmanager
    def share(self) -> Iterator["Share"]:
        """Give one request's share, which is taken back at the end."""
        share = Share(self)
        try:
            yield share
        finally:
            self.taken_bytes -= share.size_bytes

    def take(self, size_bytes: int) -> None:
        """Take bytes; raises Refusal (503) if there are none left."""
        if self.taken_bytes + size_bytes > self._limit_bytes:
            raise unavailable("Too much is waiting to be kept; send it again later.")
        self.taken_bytes += size_bytes


class Share:
    """What one request has taken of a budget."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.size_bytes = 0

    def take(self, size_bytes: int) -> None:
        """Take more; raises Refusal (503)."""
        self._budget.take(size_bytes)
        self.size_bytes += size_bytes
