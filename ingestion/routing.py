"""Which contract the messages of a table are of, and when what they tell of happened."""

from collections.abc import Sequence
from itertools import compress
from typing import Any

import pyarrow as pa

from ingestion.contracts import Contracts
from ingestion.times import event_times


def routed(contracts: Contracts, messages: pa.Table, payloads: Sequence[bytes]) -> pa.Table:
    """Append to messages `contract`, known or not, null if nothing says it, and `event_at`.

    The payloads are those of the column `data`, as bytes.
    """
    names = _contracts_of(contracts, messages, payloads)
    messages = messages.append_column("contract", names)
    return messages.append_column("event_at", event_times(contracts, messages, payloads))


def _contracts_of(
    contracts: Contracts, messages: pa.Table, payloads: Sequence[bytes]
) -> pa.StringArray:
    encoded = messages["attributes"].combine_chunks().dictionary_encode()
    given: list[Any] = encoded.dictionary.to_pylist()
    decisions = [contracts.of_attributes(text) for text in given]
    names = pa.array([name for _, name in decisions], pa.string()).take(encoded.indices)
    if all(is_decided for is_decided, _ in decisions):
        return names
    decided = pa.array([is_decided for is_decided, _ in decisions]).take(encoded.indices)
    subscriptions: list[Any] = messages["subscription_name"].to_pylist()
    rows = zip(names.to_pylist(), decided.to_pylist(), subscriptions, payloads, strict=True)
    found = [
        name
        if is_decided
        else contracts.of_subscription(subscription) or contracts.of_payload(payload)
        for name, is_decided, subscription, payload in rows
    ]
    return pa.array(found, pa.string())


def by_form(
    messages: pa.Table, payloads: Sequence[bytes]
) -> list[tuple[pa.Table, Sequence[bytes]]]:
    """Part messages (`data` is bytes) into those whose payload is text, and others if there are."""
    try:
        return [(_as_text(messages), payloads)]
    except pa.ArrowInvalid:
        is_text = [is_utf8(payload) for payload in payloads]
        is_other = [not text for text in is_text]
        return [
            (_as_text(messages.filter(pa.array(is_text))), [*compress(payloads, is_text)]),
            (messages.filter(pa.array(is_other)), [*compress(payloads, is_other)]),
        ]


def _as_text(messages: pa.Table) -> pa.Table:
    place = messages.schema.get_field_index("data")
    return messages.set_column(place, "data", messages["data"].cast(pa.string()))


def is_utf8(payload: bytes) -> bool:
    """Tell whether a payload is text."""
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True
