"""Similar SKUs and recommendations over 1.5 million sold lines, by the models' own SQL.

The time is that of a whole process, in which dbt compiles them first.
"""

import argparse
import os
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

import duckdb

from benchmarks.report import report, run_measured
from recommendations.past import Past
from recommendations.weights import read_weights

_PROJECT = Path(__file__).parents[1]
_SECONDS = 60
_PEAK_MIB = 2 * 1024
_LAST_DAY = date(2024, 4, 30)
# Few SKUs sell much, most hardly at all, and each customer has some that come again.
_SALES = """
create table marts.fct_sales as
with lines as (
    select
        range as line,
        cast(floor(pow(random(), 1.5) * $lines / 9) as bigint) as sale,
        random() as taste,
        random() as sku
    from range($lines)
)
select
    'r' || sale as sale_id,
    line as line_number,
    'store' as channel,
    'c' || (sale * 7919) % 2500 as customer_id,
    'k' || cast(
        case when taste < 0.4 then hash((sale * 7919) % 2500, floor(30 * sku)) % 4000
        else floor(90000 * pow(sku, 4)) end as bigint
    ) as sku_id,
    's' || sale % 300 as store_id,
    'BRL' as currency_code,
    cast(1 as decimal(38, 9)) as unit_count,
    cast(5 as decimal(38, 9)) as net_amount,
    $last_day - cast((sale * 104729) % 365 as integer) as sale_date
from lines
"""
_OTHERS = (
    "create table marts.dim_skus as select distinct sku_id, sku_id as sku_name, "
    "cast(null as varchar) as product_id, cast(null as varchar) as category_id, "
    "cast(null as varchar) as category_name, cast(null as varchar) as department_id, "
    "cast(null as varchar) as department_name, cast(null as varchar) as brand_name, "
    "cast(null as boolean) as is_active, true as is_current from marts.fct_sales",
    "create table marts.fct_storefront_events (session_id varchar, customer_id varchar, "
    "sku_id varchar, product_id varchar, activity varchar, is_bot boolean, "
    "occurred_date date, occurred_at timestamp)",
    "create table marts.fct_inventory_levels (inventory_date date, sku_id varchar, "
    "warehouse_id varchar, available_units decimal(38, 9), is_unlimited boolean)",
    "create table speed.known_store_warehouses (store_id varchar, warehouse_id varchar)",
    "create table seeds.recommendation_exclusions (attribute varchar, excluded_value varchar)",
)


def main(arguments: list[str] | None = None) -> None:
    """Make sales in a temporary folder and measure a run over them; prints two results."""
    parser = argparse.ArgumentParser(prog="benchmarks recommendations", description=__doc__)
    parser.add_argument("--lines", type=int, default=1_500_000, help="sold lines")
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.run:
        _run(options.run)
        return
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as name:
        folder = Path(name)
        _sell(folder / "published.duckdb", options.lines)
        command = [sys.executable, "-m", "benchmarks.recommendations", "--run", name]
        seconds, peak, _ = run_measured(command, os.environ)
    report(
        f"recommendations_{options.lines}", seconds, "s", against="a minute",
        ratio=seconds / _SECONDS, target="<= 1", met=seconds <= _SECONDS,
    )  # fmt: skip
    report(
        "recommendations_peak_memory", peak, "MiB", against="2 GiB", ratio=peak / _PEAK_MIB,
        target="<= 1", met=peak <= _PEAK_MIB,
    )  # fmt: skip


def _sell(path: Path, lines: int) -> None:
    with duckdb.connect(path) as connection:
        connection.execute("create schema marts; create schema speed; create schema seeds")
        connection.execute("set threads = 1; select setseed(0.5)")
        connection.execute(_SALES, {"lines": lines, "last_day": _LAST_DAY})
        for statement in _OTHERS:
            connection.execute(statement)


def _run(folder: Path) -> None:
    past = Past(folder / "published.duckdb", _PROJECT, folder)
    weights = read_weights(_PROJECT)
    past.connection.execute("set threads = 2; set memory_limit = '1200MB'")
    past.cut(_LAST_DAY + timedelta(days=1))
    past.find_similar(weights)
    past.find_candidates(weights)
    past.recommend(weights, new_only=False)
    past.explain()


if __name__ == "__main__":
    main()
