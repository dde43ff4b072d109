"""Topics and subscriptions of Pub/Sub, in our fields."""

from collections.abc import Mapping

from google.api_core.exceptions import NotFound
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.pubsub_v1 import types

from orchestration.provisioning.refusals import PATIENCE
from orchestration.provisioning.resources import Fields, Resource, group

# The field of Google's message that has ours.
_PATHS = {
    "bigquery_table": "bigquery_config",
    "bigquery_metadata": "bigquery_config",
    "bigquery_schema": "bigquery_config",
    "push_endpoint": "push_config",
    "ack_deadline_seconds": "ack_deadline_seconds",
    "retention_seconds": "message_retention_duration",
    "expires_after_seconds": "expiration_policy",
    "dead_letter_topic": "dead_letter_policy",
    "delivery_attempts": "dead_letter_policy",
    "retried_after_seconds": "retry_policy",
    "labels": "labels",
}


class Topics:
    """Reads, creates and updates topics."""

    def __init__(self) -> None:
        """Connect; raises GoogleAuthError if there are no credentials."""
        self._client = PublisherClient()

    def read(self, name: str) -> Fields | None:
        """See `resources.Service`."""
        try:
            found = self._client.get_topic(topic=name, **PATIENCE)
        except NotFound:
            return None
        return _labels(found.labels)

    def create(self, wanted: Resource) -> None:
        """See `resources.Service`."""
        self._client.create_topic(request=_topic(wanted), **PATIENCE)

    def update(self, wanted: Resource, names: frozenset[str]) -> None:
        """See `resources.Service`; labels that are not ours stay."""
        topic = _topic(wanted)
        kept = self._client.get_topic(topic=wanted.name, **PATIENCE).labels
        topic.labels = {**kept, **topic.labels}
        request = types.UpdateTopicRequest(topic=topic, update_mask=_mask(names))
        self._client.update_topic(request=request, **PATIENCE)


class Subscriptions:
    """Reads, creates and updates subscriptions."""

    def __init__(self) -> None:
        """Connect; raises GoogleAuthError if there are no credentials."""
        self._client = SubscriberClient()

    def read(self, name: str) -> Fields | None:
        """See `resources.Service`."""
        try:
            found = self._client.get_subscription(subscription=name, **PATIENCE)
        except NotFound:
            return None
        return _read_subscription(types.Subscription.pb(found))

    def create(self, wanted: Resource) -> None:
        """See `resources.Service`."""
        self._client.create_subscription(request=_subscription(wanted), **PATIENCE)

    def update(self, wanted: Resource, names: frozenset[str]) -> None:
        """See `resources.Service`; labels that are not ours stay."""
        subscription = _subscription(wanted)
        kept = self._client.get_subscription(subscription=wanted.name, **PATIENCE).labels
        subscription.labels = {**kept, **subscription.labels}
        request = types.UpdateSubscriptionRequest(
            subscription=subscription, update_mask=_mask(names)
        )
        self._client.update_subscription(request=request, **PATIENCE)


def _topic(wanted: Resource) -> types.Topic:
    return types.Topic(name=wanted.name, labels=group(wanted.fields, "labels"))


def _subscription(wanted: Resource) -> types.Subscription:
    fields = wanted.fields
    made = types.Subscription(
        name=wanted.name,
        topic=fields["topic"],
        filter=fields["filter"],
        enable_message_ordering=fields["ordered"],
        message_retention_duration=Duration(seconds=fields["retention_seconds"]),
        # Without a time, it never expires.
        expiration_policy=types.ExpirationPolicy(),
        labels=group(fields, "labels"),
    )
    if fields["bigquery_table"]:
        made.bigquery_config = types.BigQueryConfig(
            table=fields["bigquery_table"], write_metadata=fields["bigquery_metadata"]
        )
    if "ack_deadline_seconds" in fields:
        made.ack_deadline_seconds = fields["ack_deadline_seconds"]
    if fields["dead_letter_topic"]:
        made.dead_letter_policy = types.DeadLetterPolicy(
            dead_letter_topic=fields["dead_letter_topic"],
            max_delivery_attempts=fields["delivery_attempts"],
        )
    if retried := group(fields, "retried_after_seconds"):
        made.retry_policy = types.RetryPolicy(
            minimum_backoff=Duration(seconds=retried["at_least"]),
            maximum_backoff=Duration(seconds=retried["at_most"]),
        )
    return made


def _read_subscription(found: types.Subscription) -> Fields:
    bigquery, dead, expiry = (
        found.bigquery_config,
        found.dead_letter_policy,
        found.expiration_policy,
    )
    retry = found.retry_policy
    schema = (
        "topic" if bigquery.use_topic_schema else "table" if bigquery.use_table_schema else None
    )
    return {
        "topic": found.topic,
        "filter": found.filter,
        "ordered": found.enable_message_ordering,
        "push_endpoint": found.push_config.push_endpoint,
        "ack_deadline_seconds": found.ack_deadline_seconds,
        "retention_seconds": found.message_retention_duration.seconds,
        "expires_after_seconds": expiry.ttl.seconds if expiry.HasField("ttl") else None,
        "bigquery_table": bigquery.table or None,
        "bigquery_metadata": bigquery.write_metadata,
        "bigquery_schema": schema or "none",
        "dead_letter_topic": dead.dead_letter_topic or None,
        "delivery_attempts": dead.max_delivery_attempts,
        "retried_after_seconds.at_least": retry.minimum_backoff.seconds,
        "retried_after_seconds.at_most": retry.maximum_backoff.seconds,
        **_labels(found.labels),
    }


def _labels(found: Mapping[str, str]) -> Fields:
    return {f"labels.{name}": value for name, value in found.items()}


def _mask(names: frozenset[str]) -> FieldMask:
    return FieldMask(paths=sorted({_PATHS[name.partition(".")[0]] for name in names}))
