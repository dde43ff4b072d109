"""What there should be, without asking anybody."""

from pathlib import Path

import jinja2
import pytest
import yaml

from ingestion import contracts
from ingestion.contracts import DEAD_LETTERS
from orchestration.provisioning.bigquery import Tables, connect
from orchestration.provisioning.desired import COLDER, RETENTION_DAYS, Place, desired
from orchestration.provisioning.difference import compare
from orchestration.provisioning.resources import Resource
from orchestration.provisioning.roles import PUBSUB, grants
from tests.googlesql.api import Api
from tests.googlesql.session import Session
from tests.googlesql.store import Dataset

PROJECT = Path(__file__).parents[2]
PLACE = Place(
    project="shop",
    location="southamerica-east1",
    bucket="shop-vitrine",
    landed="vitrine_build_landed",
    published="vitrine",
    schemas=("marts", "pii"),
)
# What builds, landings and compactions read and write: nothing of it may be tiered or deleted.
RAW = ("raw/landed/", "raw/compacted/", "raw/snapshots/", "raw/journal/", "raw/suppressed/")


def named(raw: str) -> dict[tuple[str, str], Resource]:
    found = desired(PLACE, contracts.load(), raw)  # type: ignore[arg-type]
    return {(one.kind, one.name): one for one in found}


def test_each_contract_and_the_dead_letters_have_topic_table_and_subscriptions() -> None:
    there = named("both")
    for table in contracts.load().tables:
        assert ("topic", PLACE.topic(table)) in there
        assert ("table", PLACE.table(table)) in there
        assert there["subscription", PLACE.subscription(table)].fields["bigquery_table"] is None
        written = there["subscription", PLACE.bigquery_subscription(table)]
        assert written.fields["bigquery_table"] == PLACE.table(table)
        assert written.fields["topic"] == PLACE.topic(table)


def test_messages_land_in_one_place_unless_both_are_asked_for() -> None:
    both = set(named("both"))
    bigquery, bucket = set(named("bigquery")), set(named("bucket"))
    assert bigquery | bucket == both
    assert {kind for kind, _ in bigquery & bucket} == {"topic", "bucket"}


def test_each_resource_comes_after_those_that_it_names() -> None:
    seen: set[object] = set()
    for one in desired(PLACE, contracts.load(), "both"):
        for field in ("topic", "bigquery_table", "dead_letter_topic"):
            assert one.fields.get(field) is None or one.fields[field] in seen
        seen.add(one.name)
        if one.kind == "table":
            assert one.name.rpartition(".")[0] in seen


def test_what_a_pulled_subscription_carries_is_told_by_its_name() -> None:
    known = contracts.load()
    for name, contract in known.by_name.items():
        assert known.of_subscription(PLACE.subscription(contract.table)) == name
    assert known.of_subscription(PLACE.subscription(DEAD_LETTERS)) is None


def test_only_dead_letters_have_nowhere_to_go_and_no_subscription_ever_expires() -> None:
    for (kind, name), one in named("bigquery").items():
        if kind == "subscription":
            is_last = name == PLACE.bigquery_subscription(DEAD_LETTERS)
            dead = None if is_last else PLACE.topic(DEAD_LETTERS)
            assert one.fields["dead_letter_topic"] == dead
            assert one.fields["expires_after_seconds"] is None


def test_subscriptions_keep_messages_as_long_as_builds_look_back() -> None:
    variables = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]
    assert variables["lookback_days"] == RETENTION_DAYS


def test_the_bucket_tiers_what_is_seldom_read_and_never_raw() -> None:
    rules = named("bucket")["bucket", "shop-vitrine"].fields["lifecycle"]
    assert isinstance(rules, list)
    tiers = {}
    for rule in rules:
        assert isinstance(rule, dict)
        action, condition = rule["action"], rule["condition"]
        assert condition["matchesPrefix"], "a rule without prefixes is one for raw, too"
        for prefix in condition["matchesPrefix"]:
            assert not any(raw.startswith(prefix) or prefix.startswith(raw) for raw in RAW)
        if action["type"] == "SetStorageClass":
            tiers[action["storageClass"]] = condition["age"]
        else:
            assert condition == {"age": 7, "matchesPrefix": ["raw/staging/"]}
    assert tiers == COLDER == {"NEARLINE": 30, "COLDLINE": 90, "ARCHIVE": 365}


def test_a_raw_table_is_what_a_build_would_make_of_it(
    api: Api, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Provisioning and dbt describe the same tables; whoever comes first makes them."""
    macro = (PROJECT / "macros" / "landed_table_ddl.sql").read_text()
    rendered = jinja2.Environment().from_string(macro + "{{ landed_table_ddl(table) }}")  # noqa: S701
    table = f"`shop`.`{PLACE.landed}`.`vtex_orders`"
    api.store.datasets["shop", PLACE.landed] = Dataset()
    Session(api.google, api.store, "shop").run(
        rendered.render(table="vtex_orders", landed_relation=lambda _: table)
    )
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", address)
    wanted = named("bigquery")["table", PLACE.table("vtex_orders")]
    assert compare(wanted, Tables(connect("shop")).read(wanted.name)).differences == ()


@pytest.mark.parametrize("raw", ["bigquery", "bucket", "both"])
def test_roles_are_least(raw: str) -> None:
    found = desired(PLACE, contracts.load(), raw)  # type: ignore[arg-type]
    names = {one.name for one in found}
    needed = grants(PLACE, found)
    for grant in needed:
        if grant.kind in ("topic", "subscription", "dataset", "bucket"):
            assert set(grant.resources) <= names
        assert not {"roles/owner", "roles/editor"} & {grant.role}
    of_project = {
        (one.account.partition("@")[0], one.role) for one in needed if one.kind == "project"
    }
    assert of_project <= {
        ("vitrine-night", "roles/bigquery.user"),
        ("vitrine-workflow", "roles/logging.logWriter"),
    }
    accounts = {one.account for one in needed}
    assert (PUBSUB in accounts) == (raw != "bucket")
    assert ("vitrine-lander@shop.iam.gserviceaccount.com" in accounts) == (raw != "bigquery")
