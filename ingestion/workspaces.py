"""Scratch folders on the raw root's own disk, which go with the process that made them.

They are under `staging/`, each with a lock that its owner holds as long as it lives: the operating
system lets go of a lock when its process dies, however it dies. `journal.recover` removes what the
dead have left.
"""

import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = "lock"


@contextmanager
def alone(root: Path) -> Iterator[Path]:
    """Hold what no two processes do at once: making, judging and removing staging folders."""
    staging = root / "staging"
    staging.mkdir(parents=True, exist_ok=True)
    lock = open_lock(staging)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield staging
    finally:
        os.close(lock)


@contextmanager
def workspace(root: Path) -> Iterator[Path]:
    """Give a new folder, held by this process and removed at the end. Raises OSError."""
    folder = root / "staging" / uuid.uuid4().hex
    lock = make(root, folder)
    try:
        yield folder
    finally:
        try:
            with alone(root):
                shutil.rmtree(folder)
        finally:
            os.close(lock)


def make(root: Path, folder: Path) -> int:
    """Make a folder of the staging folder; it is this process's until the returned lock closes."""
    with alone(root):
        folder.mkdir()
        lock = open_lock(folder)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def open_lock(folder: Path) -> int:
    """Open the lock of a folder, without taking it."""
    return os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o666)
