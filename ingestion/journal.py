"""The journal of landed inputs: an input becomes visible whole, or not at all, and only once.

An input is landed in three steps, and a crash between any two loses and doubles nothing:

1. Its files are written into a folder of its own under `staging/`, and synced.
2. The intent (which file goes where) is written there too, synced, and linked into `journal/`
   under the name of the input's content. The link is the commit: it appears whole, it never
   replaces another, and so of two processes landing the same content one wins.
3. The files are renamed to their places, and the folder goes. `recover` does this for processes
   that died: a folder whose intent is in the journal is completed, any other one is removed.

So it is on a disk; `ingestion.buckets.journal` does the same in a bucket.
"""

import fcntl
import os
import shutil
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePath, PurePosixPath
from types import TracebackType
from typing import Protocol, Self

import msgspec

from ingestion.account import Counts
from ingestion.errors import LandingError, explain
from ingestion.storage import LocalStorage, Root, Storage, open_storage
from ingestion.workspaces import LOCK, alone, make, open_lock

INTENT = "intent.json"
# Under the raw root.
STAGING = PurePosixPath("staging")
JOURNAL = PurePosixPath("journal")

# In a bucket, each entry takes a round trip.
_READ_AT_ONCE = 8


class Entry(msgspec.Struct, forbid_unknown_fields=True):
    """A landed input, as the journal keeps it; `key` is its file's name."""

    key: str
    input: str
    size_bytes: int
    counts: Counts
    # Files of the staging folder, and their places under the raw root.
    files: dict[str, str]
    # The staging folder's name, so that no two attempts at one content have equal entries.
    attempt: str


class Staging(Protocol):
    """The staging folder of one input, while it is being landed.

    On exit, what is committed is put into its places, and the folder goes. Raises OSError.
    """

    # a name that no other attempt at landing has
    attempt: str
    # local, for scratch files
    folder: Path

    def __enter__(self) -> Self:
        """Make the folder."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Settle the folder; if this fails, `recover` will."""

    def new_file(self, place: PurePath) -> Path:
        """Say where to write a file that is to be put into a place (relative to the raw root).

        No two processes are told the same.
        """

    def adopt(self, files: dict[str, str]) -> None:
        """Count in files that another process was told to write: their names, and their places."""

    def commit(self, key: str, path: Path, size_bytes: int, counts: Counts) -> bool:
        """Make the input count as landed; False if its content was landed already.

        Raises OSError; LandingError if it is not certain whether it is landed now.
        """


class StagedFiles:
    """The files of a staging folder, wherever it is; see Staging."""

    folder: Path

    def __init__(self) -> None:
        self.attempt = uuid.uuid4().hex
        self._files: dict[str, str] = {}

    def new_file(self, place: PurePath) -> Path:
        """Say where to write a file; see Staging."""
        name = f"{os.getpid()}-{len(self._files):06}.parquet"
        self._files[name] = str(place)
        return self.folder / name

    def adopt(self, files: dict[str, str]) -> None:
        """Count files in that another process wrote; see Staging."""
        self._files |= files


class FolderStaging(StagedFiles):
    """A staging folder on the raw root's own disk; see Staging."""

    def __init__(self, raw_root: Path) -> None:
        super().__init__()
        self._root = raw_root
        self.folder = raw_root / "staging" / self.attempt

    def __enter__(self) -> Self:
        """Make the folder, and hold its lock as long as this process lives."""
        self._lock = make(self._root, self.folder)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Settle the folder; see Staging."""
        try:
            with alone(self._root):
                _settle(self._root, self.folder)
        finally:
            os.close(self._lock)

    def commit(self, key: str, path: Path, size_bytes: int, counts: Counts) -> bool:
        """Make the input count as landed; see Staging."""
        entry = Entry(key, str(path), size_bytes, counts, self._files, self.attempt)
        intent = self.folder / INTENT
        with intent.open("wb") as file:
            file.write(msgspec.json.encode(entry))
            file.flush()
            os.fsync(file.fileno())
        _sync(self.folder)
        journal = _journal(self._root)
        journal.mkdir(exist_ok=True)
        _sync(self._root)
        try:
            (journal / key).hardlink_to(intent)
        except FileExistsError:
            return False
        _sync(journal)
        return True


def open_staging(root: Root) -> Staging:
    """Open a staging folder for one input."""
    storage = open_storage(root)
    if isinstance(storage, LocalStorage):
        return FolderStaging(storage.root)
    from ingestion.buckets.journal import BucketStaging  # noqa: PLC0415 (needs an extra)

    return BucketStaging(storage)


def find_landed(root: Root, key: str) -> Entry | None:
    """Read the journal's entry of an input, None if it was never landed. Raises OSError."""
    try:
        return msgspec.json.decode(open_storage(root).read(JOURNAL / key), type=Entry)
    except FileNotFoundError:
        return None


def has_landed_size(root: Root, size_bytes: int) -> bool:
    """Tell whether an input of this size may have landed: if not, its content cannot have been."""
    storage = open_storage(root)
    if isinstance(storage, LocalStorage):
        return any(_journal(storage.root).glob(f"{size_bytes}-*"))
    return True  # To ask for the very entry costs less than to list a bucket.


def places_since(storage: Storage, since: float) -> set[PurePosixPath]:
    """List the places of all files of inputs that were committed since (seconds since 1970).

    What came one by one, by subscriptions, the gateway or pulls, is in no journal. Raises OSError.
    """
    keys = [one.place for one in storage.find(JOURNAL, "") if one.modified_at >= since]

    def places(key: PurePosixPath) -> list[str]:
        return [*msgspec.json.decode(storage.read(key), type=Entry).files.values()]

    with ThreadPoolExecutor(_READ_AT_ONCE) as pool:
        return {PurePosixPath(place) for of_one in pool.map(places, keys) for place in of_one}


def recover(root: Root) -> None:
    """Complete or remove what processes that died have left. Raises LandingError if it cannot.

    Safe at any time, also beside processes that are landing; writes nothing if nothing was left.
    """
    storage = open_storage(root)
    try:
        if isinstance(storage, LocalStorage):
            _recover_folders(storage.root)
        else:
            from ingestion.buckets import journal as bucket_journal  # noqa: PLC0415 (an extra)

            bucket_journal.recover(storage)
    except OSError as error:
        raise LandingError(f"cannot mend the raw layer: {explain(error, root)}") from error


def _recover_folders(raw_root: Path) -> None:
    staging = raw_root / "staging"
    if not staging.is_dir() or not any(left.name != LOCK for left in staging.iterdir()):
        return
    with alone(raw_root):
        for left in staging.iterdir():
            if left.is_dir():
                _settle_if_dead(raw_root, left)


def _settle_if_dead(raw_root: Path, folder: Path) -> None:
    lock = open_lock(folder)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        _settle(raw_root, folder)
    finally:
        os.close(lock)


def _settle(raw_root: Path, folder: Path) -> None:
    """Put a folder's files into their places if they are committed; remove it."""
    entry = _find_committed(raw_root, folder)
    if entry is not None:
        changed = set()
        for name, place in entry.files.items():
            final = raw_root / place
            final.parent.mkdir(parents=True, exist_ok=True)
            if (folder / name).exists():  # Not so if a process died after it was moved.
                os.utime(folder / name)  # It may have been written long ago: see storage.Kept.
                (folder / name).rename(final)
            changed.update(list(final.parents)[:4])  # Of the hour, the date, the table, and all.
        for parent in changed:
            _sync(parent)
    shutil.rmtree(folder)


def _find_committed(raw_root: Path, folder: Path) -> Entry | None:
    """Read the intent of a folder; None unless the journal holds this very one."""
    try:
        intent = (folder / INTENT).read_bytes()
        entry = msgspec.json.decode(intent, type=Entry)
        # By content, not by inode: a copy of the raw root is as good as the root.
        return entry if (_journal(raw_root) / entry.key).read_bytes() == intent else None
    except (FileNotFoundError, msgspec.DecodeError):
        return None  # Cut short before the commit.


def _journal(raw_root: Path) -> Path:
    return raw_root / "journal"


def _sync(folder: Path) -> None:
    """Make a folder's names last."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
