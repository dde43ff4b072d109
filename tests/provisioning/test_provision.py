"""`vitrine provision` against the emulators: what it makes, and what it makes of what is there."""

import json
from pathlib import Path

import pytest
from google.cloud import bigquery, storage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.pubsub_v1 import types

from tests.provisioning.conftest import CONTRACTS, changes, run
from tests.provisioning.pubsub_server import Kept, serving
from tests.pubsub.emulator import Emulator

TABLES = ["shop_orders", "shop_receipts", "dead_letters"]


def test_the_plan_of_an_empty_project_creates_everything_and_does_nothing(cloud: str) -> None:
    told = run("--project", cloud, "--raw=both", "--plan")
    assert told.exit_code == 3, told.output
    # A topic, a table and two subscriptions each, seven datasets and the bucket.
    assert "\n20 to create, 0 to update, 0 kept." in told.stdout
    assert {one["action"] for one in changes("--project", cloud, "--plan").values()} == {"create"}


def test_what_was_provisioned_is_kept_as_it_is(cloud: str) -> None:
    first = run("--project", cloud, "--raw=both")
    assert first.exit_code == 0, first.output
    assert "\n20 created, 0 updated, 0 kept." in first.stdout
    plan = run("--project", cloud, "--raw=both", "--plan")
    assert plan.exit_code == 0, plan.output
    assert plan.stdout.startswith("0 to create, 0 to update, 20 kept.")
    assert run("--project", cloud, "--raw=both").stdout.startswith("0 created, 0 updated, 20 kept.")


def test_google_has_what_was_asked_for(cloud: str, emulator: Emulator, address: str) -> None:
    assert run("--project", cloud, "--raw=both").exit_code == 0
    topics = {one.name for one in emulator.publisher.list_topics(project=f"projects/{cloud}")}
    assert topics == {f"projects/{cloud}/topics/{table}" for table in TABLES}
    prefix = f"projects/{cloud}/subscriptions/"
    found = {
        one.name.removeprefix(prefix): one
        for one in emulator.subscriber.list_subscriptions(project=f"projects/{cloud}")
    }
    assert set(found) == {*TABLES, *(f"{table}_bigquery" for table in TABLES)}
    ordered = {name for name, one in found.items() if one.enable_message_ordering}
    assert ordered == {"shop_receipts"}
    for one in found.values():
        assert one.message_retention_duration.total_seconds() == 7 * 86_400
    dead = found["shop_orders_bigquery"].dead_letter_policy
    assert dead.dead_letter_topic == f"projects/{cloud}/topics/dead_letters"
    columns = [
        (column.name, column.field_type)
        for column in _bigquery(cloud).get_table(f"{cloud}.vitrine_build_landed.shop_orders").schema
    ]
    assert columns == [
        ("subscription_name", "STRING"),
        ("message_id", "STRING"),
        ("publish_time", "TIMESTAMP"),
        ("data", "BYTES"),
        ("attributes", "STRING"),
    ]
    bucket = storage.Client(cloud).get_bucket(f"{cloud}-vitrine")
    tiers = [rule["action"].get("storageClass") for rule in bucket.lifecycle_rules]
    assert sorted(filter(None, tiers)) == ["ARCHIVE", "COLDLINE", "NEARLINE"]
    assert bucket.iam_configuration.public_access_prevention == "enforced"


def test_a_new_contract_is_provisioned_by_itself(cloud: str, contracts: Path) -> None:
    assert run("--project", cloud).exit_code == 0
    contracts.write_text(CONTRACTS + '[[contract]]\nname = "shop.tip"\ntable = "shop_tips"\n')
    told = changes("--project", cloud)
    created = {name for name, one in told.items() if one["action"] == "create"}
    assert created == {
        f"projects/{cloud}/topics/shop_tips",
        f"{cloud}.vitrine_build_landed.shop_tips",
        f"projects/{cloud}/subscriptions/shop_tips_bigquery",
    }
    assert {one["action"] for name, one in told.items() if name not in created} == {"keep"}


def test_what_can_be_changed_is_changed_back(
    cloud: str, emulator: Emulator, contracts: Path
) -> None:
    assert run("--project", cloud, "--raw=both").exit_code == 0
    subscription = f"projects/{cloud}/subscriptions/shop_orders"
    emulator.subscriber.update_subscription(
        request=types.UpdateSubscriptionRequest(
            subscription=types.Subscription(
                name=subscription, message_retention_duration=Duration(seconds=600)
            ),
            update_mask=FieldMask(paths=["message_retention_duration"]),
        )
    )
    client = _bigquery(cloud)
    table = client.get_table(f"{cloud}.vitrine_build_landed.shop_orders")
    table.description, table.require_partition_filter = "mine", True
    client.update_table(table, ["description", "require_partition_filter"])
    dataset = client.get_dataset(f"{cloud}.vitrine_build_landed")
    dataset.default_table_expiration_ms = 86_400_000
    client.update_dataset(dataset, ["default_table_expiration_ms"])
    bucket = storage.Client(cloud).get_bucket(f"{cloud}-vitrine")
    bucket.lifecycle_rules = [{"action": {"type": "Delete"}, "condition": {"age": 30}}]
    bucket.patch()

    plan = run("--project", cloud, "--raw=both", "--plan")
    assert plan.exit_code == 3
    assert "0 to create, 4 to update, 16 kept." in plan.stdout
    assert "retention_seconds is 600, and should be 604800" in plan.stdout
    done = run("--project", cloud, "--raw=both")
    assert done.exit_code == 0, done.output
    assert f"updated subscription {subscription}\n" in done.stdout
    assert run("--project", cloud, "--raw=both", "--plan").exit_code == 0


def test_labels_of_others_stay_and_nothing_expires(
    cloud: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept()
    with serving(kept) as host:
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", host)
        assert run("--project", cloud).exit_code == 0
        written = kept.by_name[f"projects/{cloud}/subscriptions/shop_orders_bigquery"]
        assert written.HasField("expiration_policy"), "else it would expire after a month"
        names = [f"projects/{cloud}/topics/shop_orders"]
        names.append(f"projects/{cloud}/subscriptions/shop_orders_bigquery")
        for name in names:
            kept.by_name[name].labels.clear()
            kept.by_name[name].labels["team"] = "data"
        assert run("--project", cloud).exit_code == 0
        for name in names:
            assert kept.by_name[name].labels == {"project": "vitrine", "team": "data"}
        assert run("--project", cloud, "--plan").exit_code == 0


def test_a_column_that_is_missing_is_added(cloud: str) -> None:
    client = _bigquery(cloud)
    client.create_dataset(_dataset(f"{cloud}.vitrine_build_landed"))
    table = bigquery.Table(
        f"{cloud}.vitrine_build_landed.shop_orders",
        [bigquery.SchemaField("data", "BYTES"), bigquery.SchemaField("ordering_key", "STRING")],
    )
    table.time_partitioning = bigquery.TimePartitioning(field="publish_time")
    client.create_table(table)
    assert run("--project", cloud).exit_code == 0
    columns = [column.name for column in client.get_table(table).schema]
    assert columns[:2] == ["data", "ordering_key"]
    assert set(columns[2:]) == {"subscription_name", "message_id", "publish_time", "attributes"}


def test_what_nothing_but_making_anew_would_change_is_told_and_left(
    cloud: str, emulator: Emulator
) -> None:
    topic = f"projects/{cloud}/topics/shop_orders"
    labels = {"project": "vitrine"}
    emulator.publisher.create_topic(request={"name": topic, "labels": labels})
    subscription = f"projects/{cloud}/subscriptions/shop_orders"
    emulator.subscriber.create_subscription(
        request={
            "name": subscription,
            "topic": topic,
            "enable_message_ordering": True,
            "labels": labels,
        }
    )
    client = _bigquery(cloud)
    client.create_dataset(_dataset(f"{cloud}.vitrine_build_landed", location="US"))
    text = bigquery.Table(
        f"{cloud}.vitrine_build_landed.shop_orders", [bigquery.SchemaField("data", "STRING")]
    )
    client.create_table(text)

    told = run("--project", cloud, "--raw=both")
    assert told.exit_code == 3, told.output
    anew = "(only making it anew changes this)"
    assert f"ordered is true, and should be false {anew}" in told.stdout
    assert f'location is "us", and should be "southamerica-east1" {anew}' in told.stdout
    assert f'columns.data.type is "STRING", and should be "BYTES" {anew}' in told.stdout
    found = emulator.subscriber.get_subscription(subscription=subscription)
    assert found.enable_message_ordering
    assert found.message_retention_duration.total_seconds() == 7 * 86_400, "the rest is changed"
    assert client.get_table(text).schema[0].field_type == "STRING"


def test_the_plan_for_machines_has_each_difference_and_each_role(cloud: str) -> None:
    told = json.loads(run("--project", cloud, "--json").stdout)
    assert told["project"] == cloud
    assert not told["is_plan"]
    writer = next(one for one in told["roles"] if one["why"] == "writes the raw tables")
    assert writer["resources"] == [f"{cloud}.vitrine_build_landed"]
    assert changes("--project", cloud, "--plan")[f"{cloud}-vitrine"]["differences"] == []


def _bigquery(project: str) -> bigquery.Client:
    from orchestration.provisioning.bigquery import connect  # noqa: PLC0415

    return connect(project)


def _dataset(name: str, location: str = "southamerica-east1") -> bigquery.Dataset:
    dataset = bigquery.Dataset(name)
    dataset.location = location
    return dataset
