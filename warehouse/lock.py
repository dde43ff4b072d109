"""One build, or night run, at a time: a locked file that says who it is, and since when."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from warehouse.errors import WarehouseError

# Longer than any holder: each is written over the one before, so that nobody reads half of one.
_WIDTH = 120


class LockedError(WarehouseError):
    """Somebody else has the lock."""


class Holder(msgspec.Struct):
    """The process that builds, or runs the night, now."""

    pid: int
    since: datetime
    # where the lock is not of one machine
    host: str = ""

    def __str__(self) -> str:
        """Tell a person who it is."""
        host = f" on {self.host}" if self.host else ""
        return f"process {self.pid}{host}, since {self.since:%Y-%m-%d %H:%M:%S} UTC"


def build_lock(path: Path, *, wait: bool) -> AbstractContextManager[None]:
    """Hold the lock of builds; see lock."""
    return lock(path, "build", wait=wait)


@contextmanager
def lock(path: Path, what: str, *, wait: bool) -> Iterator[None]:
    """Hold a lock; while another process has it, wait or (wait=False) raise LockedError.

    The operating system lets go of it when the process dies, however it dies.
    """
    path.touch()
    with path.open("r+b") as file:
        if not _try_lock(file):
            holder = _holder(file) or "it has just started"
            if not wait:
                raise LockedError(f"another {what} is running ({holder}).")
            click.echo(f"Another {what} is running ({holder}); waiting for it to end.", err=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        told = msgspec.json.encode(Holder(os.getpid(), datetime.now(UTC))).ljust(_WIDTH)
        os.pwrite(file.fileno(), told, 0)
        yield


def running_build(path: Path) -> Holder | None:
    """Who holds the lock, None if nobody does."""
    try:
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _holder(file)
            return None
    except FileNotFoundError:
        return None


def _try_lock(file: BinaryIO) -> bool:
    """Lock at once; a few times, since `vitrine status` holds it for an instant to ask."""
    for _ in range(5):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return True
    return False


def _holder(file: BinaryIO) -> Holder | None:
    """Who wrote the file last; None before the first one did."""
    told = os.pread(file.fileno(), _WIDTH, 0).strip()
    return msgspec.json.decode(told, type=Holder) if told else None
