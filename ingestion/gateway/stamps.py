"""Messages made of documents: their ids, and what a storefront's events lack."""

import hashlib
import secrets
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from ingestion.sinks import Outgoing

STOREFRONT = "storefront.event"

STAMPED = "stamped"
SESSION = "sessionId"
_KEYS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_EVENT_ID_CHARACTERS = 128


class Arrival(NamedTuple):
    """What a request says of all messages in it."""

    source_name: str
    received_at: datetime
    # For events that have none of their own.
    session_id: str
    # The same when the same request is sent again.
    idempotency_key: str | None = None


def message_of(document: bytes, contract: str | None, arrival: Arrival, ordinal: int) -> Outgoing:
    """Make a message of a document (a JSON object), the `ordinal`th of its request.

    The data are the document's very bytes, but for a storefront's event that lacks its time or
    session: these are added, and the attribute `stamped` names them.
    """
    attributes = {"source": arrival.source_name}
    if contract:
        attributes["contract"] = contract
    key = None
    if arrival.idempotency_key:
        key = _hash(arrival.source_name, arrival.idempotency_key, str(ordinal))
    if contract == STOREFRONT:
        keys = _keys_of(document)
        key = _event_id(keys) or key
        document, stamped = _stamp(document, keys, arrival)
        if stamped:
            attributes[STAMPED] = ",".join(stamped)
    # The content is in the id: two messages with one id and different content would be a lie.
    message_id = (
        _hash(arrival.source_name, contract, key, document) if key else secrets.token_hex(16)
    )
    if contract == STOREFRONT:
        attributes["event_id"] = key or message_id
    return Outgoing(document, attributes, "", message_id, arrival.received_at)


def _keys_of(document: bytes) -> dict[str, msgspec.Raw] | None:
    try:
        return _KEYS.decode(document)
    except msgspec.DecodeError:
        return None  # Half an emoji: see `documents`. It is kept as it is.


def _event_id(keys: dict[str, msgspec.Raw] | None) -> str | None:
    """Give the id that the page gave the event."""
    if keys is None or "eventId" not in keys:
        return None
    given: Any = msgspec.json.decode(keys["eventId"])
    return given if isinstance(given, str) and 0 < len(given) <= _EVENT_ID_CHARACTERS else None


def _stamp(
    document: bytes, keys: dict[str, msgspec.Raw] | None, arrival: Arrival
) -> tuple[bytes, list[str]]:
    """Add the time and session that an event lacks; what it has is not touched."""
    if keys is None:
        return document, []
    time = arrival.received_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    known = {"timestamp": time, SESSION: arrival.session_id}
    stamps = {name: value for name, value in known.items() if _is_lacking(keys, name)}
    if not stamps:
        return document, []
    if any(name in keys for name in stamps):  # A null gives way: a name stands there once.
        return msgspec.json.encode({**keys, **stamps}), list(stamps)
    head = document.rstrip()[:-1]
    comma = b"," if keys else b""
    return head + comma + msgspec.json.encode(stamps)[1:], list(stamps)


def _is_lacking(keys: dict[str, msgspec.Raw], name: str) -> bool:
    return name not in keys or bytes(keys[name]) == b"null"


def _hash(*parts: str | bytes | None) -> str:
    """Make an id of parts, wherever one ends and the next begins."""
    digest = hashlib.sha256()
    for part in parts:
        content = part if isinstance(part, bytes) else (part or "").encode()
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()[:32]
