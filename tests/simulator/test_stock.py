"""Stock falls when orders ship and is filled up again, and every document says so."""

from collections import Counter
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from simulator.store import messages
from simulator.truth import Truth

END = datetime(2024, 12, 31, 3, tzinfo=UTC)  # the last day that closed


def _balances(year):
    for sku_id, documents in year.recount.histories("vtex.inventory").items():
        for place in {each["warehouseId"] for each in documents[0]["balance"]}:
            yield (
                sku_id,
                place,
                [
                    each
                    for document in documents
                    for each in document["balance"]
                    if each["warehouseId"] == place
                ],
            )


def test_stock_is_the_opening_and_what_was_received_less_what_was_shipped(year):
    shipped = Counter()
    for order_id, order in year.recount.orders.items():
        if year.recount.is_copy(order_id):
            continue
        for parcel in order["parcels"]:
            for index, quantity in parcel["units"].items():
                sku_id, components = order["lines"][index]
                if parcel["issued_at"] < END:
                    for part, units in components or [(sku_id, 1)]:
                        shipped[part, order["ships_from"][index]] += quantity * units
    compared = 0
    for sku_id, place, balances in _balances(year):
        if balances[0]["hasUnlimitedQuantity"]:
            continue
        truth = year.truth["stock"][place][sku_id]
        assert truth["closing"] == truth["opening"] + truth["received"] - truth["shipped"]
        assert truth["opening"] == balances[0]["totalQuantity"]
        assert truth["closing"] == balances[-1]["totalQuantity"]
        assert truth["shipped"] == shipped[sku_id, place]
        compared += 1
    assert compared == sum(map(len, year.truth["stock"].values()))
    assert sum(shipped.values()) > 3000


def test_stock_falls_and_rises_and_is_never_short(year):
    falls = rises = 0
    for _, _, balances in _balances(year):
        totals = [each["totalQuantity"] for each in balances]
        assert min(totals) >= 0
        assert all(each["reservedQuantity"] <= each["totalQuantity"] for each in balances)
        falls += sum(now < before for before, now in pairwise(totals))
        rises += sum(now > before for before, now in pairwise(totals))
    assert falls > rises > 500


def test_some_skus_are_never_short_and_kits_have_no_stock_of_their_own(year):
    unlimited = {sku_id for sku_id, _, each in _balances(year) if each[0]["hasUnlimitedQuantity"]}
    assert 5 < len(unlimited) < 60
    skus = year.recount.histories("vtex.sku")
    kits = {
        sku_id
        for sku_id, (document, *_) in skus.items()
        if document.get("IsKit", document.get("isKit"))
    }
    stocked = set(year.recount.histories("vtex.inventory"))
    assert kits
    assert stocked == skus.keys() - kits


def _truth(orders, **continued):
    truth = Truth(orders + continued.get("new_orders_from", 0))
    for _ in messages(orders, 7, date(2024, 3, 1), 80, products=24, truth=truth, **continued):
        pass
    return truth.stock


@pytest.mark.parametrize("told", [30, 400])
def test_a_continuation_finds_the_stock_that_its_history_left(told):
    before = _truth(told)
    after = _truth(60, new_orders_from=told)
    whole = _truth(20, new_orders_from=told + 60, history=told)
    for place, skus in before.items():
        for sku_id, counts in skus.items():
            assert after[place][sku_id]["opening"] == counts["closing"]
            assert whole[place][sku_id]["opening"] == after[place][sku_id]["closing"]
