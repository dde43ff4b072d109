"""What an object store is asked for, a request a call; and what is made of its refusals."""

import re
import time
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from fsspec.asyn import AsyncFileSystem
from fsspec.utils import glob_translate

# Object metadata that tells by whom an object was put there.
ATTEMPT = "vitrine-attempt"

CONNECT_SECONDS = 10
# Of silence, within one request.
READ_SECONDS = 60
# What is read ahead: landed files are a few of these.
READ_AHEAD_BYTES = 4 << 20

_KNOWN_SECONDS = 30
_KNOWN_FILES = 20_000

_HTTP_TRANSIENT = {408, 409, 425, 429}


class Object(NamedTuple):
    """An object of a bucket."""

    key: str
    size_bytes: int
    # seconds since 1970, by the store's clock
    modified_at: float


class Bucket(Protocol):
    """One bucket. Every call raises what the store's library raises; `status` can tell it."""

    # reads, and serves DuckDB
    files: AsyncFileSystem
    # what the library raises when a request got no answer
    unanswered: tuple[type[Exception], ...]
    # what to do if there are no credentials
    credentials_advice: str
    # what the account must be allowed to do
    permissions: str

    def upload(self, key: str, content: bytes, attempt: str) -> None:
        """Create an object, on the condition that there is none."""

    def find_attempt(self, key: str) -> str | None:
        """Say which attempt made an object; None if another program did."""

    def copy(self, source: str, key: str) -> None:
        """Copy an object inside the store, on the condition that there is none at `key`."""

    def list(self, prefix: str) -> Iterator[Object]:
        """List all objects whose keys begin so, in the order of their keys."""

    def remove(self, key: str) -> None:
        """Remove an object."""

    def status(self, error: BaseException) -> int | None:
        """Give the HTTP status of an answer, 401 also if there are no credentials; else None."""


def is_transient(bucket: Bucket, error: BaseException) -> bool:
    """Tell whether it may help to ask again: the request got no answer, or one that says so."""
    status = bucket.status(error)
    if status is not None:
        return status in _HTTP_TRANSIENT or (status >= 500 and status != 501)
    return isinstance(error, (TimeoutError, ConnectionError, *bucket.unanswered))


class ImmutableFiles(AsyncFileSystem):  # type: ignore[misc] # fsspec is not typed
    """A mixin for file systems whose files never change, as DuckDB reads them.

    A glob lists once (1,000 objects a request), not once a folder; and what is known of a file is
    not asked for again for a while: DuckDB would, six times for each file it opens.
    """

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        # By path: until when (monotonic seconds), and what.
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}

    async def _glob(self, path: str, maxdepth: int | None = None, **_: object) -> list[str]:
        path = self._strip_protocol(path)
        magic = re.search(r"[*?\[]", path)
        if magic is None:
            return [path]
        pattern = re.compile(glob_translate(path))
        found = await self._find(path[: magic.start()].rpartition("/")[0], detail=True)
        matching = {one: info for one, info in found.items() if pattern.match(one)}
        for one, info in matching.items():
            self._remember(one, info)
        return sorted(matching)

    async def _info(self, path: str, *_: object, **__: object) -> dict[str, Any]:
        path = self._strip_protocol(path)
        until, info = self._known.get(path, (0.0, {}))
        if until < time.monotonic():
            info = await super()._info(path)
            self._remember(path, info)
        return info

    def _remember(self, path: str, info: dict[str, Any]) -> None:
        if info["type"] == "file":
            if len(self._known) >= _KNOWN_FILES:
                self._known.clear()
            self._known[path] = (time.monotonic() + _KNOWN_SECONDS, info)
