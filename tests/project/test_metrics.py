"""The semantic layer's metrics, asked by MetricFlow, are what SQL on the marts gives."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.semantic_manifest import SemanticManifest
from metricflow.data_table.mf_table import MetricFlowDataTable
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import (
    parse_manifest_from_dbt_generated_manifest,
)
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

from tests.forks import PROJECT
from tests.project.nights import Nights
from warehouse.parsed import parsed

# Clocks may say anything; Python's dates, and what a shop asks for, are of here and now.
_FIRST, _LAST = date(2020, 1, 1), date(2029, 12, 31)
# What each metric is, as a person would ask for it: an expression, a relation and its day.
_SALES = ("marts.fct_sales", "sale_date")
_ORDERS = ("marts.fct_orders", "order_date")
_RETURNS = ("marts.fct_returns where is_refunded and is_revenue", "refund_date")
_SESSIONS = ("marts.fct_sessions where not is_bot", "session_date")
_BUYERS = ("aggregates.agg_customers", "first_sale_date")
_SIMPLE = {
    "gross_revenue": ("sum(gross_amount)", *_SALES),
    "discounts": ("sum(discount_amount)", *_SALES),
    "net_revenue": ("sum(net_amount)", *_SALES),
    "units_sold": ("sum(unit_count)", *_SALES),
    "orders": ("count(distinct sale_id)", *_SALES),
    "customers": ("count(distinct customer_id)", *_SALES),
    "average_ticket": ("sum(net_amount)::double / count(distinct sale_id)", *_SALES),
    "units_per_order": ("sum(unit_count)::double / count(distinct sale_id)", *_SALES),
    "placed_orders": ("count(distinct sale_id)", *_ORDERS),
    "cancelled_orders": ("count(distinct sale_id) filter (is_cancelled)", *_ORDERS),
    "paid_orders": ("count(distinct sale_id) filter (is_revenue)", *_ORDERS),
    "cancellation_rate": (
        "count(distinct sale_id) filter (is_cancelled) / count(distinct sale_id)", *_ORDERS,
    ),
    "payment_rate": (
        "count(distinct sale_id) filter (is_revenue) / count(distinct sale_id)", *_ORDERS,
    ),
    "refunds": ("sum(returned_amount)", *_RETURNS),
    "units_returned": ("sum(returned_unit_count)", *_RETURNS),
    "sessions": ("count(*)", *_SESSIONS),
    "sessions_with_cart": ("nullif(count_if(has_carted), 0)", *_SESSIONS),
    "sessions_with_order": ("nullif(count_if(has_ordered), 0)", *_SESSIONS),
    "conversion": ("nullif(count_if(has_ordered), 0) / count(*)", *_SESSIONS),
    "cart_conversion": (
        "nullif(count_if(has_ordered), 0) / nullif(count_if(has_carted), 0)", *_SESSIONS,
    ),
    "new_customers": ("count(distinct customer_id)", *_BUYERS),
}  # fmt: skip
# Those of two relations: metrics of above, and what is made of them.
_OF_TWO = {
    "return_rate": ("refunds", "net_revenue", lambda one, other: one / other),
    "repeat_customers": ("customers", "new_customers", lambda one, other: one - other),
}


class Client:
    """What MetricFlow asks of a database: the published file, as a reader has it."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()

    def __init__(self, warehouse: Path) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(f"attach '{warehouse}' as vitrine (read_only)")
        self.connection.execute("use vitrine")

    def query(self, stmt: str, sql_bind_parameter_set: object = None) -> MetricFlowDataTable:
        result = self.connection.execute(stmt)
        names = [column[0] for column in result.description]
        return MetricFlowDataTable.create_from_rows(names, result.fetchall())


@pytest.fixture(scope="module")
def client(nights: Nights) -> Client:
    return Client(nights.house.warehouse)


@pytest.fixture(scope="module")
def engine(
    client: Client, nights: Nights, tmp_path_factory: pytest.TempPathFactory
) -> MetricFlowEngine:
    """MetricFlow over the project as the nights' builds parsed it."""
    target = tmp_path_factory.mktemp("target")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VITRINE_BUILD", str(target / "vitrine.duckdb"))
        patch.setenv("VITRINE_BUILD_PII", str(target / "vitrine_pii.duckdb"))
        words = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT),
                 "--target-path", str(target), "--log-path", str(target)]  # fmt: skip
        manifest = parsed(
            PROJECT, "duckdb", target, lambda: dbtRunner().invoke(["parse", "--quiet", *words])
        )
    assert manifest
    path = target / "semantic_manifest.json"
    SemanticManifest(manifest).write_json_to_file(str(path))
    lookup = SemanticManifestLookup(
        parse_manifest_from_dbt_generated_manifest(manifest_json_string=path.read_text())
    )
    return MetricFlowEngine(lookup, client)


def asked(engine: MetricFlowEngine, metric: str, by: str) -> dict[object, float]:
    """Give a metric by a dimension, where it is anything."""
    request = MetricFlowQueryRequest.create(
        metric_names=[metric],
        group_by_names=[by],
        time_constraint_start=datetime.combine(_FIRST, datetime.min.time()),
        time_constraint_end=datetime.combine(_LAST, datetime.min.time()),
    )
    rows = engine.query(request).result_df.rows
    return {_key(group): float(value) for group, value in rows if value is not None}


def counted(client: Client, metric: str, by: str | None = None) -> dict[object, float]:
    """Give the same by SQL of our own, by month or by a column."""
    expression, relation, day = _SIMPLE[metric]
    group = by or f"date_trunc('month', {day})"
    rows = client.connection.execute(
        f"select {group}, {expression} from {relation}"
        f" {'and' if 'where' in relation else 'where'} {day} between ? and ? group by 1",
        [_FIRST, _LAST],
    ).fetchall()
    return {_key(group): float(value) for group, value in rows if value is not None}


def _key(group: Any) -> object:
    return group.date() if isinstance(group, datetime) else group


def test_every_metric_by_month_is_a_query_on_the_marts(
    engine: MetricFlowEngine, client: Client
) -> None:
    metrics = {metric.name for metric in engine.list_metrics()}
    assert metrics == {*_SIMPLE, *_OF_TWO}
    for metric in sorted(_SIMPLE):
        expected = counted(client, metric)
        assert expected, metric
        assert asked(engine, metric, "metric_time__month") == pytest.approx(expected), metric
    for metric, (one, other, made) in _OF_TWO.items():
        left, right = counted(client, one), counted(client, other)
        expected = {key: made(left[key], right[key]) for key in left.keys() & right.keys()}
        assert asked(engine, metric, "metric_time__month") == pytest.approx(expected), metric


def test_a_metric_can_be_asked_by_what_another_model_knows(
    engine: MetricFlowEngine, client: Client
) -> None:
    by_channel = counted(client, "net_revenue", "channel")
    assert by_channel.keys() == {"web", "store"}
    assert asked(engine, "net_revenue", "sold_line__channel") == pytest.approx(by_channel)
    by_segment = asked(engine, "orders", "customer__segment")
    expected = client.connection.execute(
        "select segment, count(distinct sale_id) from marts.fct_sales"
        " left join aggregates.agg_customers using (customer_id)"
        " where sale_date between ? and ? group by 1",
        [_FIRST, _LAST],
    ).fetchall()
    assert by_segment == dict(expected)
