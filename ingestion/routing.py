"""Which contract the messages of a table are of, and their payloads one by one."""

from typing import Any

import pyarrow as pa

from ingestion.contracts import Contracts


def contracts_of(contracts: Contracts, messages: pa.Table) -> pa.StringArray:
    """Find what each message's contract is said to be, known or not; null if nothing says it."""
    encoded = messages["attributes"].combine_chunks().dictionary_encode()
    given: list[Any] = encoded.dictionary.to_pylist()
    decisions = [contracts.of_attributes(text) for text in given]
    names = pa.array([name for _, name in decisions], pa.string()).take(encoded.indices)
    if all(is_decided for is_decided, _ in decisions):
        return names
    decided = pa.array([is_decided for is_decided, _ in decisions]).take(encoded.indices)
    subscriptions: list[Any] = messages["subscription_name"].to_pylist()
    rows = zip(
        names.to_pylist(), decided.to_pylist(), subscriptions, payloads_of(messages), strict=True
    )
    found = [
        name
        if is_decided
        else contracts.of_subscription(subscription) or contracts.of_payload(payload)
        for name, is_decided, subscription, payload in rows
    ]
    return pa.array(found, pa.string())


def payloads_of(messages: pa.Table) -> list[str | bytes]:
    """List the payloads of messages."""
    payloads: list[Any] = messages["data"].to_pylist()
    return payloads


def is_utf8(payload: bytes) -> bool:
    """Tell whether a payload is text."""
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True
