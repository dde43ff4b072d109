"""`vitrine build --target bigquery`: what it publishes, and what it refuses to."""

import shutil
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from google.api_core.exceptions import BadRequest

import warehouse.bigquery
from tests.googlesql.api import Api, ApiError
from tests.googlesql.project import DATASET, PROJECT
from tests.googlesql.reference import SqlError
from tests.googlesql.shop import PROFILES, TINY, Shop
from tests.googlesql.store import Store, Table
from warehouse.bigquery import lock
from warehouse.bigquery.connection import BigQuery, connect
from warehouse.bigquery.lock import build_lock
from warehouse.bigquery.publish import to_publish
from warehouse.cli import build, status
from warehouse.dbt_run import Relation
from warehouse.errors import WarehouseError


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shop")


@pytest.fixture
def shop(ground: Path, api: Api, address: str, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Start with an empty warehouse; the project keeps its path and dbt's parse cache."""
    project = ground / "project"
    for name in ("models", "macros", "tests"):
        shutil.rmtree(project / name, ignore_errors=True)
    shutil.copytree(TINY, project, dirs_exist_ok=True)
    shutil.copy(PROFILES, project)
    monkeypatch.setenv("VITRINE_BIGQUERY_ENDPOINT", address)
    return Shop(project, api)


def test_a_good_build_is_published_as_clones_with_a_record(shop: Shop) -> None:
    shop.land("a", "b")
    before = datetime.now(UTC)
    report = shop.build_well()
    assert report.tables == {
        "aggregates.agg_orders": 1,
        "marts.fct_orders": 2,
        "pii.people": 2,
        "validation.message_ledger": 1,
        "validation.reconciliation": 1,
    }
    assert set(shop.published()) == {*report.tables, "validation.published_build"}
    assert shop.orders() == ["a", "b"]
    assert before < report.build.as_of < datetime.now(UTC)
    record = "build_id, as_of, landed, published_at is not null"
    assert shop.query(f"select {record} from vitrine_validation.published_build") == [
        (report.build.build_id, report.build.as_of, 2, True)
    ]
    clones = [sql for sql in shop.api.jobs.scripts if " clone " in sql]
    assert len(clones) == 1
    labels = {
        table.properties["labels"]["vitrine_build"]
        for name, table in shop.published().items()
        if name in report.tables
    }
    assert labels == {report.build.build_id.lower()}


def test_status_tells_what_is_published_over_which_messages_and_what_waits(shop: Shop) -> None:
    nothing = shop.status()
    assert (nothing.published, nothing.contracts, nothing.building) == (None, [], None)
    shop.land("a", "b")
    report = shop.build_well("--as-of", "2024-03-01T09:00:00-03:00")
    shop.land("c")
    current = shop.status()
    assert current.published is not None
    assert current.published.build == report.build
    assert report.build.as_of == datetime(2024, 3, 1, 12, tzinfo=UTC)
    (orders,) = current.contracts
    assert orders.ledger == report.ledger[0]
    assert (orders.raw_rows, orders.waiting) == (3, 1)
    text = shop.invoke(status).output
    assert f"Published: {report.build.build_id}, as of 2024-03-01 12:00:00 UTC" in text
    assert "1 messages wait for the next build." in text


def test_a_failed_audit_leaves_what_is_published_and_says_why(shop: Shop) -> None:
    shop.make("marts.fct_one", "pii.people")
    shop.publish("marts.fct_one", "pii.people")
    before = {name: table.generation for name, table in shop.published().items()}
    shop.land("broken")
    result = shop.build("--quiet")
    assert result.exit_code == 1
    assert "nothing was published" in result.stderr
    assert "test assert_no_order_is_broken: Got 1 result" in result.stderr
    assert {name: table.generation for name, table in shop.published().items()} == before
    assert lock.running_build(connect(shop.project)) is None


def test_a_ledger_that_does_not_balance_is_refused_even_if_no_test_of_dbt_says_so(
    shop: Shop,
) -> None:
    shop.land("a", "lost")
    result = shop.build("--quiet")
    assert result.exit_code == 1
    assert "validation.message_ledger: does not hold: contract vtex.order" in result.stderr
    assert shop.published() == {}


def test_a_clone_says_what_its_table_says_and_of_which_build_it_is(shop: Shop) -> None:
    shop.make(
        "marts.fct_one", content="1 as one, date '2024-01-01' as day", layout="partition by day"
    )
    build_id = shop.publish("marts.fct_one")
    clone = shop.published()["marts.fct_one"].properties
    assert clone["description"] == "It's one."
    assert clone["labels"] == {"layer": "marts", "vitrine_build": build_id.lower()}
    assert clone["timePartitioning"]["field"] == "day"


def test_publishing_twice_is_the_same(shop: Shop) -> None:
    shop.make("marts.fct_one", "pii.people")
    shop.publish("marts.fct_one", "pii.people")
    before = set(shop.published())
    shop.publish("marts.fct_one", "pii.people")
    assert set(shop.published()) == before
    assert shop.query("select * from vitrine_marts.fct_one") == [(1,)]


def test_what_fails_in_the_middle_is_told_and_completed_by_the_next(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("marts.dim_one", "marts.fct_one", "pii.people")
    shop.make("marts.gone", *names)
    first = shop.publish("marts.gone", *names)
    shop.make(*names, content="2 as one")
    with monkeypatch.context() as patch:
        fail_after(patch, shop.api.store, 2)  # the record, and one table
        with pytest.raises(BadRequest, match="internal error"):
            shop.publish(*names)
    values = "select one from vitrine_marts.{}"
    assert shop.query(values.format("dim_one")) == [(2,)]
    assert shop.query(values.format("fct_one")) == [(1,)]
    torn = shop.status().published
    assert torn is not None
    assert not torn.is_whole
    assert torn.build.build_id > first
    assert "its publication has begun and not ended" in shop.invoke(status).output
    shop.publish(*names)
    assert shop.query(values.format("fct_one")) == [(2,)]
    assert set(shop.published()) == {*names, "validation.published_build"}
    whole = shop.status().published
    assert whole is not None
    assert whole.is_whole


def fail_after(patch: pytest.MonkeyPatch, store: Store, number: int) -> None:
    """Let the server make so many published tables, and then fail."""
    put: Callable[[Table], None] = store.put
    left = iter(range(number))

    def failing(table: Table) -> None:
        published = not table.path.dataset.startswith((DATASET, "_"))
        if published and next(left, None) is None:
            raise SqlError("An internal error occurred and the request could not be completed.")
        put(table)

    patch.setattr(store, "put", failing)


def test_a_publication_that_fails_in_a_build_is_told_in_words(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.land("a")
    fail_after(monkeypatch, shop.api.store, 3)
    result = shop.build("--quiet")
    assert result.exit_code == 1
    assert "BigQuery: An internal error occurred" in result.stderr
    assert "passed its audit, but publishing it was interrupted" in result.stderr
    assert isinstance(result.exception, SystemExit)


def test_what_is_made_no_more_is_dropped_and_what_others_made_is_not(shop: Shop) -> None:
    shop.make("marts.fct_one", "marts.fct_two")
    shop.publish("marts.fct_one", "marts.fct_two")
    shop.query(f"create table `{PROJECT}.vitrine_marts.of_a_reader` as select 1 as one")
    shop.publish("marts.fct_one")
    assert set(shop.published()) == {
        *("marts.fct_one", "marts.of_a_reader", "validation.published_build")
    }


def test_a_table_with_other_partitions_takes_the_place_of_the_one_before(shop: Shop) -> None:
    shop.make("marts.fct_one", content="date '2024-01-01' as day")
    shop.publish("marts.fct_one")
    shop.make("marts.fct_one", content="date '2024-01-01' as day", layout="partition by day")
    shop.publish("marts.fct_one")
    assert "timePartitioning" in shop.published()["marts.fct_one"].properties


def test_a_view_of_the_speed_layer_is_made_again_over_what_is_published(shop: Shop) -> None:
    (shop.project / "models/live.sql").write_text(
        "{{ config(schema='speed', materialized='view') }} select * from {{ ref('fct_orders') }}"
    )
    shop.land("a", "b")
    report = shop.build_well()
    assert "speed.live" in shop.published()
    view = shop.published()["speed.live"]
    assert view.query is not None
    assert "vitrine_marts" in view.query
    assert DATASET not in view.query
    assert view.properties["labels"]["vitrine_build"] == report.build.build_id.lower()
    assert shop.query("select count(*) from vitrine_speed.live") == [(2,)]


def test_what_readers_do_not_see_is_not_chosen_and_views_only_in_the_speed_layer(
    shop: Shop,
) -> None:
    bigquery = connect(shop.project)
    table = Relation(f"{DATASET}_marts", "fct_one", "table")
    restricted = Relation(f"{DATASET}_staging", "stg_one", "incremental")
    views = [Relation(f"{DATASET}_speed", name, "view") for name in ("newest", "live")]
    chosen = to_publish(bigquery, [*views, table, restricted])
    assert chosen == [("marts", "fct_one"), ("speed", "newest"), ("speed", "live")]
    with pytest.raises(WarehouseError, match=r"marts\.live is a view"):
        to_publish(bigquery, [table, Relation(f"{DATASET}_marts", "live", "view")])


def test_readers_are_those_whom_the_environment_names(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("marts.fct_one", "pii.people")
    shop.make(*names)
    shop.publish(*names)
    marts = shop.api.store.datasets[PROJECT, "vitrine_marts"].properties
    owners = {"role": "OWNER", "specialGroup": "projectOwners"}
    marts["access"] = [owners, {"role": "READER", "userByEmail": "former@example.com"}]
    shop.publish(*names)
    assert len(marts["access"]) == 2
    monkeypatch.setenv("VITRINE_BIGQUERY_READERS", "group:bi@example.com user:eve@example.com")
    monkeypatch.setenv("VITRINE_BIGQUERY_PII_READERS", "serviceAccount:page@example.com")
    shop.publish(*names)
    assert marts["access"] == [
        owners,
        {"role": "READER", "groupByEmail": "bi@example.com"},
        {"role": "READER", "userByEmail": "eve@example.com"},
    ]
    pii = shop.api.store.datasets[PROJECT, "vitrine_pii"].properties
    assert pii["access"] == [{"role": "READER", "userByEmail": "page@example.com"}]


def test_one_build_at_a_time(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_ASKED_EVERY", 0.05)
    bigquery = connect(shop.project)
    with build_lock(bigquery, wait=False):
        result = shop.build("--no-wait")
        assert result.exit_code == 1
        assert "another build is running (process" in result.stderr
        assert shop.status().building is not None
        waiting = threading.Thread(target=take_and_let_go, args=(shop,))
        waiting.start()
        waiting.join(timeout=0.5)
        assert waiting.is_alive()
    waiting.join(timeout=10)
    assert not waiting.is_alive()
    assert shop.status().building is None


def take_and_let_go(shop: Shop) -> None:
    with build_lock(connect(shop.project), wait=True):
        pass


def test_the_lock_of_a_killed_build_expires(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_LEASE", timedelta(seconds=1))
    monkeypatch.setattr(lock, "_RENEWED_EVERY", 0.05)
    monkeypatch.setattr(lock, "_ASKED_EVERY", 0.05)
    bigquery = connect(shop.project)
    with build_lock(bigquery, wait=False), pytest.raises(WarehouseError, match="another build"):
        time.sleep(1.5)  # longer than its lease: it was renewed
        take(bigquery)
    lock._take(bigquery, bigquery.client, wait=False)  # and never renewed, as by a killed build
    with build_lock(bigquery, wait=True):
        pass


def take(bigquery: BigQuery) -> None:
    with build_lock(bigquery, wait=False):
        pass


def test_a_build_that_lost_its_lock_publishes_nothing(shop: Shop) -> None:
    bigquery = connect(shop.project)
    with build_lock(bigquery, wait=False) as lease:
        bigquery.client.delete_table(f"{PROJECT}.{DATASET}.build_lock")
        with (
            build_lock(bigquery, wait=False),
            pytest.raises(WarehouseError, match="lock was lost"),
        ):
            lease.renew()


@pytest.mark.parametrize("command", [build, status])
def test_wrong_settings_bad_credentials_and_a_missing_extra_are_told_in_one_sentence(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, command: click.Command
) -> None:
    profile = shop.project / "profiles.yml"
    good = profile.read_text()
    profile.write_text(good.replace(f"project: {PROJECT}", "project: unset"))
    unset = shop.invoke(command)
    profile.write_text(
        good.replace(
            "method: oauth-secrets", "method: service-account\n      keyfile: nowhere.json"
        )
    )
    keyfile = shop.invoke(command)
    profile.write_text(good)
    with monkeypatch.context() as patch:
        patch.setenv("VITRINE_BIGQUERY_PUBLISHED", DATASET)
        same = shop.invoke(command)
    monkeypatch.delitem(sys.modules, f"warehouse.bigquery.{command.name}")
    monkeypatch.delattr(warehouse.bigquery, str(command.name))
    monkeypatch.setitem(sys.modules, "google.cloud.bigquery", None)
    monkeypatch.delitem(sys.modules, "warehouse.bigquery.connection")
    extra = shop.invoke(command)
    for result, words in (
        (unset, "set VITRINE_BIGQUERY_PROJECT"),
        (keyfile, "nowhere.json"),
        (same, "VITRINE_BIGQUERY_PUBLISHED and VITRINE_BIGQUERY_DATASET are the same"),
        (extra, "pip install -e '.[bigquery]'"),
    ):
        assert result.exit_code == 1
        assert words in result.stderr
        assert isinstance(result.exception, SystemExit)


def test_a_refusal_of_bigquery_is_told_in_one_sentence(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ApiError(403, "accessDenied", "Permission bigquery.datasets.get denied")

    monkeypatch.setattr(shop.api, "answer", refuse)
    for command in (build, status):
        result = shop.invoke(command)
        assert result.exit_code == 1
        assert "Permission bigquery.datasets.get denied" in result.stderr
        assert isinstance(result.exception, SystemExit)
