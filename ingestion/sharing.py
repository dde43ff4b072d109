"""One job by two processes, since Python's lock lets a process use one core and no more."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

import msgspec

_T = TypeVar("_T")

# prctl(2): a signal for when the parent dies, however it dies.
_PR_SET_PDEATHSIG = 1

_TICKET_BYTES = 4
# As many as a pipe holds: none of them waits to be put in.
MOST_TICKETS = 16_000

can_fork = hasattr(os, "fork") and (os.cpu_count() or 1) > 1


class HelperError(Exception):
    """The other process failed; it does not say why, since who asked can do its job as well."""


class Tickets:
    """Numbers from 0, each given to one of the processes that ask."""

    def __init__(self, count: int) -> None:
        self._owner = os.getpid()
        self._read, write = os.pipe()
        os.write(write, b"".join(n.to_bytes(_TICKET_BYTES) for n in range(count)))
        os.close(write)

    def __iter__(self) -> Iterator[int]:
        """Take one after the other, as long as there are any."""
        while ticket := os.read(self._read, _TICKET_BYTES):
            if self._owner not in (os.getpid(), os.getppid()):
                os._exit(1)  # A helper whose parent was killed, where no signal told it.
            yield int.from_bytes(ticket)

    def close(self) -> None:
        """Give no more."""
        os.close(self._read)


@contextmanager
def helper(work: Callable[[], _T], result_type: type[_T]) -> Iterator[Callable[[], _T]]:
    """Do work in a forked process meanwhile; what is given waits for its result.

    Its result must be something that msgspec encodes. Raises HelperError if it failed. On exit, the
    process is gone, whatever it was doing. No other thread may run when this is entered.
    """
    read, write = os.pipe()
    child = os.fork()
    if not child:
        _be_helper(work, write)
    os.close(write)

    def result() -> _T:
        with os.fdopen(os.dup(read), "rb") as pipe:
            said = pipe.read()
        try:
            return msgspec.msgpack.decode(said, type=result_type)
        except msgspec.DecodeError as error:
            raise HelperError from error

    try:
        yield result
    finally:
        os.close(read)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _be_helper(work: Callable[[], object], write: int) -> None:
    """Work, tell the result, and be gone without any of the ends that are the parent's."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # The parent ends both.
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        said = msgspec.msgpack.encode(work())
        with os.fdopen(write, "wb") as pipe:
            pipe.write(said)
        code = 0
    finally:
        os._exit(code)
