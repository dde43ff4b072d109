"""Tables of messages (see `ingestion.message`) that came one by one, not in lines of a file."""

from datetime import UTC, datetime
from itertools import chain
from typing import NamedTuple

import msgspec
import pyarrow as pa

from ingestion.arrays import binaries
from ingestion.contracts import Contracts
from ingestion.routing import by_form, routed
from ingestion.times import TIMESTAMP

# Attributes of a message that was published again by `vitrine replay`: what it was before.
REPLAYED_ID = "vitrine_message_id"
REPLAYED_TIME = "vitrine_publish_time"
# Where the key of an ordered message is kept: raw has no column for it.
ORDERING_KEY = "ordering_key"

_attributes_encoder = msgspec.json.Encoder(order="sorted")


class Received(NamedTuple):
    """Messages as columns of equal length."""

    subscription_name: str
    message_id: list[str]
    # microseconds since 1970, UTC
    publish_time: list[int]
    # JSON objects
    attributes: list[str]
    data: list[bytes]
    # to acknowledge by; none where nobody waits
    ack_id: list[str] | None = None


def encode_attributes(attributes: dict[str, str]) -> str:
    """Make JSON of attributes, the same for the same ones."""
    return _attributes_encoder.encode(attributes).decode()


def microseconds(time: datetime) -> int:
    """Give a time (aware) in microseconds since 1970."""
    delta = time - datetime.fromtimestamp(0, UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def restored(attributes: dict[str, str], message_id: str, publish_time: int) -> tuple[str, int]:
    """Give back what a message was that was published again from the raw layer.

    What does not make sense there is an attribute like any other.
    """
    try:
        time_before = datetime.fromisoformat(attributes[REPLAYED_TIME])
        before = attributes[REPLAYED_ID], microseconds(time_before)
    except (KeyError, ValueError, TypeError):
        return message_id, publish_time
    del attributes[REPLAYED_ID], attributes[REPLAYED_TIME]
    return before


def merged(several: list[Received]) -> Received:
    """Make one of several, all of one subscription and with acknowledgements."""
    columns = zip(*(one[1:] for one in several), strict=True)
    return Received(several[0].subscription_name, *([*chain(*column)] for column in columns))


def tables_of(contracts: Contracts, received: Received) -> list[pa.Table]:
    """Make tables of messages: of those whose payload is text, and of those where it is not.

    Beside a message's columns they have `ack_id` and `size_bytes`, where there are any.
    """
    data = binaries(received.data)
    columns = {
        "subscription_name": pa.repeat(received.subscription_name, len(data)),
        "message_id": pa.array(received.message_id, pa.string()),
        "publish_time": pa.array(received.publish_time, pa.int64()).cast(TIMESTAMP),
        "attributes": pa.array(received.attributes, pa.string()),
        "data": data,
    }
    if received.ack_id is not None:
        columns["ack_id"] = pa.array(received.ack_id, pa.string())
        columns["size_bytes"] = pa.array(map(len, received.data), pa.int64())
    return [
        routed(contracts, part, payloads)
        for part, payloads in by_form(pa.table(columns), received.data)
    ]
