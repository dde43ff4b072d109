"""Where messages are put by the gateway, a pull and a replay: the raw layer, or topics."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol


class Outgoing(NamedTuple):
    """A message on its way to where it is kept.

    `message_id` and `publish_time` (aware) are given where a message has them already: then the raw
    layer keeps them. Pub/Sub gives its own to whatever is published.
    """

    data: bytes
    attributes: dict[str, str]
    ordering_key: str = ""
    message_id: str | None = None
    publish_time: datetime | None = None


class SinkError(Exception):
    """It is not certain that the messages are kept, so none of them may be acknowledged."""


class Sink(Protocol):
    """Keeps messages; safe to use from several threads."""

    def put(self, messages: Sequence[Outgoing]) -> None:
        """Keep messages; once this returns they survive a crash. Raises SinkError."""

    def check(self) -> None:
        """Raise SinkError if messages could not be kept now."""

    def close(self) -> None:
        """Let go of what is held."""


def open_sink(spec: str) -> Sink:
    """Open a sink by its name.

    `raw` is the raw layer; `pubsub:projects/P/topics/T` a topic, or a topic a contract where T has
    `{table}` in it (`pubsub:projects/P/topics/{table}`). Raises click.ClickException otherwise.
    """
    raise NotImplementedError(spec)
