"""A bucket of Google Cloud Storage."""

import base64
import hashlib
import logging
import os
import uuid
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO

import msgspec
from aiohttp import ClientError, ClientTimeout
from fsspec.exceptions import FSTimeoutError
from gcsfs import GCSFileSystem
from gcsfs.retry import HttpError
from google.auth.exceptions import GoogleAuthError, TransportError
from requests.exceptions import RequestException

from ingestion.buckets.bucket import (
    ATTEMPT,
    CONNECT_SECONDS,
    READ_AHEAD_BYTES,
    READ_SECONDS,
    ImmutableFiles,
    Object,
)

# gcsfs logs with a traceback what it raises as well.
logging.getLogger("gcsfs").setLevel(logging.CRITICAL)


class _Files(ImmutableFiles, GCSFileSystem):  # type: ignore[misc] # gcsfs is not typed
    """Cloud Storage as DuckDB reads it."""


class GcsBucket:
    """See `ingestion.buckets.bucket.Bucket`. Raises GoogleAuthError if there are no credentials."""

    unanswered: tuple[type[Exception], ...] = (
        ClientError,
        RequestException,
        FSTimeoutError,
        TransportError,
    )
    credentials_advice = (
        "run `gcloud auth application-default login`, set GOOGLE_APPLICATION_CREDENTIALS to a key "
        "file, or give this machine a service account"
    )
    permissions = "storage.objects.create, get, list and delete (the role Storage Object User)"

    def __init__(self, name: str) -> None:
        self._name = name
        self.files = _Files(
            token="anon" if os.environ.get("STORAGE_EMULATOR_HOST") else "google_default",
            use_listings_cache=False,
            block_size=READ_AHEAD_BYTES,
            requests_timeout=ClientTimeout(sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS),
        )

    def upload(self, key: str, content: bytes, attempt: str) -> None:
        """Create an object, checked by the store against its MD5 before it is there.

        Not by gcsfs's own upload: it parts the request with a fixed text, which a payload may hold,
        and takes a large file up again at the wrong byte.
        """
        digest = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
        described = {"name": key, "md5Hash": digest, "metadata": {ATTEMPT: attempt}}
        boundary = uuid.uuid4().hex
        head = (
            f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n"
            f"{msgspec.json.encode(described).decode()}\r\n"
            f"--{boundary}\r\nContent-Type: application/octet-stream\r\n\r\n"
        )
        body = b"".join([head.encode(), content, f"\r\n--{boundary}--".encode()])
        self.files.call(
            "POST",
            f"{self.files.base.replace('/storage/', '/upload/storage/')}b/{{}}/o",
            self._name,
            uploadType="multipart",
            ifGenerationMatch="0",
            headers={"Content-Type": f"multipart/related; boundary={boundary}"},
            data=_Reusable(body),
        )

    def find_attempt(self, key: str) -> str | None:
        """Say which attempt made an object."""
        found = self.files.call("GET", "b/{}/o/{}", self._name, key, json_out=True)
        attempt: str | None = found.get("metadata", {}).get(ATTEMPT)
        return attempt

    def copy(self, source: str, key: str) -> None:
        """Copy an object, if there is none at `key`."""
        done, token = False, None
        while not done:
            answer = self.files.call(
                "POST",
                "b/{}/o/{}/rewriteTo/b/{}/o/{}",
                *(self._name, source, self._name, key),
                ifGenerationMatch="0",
                rewriteToken=token,
                json_out=True,
            )
            done, token = answer["done"], answer.get("rewriteToken")

    def list(self, prefix: str) -> Iterator[Object]:
        """List objects."""
        token = None
        while True:
            page = self.files.call(
                "GET",
                "b/{}/o",
                self._name,
                prefix=prefix,
                pageToken=token,
                fields="nextPageToken,items(name,size,updated)",
                json_out=True,
            )
            for one in page.get("items", []):
                modified_at = datetime.fromisoformat(one["updated"]).timestamp()
                yield Object(one["name"], int(one["size"]), modified_at)
            token = page.get("nextPageToken")
            if token is None:
                return

    def remove(self, key: str) -> None:
        """Remove an object."""
        self.files.call("DELETE", "b/{}/o/{}", self._name, key)

    def status(self, error: BaseException) -> int | None:
        """Give the HTTP status of an answer, as far as gcsfs tells it."""
        if isinstance(error, GoogleAuthError):
            return None if isinstance(error, TransportError) else 401
        if isinstance(error, HttpError) and error.code is not None:
            return int(error.code)
        if isinstance(error, OSError) and str(error).startswith("Forbidden"):
            return 403
        found = (one for kind, one in _STATUSES.items() if isinstance(error, kind))
        return next(found, None)


# gcsfs turns these answers into Python's own errors.
_STATUSES: dict[type[BaseException], int] = {FileNotFoundError: 404, FileExistsError: 412}


class _Reusable(BytesIO):
    """A body that can be sent again: it stays open when the connection has done with it."""

    def close(self) -> None:
        """Go back to the beginning."""
        self.seek(0)
