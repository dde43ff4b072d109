"""Who looked up whom: a file that is only added to, and is its owner's alone."""

import os
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from ingestion.errors import LandingError, explain

Outcome = Literal["found", "no_consent", "shared", "unknown", "limited", "failed"]


class Entry(msgspec.Struct, frozen=True):
    """One look-up; what was typed is not in it."""

    at: datetime
    # the token's holder, and the shop that the token is bound to
    who: str
    store_id: str
    # email, document, phone, order; none: the text was none of them
    kind: str | None
    outcome: Outcome
    customer_id: str | None = None


class Audit:
    """The file. It may be moved away at any time: the next entry begins a new one."""

    def __init__(self, path: Path) -> None:
        """Make the file if need be; raises LandingError if it cannot be written."""
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(self._open())
        except OSError as error:
            raise LandingError(f"{explain(error, path)} Nobody is looked up unaudited.") from error

    def add(self, entry: Entry) -> None:
        """Add a look-up, durably; raises OSError if it is not certain to be kept."""
        file = self._open()
        try:
            line = msgspec.json.encode(entry) + b"\n"
            if os.write(file, line) < len(line):
                raise OSError("a line of the audit is not whole")
            os.fsync(file)
        finally:
            os.close(file)

    def _open(self) -> int:
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.fchmod(file, 0o600)
        return file
