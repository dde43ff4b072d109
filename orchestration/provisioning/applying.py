"""What differs on the cloud, and making it so. Nothing is ever deleted."""

from collections.abc import Iterable, Iterator, Mapping

from orchestration.provisioning.bigquery import Datasets, Tables, connect
from orchestration.provisioning.difference import Change, compare
from orchestration.provisioning.pubsub import Subscriptions, Topics
from orchestration.provisioning.refusals import told_in_words
from orchestration.provisioning.resources import Kind, Resource, Service
from orchestration.provisioning.storage import Buckets


class Cloud:
    """The services of one project."""

    def __init__(self, project: str) -> None:
        """Connect; raises ProvisionError if there are no credentials."""
        self._project = project
        with told_in_words(project, "topic", project):
            bigquery = connect(project)
            self._services: Mapping[Kind, Service] = {
                "topic": Topics(),
                "subscription": Subscriptions(),
                "dataset": Datasets(bigquery),
                "table": Tables(bigquery),
                "bucket": Buckets(project),
            }

    def plan(self, resources: Iterable[Resource]) -> list[Change]:
        """Say what is to happen to each; raises ProvisionError."""
        return [self._compare(wanted) for wanted in resources]

    def apply(self, resources: Iterable[Resource], changes: Iterable[Change]) -> Iterator[Change]:
        """Do what was planned, one after another; gives each change that was made.

        Raises ProvisionError at the first that is refused: what was made before it stays, and the
        next run goes on from there.
        """
        for wanted, change in zip(resources, changes, strict=True):
            if change.action == "keep":
                continue
            service = self._services[wanted.kind]
            with told_in_words(self._project, wanted.kind, wanted.name):
                if change.action == "create":
                    service.create(wanted)
                else:
                    service.update(wanted, change.changing)
            yield change

    def _compare(self, wanted: Resource) -> Change:
        with told_in_words(self._project, wanted.kind, wanted.name):
            return compare(wanted, self._services[wanted.kind].read(wanted.name))
