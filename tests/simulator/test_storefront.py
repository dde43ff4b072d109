"""Visits to the storefront: the store's figures, and what real storefronts do."""

import re
from collections import Counter, defaultdict
from datetime import timedelta

import pytest

from simulator.transport import Faults
from tests.simulator.recount import LOCAL, Recount
from tests.simulator.storefront_recount import carts_of, lines_of
from tests.simulator.test_runs import small


@pytest.fixture(scope="module")
def clicks(year):
    return year.recount.clicks


@pytest.fixture(scope="module")
def truth(year):
    return year.truth["storefront"]


@pytest.fixture(scope="module")
def owned(year, clicks):
    return clicks.owned(year.recount.person_of())


def test_events_are_the_stores_by_name_and_by_activity(clicks, truth):
    events = clicks.events.values()
    assert len(events) == truth["events"]
    assert Counter(click.name for click in events) == truth["by_type"]
    assert Counter(click.activity for click in events) == truth["by_activity"]


def test_sessions_are_the_stores_whole_and_divided_by_half_hours(clicks, truth):
    sessions = clicks.sessions()
    assert len(sessions) == truth["source_sessions"]
    parts = sum(1 for _ in clicks.parts())
    assert parts == truth["sessions_of_30_minutes"]
    assert parts > len(sessions) + 50
    bots = [events for events in sessions.values() if events[0].is_bot]
    assert len(bots) == truth["bot_sessions"] > 10
    assert sum(map(len, bots)) == truth["bot_events"]


def test_known_sessions_and_their_events_are_the_stores(clicks, truth, owned):
    known = [click for click, person in owned if person]
    assert len(known) == truth["known_events"]
    assert len({click.session for click in known}) == truth["known_sessions"]
    assert 0.5 < truth["known_sessions"] / truth["source_sessions"] < 0.9


def test_events_and_open_carts_of_every_customer_are_the_stores(truth, owned):
    events = Counter(person for _, person in owned if person)
    customers = truth["customers"]
    assert events == {person: figures["events"] for person, figures in customers.items()}
    carts = {person: figures["cart"] for person, figures in customers.items() if "cart" in figures}
    assert carts_of(owned) == carts
    assert len(carts) > 50


def test_sessions_that_only_the_device_gives_away_are_the_stores(year, clicks, truth):
    person_of = year.recount.person_of()
    people, unnamed = defaultdict(set), []
    for events in clicks.sessions().values():
        told = {person_of(click.told) for click in events if click.told}
        people[events[0].device] |= told
        if not told:
            unnamed.append(events)
    found = [events for events in unnamed if len(people[events[0].device]) == 1]
    assert len(found) == truth["by_device"]["sessions"] > 100
    assert sum(map(len, found)) == truth["by_device"]["events"]
    of_person = Counter()
    for events in found:
        of_person.update({person: len(events) for person in people[events[0].device]})
    for person, figures in truth["customers"].items():
        assert figures["events_by_device"] == of_person[person]


def test_many_people_use_a_familys_tablet_before_one_does_not_say_who_it_is(year, clicks):
    person_of = year.recount.person_of()
    people, visits, unnamed = defaultdict(set), Counter(), Counter()
    for events in clicks.sessions().values():
        told = {person_of(click.told) for click in events if click.told}
        people[events[0].device] |= told
        visits[events[0].device] += 1
        unnamed[events[0].device] += not told
    shared = [device for device, persons in people.items() if len(persons) > 2]
    assert len(shared) == 8
    assert all(len(people[device]) > 5 for device in shared if unnamed[device])


def test_the_funnel_and_the_searches_are_the_stores(clicks, truth):
    assert clicks.funnel() == {name: dict(truth[name]) for name in ("funnel", "reached")}
    assert clicks.searches() == {term: dict(told) for term, told in truth["searches"].items()}
    total = sum(told["searches"] for told in truth["searches"].values())
    without = sum(told["without_results"] for told in truth["searches"].values())
    assert 0.05 < without / total < 0.4
    assert truth["personal_searches"] > 2


def test_every_finished_purchase_of_the_site_has_one_session_that_led_to_it(year, clicks):
    placed = {}
    for events in clicks.sessions().values():
        for click in events:
            if click.activity == "orderPlaced":
                named = click.document.get("params", click.document)
                group = named.get("orderGroup", named.get("transaction_id"))
                assert group not in placed
                placed[group] = (click, events)
    orders = year.recount.orders
    expected = {
        order["group"]
        for order in orders.values()
        if order["origin"] == "Marketplace"
        and order["status"] != "incomplete"
        and not order["checked_in"]
    }
    assert placed.keys() == expected
    created = {order["group"]: order["created_at"] for order in reversed(orders.values())}
    viewed = bought = 0
    for group, (click, events) in placed.items():
        assert timedelta(0) <= click.at - created[group] < timedelta(seconds=6)
        for order_id in click.document.get("ordersInOrderGroup", []):
            assert orders[order_id]["group"] == group
        skus = {sku for sku, _ in lines_of(click.document)}
        shown = {sku for each in events if each.activity == "productView" for sku in each.skus}
        viewed, bought = viewed + len(skus & shown), bought + len(skus)
        assert {"beginCheckout", "addToCart", "userData"} <= {each.activity for each in events}
    assert 0.6 < viewed / bought < 0.95


QUIRKS = {
    "Pixel": lambda c: c.document.get("eventName", "").startswith("vtex:"),
    "FastStore": lambda c: "params" in c.document,
    "Intelligent Search": lambda c: "type" in c.document,
    "session by the search service's name alone": lambda c: "sessionId" not in c.document,
    "three digits": lambda c: re.search(r"\.\d{3}(Z|[+-])", c.document["timestamp"]),
    "six digits": lambda c: re.search(r"\.\d{6}(Z|[+-])", c.document["timestamp"]),
    "seven digits": lambda c: re.search(r"\.\d{7}(Z|[+-])", c.document["timestamp"]),
    "at another offset": lambda c: c.document["timestamp"].endswith("-03:00"),
    "campaign": lambda c: "utm_source=" in c.document.get("pageUrl", ""),
    "logged in as nobody": lambda c: c.activity == "userData" and not c.told,
    "e-mail alone": lambda c: c.told.keys() == {"email"},
    "id alone": lambda c: c.told.keys() == {"id"},
    "document": lambda c: "document" in c.told,
    "phone": lambda c: "iphone" in c.agent.lower(),
    "tablet": lambda c: "iPad" in c.agent,
    "crawler": lambda c: c.is_bot,
    "the page's own id": lambda c: "eventId" in c.document,
    "shelf": lambda c: c.activity == "productImpression",
    "taken out again": lambda c: c.activity == "removeFromCart",
    "cart's page, in cents": lambda c: (
        c.name == "viewCart" and any(isinstance(i["price"], int) for i in c.document["items"])
    ),
    "cart in cents and units": lambda c: (
        c.name == "cartChanged"
        and {i.get("priceIsInt", False) for i in c.document["items"]} == {True, False}
    ),
}


@pytest.mark.parametrize("quirk", QUIRKS)
def test_quirks_of_storefront_events_occur_but_do_not_rule(clicks, quirk):
    count = sum(bool(QUIRKS[quirk](click)) for click in clicks.events.values())
    assert count >= 5
    if quirk not in ("Pixel", "three digits"):
        assert count < 0.5 * len(clicks.events)


def test_prices_of_carts_are_cents_where_they_say_so_and_units_elsewhere(clicks):
    prices = defaultdict(lambda: defaultdict(set))
    for click in clicks.events.values():
        for item in click.document.get("items", []):
            cents = item.get("priceIsInt") or click.name == "viewCart"
            price = item["price"] if cents else round(item["price"] * 100)
            assert isinstance(item["price"], int if cents else (int, float))
            prices[click.session][item["skuId"]].add(price)
    several = [found for skus in prices.values() for found in skus.values() if len(found) > 1]
    assert len(several) == 0


def test_some_people_log_in_midway_and_some_visits_have_two(clicks, owned):
    first_told = [
        [bool(click.told) for click in events].index(True)
        for events in clicks.sessions().values()
        if any(click.told for click in events)
    ]
    assert sum(place > 2 for place in first_told) > 100
    assert sum(place == 1 for place in first_told) > 100
    people = defaultdict(set)
    for click, person in owned:
        people[click.session].add(person)
    assert sum(len(persons) > 1 for persons in people.values()) > 10


def test_some_people_have_several_devices_and_some_visits_pass_midnight(clicks, owned):
    devices = defaultdict(set)
    for click, person in owned:
        devices[person].add(click.device)
    assert sum(len(found) > 1 for person, found in devices.items() if person) > 50
    nights = [
        events
        for events in clicks.sessions().values()
        if (events[0].at + LOCAL).date() != (events[-1].at + LOCAL).date()
    ]
    assert len(nights) > 10


def test_events_say_again_what_they_said_under_another_message_id(year, clicks):
    counts = year.truth["messages"]["storefront.event"]
    again = sum(count - 1 for count in clicks.copies.values())
    assert again == counts["republished"] > 50
    assert counts["redelivered"] > 100
    assert counts["late"] > 20


def test_a_purchase_has_about_ten_events(year, clicks):
    assert 8 < len(clicks.events) / 3000 < 12


def test_the_storefront_says_the_same_whether_told_at_once_or_in_parts():
    none = Faults(0, 0, 0, 0, 0, has_poison=False)
    whole = Recount(small(orders=60, new_orders_from=600, faults=none)).clicks
    parts = [
        Recount(small(orders=20, new_orders_from=600, faults=none)).clicks,
        Recount(small(orders=40, new_orders_from=620, history=600, faults=none)).clicks,
    ]
    assert parts[0].events.keys().isdisjoint(parts[1].events)
    assert whole.events.keys() == parts[0].events.keys() | parts[1].events.keys()
    assert len(whole.events) > 300


REASONS = (
    "missing_key: no sessionId",
    "null_key: sessionId null",
    "wrong_type: sessionId is an object",
    "missing_key: no timestamp",
    "wrong_type: timestamp impossible",
    "null_key: event null",
    "missing_key: no event",
    "missing_key: no product",
    "wrong_type: product is text",
    "wrong_type: product is a list",
    "non_object_json: encoded twice",
    "broken_json: NaN",
    "broken_json: a page of HTML",
    "unknown_contract: storefront.evento",
)


@pytest.mark.parametrize("reason", REASONS)
def test_every_kind_of_storefront_poison_is_sent(year, reason):
    rows = [row for row in year.truth["poison"] if row["contract"].startswith("storefront")]
    assert reason in {row["reason"] for row in rows}
