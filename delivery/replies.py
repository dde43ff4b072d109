"""What people answered: who has opted out, by all that was landed until now."""

import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import NamedTuple

import msgspec
import pyarrow.parquet as pq

from delivery.phones import e164
from ingestion.snapshots import read_raw_files
from ingestion.storage import Storage

TABLE = "delivery_replies"


class Words(NamedTuple):
    """What opts out, anywhere in a reply, and what opts in again, standing alone."""

    opt_out: Sequence[str]
    opt_in: Sequence[str]

    def command(self, body: str, opt_out_type: str | None) -> bool | None:
        """Tell whether a reply opts out (True), opts in (False), or neither.

        `opt_out_type` is what Twilio itself took it for. The models have the same rule.
        """
        text = body.lower()
        if opt_out_type == "STOP" or re.search(
            rf"(?:^|[^a-z])(?:{'|'.join(self.opt_out)})(?:[^a-z]|$)", text
        ):
            return True
        is_opt_in = re.fullmatch(rf"[^a-z]*(?:{'|'.join(self.opt_in)})[^a-z]*", text)
        return False if opt_out_type == "START" or is_opt_in else None


class _Reply(msgspec.Struct, rename={"sender": "from"}):
    timestamp: datetime
    sender: str
    body: str = ""
    opt_out_type: str | None = None


_REPLY = msgspec.json.Decoder(_Reply)


class Replies:
    """Follows the raw layer's replies; each file is read once."""

    def __init__(self, storage: Storage, words: Words) -> None:
        """Name where they are; nothing is read before `refresh`."""
        self._storage = storage
        self._words = words
        self._seen: set[PurePosixPath] = set()
        # By phone: when the last command was given, and whether it opts out.
        self._last: dict[str, tuple[datetime, bool]] = {}

    def refresh(self) -> None:
        """Read what was landed since. Raises OSError."""
        for place in read_raw_files(self._storage, TABLE).places:
            if place not in self._seen:
                self._read(place)
                self._seen.add(place)

    def has_opted_out(self, phone: str) -> bool:
        """Tell whether a phone's last command was to opt out; of two at one time, that one."""
        return self._last.get(phone, (None, False))[1]

    def _read(self, place: PurePosixPath) -> None:
        with pq.ParquetFile(io.BytesIO(self._storage.read(place))) as file:
            payloads = file.read(["data"], use_threads=False)["data"].to_pylist()
        for payload in payloads:
            try:
                reply = _REPLY.decode(payload or b"")
            except (msgspec.DecodeError, UnicodeError):
                continue  # The models reject it, and say why.
            phone, is_out = e164(reply.sender), self._words.command(reply.body, reply.opt_out_type)
            if phone is None or is_out is None:
                continue
            said = reply.timestamp.replace(tzinfo=reply.timestamp.tzinfo or UTC), is_out
            self._last[phone] = max(said, self._last.get(phone, said))
