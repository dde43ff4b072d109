"""A raw root in a bucket: see `ingestion.storage.Storage`."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import TypeVar

import duckdb
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from ingestion import workspaces
from ingestion.buckets.bucket import Bucket, is_transient
from ingestion.storage import Kept

_T = TypeVar("_T")

# How long a request is repeated; the libraries repeat it a few times themselves.
GIVE_UP_SECONDS = 60
_LONGEST_WAIT_SECONDS = 10


class BucketStorage:
    """A raw root in a bucket. Safe to use from several threads."""

    def __init__(self, url: str, bucket: Bucket, prefix: str) -> None:
        """Take a bucket, and the part of its keys before every place: nothing, or `a/b/`."""
        self.url = url
        self._bucket = bucket
        self._prefix = prefix

    def create(self, place: PurePosixPath, file: Path) -> None:
        """Put a local file into a place; see Storage. It is held in memory meanwhile.

        A request that got no answer may have taken effect, and is repeated: then the place is
        taken, by this very attempt.
        """
        content, attempt = file.read_bytes(), uuid.uuid4().hex

        def upload() -> None:
            try:
                self._bucket.upload(self._key(place), content, attempt)
            except Exception as error:
                is_taken = self._bucket.status(error) == 412
                if not is_taken and not is_transient(self._bucket, error):
                    raise
                owner = self._find_owner(place)
                if owner == attempt:
                    return
                if owner is not None:
                    raise FileExistsError(f"{self.url}/{place} is there already") from error
                raise

        self._persist(upload)
        file.unlink()

    def copy(self, source: PurePosixPath, place: PurePosixPath) -> None:
        """Copy a file into a place, inside the store.

        Raises FileNotFoundError, FileExistsError, OSError. A repeated request may meet what the
        first one did: FileExistsError then says that the copy is there.
        """

        def copy() -> None:
            try:
                self._bucket.copy(self._key(source), self._key(place))
            except Exception as error:
                if self._bucket.status(error) == 412:
                    raise FileExistsError(f"{self.url}/{place} is there already") from error
                raise

        self._persist(copy, is_reading=True)

    def has(self, place: PurePosixPath) -> bool:
        """Tell whether a file is in its place; see Storage."""
        return self._persist(lambda: self._find_owner(place)) is not None

    def find(self, folder: PurePosixPath, suffix: str = ".parquet") -> Iterator[Kept]:
        """List the files below a folder; see Storage."""
        # Listed to its end at once: a page that fails cannot be repeated by who has begun to read.
        prefix = self._key(folder) + "/"
        for key, size, modified_at in self._persist(lambda: list(self._bucket.list(prefix))):
            if key.endswith(suffix):
                yield Kept(PurePosixPath(key.removeprefix(self._prefix)), size, modified_at)

    def read(self, place: PurePosixPath) -> bytes:
        """Read a file; see Storage."""
        path = self._path(place)
        content: bytes = self._persist(lambda: self._bucket.files.cat_file(path), is_reading=True)
        return content

    def fetch(self, place: PurePosixPath, file: Path) -> None:
        """Copy a file to a local one; see Storage."""
        path = self._path(place)
        self._persist(lambda: self._bucket.files.get_file(path, str(file)), is_reading=True)

    def remove(self, place: PurePosixPath) -> None:
        """Remove a file; see Storage."""
        try:
            self._persist(lambda: self._bucket.remove(self._key(place)), is_reading=True)
        except FileNotFoundError:
            return

    def workspace(self) -> AbstractContextManager[Path]:
        """Give a temporary folder; see Storage."""
        return workspaces.temporary()

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let a DuckDB read this root; see Storage."""
        connection.register_filesystem(self._bucket.files)

    def _key(self, place: PurePosixPath) -> str:
        return f"{self._prefix}{place}"

    def _path(self, place: PurePosixPath) -> str:
        return f"{self.url.partition('://')[2]}/{place}"

    def _find_owner(self, place: PurePosixPath) -> str | None:
        """Say who put a file into a place: an attempt, or "" if it is unknown; None if nobody."""
        try:
            return self._bucket.find_attempt(self._key(place)) or ""
        except Exception as error:
            if self._bucket.status(error) == 404:
                return None
            raise

    def _persist(self, call: Callable[[], _T], *, is_reading: bool = False) -> _T:
        """Call, and again while that may help. Raises OSError, saying what to do.

        What is missing is a file if one is read (FileNotFoundError), else the bucket.
        """
        retrying = Retrying(
            retry=retry_if_exception(lambda error: is_transient(self._bucket, error)),
            wait=wait_random_exponential(multiplier=0.2, max=_LONGEST_WAIT_SECONDS),
            stop=stop_after_delay(GIVE_UP_SECONDS),
            reraise=True,
        )
        try:
            return retrying(call)
        except Exception as error:
            status = self._bucket.status(error)
            if isinstance(error, FileExistsError):
                raise
            if status == 404 and is_reading:
                raise FileNotFoundError(f"{self.url}: no such file: {error}") from error
            raise OSError(f"{self.url}: {self._explain(error, status)}") from error

    def _explain(self, error: Exception, status: int | None) -> str:
        if status == 401:
            return f"no valid credentials: {self._bucket.credentials_advice}."
        if status == 403:
            return f"access denied: this account needs {self._bucket.permissions}."
        if status == 404:
            return "no such bucket: create it, or check VITRINE_RAW."
        if status == 501:
            return "this store cannot create a file on condition that there is none; use another."
        what = str(error).strip() or type(error).__name__
        if is_transient(self._bucket, error):
            return f"the store did not answer as it should, repeatedly: {what}; try again later."
        return what
