"""The order list: every order of a period, whatever its limits."""

import json
import signal
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.sources.vtex import order_list, orders
from ingestion.sources.vtex.client import Client
from ingestion.sources.vtex.order_list import Window
from tests.vtex import shop as vtex_shop
from tests.vtex.forked import fork
from tests.vtex.server import Faults, serving
from tests.vtex.shop import Order, Shop, simulated_orders
from tests.vtex.support import (
    ListSink,
    account,
    documents,
    environment,
    pull,
    running,
    shop_settings,
)

START = order_list.milliseconds(datetime(2026, 1, 1, tzinfo=UTC))
LONG_AGO = datetime.now(UTC) - timedelta(days=700)


def light_orders(created: list[int]) -> list[Order]:
    """Orders created so many milliseconds after START."""
    return [
        Order(
            f"v{number}",
            START + at,
            [
                json.dumps(
                    {"orderId": f"v{number}", "status": "invoiced", "lastChange": ""}
                ).encode()
            ],
        )
        for number, at in enumerate(created)
    ]


def limit(monkeypatch: pytest.MonkeyPatch, pages: int, per_page: int) -> None:
    """Let the shop list no more than so many pages of so many orders, and its reader know it."""
    for module in (order_list, vtex_shop):
        monkeypatch.setattr(module, "MOST_PAGES", pages)
    monkeypatch.setattr(vtex_shop, "MOST_PER_PAGE", per_page)
    monkeypatch.setattr(order_list, "PER_PAGE", per_page)
    monkeypatch.setattr(order_list, "MOST_ORDERS", pages * per_page)


@st.composite
def creation_times(draw: st.DrawFn) -> list[int]:
    """Creation times in clumps: many in few milliseconds, then nothing for long."""
    clumps = st.tuples(st.integers(0, 10_000), st.integers(0, 3), st.integers(1, 40))
    return [
        at + number % (spread + 1)
        for at, spread, size in draw(st.lists(clumps, max_size=12))
        for number in range(size)
    ]


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(creation_times(), st.integers(1, 3), st.integers(2, 7))
def test_windows_cover_every_order_exactly_once(
    monkeypatch: pytest.MonkeyPatch, created: list[int], pages: int, per_page: int
) -> None:
    limit(monkeypatch, pages, per_page)
    shop = Shop(light_orders(created))
    with serving(shop) as server, Client(shop_settings(server), threading.Event(), 1) as client:
        listings = list(order_list.read(client, Window(START, START + 10_050)))
    ends = {end for each in listings for end in each.window}
    seen = Counter(order_id for each in listings for order_id in each.orders)
    unseen = sum(each.unseen for each in listings)
    for number, at in enumerate(created):
        # In the one instant that two windows share, an order may be in both.
        assert seen[f"v{number}"] <= (2 if START + at in ends else 1)
    missed = [at for number, at in enumerate(created) if not seen[f"v{number}"]]
    # What is not listed was created with too many others, and counted.
    assert len(missed) <= unseen
    for at in missed:
        assert sum(abs(other - at) <= 1 for other in created) > pages * per_page
    if not missed:
        assert set(seen) == {f"v{number}" for number in range(len(created))}


def test_more_orders_in_one_instant_than_vtex_lists_are_counted_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, 3, 10)
    shop = Shop(light_orders([5] * 34 + [70]))
    sink = ListSink()
    with serving(shop) as server, running(server, tmp_path, sink) as run:
        orders.backfill(run, START, START + 1000)
    assert len(set(sink.of("vtex.order"))) == 31
    # The instant may be the one that two windows share; then both tell of it.
    assert run.tally.contracts["vtex.order"].failed in (4, 8)
    assert not run.tally.is_whole
    told = "of 34 orders created in 2026-01-01T00:00:00.00"
    assert run.tally.problems[0].startswith(told)


def test_the_limits_are_those_that_vtex_tells() -> None:
    assert (order_list.PER_PAGE, order_list.MOST_PAGES, order_list.MOST_ORDERS) == (100, 30, 3000)


def test_an_order_that_leaves_or_joins_the_list_while_it_is_read_hides_no_other(
    tmp_path: Path,
) -> None:
    shop = Shop(light_orders(list(range(0, 1000, 2))))
    pages = []

    def change(path: str) -> None:
        pages.append(path)
        if len(pages) == 3:
            del shop.orders["v10"]  # All that follow move up: one falls between two pages.
        if len(pages) == 9:
            shop.orders |= {"late": Order("late", START + 3, shop.orders["v1"].versions)}

    shop.before = lambda _, path: change(path) if path == "/api/oms/pvt/orders" else None
    with serving(shop) as server, Client(shop_settings(server), threading.Event(), 1) as client:
        (listing,) = order_list.read(client, Window(START, START + 1000))
    assert len(pages) > 5
    assert set(listing.orders) >= {f"v{number}" for number in range(500)} - {"v10"}


def test_a_backfill_lands_every_order_through_faults(tmp_path: Path) -> None:
    shop = Shop(simulated_orders())
    sink = ListSink()
    with serving(shop) as server, running(server, tmp_path, sink, timeout=0.3, tries=12) as run:
        server.faults = Faults(0.2)
        server.faults.late_seconds = 0.4
        orders.backfill(run, order_list.milliseconds(LONG_AGO), None)
    assert run.tally.is_whole
    assert {*sink.of("vtex.order")} == {order.versions[0] for order in shop.orders.values()}


def test_a_backfill_tries_again_only_what_failed(tmp_path: Path) -> None:
    shop = Shop(simulated_orders())
    gone = next(iter(shop.orders))
    shop.not_found.add(gone)
    with serving(shop) as server:
        first, second, third = ListSink(), ListSink(), ListSink()
        for sink in (first, second, third):
            with running(server, tmp_path, sink) as run:
                orders.backfill(run, order_list.milliseconds(LONG_AGO), None)
            shop.not_found.clear()
    assert len(first.messages) == len(shop.orders) - 1
    assert second.of("vtex.order") == [shop.orders[gone].versions[0]]
    # Done is done: to run it once more is to read anew.
    assert len(third.messages) == len(shop.orders)


def test_a_killed_backfill_goes_on_where_it_was(tmp_path: Path) -> None:
    shop = Shop(light_orders([minute * 60_000 for minute in range(1200)]))
    words = ["orders", "--from", "2026-01-01", "--to", "2026-01-03", "--json"]
    with serving(shop) as server:
        settings = environment(server, tmp_path)
        for kill_after in (400, 400, None):
            begun = len(shop.requests)
            log = tmp_path / f"{begun}.err"
            process = fork(words, settings, log)
            while kill_after and len(shop.requests) - begun < kill_after and process.is_alive():
                time.sleep(0.001)
            if kill_after:
                process.kill()
            process.join(60)
            assert process.exitcode == (-signal.SIGKILL if kill_after else 0), log.read_text()
    landed = {json.loads(order)["orderId"] for order in documents(tmp_path, "vtex_orders")}
    assert landed == set(shop.orders)
    assert (
        json.loads(log.with_suffix(".out").read_text())["contracts"]["vtex.order"]["skipped"] >= 500
    )
    # No more than a batch of 250 is read again after a kill.
    read = Counter(path for _, path in shop.requests if path != "/api/oms/pvt/orders")
    assert sum(read.values()) <= 1200 + 2 * (250 + 8)


def test_dates_that_make_no_period_are_refused(tmp_path: Path) -> None:
    with serving(Shop()) as server:
        done = pull(server, tmp_path, "orders", "--from", "2026-02-01", "--to", "2026-01-01")
        assert done.returncode == 2
        assert "ends before it begins" in done.stderr
        assert not server.shop.requests


def test_the_last_day_is_part_of_the_period_and_the_day_after_is_not(tmp_path: Path) -> None:
    day = 86_400_000
    shop = Shop(light_orders([0, day - 1, day, 2 * day - 1, 2 * day + 1]))
    with serving(shop) as server:
        done = pull(
            server, tmp_path, "orders", "--from", "2026-01-01", "--to", "2026-01-02", "--json"
        )
    assert done.returncode == 0, done.stderr
    assert account(done)["contracts"]["vtex.order"]["landed"] == 4
    landed = {json.loads(order)["orderId"] for order in documents(tmp_path, "vtex_orders")}
    assert landed == {"v0", "v1", "v2", "v3"}
