from collections import Counter

import pytest

from tests.simulator.quirks import QUIRKS


@pytest.mark.parametrize("name", QUIRKS)
def test_every_quirk_of_real_orders_occurs_and_none_is_the_rule(year, name):
    documents = sum(len(versions) for versions in year.recount.order_versions.values())
    common = {"e-mail alias", "known profile", "time in +00:00", "seven fractional digits"}
    common |= {"invoice", "utm", "order id of digits with a suffix", "sequence unlike the order id"}
    limit = documents if name in common else documents // 3
    assert 2 <= year.quirks[name] <= limit


def test_the_money_of_every_document_adds_up(year):
    assert year.money_faults == []


def test_every_order_is_known_by_a_document_and_ends_as_its_newest_version_says(year):
    statuses = {order["status"] for order in year.recount.orders.values()}
    assert {"incomplete", "payment-pending", "canceled", "handling", "invoiced"} <= statuses
    assert len(year.recount.orders) == year.truth["orders"]


def test_versions_of_an_order_never_share_their_time_of_change(year):
    for order_id, versions in year.recount.order_versions.items():
        published = {changed_at for changed_at, _, _ in versions}
        distinct = len(published)
        again = len(versions) - distinct
        assert again <= 3, order_id  # published again with the same content
    documents = year.truth["messages"]["vtex.order"]["documents"]
    assert documents == len(year.recount.texts["vtex.order"])


def test_copies_point_at_the_sale_they_copy(year):
    orders = year.recount.orders
    copies = [order for order in orders.values() if order["marketplace_order_id"] in orders]
    assert len(copies) > 100
    for order in copies:
        sale = orders[order["marketplace_order_id"]]
        assert order["origin"] != "Marketplace"
        assert order["sums"]["items_cents"] == sale["sums"]["items_cents"]


def test_customers_come_back_and_some_very_often(year):
    orders_of = Counter(year.recount.people().values())
    assert len(orders_of) == year.truth["customers"]
    returning = sum(1 for count in orders_of.values() if count > 1) / len(orders_of)
    assert 0.2 < returning < 0.6
    assert max(orders_of.values()) > 15


def test_orders_follow_the_days_of_a_brazilian_year(year):
    days = {}
    for order in year.recount.orders.values():
        if order["origin"] == "Marketplace":
            days[order["day"]] = days.get(order["day"], 0) + 1
    assert max(days, key=days.get) == "2024-11-29"
    assert days["2024-11-29"] > 4 * sum(days.values()) / 366
    assert all("2024-01-01" <= day <= "2024-12-30" for day in days)
