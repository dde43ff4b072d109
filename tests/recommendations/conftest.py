"""A small shop whose customers have habits, published as `vitrine build` publishes."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

BUILD = "20240501T120000000000Z"
LAST_DAY = date(2024, 4, 30)
DAYS = 40


def publish(warehouse: Path, days: int = DAYS) -> None:
    """Each of eight customers buys a SKU of their own every fourth day, and bread on some days."""
    file = warehouse.with_stem(f"{warehouse.stem}-{BUILD}")
    with duckdb.connect(file) as connection:
        for statement in [
            "create schema marts; create schema speed; create schema seeds",
            "create table marts.fct_sales (sale_id varchar, line_number bigint, channel varchar, "
            "customer_id varchar, sku_id varchar, store_id varchar, currency_code varchar, "
            "unit_count decimal(38, 9), net_amount decimal(38, 9), sale_date date)",
            "create table marts.dim_skus as select 'sku' || range as sku_id, "
            "'Produto ' || range as sku_name, null::varchar as product_id, "
            "null::varchar as category_id, null::varchar as category_name, "
            "null::varchar as department_id, null::varchar as department_name, "
            "null::varchar as brand_name, null::boolean as is_active, true as is_current "
            "from range(20)",
            "create table marts.fct_storefront_events (session_id varchar, customer_id varchar, "
            "sku_id varchar, product_id varchar, activity varchar, is_bot boolean, "
            "occurred_date date, occurred_at timestamp)",
            "create table marts.fct_inventory_levels (inventory_date date, sku_id varchar, "
            "warehouse_id varchar, available_units decimal(38, 9), is_unlimited boolean)",
            "create table speed.known_store_warehouses (store_id varchar, warehouse_id varchar)",
            "create table seeds.recommendation_exclusions "
            "(attribute varchar, excluded_value varchar)",
        ]:
            connection.execute(statement)
        lines = []
        for back in range(days):
            day = LAST_DAY - timedelta(days=back)
            for customer in range(8):
                if (back + customer) % 4 == 0:
                    skus = [f"sku{customer}", f"sku{10 + customer % 4}"]
                    if (back + customer) % 8 == 0:
                        skus.append("sku19")
                    lines += [
                        (
                            f"{day}-{customer}",
                            number,
                            "store",
                            f"c{customer}",
                            sku,
                            "s",
                            "BRL",
                            1,
                            5,
                            day,
                        )
                        for number, sku in enumerate(skus, 1)
                    ]
        connection.executemany(
            "insert into marts.fct_sales values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", lines
        )
    warehouse.symlink_to(file.name)


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The link of the published warehouse."""
    path = tmp_path_factory.mktemp("published") / "vitrine.duckdb"
    publish(path)
    return path
