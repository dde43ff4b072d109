"""The times in messages: when they were published, and when what they tell of happened."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.contracts import Contracts

TIMESTAMP = pa.timestamp("us", "UTC")

# What counts as a time: ISO 8601 with a time of day; no zone means UTC.
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?"
)


def timestamps(texts: Sequence[str | None]) -> "pa.Array[Any]":
    """Read texts as timestamps; null where a text is not a time. Fractions are cut, not rounded."""
    try:
        # The common form, and by far the faster reader: a zone, and up to six fractional digits.
        return pa.array(texts, pa.string()).cast(TIMESTAMP)
    except pa.ArrowInvalid:
        return pa.array([_time(text) for text in texts], TIMESTAMP)


def event_times(
    contracts: Contracts, messages: pa.Table, payloads: Sequence[bytes]
) -> "pa.ChunkedArray[Any]":
    """Find the time in each payload, where its contract says; else it is the publish time."""
    published = messages["publish_time"]
    if messages.schema.field("data").type == pa.binary():
        return published
    names: list[Any] = messages["contract"].to_pylist()
    paths = {
        name: contracts.by_name[name].event_time if name in contracts.by_name else ()
        for name in set(names)
    }
    if not any(paths.values()):
        return published
    find = {name: _finder(of_contract) for name, of_contract in paths.items()}
    found = [find[name](payload) for name, payload in zip(names, payloads, strict=True)]
    return pc.coalesce(pa.chunked_array([timestamps(found)]), published)


@cache
def _finder(paths: tuple[str, ...]) -> Callable[[bytes], str | None]:
    """Make what finds in a payload the text at the first of its paths that has a time there.

    Only if none has, the text may be no time.
    """
    steps = [path.removeprefix("$.").split(".") for path in paths]
    names = {key: f"field_{number}" for number, (key, *_) in enumerate(steps)}
    fields = [(name, Any, msgspec.field(name=key, default=None)) for key, name in names.items()]
    # Nothing else of the payload is made an object of.
    decode = msgspec.json.Decoder(msgspec.defstruct("Times", fields, gc=False)).decode
    getters = [(attrgetter(names[first]), others) for first, *others in steps]

    def find(payload: bytes) -> str | None:
        try:
            times = decode(payload)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return None
        text = None
        for get, others in getters:
            value = get(times)
            for key in others:
                value = value.get(key) if isinstance(value, dict) else None
            if isinstance(value, str):
                text = value
                if len(getters) == 1 or _time(text):
                    break
        return text

    return find


def _time(text: str | None) -> datetime | None:
    if text is None or not _ISO.fullmatch(text):
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
