"""The report in a real browser: legible anywhere, each of its figures a query on the marts."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.browser import Browser, require_chromium
from tests.project.conftest import AskedHouse, House
from tests.project.nights import Nights

# What is shown of each table, as whole as the page knows it.
_TABLES = """Object.fromEntries([...document.querySelectorAll('table')].map((table) => [table.id,
  [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => {
    const figure = cell.querySelector('data, time');
    return figure ? figure.value ?? figure.dateTime : cell.textContent;
  }))]))"""
_TILES = """Object.fromEntries([...document.querySelectorAll('.tile')].map((tile) => [tile.id,
  [...tile.querySelectorAll('data')].map((figure) => figure.value)]))"""
_PLOTS = """Object.fromEntries([...document.querySelectorAll('figure')].map((figure) => [figure.id,
  ['.wide', '.narrow'].map((size) => [...figure.querySelectorAll(`${size} rect > title`)]
    .map((title) => [title.textContent, title.parentElement.height.baseVal.value]))]))"""
_WRITTEN = "[...document.querySelectorAll('data')].map((one) => [one.value, one.textContent])"
_NO_NAME = """[...document.querySelectorAll('section, figure, .scroll, table')].filter((one) =>
  !one.getAttribute('aria-label') && !document.getElementById(one.getAttribute('aria-labelledby'))
  && !one.caption?.textContent.trim()).length"""

_LAST_28 = "sale_date between (select d from last) - 27 and (select d from last)"
_BEFORE_28 = "sale_date between (select d from last) - 55 and (select d from last) - 28"
_LAST_91 = "sale_date between (select d from last) - 90 and (select d from last)"
# The last day sold, by the build's date, and the currency of most sales until then.
_WITH = """
    with build as (from validation.published_build),
    last as (select max(sale_date) as d from marts.fct_sales, build where sale_date <= as_of::date),
    main as (
        select currency_code as c from marts.fct_sales, last where sale_date between d - 90 and d
        group by 1 order by count(distinct sale_id) desc, 1 limit 1
    ),
    sold as (from marts.fct_sales where currency_code = (select c from main))
"""
_TOTALS = """
    sum(net_amount), count(distinct sale_id),
    (sum(net_amount) / count(distinct sale_id))::decimal(38, 2), sum(unit_count),
    count(distinct customer_id)
"""
# Each table's rows, asked in other words than the report's where there are any.
_TABLE_QUERIES = {
    "sales-departments": f"""
        select coalesce(department_name, '(no department)') as d, sum(unit_count), sum(net_amount)
        from sold left join marts.dim_skus using (sku_key) where {_LAST_28} group by 1
        order by 3 desc, 1
    """,
    "sales-shops": f"""
        select coalesce(any_value(store_name), store_id, '(no shop: delivered)'),
            count(distinct sale_id), sum(net_amount)
        from sold left join marts.dim_stores using (store_id) where {_LAST_28} group by store_id
        order by 3 desc, store_id limit 10
    """,
    "sales-currencies": f"""
        select currency_code, count(distinct sale_id), sum(net_amount)
        from marts.fct_sales where {_LAST_91} and currency_code <> (select c from main)
        group by 1 order by 2 desc, 1
    """,
    "sales-days": f"""
        select sale_date, channel, count(distinct sale_id), sum(unit_count), sum(net_amount)
        from sold where {_LAST_91} group by 1, 2 order by 1 desc, 2
    """,
    "ledger-contracts": """
        select contract, sum(landed), sum(loaded), sum(superseded), sum(duplicates), sum(rejected),
            sum(redelivered), max(landed_date)
        from validation.message_ledger group by 1 order by 2 desc, 1
    """,
    "ledger-rejections": """
        select contract, rejection_reason, count(*) from validation.rejected_messages
        group by 1, 2 order by 3 desc, 1, 2 limit 12
    """,
    "reconciliation-checks": """
        select check_name, expected, actual, difference, 'agrees'
        from validation.reconciliation where is_ok order by 1
    """,
    "freshness-newest": """
        , newest(name, newest_at) as (
            select 'Orders', max(ordered_at) from marts.fct_orders, build where ordered_at <= as_of
            union all select 'Status changes of orders', max(changed_at)
            from marts.fct_order_status_changes, build where changed_at <= as_of
            union all select 'Till receipts', max(sold_at)
            from marts.fct_receipts, build where sold_at <= as_of
            union all select 'Visits to the storefront', max(occurred_at)
            from marts.fct_storefront_events, build where occurred_at <= as_of
            union all select 'Price changes', max(valid_from)
            from marts.fct_price_changes, build where valid_from <= as_of
            union all select 'Returns', max(submitted_at)
            from marts.fct_returns, build where submitted_at <= as_of
        )
        select name, newest_at, datediff('microsecond', newest_at, as_of) // 360000000 / 10
        from newest, build
        order by newest_at desc nulls last, name
    """,
    "freshness-landed": """
        select landed_date, sum(landed) from validation.message_ledger
        where landed_date > (select max(landed_date) - 91 from validation.message_ledger)
        group by 1 order by 1 desc
    """,
    "late-contracts": """
        select contract, sum(message_count), sum(late_count),
            sum(late_count) / sum(message_count), max(maximum_hours_late)
        from validation.late_arrivals group by 1 order by 3 desc, 1
    """,
    "late-shops": """
        select coalesce(any_value(store_name), store_id), sum(message_count), sum(late_count),
            sum(late_count) / sum(message_count), max(maximum_hours_late)
        from validation.late_arrivals left join marts.dim_stores using (store_id)
        where store_id is not null group by store_id having sum(late_count) > 0
        order by 3 desc, store_id limit 10
    """,
    "late-days": """
        select event_date, sum(message_count), sum(late_count)
        from validation.late_arrivals, build where event_date <= as_of::date
        group by 1 qualify event_date > max(event_date) over () - 91 order by 1 desc
    """,
    "runs-layers": """
        select case kind when 'test' then 'tests' else schema_name end, count(*),
            round(sum(seconds), 3)
        from validation.build_steps group by 1 order by 3 desc, 1
    """,
    "runs-slowest": """
        select schema_name, step, seconds from validation.build_steps where kind <> 'test'
        order by 3 desc, 2 limit 10
    """,
}
_TILE_QUERIES = {
    ("net", "orders", "ticket", "units", "customers"): (
        f"select {_TOTALS} from sold where {_LAST_28}",
        f"select {_TOTALS} from sold where {_BEFORE_28}",
    ),
    ("landed", "unaccounted", "rejected"): (
        "select sum(landed), sum(landed - loaded - superseded - duplicates - rejected),"
        " sum(rejected) from validation.message_ledger",
    ),
    ("checks", "checks-right"): (
        "select count(*), count_if(is_ok) from validation.reconciliation",
    ),
    ("late-messages", "late-late"): (
        "select sum(message_count), sum(late_count) from validation.late_arrivals",
    ),
    ("build-seconds", "build-steps"): (
        "select round(epoch(finished_at - started_at), 3),"
        " (select count(*) from validation.build_steps) from build",
    ),
}
_PLOT_QUERIES = {
    "sales-plot": f"""
        select sale_date, if(channel = 'web', 'Web', 'Shops'), sum(net_amount),
            format('{{:t,.2f}} {{}}', sum(net_amount)::decimal(18, 2)::double, any_value(c))
        from sold, main where {_LAST_91} group by all
    """,
    "late-plot": """
        , days as (
            select event_date, sum(message_count - late_count)::bigint as punctual,
                sum(late_count)::bigint as late
            from validation.late_arrivals, build where event_date <= as_of::date
            group by 1 qualify event_date > max(event_date) over () - 91
        )
        select event_date, name, value, format('{:t,}', value) from (
            unpivot days on punctual as 'In time', late as 'Late'
        )
    """,
}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    require_chromium()
    with Browser(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture(scope="module")
def house(nights: Nights) -> House:
    return AskedHouse(nights.house.folder)


@pytest.fixture
def shown(browser: Browser, house: House) -> Iterator[Browser]:
    """The page that the last night's build left, on a desk; it asks for nothing else."""
    browser.urls.clear()
    browser.complaints.clear()
    browser.resize(1280, 900)
    url = house.folder.joinpath("vitrine_report.html").as_uri()
    browser.open(url, is_focused=False)
    yield browser
    assert browser.complaints == []
    assert {one.partition("#")[0] for one in browser.urls} == {url}


def figures(rows: list[tuple[object, ...]]) -> list[list[str]]:
    """Write what a query gave as the page has it for machines."""

    def plain(value: object) -> str:
        match value:
            case None:
                return "\N{EN DASH}"
            case Decimal():
                return f"{value.normalize():f}"
            case datetime():
                return value.replace(tzinfo=UTC).isoformat()
            case date():
                return value.isoformat()
        return str(value)

    return [[plain(value) for value in row] for row in rows]


def ask(house: House, query: str) -> list[tuple[Any, ...]]:
    return house.query(f"{_WITH} {query}")


def test_every_table_is_a_query_on_the_marts(shown: Browser, house: House) -> None:
    tables = shown.value(_TABLES)
    builds = tables.pop("runs-builds")
    expected = {
        name: rows for name, query in _TABLE_QUERIES.items() if (rows := figures(ask(house, query)))
    }
    assert tables.keys() == expected.keys()
    # One table at a time, so that a difference can be read.
    for name, rows in tables.items():
        assert rows == expected[name], name
    record = "select build_id, as_of, started_at, round(epoch(finished_at - started_at), 3), landed"
    [newest] = figures(ask(house, f"{record} from build"))
    assert builds[0] == newest
    assert len(builds) == len(list(house.folder.glob("vitrine-*.duckdb")))


def test_every_tile_is_a_query_on_the_marts(shown: Browser, house: House) -> None:
    expected: dict[str, list[str]] = {}
    for names, queries in _TILE_QUERIES.items():
        for query in queries:
            [row] = figures(ask(house, query))
            for name, value in zip(names, row, strict=True):
                expected.setdefault(name, []).append(value)
    shown_tiles = shown.value(_TILES)
    assert shown_tiles.keys() == expected.keys()
    for name, (now, *before) in expected.items():
        # What there was nothing of before is compared with nothing.
        assert shown_tiles[name] == [
            now,
            *(one for one in before if one not in ("0", "\N{EN DASH}")),
        ]


def test_every_column_of_a_plot_is_a_query_on_the_marts(shown: Browser, house: House) -> None:
    plots = shown.value(_PLOTS)
    landed = ask(house, "select distinct landed_date from validation.message_ledger")
    assert plots.keys() == {*_PLOT_QUERIES, *(["landed-plot"] if len(landed) > 1 else [])}
    for name, query in _PLOT_QUERIES.items():
        rows = [row for row in ask(house, query) if row[2]]
        expected = {
            f"{day:%-d %b %Y}, {layer}: {text}".replace("-", "\N{MINUS SIGN}"): abs(value)
            for day, layer, value, text in rows
        }
        assert expected
        for drawn in plots[name]:
            assert {text for text, _ in drawn} == expected.keys()
            # Columns are as high as what they stand for, to a hundredth of a pixel.
            scale = max(height for _, height in drawn) / float(max(expected.values()))
            wrong = [text for text, height in drawn
                     if abs(height - float(expected[text]) * scale) > 0.02]  # fmt: skip
            assert wrong == []


def test_what_people_read_is_what_machines_do(shown: Browser) -> None:
    pairs = shown.value(_WRITTEN)
    assert len(pairs) > 300
    for value, text in pairs:
        number = text.replace(",", "").replace("\N{MINUS SIGN}", "-")
        read = Decimal(number.rstrip("%")) / (100 if number.endswith("%") else 1)
        places = len(number.rstrip("%").partition(".")[2]) + 2 * number.endswith("%")
        assert abs(read - Decimal(value)) <= Decimal(5) / 10 ** (places + 1), (value, text)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_by_day_and_night_on_a_desk_and_on_a_phone(
    shown: Browser, scheme: str
) -> None:
    preference = {"name": "prefers-color-scheme", "value": scheme}
    shown.call("Emulation.setEmulatedMedia", features=[preference])
    shown.value("document.querySelectorAll('details').forEach((one) => one.open = true)")
    for width, is_phone in ((1280, False), (390, True)):
        shown.resize(width, 844, is_phone=is_phone)
        assert shown.value("document.documentElement.scrollWidth") == width
        assert shown.faint_texts() == []
        assert shown.value(_NO_NAME) == 0
        # One drawing of each plot, and its labels as large as they were meant to be.
        small = """[...document.querySelectorAll('figure text')].filter((one) =>
            one.checkVisibility() && one.getBoundingClientRect().height < 10).length"""
        assert shown.value(small) == 0
    shown.call("Emulation.setEmulatedMedia", features=[])


def test_nothing_personal_is_on_it(shown: Browser, house: House) -> None:
    people = house.query(
        "select distinct unnest([document, email, phone, last_name]) from pii.pii.customer_contacts"
    )
    page = house.folder.joinpath("vitrine_report.html").read_text()
    words = {str(word) for (word,) in people if word}
    assert words
    assert [word for word in words if f">{word}<" in page or (len(word) > 8 and word in page)] == []
    ids = house.query("select distinct customer_id from marts.dim_customers")
    assert [one for (one,) in ids if f">{one}<" in page] == []
