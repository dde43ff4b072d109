"""Google Pub/Sub: publishing, a request for many messages, safe once it is answered."""

from collections.abc import Iterator, Sequence

import google.auth.exceptions
from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.api_core.retry import Retry
from google.cloud.pubsub_v1 import PublisherClient as Connected
from google.pubsub_v1 import PublisherClient, PubsubMessage

from ingestion.errors import LandingError
from ingestion.sinks import Outgoing, SinkError

# Pub/Sub's limits, with room for what surrounds the messages.
_REQUEST_MESSAGES = 1_000
_REQUEST_BYTES = 9_000_000
_MESSAGE_OVERHEAD_BYTES = 200
_SECONDS = 20.0
# An answer that got lost is asked for again: then a message is published twice, with two ids.
_RETRY = Retry(timeout=_SECONDS)


class Topics:
    """Google's client; safe to use from several threads."""

    def __init__(self) -> None:
        """Connect; raises LandingError if there are no credentials."""
        try:
            # This one gathers messages and answers in its own time; under it is a plain one.
            connected = Connected()
        except google.auth.exceptions.GoogleAuthError as error:
            raise LandingError(
                "no credentials for Google Cloud: "
                "log in with `gcloud auth application-default login`."
            ) from error
        self._client = PublisherClient(transport=connected.transport)

    def publish(self, topic: str, messages: Sequence[Outgoing]) -> None:
        """Publish messages to a topic, by its full name, in their order; raises SinkError."""
        try:
            for some in _requests(messages):
                self._client.publish(topic=topic, messages=some, retry=_RETRY)
        except (GoogleAPICallError, RetryError, ValueError) as error:
            raise SinkError(f"cannot publish to {topic}: {error}") from error

    def check(self, topic: str) -> None:
        """Raise SinkError unless the topic is there."""
        try:
            self._client.get_topic(topic=topic, retry=None, timeout=_SECONDS)
        except (GoogleAPICallError, RetryError) as error:
            raise SinkError(f"cannot publish to {topic}: {error}") from error

    def close(self) -> None:
        """Hang up."""
        self._client.transport.close()  # type: ignore[no-untyped-call] # Google's has no types


def _requests(messages: Sequence[Outgoing]) -> Iterator[list[PubsubMessage]]:
    """Cut messages into requests within Pub/Sub's limits."""
    some: list[PubsubMessage] = []
    size = 0
    for one in messages:
        message = PubsubMessage(
            data=one.data, attributes=one.attributes, ordering_key=one.ordering_key
        )
        added = len(one.data) + _MESSAGE_OVERHEAD_BYTES
        added += sum(len(key) + len(value) for key, value in one.attributes.items())
        if some and (len(some) == _REQUEST_MESSAGES or size + added > _REQUEST_BYTES):
            yield some
            some, size = [], 0
        some.append(message)
        size += added
    if some:
        yield some
