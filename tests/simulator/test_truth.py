from collections import Counter, defaultdict

import pytest


def _recounted(year, by):
    groups = defaultdict(Counter)
    for order in year.recount.orders.values():
        groups[order[by]].update(order["sums"])
    return {name: dict(sums) for name, sums in groups.items()}


@pytest.mark.parametrize("by", ["status", "origin", "currency"])
def test_totals_by_group_agree_with_a_recount_of_the_messages(year, by):
    assert {name: dict(sums) for name, sums in year.truth[f"by_{by}"].items()} == _recounted(
        year, by
    )


def test_totals_by_local_day_agree_with_a_recount_of_the_messages(year):
    expected = {day: dict(sums) for day, sums in year.truth["by_local_day"].items()}
    assert expected == _recounted(year, "day")


def test_totals_agree_with_a_recount_of_the_messages(year):
    totals = Counter()
    for order in year.recount.orders.values():
        totals.update(order["sums"])
    assert {name: year.truth[name] for name in totals} == dict(totals)
    assert year.truth["cancelled_orders"] == year.truth["by_status"]["canceled"]["orders"]


def test_revenue_counts_each_sale_once(year):
    revenue = Counter()
    for order_id, order in year.recount.orders.items():
        if year.recount.is_revenue(order_id):
            revenue.update(order["sums"])
    assert dict(year.truth["revenue"]) == dict(revenue)


@pytest.mark.parametrize("kind", ["active", "inactive"])
def test_payments_are_counted_once_whatever_the_document_repeats(year, kind):
    payments = [order[kind] for order in year.recount.orders.values()]
    assert dict(year.truth["payments"][kind]) == {
        "payments": sum(len(of_order) for of_order in payments),
        "cents": sum(sum(of_order.values()) for of_order in payments),
    }


def test_entities_are_as_many_as_the_messages_name(year):
    named = Counter(contract for contract, _ in year.recount.versions)
    named.update(contract for contract, _ in year.recount.tills.versions)
    named["vtex.order"] = len(year.recount.orders)
    named["vtex.order_event"] = len(year.recount.status_events)
    named["storefront.event"] = len(year.recount.clicks.events)
    assert dict(year.truth["entities"]) == dict(named)


def test_people_who_came_back_are_counted(year):
    people = defaultdict(set)
    person_of = year.recount.people()
    for order_id, order in year.recount.orders.items():
        people[person_of[order_id]].add(order["group"] or order_id)
    assert year.truth["customers"] == len(people)
    assert year.truth["repeat_customers"] == sum(len(groups) > 1 for groups in people.values())
