"""The journal in a bucket, which has no renames and no locks: see `ingestion.journal`.

1. The files of an input are uploaded to a folder of their own, `staging/<attempt>/`.
2. The intent is created there. From then on nobody removes the files before the journal tells.
3. The journal's entry is created under the name of the input's content: this is the commit.
4. The files are copied to their places inside the store, and the folder goes, the intent last.

Whatever is created is created only if it is not there, so that each step has one winner. Anybody
may take the last two steps, also while the owner lives: `recover` does. A folder without an intent
after a day is abandoned: by an intent that says so, which its owner then finds in the place of its
own. Clocks decide only when to look, never what is true.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from ingestion.account import Counts
from ingestion.buckets.storage import BucketStorage
from ingestion.errors import LandingError
from ingestion.journal import INTENT, JOURNAL, STAGING, Entry, StagedFiles

_T = TypeVar("_T")

_ABANDONED = b"abandoned"
_ABANDON_AFTER_SECONDS = 24 * 3600
_AT_ONCE = 8
_TOO_LATE = "landing it took more than a day, and was given up meanwhile; land it again"


class BucketStaging(StagedFiles):
    """The staging folder of one input, while it is being landed; see `ingestion.journal.Staging`.

    Its files are written to a local folder first, and uploaded when they are committed.
    """

    def __init__(self, storage: BucketStorage) -> None:
        super().__init__()
        self._storage = storage
        self._stack = ExitStack()
        self._entry: Entry | None = None
        # None as long as it is not certain.
        self._is_committed: bool | None = None

    def __enter__(self) -> Self:
        """Make the local folder."""
        self.folder = self._stack.enter_context(self._storage.workspace())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Settle what is certain; if this fails, or if nothing is, `recover` will."""
        with self._stack:
            if self._is_committed and self._entry:
                _settle(self._storage, self._entry)
            elif self._is_committed is not None:
                _remove(self._storage, self.attempt)

    def commit(self, key: str, path: Path, size_bytes: int, counts: Counts) -> bool:
        """Make the input count as landed; see Staging."""
        folder = STAGING / self.attempt
        _each(lambda name: self._storage.create(folder / name, self.folder / name), self._files)
        entry = Entry(key, str(path), size_bytes, counts, self._files, self.attempt)
        intent = msgspec.json.encode(entry)
        try:
            _create(self._storage, folder / INTENT, intent)
            committed = _commit(self._storage, entry, intent)
        except FileExistsError as error:
            raise OSError(_TOO_LATE) from error
        except OSError as error:
            raise LandingError(
                f"{path}: {error} It is not certain whether this file is landed: land it again, "
                "and it will count once."
            ) from error
        self._entry, self._is_committed = entry, committed == intent
        if committed is None:
            raise OSError(_TOO_LATE)
        return self._is_committed


def recover(storage: BucketStorage) -> None:
    """Complete or remove what landings that ended early have left. Raises OSError."""
    newest: dict[str, float] = defaultdict(float)
    promised = set()
    for left in storage.find(STAGING, ""):
        attempt = left.place.parts[1]
        newest[attempt] = max(newest[attempt], left.modified_at)
        if left.place.name == INTENT:
            promised.add(attempt)
    for attempt, modified_at in newest.items():
        if attempt in promised:
            _finish(storage, attempt)
        elif modified_at < time.time() - _ABANDON_AFTER_SECONDS:
            with suppress(FileExistsError):  # Its owner has promised it just now.
                _create(storage, STAGING / attempt / INTENT, _ABANDONED)
                _remove(storage, attempt)


def _finish(storage: BucketStorage, attempt: str) -> None:
    """Commit and settle what was promised, or remove what was abandoned or came second."""
    try:
        intent = storage.read(STAGING / attempt / INTENT)
    except FileNotFoundError:
        return  # Its owner has finished it.
    entry = None if intent == _ABANDONED else msgspec.json.decode(intent, type=Entry)
    if entry is not None and _commit(storage, entry, intent) == intent:
        _settle(storage, entry)
    else:
        _remove(storage, attempt)


def _commit(storage: BucketStorage, entry: Entry, intent: bytes) -> bytes | None:
    """Create the journal's entry, unless there is one, and give the one that is there then.

    None if there is none, and cannot be: files were removed by who abandoned the folder, and with
    them what forbids to promise it.
    """
    committed = _find_entry(storage, entry.key)
    if committed is not None:
        return committed
    there = {left.place.name for left in storage.find(STAGING / entry.attempt, "")}
    if there.issuperset(entry.files):
        with suppress(FileExistsError):  # Another has been faster.
            _create(storage, JOURNAL / entry.key, intent)
            return intent
    return _find_entry(storage, entry.key)


def _find_entry(storage: BucketStorage, key: str) -> bytes | None:
    """Read the journal's entry of an input, None if there is none."""
    try:
        return storage.read(JOURNAL / key)
    except FileNotFoundError:
        return None


def _settle(storage: BucketStorage, entry: Entry) -> None:
    """Put the files of a committed folder into their places, and remove it."""

    def place(name: str) -> None:
        # Somebody else has copied it, or has even removed the folder since.
        with suppress(FileExistsError, FileNotFoundError):
            storage.copy(STAGING / entry.attempt / name, PurePosixPath(entry.files[name]))

    _each(place, entry.files)
    _remove(storage, entry.attempt)


def _remove(storage: BucketStorage, attempt: str) -> None:
    """Remove a folder, what says that it is promised or abandoned last."""
    left = [one.place for one in storage.find(STAGING / attempt, "")]
    _each(storage.remove, [place for place in left if place.name != INTENT])
    storage.remove(STAGING / attempt / INTENT)


def _create(storage: BucketStorage, place: PurePosixPath, content: bytes) -> None:
    with storage.workspace() as folder:
        (folder / place.name).write_bytes(content)
        storage.create(place, folder / place.name)


def _each(call: Callable[[_T], None], items: Iterable[_T]) -> None:
    """Call for each item, several at once; raises the first error."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done in [pool.submit(call, item) for item in items]:
            done.result()
