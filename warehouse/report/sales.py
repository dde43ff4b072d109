"""What was sold."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from warehouse.report.parts import EARLIEST, Column, Facts, Layer, Plot, Section, Table, Tile

# The plot's days, and those that tiles and tables sum up: whole weeks, so that weekdays are alike.
_DAYS = 91
_PERIOD = 28
_TOP = 10
_CHANNELS = (("store", "Shops"), ("web", "Web"))


def sales(facts: Facts) -> Section:
    """Tell of the last weeks, in the currency of most sales; others are told apart, never added."""
    title = "Sales"
    ((last_day,),) = facts.rows(_LAST_DAY, as_of=facts.as_of.date())
    if last_day is None:
        return Section("sales", title, ["Nothing has been sold yet."])
    first_day = last_day - timedelta(days=_DAYS - 1)
    period = {"first_day": last_day - timedelta(days=_PERIOD - 1), "last_day": last_day}
    currencies = facts.rows(_CURRENCIES, first_day=first_day, last_day=last_day)
    currency = currencies[0][0]
    days = facts.rows(_BY_DAY, first_day=first_day, last_day=last_day, currency=currency)
    return Section(
        "sales",
        title,
        [
            f"The {_PERIOD} days to {last_day:%-d %B %Y}, in {currency}, each beside the"
            f" {_PERIOD} days before them."
        ],
        _tiles(facts, last_day, currency),
        [_plot(days, first_day, currency)],
        [
            Table(
                "sales-departments",
                f"What was sold, {_PERIOD} days",
                [
                    Column("Department"),
                    Column("Units", "units"),
                    Column(f"Net, {currency}", "amount", bars=True),
                ],
                facts.rows(_DEPARTMENTS, **period, currency=currency),
            ),
            Table(
                "sales-shops",
                f"Where it was sold, {_PERIOD} days: the first {_TOP}",
                [
                    Column("Shop"),
                    Column("Orders", "count"),
                    Column(f"Net, {currency}", "amount", bars=True),
                ],
                facts.rows(_SHOPS, **period, currency=currency, top=_TOP),
            ),
            *_others(currencies[1:]),
            Table(
                "sales-days",
                f"By day and channel, {_DAYS} days",
                [
                    Column("Day", "day"),
                    Column("Channel"),
                    Column("Orders", "count"),
                    Column("Units", "units"),
                    Column(f"Net, {currency}", "amount"),
                ],
                days,
                is_long=True,
            ),
        ],
    )


def _tiles(facts: Facts, last_day: date, currency: str) -> list[Tile]:
    now, before = (
        facts.rows(
            _TOTALS,
            first_day=last - timedelta(days=_PERIOD - 1),
            last_day=last,
            currency=currency,
        )[0]
        for last in (last_day, last_day - timedelta(days=_PERIOD))
    )
    return [
        Tile("net", "Net revenue", "amount", now[0], currency, before[0]),
        Tile("orders", "Orders", "count", now[1], "", before[1]),
        Tile("ticket", "Average ticket", "amount", now[2], currency, before[2]),
        Tile("units", "Units", "units", now[3], "", before[3]),
        Tile("customers", "Known customers", "count", now[4], "", before[4]),
    ]


def _plot(days: Sequence[tuple[date, str, int, Decimal, Decimal]], first: date, unit: str) -> Plot:
    return Plot(
        "sales-plot",
        "Net revenue by day",
        "amount",
        unit,
        [first + timedelta(days=number) for number in range(_DAYS)],
        [
            Layer(name, {day: net for day, one, _, _, net in days if one == channel})
            for channel, name in _CHANNELS
        ],
    )


def _others(currencies: Sequence[tuple[str, int, Decimal]]) -> list[Table]:
    if not currencies:
        return []
    return [
        Table(
            "sales-currencies",
            f"In other currencies, {_DAYS} days",
            [Column("Currency"), Column("Orders", "count"), Column("Net", "amount")],
            currencies,
        )
    ]


# Tills' clocks may be ahead: what they say of days to come is not the newest.
_LAST_DAY = (
    "select max(sale_date) from marts.fct_sales"  # noqa: S608 (ours)
    f" where sale_date between date '{EARLIEST}' and $as_of"
)
_CURRENCIES = """
    select currency_code, count(distinct sale_id) as order_count, sum(net_amount)
    from marts.fct_sales
    where sale_date between $first_day and $last_day
    group by currency_code
    order by order_count desc, currency_code
"""
_TOTALS = """
    select
        coalesce(sum(net_amount), 0),
        count(distinct sale_id),
        cast(sum(net_amount) / nullif(count(distinct sale_id), 0) as decimal(38, 2)),
        coalesce(sum(unit_count), 0),
        count(distinct customer_id)
    from marts.fct_sales
    where sale_date between $first_day and $last_day and currency_code = $currency
"""
_BY_DAY = """
    select sale_date, channel, count(distinct sale_id), sum(unit_count), sum(net_amount)
    from marts.fct_sales
    where sale_date between $first_day and $last_day and currency_code = $currency
    group by sale_date, channel
    order by sale_date desc, channel
"""
_DEPARTMENTS = """
    select
        coalesce(skus.department_name, '(no department)') as department_name,
        sum(sales.unit_count),
        sum(sales.net_amount) as net_amount
    from marts.fct_sales as sales
    left join marts.dim_skus as skus on sales.sku_key = skus.sku_key
    where sales.sale_date between $first_day and $last_day and sales.currency_code = $currency
    group by department_name
    order by net_amount desc, department_name
"""
_SHOPS = """
    select
        coalesce(stores.store_name, sales.store_id, '(no shop: delivered)') as store_name,
        count(distinct sales.sale_id),
        sum(sales.net_amount) as net_amount
    from marts.fct_sales as sales
    left join marts.dim_stores as stores on sales.store_id = stores.store_id
    where sales.sale_date between $first_day and $last_day and sales.currency_code = $currency
    group by sales.store_id, stores.store_name
    order by net_amount desc, sales.store_id nulls last
    limit $top
"""
