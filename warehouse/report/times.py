"""How fresh it all is, what came late, and how long it took."""

from datetime import date, timedelta
from decimal import Decimal

import duckdb

from warehouse.report.parts import EARLIEST, Column, Facts, Layer, Plot, Section, Table, Tile

_DAYS = 91
_NIGHTS = 30
_TOP = 10
# What says when things happened: name, fact, and its time.
_NEWEST = (
    ("Orders", "fct_orders", "ordered_at"),
    ("Status changes of orders", "fct_order_status_changes", "changed_at"),
    ("Till receipts", "fct_receipts", "sold_at"),
    ("Visits to the storefront", "fct_storefront_events", "occurred_at"),
    ("Price changes", "fct_price_changes", "valid_from"),
    ("Returns", "fct_returns", "submitted_at"),
)


def freshness(facts: Facts) -> Section:
    """Tell the age of the newest of each thing, and how much landed on each day."""
    query = " union all ".join(
        f"select '{name}' as name, max({column}) as newest_at from marts.{table}"  # noqa: S608 (ours)
        f" where {column} between timestamp '{EARLIEST}' and $as_of"
        for name, table, column in _NEWEST
    )
    newest = facts.rows(
        f"select name, newest_at, {_HOURS} from ({query}) order by newest_at desc nulls last, name",  # noqa: S608 (ours)
        as_of=facts.as_of.replace(tzinfo=None),
    )
    landed = facts.rows(_LANDED, days=_DAYS)
    days = [day for day, _ in reversed(landed)]
    plot = Plot(
        "landed-plot", "Messages landed by day", "count", "", _all_days(days),
        [Layer("Messages", {day: Decimal(count) for day, count in landed})],
    )  # fmt: skip
    return Section(
        "freshness",
        "Freshness",
        [f"The newest of each thing, as of {facts.as_of:%-d %B %Y, %H:%M} UTC."],
        [],
        [plot] if len(days) > 1 else [],
        [
            Table(
                "freshness-newest",
                "The newest of each",
                [Column("What"), Column("Newest, UTC", "time"), Column("Hours before", "hours")],
                newest,
            ),
            Table(
                "freshness-landed",
                f"Messages landed by day, {_DAYS} days",
                [Column("Day, UTC", "day"), Column("Messages", "count", bars=True)],
                landed,
                is_long=True,
            ),
        ],
    )


def late_arrivals(facts: Facts) -> Section:
    """Tell what landed after the night run of its day, so that a later build corrected the day."""
    by_day = facts.rows(_LATE_DAYS, as_of=facts.as_of.date(), days=_DAYS)
    contracts = facts.rows(_LATE_CONTRACTS)
    title = "Late arrivals"
    if not contracts:
        return Section("late", title, ["The shops have sent nothing yet."])
    days = _all_days([day for day, _, _ in reversed(by_day)])
    return Section(
        "late",
        title,
        [
            "What the shops sent that landed after the night run of its day. The next build mends"
            " the day. A history that is landed at once is late as a whole."
        ],
        [
            Tile("late-messages", "Messages of the shops", "count", sum(r[1] for r in contracts)),
            Tile("late-late", "Came late", "count", sum(row[2] for row in contracts)),
        ],
        [
            Plot(
                "late-plot", "Messages of the shops by day of the event", "count", "", days,
                [
                    Layer("In time", {day: Decimal(count - late) for day, count, late in by_day}),
                    Layer("Late", {day: Decimal(late) for day, _, late in by_day}),
                ],
            )
        ],
        [
            Table(
                "late-contracts",
                "By contract",
                [
                    Column("Contract"), Column("Messages", "count"), Column("Late", "count"),
                    Column("Share late", "share", bars=True), Column("Latest, hours", "hours"),
                ],
                contracts,
            ),
            Table(
                "late-shops",
                f"By shop: the {_TOP} with most late",
                [
                    Column("Shop"), Column("Messages", "count"), Column("Late", "count"),
                    Column("Share late", "share", bars=True), Column("Latest, hours", "hours"),
                ],
                facts.rows(_LATE_SHOPS, top=_TOP),
                is_long=True,
            ),
            Table(
                "late-days",
                f"By day of the event, {_DAYS} days",
                [Column("Day", "day"), Column("Messages", "count"), Column("Late", "count")],
                by_day,
                is_long=True,
            ),
        ],
    )  # fmt: skip


def run_times(facts: Facts) -> Section:
    """Tell how long the build took and where, and how builds and nights before it did."""
    build = facts.builds[0]
    seconds = round((build.finished_at - build.started_at).total_seconds(), 3)
    layers, slowest = facts.rows(_LAYERS), facts.rows(_SLOWEST, top=_TOP)
    nights, unread = _nights(facts)
    plot = Plot(
        "nights-plot", "Seconds of each night run", "seconds", "s",
        _all_days([row[0] for row in reversed(nights)]),
        [Layer("Seconds", {row[0]: Decimal(str(row[3] or 0)) for row in nights})],
    )  # fmt: skip
    return Section(
        "runs",
        "Run times",
        [
            "Models and tests run side by side, so their seconds add up to more than the build"
            " takes; the rest of it is parsing, copying and publishing.",
            *unread,
        ],
        [
            Tile("build-seconds", "This build", "seconds", seconds, "seconds"),
            Tile("build-steps", "Models and tests", "count", sum(row[1] for row in layers)),
        ],
        [plot] if len(plot.days) > 1 else [],
        [
            Table(
                "runs-layers",
                "Where the time went",
                [
                    Column("Layer"), Column("Steps", "count"),
                    Column("Seconds", "seconds", bars=True),
                ],
                layers,
            ),
            Table(
                "runs-slowest",
                f"The {_TOP} slowest models",
                [Column("Layer"), Column("Model"), Column("Seconds", "seconds", bars=True)],
                slowest,
            ),
            Table(
                "runs-builds",
                "Builds that are kept",
                [
                    Column("Build"), Column("As of, UTC", "time"), Column("Started, UTC", "time"),
                    Column("Seconds", "seconds"), Column("Messages", "count"),
                ],
                [
                    (
                        one.build_id, one.as_of, one.started_at,
                        round((one.finished_at - one.started_at).total_seconds(), 3), one.landed,
                    )
                    for one in facts.builds
                ],
                is_long=True,
            ),
            *_night_tables(nights),
        ],
    )  # fmt: skip


def _nights(facts: Facts) -> tuple[list[tuple[date, str, str | None, float | None]], list[str]]:
    """Give the nights, and a sentence if their journal, which lies beside the file, is missing."""
    try:
        return facts.rows(_NIGHT_RUNS, nights=_NIGHTS), []
    except (duckdb.CatalogException, duckdb.IOException):
        return [], ["The journal of night runs is not beside the warehouse, so they are not here."]


def _night_tables(nights: list[tuple[date, str, str | None, float | None]]) -> list[Table]:
    if not nights:
        return []
    columns = [
        Column("Night", "day"),
        Column("Outcome"),
        Column("Reason"),
        Column("Seconds", "seconds", bars=True),
    ]
    return [Table("runs-nights", f"Night runs, the last {_NIGHTS}", columns, nights, is_long=True)]


def _all_days(days: list[date]) -> list[date]:
    """Fill in the days between, on which nothing came."""
    if not days:
        return []
    return [days[0] + timedelta(days=number) for number in range((days[-1] - days[0]).days + 1)]


# Tenths are full: what is not yet a tenth of an hour old is none.
_HOURS = "date_diff('microsecond', newest_at, $as_of) // 360000000 / 10"
_LANDED = """
    select landed_date, sum(landed)
    from validation.message_ledger
    where landed_date > (select max(landed_date) from validation.message_ledger) - $days
    group by landed_date
    order by landed_date desc
"""
_LATE_DAYS = """
    with known as (from validation.late_arrivals where event_date <= $as_of)
    select event_date, sum(message_count), sum(late_count)
    from known
    where event_date > (select max(event_date) from known) - $days
    group by event_date
    order by event_date desc
"""
_LATE_CONTRACTS = """
    select
        contract, sum(message_count), sum(late_count) as late_count,
        sum(late_count) / sum(message_count), max(maximum_hours_late)
    from validation.late_arrivals
    group by contract
    order by late_count desc, contract
"""
_LATE_SHOPS = """
    select
        coalesce(stores.store_name, late.store_id) as store_name, sum(late.message_count),
        sum(late.late_count) as late_count, sum(late.late_count) / sum(late.message_count),
        max(late.maximum_hours_late)
    from validation.late_arrivals as late
    left join marts.dim_stores as stores on late.store_id = stores.store_id
    where late.store_id is not null
    group by late.store_id, stores.store_name
    having late_count > 0
    order by late_count desc, late.store_id
    limit $top
"""
_LAYERS = """
    select
        if(kind = 'test', 'tests', schema_name) as layer, count(*),
        round(sum(seconds), 3) as seconds
    from validation.build_steps
    group by layer
    order by seconds desc, layer
"""
_SLOWEST = """
    select schema_name, step, seconds
    from validation.build_steps
    where kind <> 'test'
    order by seconds desc, step
    limit $top
"""
_NIGHT_RUNS = """
    select night_date, state, reason, seconds
    from validation.night_runs
    where night_date > (select max(night_date) from validation.night_runs) - $nights
    qualify row_number() over (partition by night_date order by started_at desc) = 1
    order by night_date desc
"""
