"""The same messages, built on DuckDB and (as GoogleSQL sees it) on BigQuery: the same relations.

Three passes over one store: the first messages, nothing new, and then new ones, late ones and
copies. Every relation is compared, its columns, types and rows.
"""

import json
import random
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import duckdb as duck
import pytest
from dbt.contracts.graph.nodes import ManifestNode, ModelNode, SeedNode, SnapshotNode

from ingestion import contracts, raw_layer
from ingestion.landing import Landing
from tests.googlesql import dbt_process, network, project
from tests.googlesql.api import Api
from tests.googlesql.project import DATASET, POLICY_TAG, PROJECT
from tests.googlesql.pruning import Pruning
from tests.googlesql.reference import GoogleSql
from tests.googlesql.relations import differences, of_bigquery, of_duckdb
from tests.googlesql.server import serving
from tests.googlesql.session import Session
from tests.googlesql.store import Table
from tests.googlesql.syntax import Path as TablePath
from tests.project.shops import Shop

_LATE = 0.35
_COPIES = 40
# What this history does not come to; all else must have rows, or nothing would be compared.
_WITHOUT_ROWS = {
    # The build's day is a month after the last purchase.
    *("abandoned_carts", "interests_in_stock", "price_falls", "due_replenishments"),
    *("lapsing_customers", "campaign_targets", "contact_suggestions", "suggested_contacts"),
    # Nothing lands after what the build has read.
    *("newest_vtex_orders", "newest_vtex_order_events", "newest_vtex_inventory"),
    *("newest_vtex_inventory__levels", "newest_storefront_events"),
    *("newest_storefront_events__lines", "recent_orders", "recent_stock_levels"),
    *("recent_customer_events", "recent_cart_lines", "live_customer_carts"),
    *("live_session_recommendations", "live_similar_skus"),
    # No order was changed but in its documents.
    *("cleansed_order_amendments", "cleansed_order_change_items"),
    # Nothing is wrong, and a shop fills the seeds itself.
    *("late_recommendation_inputs", "schema_drift"),
    *("clerk_stores", "customer_overrides", "recommendation_exclusions"),
}
_MANY = 40
# What an audit asks is the same each time. Where nothing is new, increments alone could err: what
# is no increment is made again of the same tables.
_WITHOUT_UNIT_TESTS = ["build", "--exclude-resource-type", "unit_test"]
_WITHOUT_TESTS = [*_WITHOUT_UNIT_TESTS, "--exclude-resource-type", "test"]
_INCREMENTS = ["--select", "config.materialized:incremental", "resource_type:snapshot"]
_COMMANDS = {
    "first": _WITHOUT_TESTS,
    "unchanged": [*_WITHOUT_TESTS, *_INCREMENTS],
    "more": _WITHOUT_UNIT_TESTS,
}
# In the same rows a key is a key on both engines: other folders stand for these.
_KEYS_LEFT_OUT = [
    f"test_name:is_key,path:models/{folder}"
    for folder in ("cleansed", "marts", "activation", "speed")
]


class Form(NamedTuple):
    """How many shops that make trouble, which passes, and which tests the audit leaves out."""

    shops: int
    passes: tuple[str, ...]
    left_out: Sequence[str] = ()


_SHORT = Form(1, ("first", "more"), ["--exclude", *_KEYS_LEFT_OUT])
_LONG = Form(2, ("first", "unchanged", "more"))


def messages(folder: Path, shops: int) -> list[str]:
    """Draw small shops that make trouble, and simulate one that is like a real one."""
    simulated = folder / "simulated.ndjson"
    subprocess.run(
        [
            *(project.VITRINE, "simulate", "--orders", "8", "--products", "24", "--seed", "3"),
            *("--start", "2024-01-30", "--days", "3", "--receipts", "1", "--out", str(simulated)),
        ],
        check=True,
    )
    drawn = [
        json.dumps(message) for number in range(shops) for message in Shop(number, 5).messages()
    ]
    return drawn + simulated.read_text().splitlines()


def land(folder: Path, name: str, lines: list[str], api: Api) -> None:
    """Land lines on both engines."""
    file, raw = folder / f"{name}.ndjson", folder / f"landed-{name}"
    file.write_text("\n".join(lines))
    raw_layer.ensure_raw(raw)
    Landing(raw, contracts.load()).land(file)
    landed = project.read_landed(raw)
    project.land_on_duckdb(folder / "raw", landed, name)
    project.land_on_bigquery(api.store, landed)


def relations(folder: Path) -> list[ManifestNode]:
    """List the models, seeds and snapshots of the project, as dbt parsed it for DuckDB."""
    return [
        node
        for node in dbt_process.parse_here(project.duckdb(folder)).nodes.values()
        if isinstance(node, ModelNode | SeedNode | SnapshotNode)
    ]


@dataclass
class Passes:
    """What the passes left: differences by pass and relation, and what the last one sent."""

    folder: Path
    api: Api
    nodes: list[ManifestNode] = field(default_factory=list)
    differences: dict[str, list[str]] = field(default_factory=dict)
    without_rows: set[str] = field(default_factory=set)
    scripts_of_last: list[str] = field(default_factory=list)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(_SHORT, id="two passes"),
        pytest.param(_LONG, id="three passes", marks=pytest.mark.long),
    ],
)
def passes(
    request: pytest.FixtureRequest, google: GoogleSql, tmp_path_factory: pytest.TempPathFactory
) -> Passes:
    done = Passes(tmp_path_factory.mktemp("parity"), Api(google))
    chance = random.Random(17)
    form: Form = request.param
    lines = messages(done.folder, form.shops)
    chance.shuffle(lines)
    late = int(len(lines) * _LATE)
    more = lines[:late] + chance.sample(lines[late:], _COPIES)
    with serving(done.api) as address:
        batches = {"first": lines[late:], "unchanged": [], "more": more}
        for name in form.passes:
            if batch := batches[name]:
                land(done.folder, name, batch, done.api)
            if name == "first":
                give_both_the_same_hash_key(done.folder, done.api)
            sent_before = len(done.api.jobs.scripts)
            build(done, address, [*_COMMANDS[name], *form.left_out])
            done.scripts_of_last = done.api.jobs.scripts[sent_before:]
            done.nodes = done.nodes or relations(done.folder)
            compare(done, name)
    return done


def build(done: Passes, address: str, command: list[str]) -> None:
    """Run dbt on both engines at once; on DuckDB every build of other tests has its audit."""
    audit = [] if "test" in command else ["--exclude-resource-type", "test"]
    running = project.duckdb(done.folder).start(*command, *audit)
    watched = network.watched(done.folder / "network")
    project.bigquery(done.folder, address).run(*command, **watched)
    running.finished()


def compare(done: Passes, name: str) -> None:
    """Compare every relation, as it is after this pass."""
    on_duckdb = of_duckdb(
        done.folder / "vitrine.duckdb",
        [(str(node.database), node.schema, node.alias) for node in done.nodes],
    )
    done.without_rows = set()
    session = Session(done.api.google, done.api.store, PROJECT)
    for node, expected in zip(done.nodes, on_duckdb, strict=True):
        path = TablePath(PROJECT, f"{DATASET}_{node.schema}", node.alias)
        if not expected.rows:
            done.without_rows.add(node.name)
        found = differences(expected, of_bigquery(session, done.api.store, path))
        if found:
            done.differences[f"{name}: {node.name}"] = found


def test_every_relation_is_the_same_on_both_engines_after_each_pass(
    passes: Passes,
) -> None:
    assert passes.differences == {}
    assert len(passes.nodes) > _MANY


def test_nothing_else_is_compared_without_rows(passes: Passes) -> None:
    assert passes.without_rows - _WITHOUT_ROWS == set()


def test_every_statement_was_executed_not_only_analyzed(passes: Passes) -> None:
    assert passes.api.jobs.not_executed == []


def test_no_connection_leaves_loopback(passes: Passes) -> None:
    seen = network.read(passes.folder / "network")
    assert any(each.event == "socket.connect" for each in seen)
    assert [each for each in seen if not each.is_local] == []


def test_complaint_no_cast_on_a_partition_column_makes_an_increment_scan_a_table_whole(
    passes: Passes,
) -> None:
    pruning = Pruning(passes.api.google, passes.api.store, PROJECT)
    models = {node.unique_id: node for node in passes.nodes}
    judged, unsaid = set(), set()
    for sql in passes.scripts_of_last:
        sender = re.search(r'"node_id": "(model\.[^"]+)"', sql)
        if sender is None:
            continue
        model = models[sender[1]]
        said = model.config.meta.get("scans_whole", {})
        judged.add(model.name)
        statements = passes.api.google.parse(sql)
        is_write = any(statement.kind != "QueryStatement" for statement in statements)
        for path in pruning.whole_scans(sql):
            name = "itself" if path.table == model.alias else path.table
            # What is written is found by narrow queries first, and then by its partitions.
            excused = {"*"} if is_write and name == "itself" else {name, "*"}
            if not path.table.endswith("__dbt_tmp") and not excused & set(said):
                unsaid.add((model.name, name))
    assert len(judged) > _MANY
    assert unsaid == set()


def test_descriptions_labels_policy_tags_partitions_and_clusters_reach_bigquery(
    passes: Passes,
) -> None:
    def table(layer: str, name: str) -> Table:
        return passes.api.store.table(TablePath(PROJECT, f"{DATASET}_{layer}", name))

    orders = table("marts", "fct_orders")
    assert "One row per order" in orders.properties["description"]
    assert orders.properties["labels"] == {"project": "vitrine", "layer": "marts"}
    assert orders.properties["timePartitioning"]["field"] == "order_date"
    assert orders.properties["clustering"]["fields"]
    assert orders.column("ordered_at").properties["description"] == "When it was ordered, UTC."
    email = table("pii", "customer_contacts").column("email")
    assert email.properties["policyTags"] == {"names": [POLICY_TAG]}


def give_both_the_same_hash_key(folder: Path, api: Api) -> None:
    """Keyed hashes are the same under one key only; each warehouse would make its own."""
    with duck.connect(str(folder / "vitrine_pii.duckdb")) as connection:
        connection.execute("create schema pii")
        connection.execute("create table pii.hash_keys as select 'a key of this test' as hash_key")
    Session(api.google, api.store, PROJECT).run(
        f"create schema `{PROJECT}.{DATASET}_pii`;"
        f"create table `{PROJECT}.{DATASET}_pii.hash_keys` as"
        " select 'a key of this test' as hash_key;"
    )
