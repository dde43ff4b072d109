"""Where messages are put by the gateway, a pull and a replay: the raw layer, or topics."""

import re
import threading
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import NamedTuple, Protocol

import click
import pyarrow as pa

from ingestion import contracts, raw_layer, settings
from ingestion.batches import Batches
from ingestion.contracts import Contracts
from ingestion.errors import LandingError
from ingestion.forgetting.suppression import Suppression
from ingestion.raw_writer import RawWriter
from ingestion.received import (
    ORDERING_KEY,
    Received,
    encode_attributes,
    microseconds,
    restored,
    tables_of,
)
from ingestion.storage import Storage, open_storage

# What the raw layer says of messages that came by no subscription.
SUBSCRIPTION_NAME = "vitrine"
# A folder that every raw layer has, with one file in it.
_PROBE = PurePosixPath("landed", contracts.DEAD_LETTERS, "landed_date=1970-01-01")
_TOPIC = re.compile(r"pubsub:projects/[^/{}]+/topics/([^/{}]|\{table\})+")


class Outgoing(NamedTuple):
    """A message on its way to where it is kept.

    `message_id`, `publish_time` (aware) and the subscription are given where a message has them
    already: then the raw layer keeps them. Pub/Sub gives its own to whatever is published.
    """

    data: bytes
    attributes: dict[str, str]
    ordering_key: str = ""
    message_id: str | None = None
    publish_time: datetime | None = None
    subscription_name: str = ""


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


class RawSink:
    """Lands messages: a file a contract each time, so put many at once."""

    def __init__(self, storage: Storage, known: Contracts) -> None:
        """Land in a raw layer that `raw_layer.ensure_raw` has made. Raises OSError."""
        self._storage = storage
        self._contracts = known
        self._attempt = uuid.uuid4().hex
        self._suppression = Suppression(storage.url)
        self._held_workspace = storage.workspace()
        self._workspace = self._held_workspace.__enter__()
        self._writer = RawWriter(storage, self._workspace)
        self._lock = threading.Lock()

    def put(self, messages: Sequence[Outgoing]) -> None:
        """Land messages; see Sink."""
        try:
            with self._lock:
                batches = Batches(self._contracts, self._attempt, self._suppression)
                for received in _received(messages):
                    for table in tables_of(self._contracts, received):
                        batches.add(table)
                for batch in batches.take_all():
                    self._writer.write(batch)
        except (OSError, pa.ArrowException, LandingError) as error:
            raise SinkError(f"cannot land messages: {error}") from error

    def check(self) -> None:
        """Try to write; see Sink."""
        probe = self._workspace / "probe"
        try:
            with probe.open("wb") as file:
                file.write(b"?" * 4096)
            probe.unlink()
            next(iter(self._storage.find(_PROBE)), None)
        except OSError as error:
            raise SinkError(f"the raw layer cannot be written: {error}") from error

    def close(self) -> None:
        """Remove the workspace."""
        self._held_workspace.__exit__(None, None, None)


class TopicSink:
    """Publishes messages; the answer of Pub/Sub is what makes them safe."""

    def __init__(self, name: str, known: Contracts) -> None:
        """Publish to a topic, or to one a contract where its name has `{table}` in it.

        Raises LandingError if there are no credentials.
        """
        from ingestion.sources.topics import Topics  # noqa: PLC0415 (half a second, for who uses it)

        self._name = name
        self._contracts = known
        self._topics = Topics()

    def put(self, messages: Sequence[Outgoing]) -> None:
        """Publish messages; see Sink."""
        by_topic: dict[str, list[Outgoing]] = defaultdict(list)
        for message in messages:
            by_topic[self._topic(message)].append(message)
        for topic, of_topic in by_topic.items():
            self._topics.publish(topic, of_topic)

    def check(self) -> None:
        """Look the topics up; see Sink."""
        for topic in {self._name.format(table=table) for table in self._contracts.tables}:
            self._topics.check(topic)

    def close(self) -> None:
        """Hang up."""
        self._topics.close()

    def _topic(self, message: Outgoing) -> str:
        contract = self._contracts.by_name.get(message.attributes.get("contract", ""))
        return self._name.format(table=contract.table if contract else contracts.DEAD_LETTERS)


def open_sink(spec: str) -> Sink:
    """Open a sink by its name.

    `raw` is the raw layer; `pubsub:projects/P/topics/T` a topic, or a topic a contract where T has
    `{table}` in it (`pubsub:projects/P/topics/{table}`). Raises click.ClickException otherwise.
    """
    known = contracts.load()
    if spec == "raw":
        raw_layer.ensure_raw(settings.raw_root())
        return RawSink(open_storage(str(settings.raw_root())), known)
    if _TOPIC.fullmatch(spec):
        return TopicSink(spec.removeprefix("pubsub:"), known)
    raise click.BadParameter(
        f"{spec!r} is no sink: write raw, pubsub:projects/PROJECT/topics/TOPIC or, for a topic a "
        "contract, pubsub:projects/PROJECT/topics/{table}."
    )


def _received(messages: Sequence[Outgoing]) -> Iterator[Received]:
    """Make columns of messages, for each subscription that they came by."""
    now = datetime.now(UTC)
    by_subscription: dict[str, Received] = {}
    for one in messages:
        name = one.subscription_name or SUBSCRIPTION_NAME
        columns = by_subscription.setdefault(name, Received(name, [], [], [], []))
        attributes = dict(one.attributes)
        message_id, publish_time = restored(
            attributes,
            one.message_id or uuid.uuid4().hex,
            microseconds(one.publish_time or now),
        )
        if one.ordering_key:
            attributes[ORDERING_KEY] = one.ordering_key
        columns.message_id.append(message_id)
        columns.publish_time.append(publish_time)
        columns.attributes.append(encode_attributes(attributes))
        columns.data.append(one.data)
    yield from by_subscription.values()
