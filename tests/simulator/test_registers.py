"""Promotions, coupons, pickup points and warehouses, and what orders say of them."""

from collections import Counter, defaultdict

from tests.simulator.recount import instant


def test_promotions_that_price_tags_name_are_told_before_their_first_use(year):
    known = {
        promotion_id: min(instant(each["lastModified"]) for each in documents)
        for promotion_id, documents in year.recount.histories("vtex.promotion").items()
    }
    named = set()
    for order in year.recount.orders.values():
        for promotion_id in order["named_promotions"]:
            assert known[promotion_id] < order["created_at"]
            named.add(promotion_id)
    assert 8 < len(named) < len(known)


def test_promotions_are_used_only_while_they_hold(year):
    histories = year.recount.histories("vtex.promotion")
    for order in year.recount.orders.values():
        for promotion_id in order["named_promotions"]:
            assert any(
                instant(each["beginDateUtc"]) <= order["created_at"]
                and (not each["endDateUtc"] or order["created_at"] < instant(each["endDateUtc"]))
                for each in histories[promotion_id]
            )


def test_promotions_end_come_again_and_are_archived(year):
    lives = [
        [(document["isActive"], document["isArchived"]) for document in documents]
        for documents in year.recount.histories("vtex.promotion").values()
    ]
    assert any(False in [active for active, _ in life] for life in lives)
    assert any((False, False) in life and life[-1][0] for life in lives), "one came again"
    assert any(archived for life in lives for _, archived in life)
    kinds = {
        documents[0]["type"] for documents in year.recount.histories("vtex.promotion").values()
    }
    assert {"regular", "buyAndWin", "tax"} == kinds


def test_uses_of_promotions_are_the_stores(year):
    found = defaultdict(Counter)
    for order in year.recount.orders.values():
        used = set()
        for promotion_id, cents in order["discounts"]:
            first = promotion_id not in used
            found[promotion_id].update({"uses": 1, "orders": first, "discount_cents": cents})
            used.add(promotion_id)
    truth = year.truth["promotions"]
    assert {name: dict(counts) for name, counts in found.items()} == {
        name: dict(counts) for name, counts in truth.items()
    }


def test_coupons_belong_to_promotions_but_for_one_that_nobody_used(year):
    coupons = year.recount.histories("vtex.coupon")
    promised = {
        code
        for documents in year.recount.histories("vtex.promotion").values()
        for code in documents[-1]["coupon"]
    }
    assert len(coupons.keys() - promised) == 1
    assert promised <= coupons.keys()
    assert sum(documents[-1]["isArchived"] for documents in coupons.values()) == 1
    assert sum(len(documents) > 1 for documents in coupons.values()) == len(coupons)


def test_a_shop_is_a_pickup_point_or_a_seller_or_both(year):
    points = year.recount.histories("vtex.pickup_point")
    sellers = year.recount.histories("vtex.seller")
    both = {documents[-1]["seller"] for documents in points.values()} - {None}
    assert both < sellers.keys()
    assert len(both) < len(points)
    assert "quintalbarra" in sellers.keys() - both


def test_orders_name_pickup_points_and_warehouses_that_are_told(year):
    points = year.recount.histories("vtex.pickup_point").keys()
    warehouses = year.recount.histories("vtex.warehouse").keys()
    orders = year.recount.orders.values()
    called_for = Counter(order["pickup_point"] for order in orders)
    del called_for[None]
    assert called_for.keys() == points
    assert {order["checked_in"] for order in orders} - {None} <= points
    assert {place for order in orders for place in order["ships_from"]} <= warehouses
    for documents in year.recount.histories("vtex.warehouse").values():
        assert set(documents[-1]["pickupPointIds"]) <= points


def test_points_tell_their_holidays_and_a_warehouse_gets_another_name(year):
    points = year.recount.histories("vtex.pickup_point").values()
    assert {len(documents) for documents in points} == {2}
    names = {
        len({document["name"] for document in documents})
        for documents in year.recount.histories("vtex.warehouse").values()
    }
    assert names == {1, 2}
