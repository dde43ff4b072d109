"""The dashboard as code: what each chart asks of the published tables, and where it stands.

`assets` gives what Superset imports. Ids are hashes of names, so importing it again replaces it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import yaml

SLUG = "vitrine"
_DATABASE = "Vitrine"
_BARS = "echarts_timeseries_bar"
_WITH_CENTS = ("discount_amount", "net_amount", "average_daily_units")


@dataclass(frozen=True)
class Dataset:
    """A query on the published tables, and its columns with their types."""

    name: str
    sql: str
    columns: dict[str, str]


@dataclass(frozen=True)
class Chart:
    """A chart of a dataset; `width` is of twelve columns, `height` in rows of eight pixels."""

    title: str
    dataset: Dataset
    viz_type: str
    width: int
    height: int
    params: dict[str, Any]


# Of the currency of most sales, so that no two are added.
_MAIN = """currency_code = (
    select currency_code from marts.fct_sales
    group by currency_code
    order by count(distinct sale_id) desc, currency_code
    limit 1
)"""

SALES = Dataset(
    "sales",
    f"""
select sale_date, channel, sale_id, net_amount, unit_count, customer_id,
    coalesce(skus.department_name, '(none)') as department_name
from marts.fct_sales as sales
left join marts.dim_skus as skus on sales.sku_key = skus.sku_key
where sales.{_MAIN}
    and sale_date > (select max(sale_date) from marts.fct_sales) - 91
""",  # noqa: S608 (ours)
    {
        "sale_date": "DATE", "channel": "VARCHAR", "sale_id": "VARCHAR", "net_amount": "DECIMAL",
        "unit_count": "DECIMAL", "customer_id": "VARCHAR", "department_name": "VARCHAR",
    },
)  # fmt: skip
CAMPAIGNS = Dataset(
    "campaigns",
    f"""
select attribution, coalesce(campaign_name, campaign_id) as campaign, order_count,
    new_customer_count, discount_amount, net_amount
from aggregates.agg_campaigns
where {_MAIN}
""",  # noqa: S608 (ours)
    {
        "attribution": "VARCHAR", "campaign": "VARCHAR", "order_count": "BIGINT",
        "new_customer_count": "BIGINT", "discount_amount": "DECIMAL", "net_amount": "DECIMAL",
    },
)  # fmt: skip
FUNNEL = Dataset(
    "funnel",
    """
select step, session_count
from (
    select sum(session_count) as "1 visited", sum(viewed_session_count) as "2 viewed a product",
        sum(carted_session_count) as "3 put it in the cart",
        sum(checkout_session_count) as "4 began the checkout",
        sum(ordered_session_count) as "5 ordered"
    from aggregates.agg_daily_funnel
)
unpivot (session_count for step in (
    "1 visited", "2 viewed a product", "3 put it in the cart", "4 began the checkout", "5 ordered"
))
""",
    {"step": "VARCHAR", "session_count": "BIGINT"},
)
STOCK = Dataset(
    "stock",
    """
select cover.sku_id, coalesce(skus.sku_name, cover.sku_id) as sku, cover.available_units,
    cover.average_daily_units, cover.days_of_cover, cover.expected_stock_out_date
from aggregates.agg_stock_cover as cover
left join marts.dim_skus as skus on cover.sku_key = skus.sku_key
where cover.days_of_cover is not null
order by cover.days_of_cover, cover.sku_id
limit 20
""",
    {
        "sku_id": "VARCHAR", "sku": "VARCHAR", "available_units": "DECIMAL",
        "average_daily_units": "DECIMAL", "days_of_cover": "DECIMAL",
        "expected_stock_out_date": "DATE",
    },
)  # fmt: skip
SUGGESTIONS = Dataset(
    "suggestions",
    """
select coalesce(stores.store_name, suggestions.store_id) as store, suggestions.reason_code,
    suggestions.customer_id
from activation.contact_suggestions as suggestions
left join marts.dim_stores as stores on suggestions.store_id = stores.store_id
""",
    {"store": "VARCHAR", "reason_code": "VARCHAR", "customer_id": "VARCHAR"},
)
DATASETS = (SALES, CAMPAIGNS, FUNNEL, STOCK, SUGGESTIONS)


def _metric(sql: str, label: str) -> dict[str, Any]:
    return {"expressionType": "SQL", "sqlExpression": sql, "label": label, "hasCustomLabel": True}


def _number(title: str, sql: str, label: str, written: str) -> Chart:
    params = {"metric": _metric(sql, label), "y_axis_format": written, "header_font_size": 0.4}
    return Chart(title, SALES, "big_number_total", 4, 18, params)


def _bars(**params: Any) -> dict[str, Any]:  # noqa: ANN401 (Superset's)
    return {
        "row_limit": 10000, "show_legend": True, "legendOrientation": "top", "stack": "Stack",
        "y_axis_format": ",.0f", "rich_tooltip": True, "truncateYAxis": False,
        "color_scheme": "supersetColors", **params,
    }  # fmt: skip


def _rows(columns: list[str], order_by: str, *, ascending: bool) -> dict[str, Any]:
    order = "true" if ascending else "false"
    return {
        "query_mode": "raw", "all_columns": columns, "row_limit": 1000, "show_cell_bars": True,
        "order_by_cols": [f'["{order_by}", {order}]'], "server_pagination": False,
        "table_timestamp_format": "%Y-%m-%d", "include_search": False,
        "column_config": {
            name: {"d3NumberFormat": ",.2f" if name in _WITH_CENTS else ",.0f"} for name in columns
        },
    }  # fmt: skip


_NET = _metric("sum(net_amount)", "Net revenue")
ROWS: tuple[tuple[Chart, ...], ...] = (
    (
        _number("Net revenue, 91 days", "sum(net_amount)", "Net revenue", ",.2f"),
        _number("Orders, 91 days", "count(distinct sale_id)", "Orders", ",.0f"),
        _number("Average ticket, 91 days", "sum(net_amount) / count(distinct sale_id)",
                "Average ticket", ",.2f"),
    ),
    (
        Chart("Net revenue by day", SALES, _BARS, 12, 46, _bars(
            x_axis="sale_date", time_grain_sqla="P1D", metrics=[_NET], groupby=["channel"],
        )),
    ),
    (
        Chart("Net revenue by department", SALES, _BARS, 6, 50, _bars(
            x_axis="department_name", metrics=[_NET], groupby=[], orientation="horizontal",
            x_axis_sort="Net revenue", x_axis_sort_asc=True, show_legend=False,
        )),
        Chart("Visits that came so far", FUNNEL, "funnel", 6, 50, {
            "groupby": ["step"], "metric": _metric("sum(session_count)", "Visits"),
            "row_limit": 10, "sort_by_metric": True, "number_format": ",.0f",
            "label_type": 5, "show_legend": False, "color_scheme": "supersetColors",
        }),
    ),
    (
        Chart("Campaigns", CAMPAIGNS, "table", 12, 50, _rows(
            ["attribution", "campaign", "order_count", "new_customer_count", "discount_amount",
             "net_amount"], "net_amount", ascending=False,
        )),
    ),
    (
        Chart("Stock that ends first", STOCK, "table", 7, 50, _rows(
            ["sku", "available_units", "average_daily_units", "days_of_cover",
             "expected_stock_out_date"], "days_of_cover", ascending=True,
        )),
        Chart("Whom shops should contact, and why", SUGGESTIONS, _BARS, 5, 50, _bars(
            x_axis="store", metrics=[_metric("count(*)", "Customers")], groupby=["reason_code"],
            orientation="horizontal",
        )),
    ),
)  # fmt: skip


def assets(warehouse: Path) -> dict[str, str]:
    """Give the files that Superset imports: databases, datasets, charts and the dashboard."""
    database = {
        "database_name": _DATABASE, "sqlalchemy_uri": f"duckdb:///{warehouse}",
        "expose_in_sqllab": True, "allow_dml": False, "uuid": _uuid("database"), "version": "1.0.0",
        "extra": {"engine_params": {"connect_args": {"read_only": True}}},
    }  # fmt: skip
    files: dict[str, Any] = {
        "metadata.yaml": {"version": "1.0.0", "type": "assets", "timestamp": "2024-01-01T00:00:00"},
        "databases/vitrine.yaml": database,
        "dashboards/vitrine.yaml": _dashboard(),
    }
    for dataset in DATASETS:
        files[f"datasets/vitrine/{dataset.name}.yaml"] = _dataset(dataset)
    for chart in _charts():
        files[f"charts/{_uuid(chart.title)}.yaml"] = _chart(chart)
    return {name: yaml.safe_dump(content, sort_keys=False) for name, content in files.items()}


def _charts() -> list[Chart]:
    return [chart for row in ROWS for chart in row]


def _uuid(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"vitrine/superset/{name}"))


def _dataset(dataset: Dataset) -> dict[str, Any]:
    times = [name for name, kind in dataset.columns.items() if kind == "DATE"]
    return {
        "table_name": dataset.name, "sql": dataset.sql.strip(), "uuid": _uuid(dataset.name),
        "main_dttm_col": times[0] if times else None, "schema": None, "version": "1.0.0",
        "database_uuid": _uuid("database"), "metrics": [],
        "columns": [
            {"column_name": name, "type": kind, "is_dttm": kind == "DATE", "is_active": True,
             "groupby": True, "filterable": True,
             "verbose_name": name.replace("_", " ").capitalize()}
            for name, kind in dataset.columns.items()
        ],
    }  # fmt: skip


def _chart(chart: Chart) -> dict[str, Any]:
    return {
        "slice_name": chart.title, "viz_type": chart.viz_type, "uuid": _uuid(chart.title),
        "dataset_uuid": _uuid(chart.dataset.name), "version": "1.0.0", "cache_timeout": None,
        "params": {"viz_type": chart.viz_type, "adhoc_filters": [], **chart.params},
    }  # fmt: skip


def _dashboard() -> dict[str, Any]:
    position: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": [], "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": "Vitrine"}},
    }
    for number, row in enumerate(ROWS):
        row_id = f"ROW-{number}"
        position["GRID_ID"]["children"].append(row_id)
        position[row_id] = {
            "type": "ROW", "id": row_id, "children": [f"CHART-{_uuid(one.title)}" for one in row],
            "parents": ["ROOT_ID", "GRID_ID"], "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }  # fmt: skip
        for chart in row:
            chart_id = f"CHART-{_uuid(chart.title)}"
            position[chart_id] = {
                "type": "CHART", "id": chart_id, "children": [],
                "parents": ["ROOT_ID", "GRID_ID", row_id],
                "meta": {"uuid": _uuid(chart.title), "width": chart.width, "height": chart.height,
                         "sliceName": chart.title, "chartId": 0},
            }  # fmt: skip
    return {
        "dashboard_title": "Vitrine", "slug": SLUG, "uuid": _uuid("dashboard"), "css": "",
        "description": "Sales, campaigns, funnel, stock and suggestions of the published build.",
        "position": position, "metadata": {}, "published": True, "version": "1.0.0",
    }  # fmt: skip
