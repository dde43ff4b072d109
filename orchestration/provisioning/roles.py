"""Who needs which role on what, and no more. Nothing is granted: that is for an owner to do."""

from collections.abc import Iterator, Sequence

import msgspec

from ingestion.contracts import DEAD_LETTERS
from orchestration.provisioning.desired import Place
from orchestration.provisioning.resources import Resource

# Pub/Sub's own account; the project's number is Google's to tell.
PUBSUB = "service-PROJECT_NUMBER@gcp-sa-pubsub.iam.gserviceaccount.com"
# What `orchestration/workflows` and its README call them.
JOB, WORKFLOW = "vitrine-night", "vitrine-night"


class Grant(msgspec.Struct, frozen=True):
    """A role that an account needs on resources of one kind, by their full names; and why."""

    account: str
    role: str
    kind: str
    resources: tuple[str, ...]
    why: str


def grants(place: Place, resources: Sequence[Resource]) -> list[Grant]:
    """List the roles that Vitrine's accounts and Pub/Sub's own need on these resources."""
    return [one for one in _grants(place, resources) if one.resources]


def _grants(place: Place, resources: Sequence[Resource]) -> Iterator[Grant]:
    topics, datasets, buckets = (
        tuple(one.name for one in resources if one.kind == kind)
        for kind in ("topic", "dataset", "bucket")
    )
    subscriptions = [one for one in resources if one.kind == "subscription"]
    pulled = tuple(one.name for one in subscriptions if not one.fields["bigquery_table"])
    refusing = tuple(one.name for one in subscriptions if one.fields["dead_letter_topic"])
    landed = tuple(name for name in datasets if name == place.dataset(place.landed))
    published = tuple(name for name in datasets if name not in landed)
    dead = (place.topic(DEAD_LETTERS),) if refusing else ()
    project = (place.project,)

    def of(name: str) -> str:
        return f"vitrine-{name}@{place.project}.iam.gserviceaccount.com"

    editor, owner = "roles/bigquery.dataEditor", "roles/bigquery.dataOwner"
    publisher, subscriber = "roles/pubsub.publisher", "roles/pubsub.subscriber"
    yield Grant(PUBSUB, editor, "dataset", landed, "writes the raw tables")
    yield Grant(PUBSUB, publisher, "topic", dead, "puts what BigQuery refuses there")
    yield Grant(PUBSUB, subscriber, "subscription", refusing, "takes off what it put there")
    yield Grant(of("gateway"), publisher, "topic", topics, "`vitrine serve` publishes to them")
    yield Grant(
        of("gateway"), "roles/pubsub.viewer", "topic", topics, "asks whether they are there"
    )
    yield Grant(of("lander"), subscriber, "subscription", pulled, "`vitrine land` pulls them")
    yield Grant(
        of("lander"), "roles/pubsub.viewer", "subscription", pulled, "reads their deadlines"
    )
    if pulled:
        yield Grant(of("lander"), "roles/storage.objectUser", "bucket", buckets, "writes raw")
    yield Grant(of("night"), "roles/storage.objectUser", "bucket", buckets, "reads raw, writes OUT")
    if landed:
        yield Grant(
            of("night"), "roles/bigquery.user", "project", project, "builds in datasets of its own"
        )
    yield Grant(of("night"), editor, "dataset", landed, "reads the raw tables, makes missing ones")
    yield Grant(of("night"), owner, "dataset", published, "publishes, and says who may read")
    yield Grant(
        of("workflow"), "roles/run.jobsExecutorWithOverrides", "job", (JOB,), "starts its steps"
    )
    yield Grant(of("workflow"), "roles/run.viewer", "job", (JOB,), "asks whether they have ended")
    yield Grant(of("workflow"), "roles/logging.logWriter", "project", project, "tells what it does")
    yield Grant(
        of("scheduler"), "roles/workflows.invoker", "workflow", (WORKFLOW,), "starts the night"
    )
