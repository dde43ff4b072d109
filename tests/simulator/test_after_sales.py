"""What happens to orders after the sale: parcels, returns, changes."""

from collections import Counter, defaultdict

from tests.simulator.recount import local_day


def _returns(year):
    return year.recount.histories("vtex.return")


def _shipped(order):
    units = Counter()
    for parcel in order["parcels"]:
        units.update(parcel["units"])
    return units


def test_a_return_refers_to_lines_that_were_shipped_and_takes_no_more_of_them(year):
    asked, refunded = defaultdict(Counter), defaultdict(Counter)
    for documents in _returns(year).values():
        newest = documents[-1]
        order = year.recount.orders[newest["orderId"]]
        for item in newest["items"]:
            assert item["id"] == order["lines"][item["orderItemIndex"]][0]
            asked[newest["orderId"]][item["orderItemIndex"]] += item["quantity"]
        if newest["status"] == "amountRefunded":
            for item in newest["refundData"]["items"]:
                refunded[newest["orderId"]][item["orderItemIndex"]] += item["quantity"]
    assert len(asked) > 100
    assert sum(map(Counter.total, refunded.values())) < sum(map(Counter.total, asked.values()))
    for order_id, units in asked.items():
        assert units <= _shipped(year.recount.orders[order_id])
        assert refunded[order_id] <= units


def test_a_return_is_asked_for_once_and_told_again_at_every_status(year):
    first, last = Counter(), Counter()
    for documents in _returns(year).values():
        statuses = [document["status"] for document in documents]
        told = documents[-1]["refundStatusData"]
        assert statuses == [each["status"] for each in told]
        assert len({document["dateSubmitted"] for document in documents}) == 1
        assert [each["createdAt"] for each in told] == sorted(each["createdAt"] for each in told)
        first[statuses[0]] += 1
        last[statuses[-1]] += 1
    assert set(first) == {"new"}
    assert {"amountRefunded", "denied", "cancelled", "processing"} <= set(last)
    assert last["amountRefunded"] > last.total() / 2
    assert dict(last) == dict(year.truth["returns"])


def test_refunds_are_the_stores_on_the_day_of_the_money_not_of_the_order(year):
    found = defaultdict(Counter)
    waits = []
    for documents in _returns(year).values():
        newest = documents[-1]
        if newest["status"] == "amountRefunded":
            refund = newest["refundData"]
            assert refund["invoiceValue"] == refund["refundedShippingValue"] + sum(
                item["price"] * item["quantity"] for item in refund["items"]
            )
            day = local_day(newest["refundStatusData"][-1]["createdAt"])
            units = sum(item["quantity"] for item in refund["items"])
            found[day].update({"returns": 1, "units": units, "cents": refund["invoiceValue"]})
            waits.append(day > year.recount.orders[newest["orderId"]]["day"])
    truth = year.truth["refunds_by_local_day"]
    assert {day: dict(sums) for day, sums in found.items()} == {
        day: dict(sums) for day, sums in truth.items()
    }
    assert all(waits)


def test_what_an_order_tells_as_sent_back_is_mostly_the_refund_of_a_return(year):
    invoices = {
        (documents[-1]["orderId"], refund["invoiceNumber"]): refund["invoiceValue"]
        for documents in _returns(year).values()
        if (refund := documents[-1]["refundData"])
    }
    asked, unasked = 0, Counter()
    for order_id, order in year.recount.orders.items():
        if year.recount.is_copy(order_id):
            continue
        for number, cents in order["sent_back"].items():
            if (order_id, number) in invoices:
                assert invoices[order_id, number] == cents
                asked += 1
            else:
                unasked.update({"returns": 1, "units": 1, "cents": cents})
    assert asked > unasked["returns"] > 2
    assert asked < len(invoices) / 2
    assert dict(unasked) == dict(year.truth["sent_back_unasked"])


def test_money_is_promised_only_for_what_was_verified(year):
    for documents in _returns(year).values():
        for document in documents:
            is_verified = document["status"] in ("packageVerified", "amountRefunded")
            assert (document["refundData"] is not None) is is_verified
            totals = {each["id"]: each["value"] for each in document["refundableAmountTotals"]}
            assert document["refundableAmount"] == sum(totals.values())


def test_a_change_of_an_order_is_done_exactly_where_the_order_says_so(year):
    done, outcomes = {}, Counter()
    for documents in year.recount.histories("vtex.order_change").values():
        assert documents[0]["status"] == "preparing"
        newest = documents[-1]
        outcomes[newest["status"]] += 1
        if newest["status"] == "done":
            done[newest["origin"]["orderId"]] = newest
        else:
            assert newest["totals"] == []
    changed = {
        order_id: order
        for order_id, order in year.recount.orders.items()
        if order["sums"]["change_cents"]
    }
    assert done.keys() == changed.keys()
    for order_id, order in changed.items():
        assert done[order_id]["totals"][0]["value"] == order["sums"]["change_cents"]
        removed = (done[order_id]["remove"] or {"items": []})["items"]
        assert {item["id"]: item["quantity"] for item in removed} == dict(order["removed"])
    assert min(outcomes[status] for status in ("done", "canceled", "preparing")) > 5
    truth = year.truth["order_changes"]
    assert outcomes["canceled"] == truth["canceled"]["requests"]
    assert outcomes["preparing"] == truth["under_way"]["requests"]
    cents = sum(order["sums"]["change_cents"] for order in changed.values())
    assert truth["done"] == {"requests": len(done), "cents": cents}


def test_parcels_are_the_stores_and_some_come_too_late(year):
    found = {"all": Counter(), "counted": Counter()}
    for order_id, order in year.recount.orders.items():
        for group in ("all", "counted"):
            if group == "counted" and year.recount.is_copy(order_id):
                continue
            for parcel in order["parcels"]:
                found[group]["shipments"] += 1
                found[group]["units"] += sum(parcel["units"].values())
                if parcel["delivered_on"]:
                    found[group]["delivered"] += 1
                    found[group]["late"] += parcel["delivered_on"] > order["promised_on"]
    assert found == {group: Counter(counts) for group, counts in year.truth["shipments"].items()}
    late = found["counted"]["late"] / found["counted"]["delivered"]
    assert 0.03 < late < 0.25


def test_two_parcels_share_a_line_where_an_order_was_invoiced_in_parts(year):
    shared = [
        order
        for order in year.recount.orders.values()
        if len(order["parcels"]) == 2
        and order["parcels"][0]["units"].keys() & order["parcels"][1]["units"].keys()
    ]
    assert len(shared) > 3
