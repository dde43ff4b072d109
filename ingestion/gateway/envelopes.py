"""What Pub/Sub pushes: an envelope around one message, which keeps its id and publish time."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

import msgspec

from ingestion.contracts import Contracts
from ingestion.gateway.problems import Refusal
from ingestion.sinks import Outgoing

# Base64 of the greatest message that Pub/Sub has, with attributes and the envelope.
LIMIT_BYTES = 15 << 20

# Pub/Sub's own limits: nothing that a topic would refuse is taken.
_Key = Annotated[str, msgspec.Meta(min_length=1)]
_KEY_BYTES = 256
_VALUE_BYTES = 1024


class _Message(msgspec.Struct, rename="camel"):
    message_id: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    publish_time: Annotated[datetime, msgspec.Meta(tz=True)]
    data: bytes = b""
    attributes: Annotated[dict[_Key, str], msgspec.Meta(max_length=100)] | None = None
    ordering_key: str = ""


class _Envelope(msgspec.Struct):
    message: _Message
    subscription: str = ""


_ENVELOPE = msgspec.json.Decoder(_Envelope)


def open_envelope(body: bytes, contracts: Contracts) -> Outgoing:
    """Take the message out of an envelope; raises Refusal (400) if it is none.

    A message that does not say its contract is given the one that its subscription or its payload
    tells, since neither a topic nor the raw layer sees the subscription.
    """
    try:
        envelope = _ENVELOPE.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        reason = str(error) if isinstance(error, msgspec.DecodeError) else "unreadable"
        raise Refusal(
            HTTPStatus.BAD_REQUEST, f"Not an envelope of a Pub/Sub push: {reason}."
        ) from error
    message = envelope.message
    attributes = message.attributes or {}
    names, values = list(attributes), [*attributes.values(), message.ordering_key]
    if _longest(names) > _KEY_BYTES or _longest(values) > _VALUE_BYTES:
        raise Refusal(HTTPStatus.BAD_REQUEST, "An attribute is longer than Pub/Sub's own are.")
    if "contract" not in attributes:
        contract = contracts.of_subscription(envelope.subscription)
        if contract := contract or contracts.of_payload(message.data):
            attributes["contract"] = contract
    return Outgoing(
        message.data,
        attributes,
        message.ordering_key,
        message.message_id,
        message.publish_time,
        envelope.subscription,
    )


def _longest(texts: list[str]) -> int:
    """Give the bytes of the longest text."""
    return max((len(text.encode()) for text in texts), default=0)
