"""Google Pub/Sub: a subscription, pulled on the raw protobuf messages.

Google's client gives authentication, endpoints and types; its wrappers around every single message
cost three times as much as pulling itself, so the calls that are made for every message go round
them. The emulator is used where PUBSUB_EMULATOR_HOST names one, as with the client.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import google.auth.exceptions
import grpc
from google.api_core.exceptions import GoogleAPICallError
from google.cloud.pubsub_v1 import SubscriberClient
from google.pubsub_v1.types import pubsub as types

from ingestion.errors import LandingError
from ingestion.received import ORDERING_KEY, REPLAYED_ID, Received, encode_attributes, restored

PREFIX = "pubsub:"

# Of an acknowledgement: a request may have 512 KiB, and an id has some 200 bytes.
_IDS_A_REQUEST = 1_000
_PULL_MESSAGES = 1_000
# What one response should hold.
PULL_BYTES = 2 << 20
_PULL_SECONDS = 30.0
_CALL_SECONDS = 20.0
_LOOK_SECONDS = 0.2
# Until there is any to go by.
_MESSAGE_BYTES = 20_000

# The outage of a service, of the network, or of an emulator that is started again.
_PASSING = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
}
_ADVICE = {
    grpc.StatusCode.NOT_FOUND: "create it, or check its name",
    grpc.StatusCode.PERMISSION_DENIED: "grant roles/pubsub.subscriber to this account",
    grpc.StatusCode.UNAUTHENTICATED: "log in: gcloud auth application-default login",
    grpc.StatusCode.INVALID_ARGUMENT: "write pubsub:projects/PROJECT/subscriptions/NAME",
}


class PassingError(Exception):
    """A call that failed and may succeed if it is made again."""


class Policy:
    """What a subscription promises, as far as it concerns who pulls."""

    def __init__(self, found: Any) -> None:  # noqa: ANN401 (protobuf)
        self.ack_deadline_seconds: int = found.ack_deadline_seconds or 10
        self.is_ordered: bool = found.enable_message_ordering
        self.dead_letter_topic: str = found.dead_letter_policy.dead_letter_topic
        self.delivery_attempts: int = found.dead_letter_policy.max_delivery_attempts


class Subscription:
    """One subscription; safe to use from several threads."""

    def __init__(self, name: str) -> None:
        """Connect, by its full name; raises LandingError if there are no credentials."""
        self.name = name
        try:
            self._client = SubscriberClient()
        except google.auth.exceptions.GoogleAuthError as error:
            raise LandingError(
                f"{name}: no credentials for Google Cloud: "
                "log in with `gcloud auth application-default login`."
            ) from error
        channel = self._client.transport.grpc_channel
        self._pull = channel.unary_unary(
            "/google.pubsub.v1.Subscriber/Pull",
            types.PullRequest.pb().SerializeToString,
            types.PullResponse.pb().FromString,
        )
        self._acknowledge = channel.unary_unary(
            "/google.pubsub.v1.Subscriber/Acknowledge",
            types.AcknowledgeRequest.pb().SerializeToString,
        )
        self._modify = channel.unary_unary(
            "/google.pubsub.v1.Subscriber/ModifyAckDeadline",
            types.ModifyAckDeadlineRequest.pb().SerializeToString,
        )
        self._message_bytes = float(_MESSAGE_BYTES)

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def policy(self) -> Policy:
        """Read what the subscription promises; its defaults where that may not be read.

        Raises LandingError if there is no such subscription, PassingError.
        """
        try:
            found = self._client.get_subscription(
                subscription=self.name, retry=None, timeout=_CALL_SECONDS
            )
        except GoogleAPICallError as error:
            if error.grpc_status_code != grpc.StatusCode.PERMISSION_DENIED:
                raise _explained(self.name, error.grpc_status_code, error.message) from error
            found = types.Subscription()  # Who may pull need not be one who may look.
        return Policy(types.Subscription.pb(found))

    def pull(
        self, stop: threading.Event, seconds: float | None = None, size_bytes: int = PULL_BYTES
    ) -> Received:
        """Take the next messages, waiting until there are any, it is time to stop or `seconds` end.

        There are about so many bytes, going by the messages before. Raises LandingError,
        PassingError.
        """
        request = types.PullRequest.pb()(
            subscription=self.name,
            max_messages=max(1, min(_PULL_MESSAGES, int(size_bytes / self._message_bytes))),
        )
        call = self._pull.future(request, timeout=min(seconds or _PULL_SECONDS, _PULL_SECONDS))
        while True:
            try:
                return self._received(call.result(_LOOK_SECONDS).received_messages)
            except grpc.FutureTimeoutError:
                if stop.is_set():
                    call.cancel()  # What was on its way comes again, to the next who pulls.
            except grpc.FutureCancelledError:
                return self._received([])
            except grpc.RpcError as error:
                if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED:
                    return self._received([])
                raise _explained(self.name, error.code(), error.details()) from error

    def acknowledge(self, ack_ids: Iterable[str]) -> None:
        """Say that messages need not come again; raises LandingError, PassingError."""
        for some in _chunks(ack_ids):
            request = types.AcknowledgeRequest.pb()(subscription=self.name, ack_ids=some)
            self._call(self._acknowledge, request)

    def extend(self, ack_ids: Iterable[str], seconds: int) -> None:
        """Ask that messages do not come again for so long; raises LandingError, PassingError."""
        for some in _chunks(ack_ids):
            request = types.ModifyAckDeadlineRequest.pb()(
                subscription=self.name, ack_ids=some, ack_deadline_seconds=seconds
            )
            self._call(self._modify, request)

    def _call(self, call: Callable[..., object], request: object) -> None:
        try:
            call(request, timeout=_CALL_SECONDS)
        except grpc.RpcError as error:
            raise _explained(self.name, error.code(), error.details()) from error

    def _received(self, messages: Any) -> Received:  # noqa: ANN401 (protobuf)
        received = Received(self.name, [], [], [], [], [])
        for one in messages:
            message = one.message
            attributes = dict(message.attributes)
            time_of = message.publish_time
            message_id = message.message_id
            publish_time = time_of.seconds * 1_000_000 + time_of.nanos // 1_000
            if REPLAYED_ID in attributes:
                message_id, publish_time = restored(attributes, message_id, publish_time)
            if message.ordering_key:
                attributes[ORDERING_KEY] = message.ordering_key
            received.message_id.append(message_id)
            received.publish_time.append(publish_time)
            received.attributes.append(encode_attributes(attributes))
            received.data.append(message.data)
            received.ack_id.append(one.ack_id)  # type: ignore[union-attr] # a list, see above
        if received.data:
            size = sum(map(len, received.data)) / len(received.data)
            self._message_bytes = max(1.0, (self._message_bytes + size) / 2)
        return received


def _explained(name: str, code: Any, details: str | None) -> Exception:  # noqa: ANN401 (grpc)
    """Make of an RPC's status what this module raises."""
    if code in _PASSING:
        return PassingError(f"{name}: {code.name}: {details}")
    advice = _ADVICE.get(code)
    said = f"{name}: {code.name if code else 'error'}: {details}"
    return LandingError(f"{said}: {advice}." if advice else said)


def _chunks(ack_ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ack_ids)
    while some := list(islice(rest, _IDS_A_REQUEST)):
        yield some
