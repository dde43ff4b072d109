"""Scratch folders, which go with the process that made them.

Each has a lock that its owner holds as long as it lives: the operating system lets go of a lock
when its process dies, however it dies. Those on the raw root's own disk are under `staging/`, where
`journal.recover` removes what the dead have left; temporary ones are removed by the next process.
"""

import fcntl
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = "lock"
_PREFIX = "vitrine-"


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


@contextmanager
def temporary() -> Iterator[Path]:
    """Give a new folder for temporary files, as `workspace` does. Raises OSError."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{LOCK}"):
        _remove_if_dead(left)
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as name:
        folder = Path(name)
        lock = os.open(folder / "new-lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            (folder / "new-lock").rename(folder / LOCK)  # Nobody sees it untaken.
            yield folder
        finally:
            os.close(lock)


def _remove_if_dead(path: Path) -> None:
    """Remove a temporary folder, given its lock, if it is ours and its process died."""
    try:
        lock = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return  # Another user's, or gone.
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(lock).st_uid == os.getuid():
            shutil.rmtree(path.parent, ignore_errors=True)  # Another process may be doing the same.
    except BlockingIOError:
        return
    finally:
        os.close(lock)
