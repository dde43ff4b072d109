"""Making the next thing while this one is used."""

import threading
from collections.abc import Generator, Iterator
from queue import Full, Queue
from typing import TypeVar

_T = TypeVar("_T")

# How often a thread that has made something looks whether anybody still wants it.
_LOOK_SECONDS = 0.1
# How long to wait for a thread whose items nobody wants; one that reads a pipe may never end.
_GIVE_UP_SECONDS = 2


class _End:
    """No more items: there are none, or making the next one failed."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def ahead(items: Iterator[_T], depth: int) -> Generator[_T]:
    """Give the same items, made by a thread that is at most `depth` of them ahead.

    What `items` raises is raised here. Closing this generator closes `items` and ends the thread.
    """
    made: Queue[_T | _End] = Queue(depth)
    is_closed = threading.Event()

    def put(item: _T | _End) -> None:
        while not is_closed.is_set():
            try:
                return made.put(item, timeout=_LOOK_SECONDS)
            except Full:
                continue
        return None

    def make() -> None:
        end = _End()
        try:
            for item in items:
                put(item)
                if is_closed.is_set():
                    break
        except BaseException as error:  # Raised again by the thread that waits.
            end = _End(error)
        finally:
            if isinstance(items, Generator):
                items.close()
            put(end)

    thread = threading.Thread(target=make, daemon=True)
    thread.start()
    try:
        while not isinstance(item := made.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        is_closed.set()
        thread.join(_GIVE_UP_SECONDS)
