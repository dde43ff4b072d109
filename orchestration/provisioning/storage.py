"""Buckets of Cloud Storage, in our fields."""

from google.api_core.exceptions import NotFound
from google.cloud.storage import Bucket, Client

from orchestration.provisioning.refusals import PATIENCE
from orchestration.provisioning.resources import Fields, Resource, group, in_order


class Buckets:
    """Reads, creates and updates buckets."""

    def __init__(self, project: str) -> None:
        """Connect to Cloud Storage, or to what STORAGE_EMULATOR_HOST names; GoogleAuthError."""
        self._client = Client(project)

    def read(self, name: str) -> Fields | None:
        """See `resources.Service`."""
        try:
            found = self._client.get_bucket(name, **PATIENCE)
        except NotFound:
            return None
        access = found.iam_configuration
        return {
            "location": str(found.location).lower(),
            "storage_class": found.storage_class,
            "lifecycle": in_order(dict(rule) for rule in found.lifecycle_rules),
            "uniform_access": access.uniform_bucket_level_access_enabled,
            "public_access": access.public_access_prevention,
            "recoverable_seconds": found.soft_delete_policy.retention_duration_seconds,
            **{f"labels.{name}": value for name, value in found.labels.items()},
        }

    def create(self, wanted: Resource) -> None:
        """See `resources.Service`."""
        bucket = Bucket(self._client, wanted.name)
        _fill(bucket, wanted)
        bucket.create(location=wanted.fields["location"], **PATIENCE)

    def update(self, wanted: Resource, names: frozenset[str]) -> None:
        """See `resources.Service`; labels that are not ours stay."""
        bucket = self._client.get_bucket(wanted.name, **PATIENCE)
        _fill(bucket, wanted)
        # It sends what was given another value, and what was given the same one.
        bucket.patch(**PATIENCE)


def _fill(bucket: Bucket, wanted: Resource) -> None:
    fields = wanted.fields
    bucket.storage_class = fields["storage_class"]
    bucket.lifecycle_rules = fields["lifecycle"]
    bucket.iam_configuration.uniform_bucket_level_access_enabled = fields["uniform_access"]
    bucket.iam_configuration.public_access_prevention = fields["public_access"]
    bucket.soft_delete_policy.retention_duration_seconds = fields["recoverable_seconds"]
    bucket.labels = {**bucket.labels, **group(fields, "labels")}
