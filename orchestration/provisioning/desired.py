"""What there should be on Google Cloud, for each contract and for all of them. Nothing is asked.

A contract's topic and pull subscription bear the name of its raw table, so a new entry in the file
of contracts is provisioned by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ingestion.contracts import DEAD_LETTERS, Contracts
from orchestration.provisioning.resources import LABELS, Fields, Json, Resource, in_order

Raw = Literal["bigquery", "bucket", "both"]

# As long as an outage of landing may last, and as builds look back: `lookback_days`.
RETENTION_DAYS = 7
# What is written once and read again only in need: never the raw layer, which every build reads.
COLD_PREFIXES = ("out/", "backups/")
COLDER = {"NEARLINE": 30, "COLDLINE": 90, "ARCHIVE": 365}
# What landings that died have left; those that are alive take minutes.
_STAGING_PREFIX, _STAGING_DAYS = "raw/staging/", 7
# Landers gather messages for ten seconds and extend what they hold longer.
_ACK_SECONDS = 60
# A row that BigQuery refuses is offered this often, over half a day, then it is a dead letter.
_ATTEMPTS = 100
_RETRIED_AFTER_SECONDS = {"at_least": 10, "at_most": 600}
_RECOVERABLE_DAYS = 7
_DAY_SECONDS = 86_400

# The columns of a Pub/Sub BigQuery subscription that uses no schema and writes metadata, as the
# macro landed_table_ddl has them.
_COLUMNS = {
    "subscription_name": ("STRING", "Pub/Sub subscription the message came over."),
    "message_id": ("STRING", "Pub/Sub's id; a redelivery bears the same."),
    "publish_time": ("TIMESTAMP", "When it was published, UTC."),
    "data": ("BYTES", "The payload, byte for byte."),
    "attributes": ("STRING", "Attributes, a JSON object as text."),
}


@dataclass(frozen=True)
class Place:
    """Where everything is: the project, the location of its data, and the names in it."""

    project: str
    location: str
    bucket: str
    # the dataset that subscriptions write to
    landed: str
    # prefix of the datasets that BI reads
    published: str
    # their suffixes
    schemas: tuple[str, ...]

    def topic(self, table: str) -> str:
        """Name the topic of a raw table's messages."""
        return f"projects/{self.project}/topics/{table}"

    def subscription(self, table: str) -> str:
        """Name the subscription that `vitrine land` pulls."""
        return f"projects/{self.project}/subscriptions/{table}"

    def bigquery_subscription(self, table: str) -> str:
        """Name the subscription by which Pub/Sub writes the raw table."""
        return f"{self.subscription(table)}_bigquery"

    def dataset(self, name: str) -> str:
        """Name a dataset."""
        return f"{self.project}.{name}"

    def table(self, table: str) -> str:
        """Name a raw table."""
        return f"{self.project}.{self.landed}.{table}"


def desired(place: Place, contracts: Contracts, raw: Raw) -> list[Resource]:
    """List what there should be, each after what it needs.

    `raw` says where messages land: in BigQuery's tables, by `vitrine land` in the bucket, or both.
    """
    tables = contracts.tables
    ordered = {contract.table for contract in contracts.by_name.values() if contract.ordered}
    found = [Resource("topic", place.topic(table), {**LABELS}) for table in tables]
    if raw != "bucket":
        found += _datasets(place)
        found += [_raw_table(place, table) for table in tables]
    found.append(_bucket(place))
    if raw != "bigquery":
        found += [_pulled(place, table, is_ordered=table in ordered) for table in tables]
    if raw != "bucket":
        found += [_written(place, table) for table in tables]
    return found


def _datasets(place: Place) -> Iterator[Resource]:
    described = {place.landed: "Messages as Pub/Sub's BigQuery subscriptions land them."} | {
        f"{place.published}_{schema}": f"Vitrine's published {schema}, audited."
        for schema in place.schemas
    }
    for name, description in described.items():
        yield Resource(
            "dataset",
            place.dataset(name),
            {
                "location": place.location.lower(),
                "description": description,
                # Nothing may vanish by itself: raw is what everything can be built again from.
                "default_table_expiration_ms": None,
                "default_partition_expiration_ms": None,
                **LABELS,
            },
            frozenset({"location"}),
        )


def _raw_table(place: Place, table: str) -> Resource:
    types: Fields = {f"columns.{name}.type": type_ for name, (type_, _) in _COLUMNS.items()}
    texts: Fields = {f"columns.{name}.description": text for name, (_, text) in _COLUMNS.items()}
    return Resource(
        "table",
        place.table(table),
        {
            **types,
            **texts,
            "partitioned_by": "DAY(publish_time)",
            "clustered_by": ["message_id"],
            "partition_expiration_ms": None,
            "expires": None,
            "requires_partition_filter": False,
            "description": "Messages as a Pub/Sub BigQuery subscription with write_metadata lands "
            "them. One row per delivery of a message.",
            **LABELS,
            "labels.layer": "raw",
        },
        frozenset({*types, "partitioned_by"}),
    )


def _bucket(place: Place) -> Resource:
    return Resource(
        "bucket",
        place.bucket,
        {
            "location": place.location.lower(),
            "storage_class": "STANDARD",
            "lifecycle": in_order(
                [
                    *(
                        _rule(days, COLD_PREFIXES, type="SetStorageClass", storageClass=name)
                        for name, days in COLDER.items()
                    ),
                    _rule(_STAGING_DAYS, (_STAGING_PREFIX,), type="Delete"),
                ]
            ),
            "uniform_access": True,
            "public_access": "enforced",
            "recoverable_seconds": _RECOVERABLE_DAYS * _DAY_SECONDS,
            **LABELS,
        },
        frozenset({"location"}),
    )


def _rule(days: int, prefixes: tuple[str, ...], **action: str) -> Json:
    return {"action": action, "condition": {"age": days, "matchesPrefix": [*prefixes]}}


def _pulled(place: Place, table: str, *, is_ordered: bool) -> Resource:
    """Describe what `vitrine land` pulls.

    It has no dead-letter topic: a lander never refuses a message, and one that dies often enough
    would move good ones away.
    """
    return _subscription(
        place.subscription(table),
        {
            **_delivered(place, table),
            "ordered": is_ordered,
            "bigquery_table": None,
            "ack_deadline_seconds": _ACK_SECONDS,
            "dead_letter_topic": None,
        },
    )


def _written(place: Place, table: str) -> Resource:
    """Describe what Pub/Sub writes by itself.

    A message that BigQuery will not have ends among the dead letters, which have nowhere to go on
    to. Rows have no order, so neither has the subscription.
    """
    dead: Fields = {"dead_letter_topic": None}
    if table != DEAD_LETTERS:
        dead = {"dead_letter_topic": place.topic(DEAD_LETTERS), "delivery_attempts": _ATTEMPTS}
    return _subscription(
        place.bigquery_subscription(table),
        {
            **_delivered(place, table),
            "ordered": False,
            "bigquery_table": place.table(table),
            "bigquery_metadata": True,
            "bigquery_schema": "none",
            **dead,
            **{f"retried_after_seconds.{end}": n for end, n in _RETRIED_AFTER_SECONDS.items()},
        },
    )


def _delivered(place: Place, table: str) -> Fields:
    return {
        "topic": place.topic(table),
        "filter": "",
        "push_endpoint": "",
        "retention_seconds": RETENTION_DAYS * _DAY_SECONDS,
        # By default a subscription that nobody pulls for a month is gone, and its messages too.
        "expires_after_seconds": None,
        **LABELS,
    }


def _subscription(name: str, fields: Fields) -> Resource:
    return Resource("subscription", name, fields, frozenset({"topic", "filter", "ordered"}))
