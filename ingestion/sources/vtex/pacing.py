"""No more requests than VTEX allows, whatever the number of threads that ask."""

import time
from collections.abc import Callable
from threading import Lock


class Pace:
    """Spaces calls out evenly, `rate` of them a second; safe to use from several threads."""

    def __init__(
        self,
        rate: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / rate
        self._clock = clock
        self._sleep = sleep
        self._lock = Lock()
        self._next_at = clock()

    def wait(self) -> None:
        """Return when it is the caller's turn."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next_at)
            self._next_at = turn + self._interval
        if turn > now:
            self._sleep(turn - now)

    def pause(self, seconds: float) -> None:
        """Let nobody's turn come for so many seconds from now."""
        with self._lock:
            self._next_at = max(self._next_at, self._clock() + seconds)
