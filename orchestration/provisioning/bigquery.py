"""Datasets and tables of BigQuery, in our fields."""

import os

from google.api_core.exceptions import NotFound
from google.auth.credentials import AnonymousCredentials
from google.cloud.bigquery import (
    Client,
    Dataset,
    SchemaField,
    Table,
    TimePartitioning,
    TimePartitioningType,
)

from orchestration.provisioning.refusals import RETRY
from orchestration.provisioning.resources import Fields, Resource, group

# What Google's client calls what our fields name; all others bear the same name.
_OURS = {
    "columns": "schema",
    "clustered_by": "clustering_fields",
    "partition_expiration_ms": "time_partitioning",
    "requires_partition_filter": "require_partition_filter",
}


def connect(project: str) -> Client:
    """Connect to BigQuery, or to what BIGQUERY_EMULATOR_HOST names; raises GoogleAuthError."""
    nobody = AnonymousCredentials() if os.environ.get("BIGQUERY_EMULATOR_HOST") else None  # type: ignore[no-untyped-call] # Google's has no types
    return Client(project, credentials=nobody)


class Datasets:
    """Reads, creates and updates datasets."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def read(self, name: str) -> Fields | None:
        """See `resources.Service`."""
        try:
            found = self._client.get_dataset(name, retry=RETRY)
        except NotFound:
            return None
        return {
            "location": str(found.location).lower(),
            "description": found.description,
            "default_table_expiration_ms": found.default_table_expiration_ms,
            "default_partition_expiration_ms": found.default_partition_expiration_ms,
            **_labels(found.labels),
        }

    def create(self, wanted: Resource) -> None:
        """See `resources.Service`."""
        dataset = Dataset(wanted.name)
        dataset.location = wanted.fields["location"]
        self._client.create_dataset(_filled_dataset(dataset, wanted), retry=RETRY)

    def update(self, wanted: Resource, names: frozenset[str]) -> None:
        """See `resources.Service`; labels that are not ours stay."""
        dataset = self._client.get_dataset(wanted.name, retry=RETRY)
        self._client.update_dataset(
            _filled_dataset(dataset, wanted), _attributes(names), retry=RETRY
        )


class Tables:
    """Reads, creates and updates tables."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def read(self, name: str) -> Fields | None:
        """See `resources.Service`."""
        try:
            found = self._client.get_table(name, retry=RETRY)
        except NotFound:
            return None
        partitions = found.time_partitioning
        columns: Fields = {}
        for column in found.schema:
            columns[f"columns.{column.name}.type"] = column.field_type
            columns[f"columns.{column.name}.description"] = column.description
        return {
            **columns,
            "partitioned_by": f"{partitions.type_}({partitions.field})"
            if partitions
            else "nothing",
            "clustered_by": found.clustering_fields,
            "partition_expiration_ms": partitions.expiration_ms if partitions else None,
            "expires": found.expires.isoformat() if found.expires else None,
            "requires_partition_filter": bool(found.require_partition_filter),
            "description": found.description,
            **_labels(found.labels),
        }

    def create(self, wanted: Resource) -> None:
        """See `resources.Service`."""
        table = Table(wanted.name)
        unit, _, column = wanted.fields["partitioned_by"].rstrip(")").partition("(")
        table.time_partitioning = TimePartitioning(getattr(TimePartitioningType, unit), column)
        self._client.create_table(_filled_table(table, wanted), retry=RETRY)

    def update(self, wanted: Resource, names: frozenset[str]) -> None:
        """See `resources.Service`; columns and labels that are not ours stay."""
        table = self._client.get_table(wanted.name, retry=RETRY)
        self._client.update_table(_filled_table(table, wanted), _attributes(names), retry=RETRY)


def _filled_dataset(dataset: Dataset, wanted: Resource) -> Dataset:
    fields = wanted.fields
    dataset.description = fields["description"]
    dataset.default_table_expiration_ms = fields["default_table_expiration_ms"]
    dataset.default_partition_expiration_ms = fields["default_partition_expiration_ms"]
    dataset.labels = {**dataset.labels, **group(fields, "labels")}
    return dataset


def _filled_table(table: Table, wanted: Resource) -> Table:
    fields = wanted.fields
    columns = {column.name: column for column in table.schema}
    for name in dict.fromkeys(path.partition(".")[0] for path in group(fields, "columns")):
        had = columns.get(name)
        columns[name] = SchemaField(
            name,
            # A type that is there cannot be changed, and is told.
            had.field_type if had else fields[f"columns.{name}.type"],
            had.mode if had else "NULLABLE",
            description=fields[f"columns.{name}.description"],
        )
    table.schema = list(columns.values())
    table.clustering_fields = fields["clustered_by"]
    if table.time_partitioning:
        table.time_partitioning.expiration_ms = fields["partition_expiration_ms"]
    table.expires = fields["expires"]
    table.require_partition_filter = fields["requires_partition_filter"]
    table.description = fields["description"]
    table.labels = {**table.labels, **group(fields, "labels")}
    return table


def _labels(found: dict[str, str]) -> Fields:
    return {f"labels.{name}": value for name, value in found.items()}


def _attributes(names: frozenset[str]) -> list[str]:
    ours = {name.partition(".")[0] for name in names}
    return sorted(_OURS.get(name, name) for name in ours)
