"""Where the raw layer is kept: files that, once they are in their places, never change.

A place is a path relative to the raw root, with slashes: `landed/vtex_orders/…/x.parquet`.
"""

import os
import re
import shutil
import stat
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ingestion import workspaces
from ingestion.errors import LandingError

if TYPE_CHECKING:  # What takes a while to import, and only some commands use.
    import duckdb

    from ingestion.buckets.storage import BucketStorage

# What is given as a raw root: a path, or a URL.
Root = str | Path

# Nothing that would have to be quoted in SQL, in globs or in URLs.
_BUCKET = re.compile(
    r"(?P<scheme>gs|s3)://(?P<bucket>[a-z0-9][a-z0-9._-]+)(?P<prefix>(/[A-Za-z0-9._=-]+)*)/*"
)


class Kept(NamedTuple):
    """A file in its place."""

    place: PurePosixPath
    size_bytes: int
    # when it was put there, seconds since 1970 by the store's clock; S3 tells whole seconds
    modified_at: float


class Storage(Protocol):
    """A raw root: a local folder, or a bucket with a prefix."""

    # an absolute path, or gs://… or s3://…, without a slash at its end
    url: str

    def create(self, place: PurePosixPath, file: Path) -> None:
        """Put a local file into a place, durably, whole or not at all.

        Raises FileExistsError if the place is taken (nothing is ever replaced), and OSError. The
        local file may be gone afterwards.
        """

    def has(self, place: PurePosixPath) -> bool:
        """Tell whether a file is in its place. Raises OSError."""

    def find(self, folder: PurePosixPath, suffix: str = ".parquet") -> Iterator[Kept]:
        """List the files below a folder; none if there is no such folder. Raises OSError."""

    def read(self, place: PurePosixPath) -> bytes:
        """Read a file; raises FileNotFoundError, OSError."""

    def fetch(self, place: PurePosixPath, file: Path) -> None:
        """Copy a file to a local one; raises FileNotFoundError, OSError."""

    def remove(self, place: PurePosixPath) -> None:
        """Remove a file; it may be gone already. Raises OSError."""

    def workspace(self) -> AbstractContextManager[Path]:
        """Give a local folder from which to `create`, gone at the end or once its process died."""

    def register(self, connection: "duckdb.DuckDBPyConnection") -> None:
        """Let a DuckDB read `url`; once for each database."""


class LocalStorage:
    """A raw root on a local disk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.url = str(root)

    def create(self, place: PurePosixPath, file: Path) -> None:
        """Put a local file into a place; see Storage. The file is best on the same disk."""
        final = self.root / place
        if not final.parent.is_dir():
            _make_folders(final.parent, self.root)
        _sync(file)
        os.utime(file)  # A link keeps the time of the last write: see Kept.
        try:
            final.hardlink_to(file)  # Unlike a rename, it replaces nothing.
        except FileExistsError:
            if not final.samefile(file):  # It is this very one if only syncing failed before.
                raise
        _sync(final.parent)
        file.unlink()

    def has(self, place: PurePosixPath) -> bool:
        """Tell whether a file is in its place; see Storage."""
        return (self.root / place).is_file()

    def find(self, folder: PurePosixPath, suffix: str = ".parquet") -> Iterator[Kept]:
        """List the files below a folder; see Storage."""
        for path in sorted((self.root / folder).rglob(f"*{suffix}")):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue  # Removed meanwhile.
            if not stat.S_ISREG(status.st_mode):
                continue
            place = PurePosixPath(path.relative_to(self.root).as_posix())
            yield Kept(place, status.st_size, status.st_mtime)

    def read(self, place: PurePosixPath) -> bytes:
        """Read a file; see Storage."""
        return (self.root / place).read_bytes()

    def fetch(self, place: PurePosixPath, file: Path) -> None:
        """Copy a file to a local one; see Storage."""
        shutil.copyfile(self.root / place, file)

    def remove(self, place: PurePosixPath) -> None:
        """Remove a file; see Storage."""
        (self.root / place).unlink(missing_ok=True)

    def workspace(self) -> AbstractContextManager[Path]:
        """Give a folder on the same disk; see Storage."""
        return workspaces.workspace(self.root)

    def register(self, connection: "duckdb.DuckDBPyConnection") -> None:
        """Let a DuckDB read it, which it can; see Storage."""


def open_storage(root: Root, variable: str = "VITRINE_RAW") -> "LocalStorage | BucketStorage":
    """Open a raw root by its path or URL, or what another variable names; asks nothing of it yet.

    Raises LandingError if there is no such kind of root, or no library or credentials for it.
    """
    if "://" not in str(root):
        return LocalStorage(Path(os.path.abspath(root)))  # noqa: PTH100 (links stay)
    found = _BUCKET.fullmatch(str(root))
    if found is None:
        raise LandingError(
            f"{root}: not {'a raw root' if variable == 'VITRINE_RAW' else 'a place for files'}; "
            f"set {variable} to a folder, gs://bucket/prefix or "
            "s3://bucket/prefix (letters, digits and ._=- in names)."
        )
    # Not needed where raw is a folder, nor installed there.
    from ingestion.buckets.opening import open_bucket  # noqa: PLC0415 (for who has a bucket)

    return open_bucket(found["scheme"], found["bucket"], found["prefix"].strip("/"))


def temporary_name() -> str:
    """Make a name that no other process makes."""
    return f"{uuid.uuid4().hex}.tmp"


def _make_folders(folder: Path, root: Path) -> None:
    """Make a folder below the root, and all those on the way, so that they last."""
    folder.mkdir(parents=True, exist_ok=True)
    while folder != root:
        folder = folder.parent
        _sync(folder)


def _sync(path: Path) -> None:
    """Make a file's content, or a folder's names, last."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
