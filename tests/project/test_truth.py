"""The warehouse arrives at what the simulated store knows of itself, which it never read."""

import json
import re
from collections import Counter, defaultdict

import duckdb
import pytest

from tests.project.conftest import AskedHouse, House

CENTS = 100
_TILL_FIGURES = [
    *("receipts", "lines", "thousandths"),
    *("gross_cents", "discount_cents", "coupon_cents", "net_cents"),
]


@pytest.fixture(
    scope="module",
    params=["demo", pytest.param(1500, id="1500 orders", marks=pytest.mark.long)],
)
def told(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[House, dict[str, object]]:
    folder = tmp_path_factory.mktemp("truth")
    messages, truth = folder / "messages.ndjson.gz", folder / "truth.json"

    def simulate(orders: int, seed: int) -> None:
        words = ("--orders", orders, "--seed", seed, "--out", messages, "--truth", truth)
        House(folder).run("simulate", *words)

    if request.param == "demo":
        house = request.getfixturevalue("demo")
        simulate(800, 7)
        assert messages.read_bytes() == (house.folder / "demo-800-7.ndjson.gz").read_bytes()
    else:
        house = AskedHouse(folder)
        simulate(request.param, 5)
        house.run("land", messages)
        house.run("build", "--quiet")
    return house, json.loads(truth.read_text())


def test_orders_their_lines_and_every_total_are_the_stores(told) -> None:
    house, truth = told
    names = [
        "orders",
        "order_lines",
        "units",
        "items_cents",
        "discounts_cents",
        "shipping_cents",
        "tax_cents",
        "total_cents",
    ]
    figures = house.query(
        "select count(*), sum(line_count), sum(unit_count), sum(items_amount),"
        " -sum(discounts_amount), sum(shipping_amount), sum(tax_amount), sum(total_amount)"
        " from marts.fct_orders"
    )[0]
    scales = [1, 1, 1] + [CENTS] * 5
    found = {
        name: int(figure * scale)
        for name, figure, scale in zip(names, figures, scales, strict=True)
    }
    assert found == {name: truth[name] for name in names}


def test_customers_are_the_stores_whatever_each_order_knows_of_them(told) -> None:
    house, truth = told
    found = house.query("select count(distinct customer_id) from marts.fct_orders")
    assert found == [(truth["customers"],)]


def test_orders_by_last_status_are_the_stores(told) -> None:
    house, truth = told
    found = dict(
        house.query(
            "select coalesce(status, 'incomplete'), count(*) from marts.fct_orders group by 1"
        )
    )
    assert found == {status: figures["orders"] for status, figures in truth["by_status"].items()}


def test_orders_by_local_day_are_the_stores(told) -> None:
    house, truth = told
    found = dict(
        house.query("select cast(order_date as varchar), count(*) from marts.fct_orders group by 1")
    )
    assert found == {day: figures["orders"] for day, figures in truth["by_local_day"].items()}


def test_revenue_counts_each_sale_once(told) -> None:
    house, truth = told
    orders, units, net = house.query(
        "select (select count(*) from marts.fct_orders where is_revenue),"
        " sum(unit_count), sum(net_amount) from marts.fct_sales where channel = 'web'"
    )[0]
    revenue = truth["revenue"]
    assert (orders, units) == (revenue["orders"], revenue["units"])
    lines_cents = revenue["items_cents"] + revenue["discounts_cents"] - revenue["services_cents"]
    assert int(net * CENTS) == lines_cents


def test_lines_and_their_services_make_items_and_discounts_of_the_orders(told) -> None:
    house, truth = told
    differences = house.query(
        "select items_amount - discounts_amount - sum(line_amount) as service_amount"
        " from marts.fct_orders as orders join marts.fct_order_items as items using (order_id)"
        " group by order_id, items_amount, discounts_amount having service_amount <> 0"
    )
    services = [int(amount * CENTS) for (amount,) in differences]
    assert min(services) > 0
    assert sum(services) == truth["services_cents"]


def test_payments_are_those_of_active_transactions_each_once(told) -> None:
    house, truth = told
    count, paid = house.query("select count(*), sum(paid_amount) from marts.fct_order_payments")[0]
    active = truth["payments"]["active"]
    assert (count, int(paid * CENTS)) == (active["payments"], active["cents"])


def test_refunds_are_the_stores_on_the_day_of_the_money(told) -> None:
    house, truth = told
    found = {
        str(day): {"returns": returns, "units": int(units), "cents": int(amount * CENTS)}
        for day, returns, units, amount in house.query(
            "select refund_date, count(distinct return_id), sum(returned_unit_count),"
            " sum(returned_amount + returned_shipping_amount) from marts.fct_returns"
            " where is_refunded and return_type = 'request' group by 1"
        )
    }
    assert found == truth["refunds_by_local_day"]


def test_what_only_orders_tell_as_sent_back_is_a_return_too(told) -> None:
    house, truth = told
    returns, units, amount = house.query(
        "select count(distinct return_id), sum(returned_unit_count), sum(returned_amount)"
        " from marts.fct_returns where return_type = 'invoice' and is_revenue"
    )[0]
    found = {"returns": returns, "units": int(units), "cents": int(amount * CENTS)}
    assert found == truth["sent_back_unasked"]


def test_uses_of_promotions_are_the_stores(told) -> None:
    house, truth = told
    found = {
        promotion_id: {"uses": uses, "orders": orders, "discount_cents": int(amount * CENTS)}
        for promotion_id, uses, orders, amount in house.query(
            "select promotion_id, count(*), count(distinct order_id), sum(discount_amount)"
            " from marts.fct_promotion_uses where kind <> 'tax' group by 1"
        )
    }
    assert found == truth["promotions"]


def test_shipments_are_the_stores_and_so_are_the_late_ones(told) -> None:
    house, truth = told
    names = ["shipments", "units", "delivered", "late"]
    figures = (
        "select count(*), sum(unit_count), count_if(is_delivered),"
        " count_if(is_delivered and is_late) from marts.fct_shipments where not is_return"
    )
    for group, condition in (("all", ""), ("counted", " and is_counted")):
        row = house.query(figures + condition)[0]
        assert dict(zip(names, map(int, row), strict=True)) == truth["shipments"][group]


def test_changes_of_orders_are_applied_only_where_they_were_done(told) -> None:
    house, truth = told
    found = {
        status: {"requests": requests, "cents": int(amount * CENTS)}
        for status, requests, amount in house.query(
            "select status, count(*), sum(difference_amount) from marts.fct_order_changes"
            " group by 1"
        )
    }
    expected = truth["order_changes"]
    assert found == {
        "done": expected["done"],
        "canceled": expected["canceled"],
        "preparing": expected["under_way"],
    }


def test_customers_are_persons_whatever_their_accounts(told) -> None:
    house, truth = told
    found = house.query("select count(distinct customer_id) from marts.fct_orders")[0][0]
    assert found == truth["customers"]


def test_the_last_stock_of_every_sku_and_warehouse_is_the_stores(told) -> None:
    house, truth = told
    found = {
        (warehouse_id, sku_id): int(units)
        for warehouse_id, sku_id, units in house.query(
            "select warehouse_id, sku_id, max_by(total_units, inventory_date)"
            " from marts.fct_inventory_levels where not is_unlimited group by 1, 2"
        )
    }
    assert found == {
        (warehouse_id, sku_id): counts["closing"]
        for warehouse_id, skus in truth["stock"].items()
        for sku_id, counts in skus.items()
    }


def test_events_and_visits_of_the_storefront_are_the_stores(told) -> None:
    house, truth = told
    storefront = truth["storefront"]
    by_type = dict(
        house.query("select event_type, count(*) from marts.fct_storefront_events group by 1")
    )
    assert by_type == storefront["by_type"]
    figures = house.query(
        "select count(distinct source_session_id), count(distinct session_id),"
        " count(distinct case when is_bot then source_session_id end), count_if(is_bot)"
        " from marts.fct_storefront_events"
    )[0]
    names = ["source_sessions", "sessions_of_30_minutes", "bot_sessions", "bot_events"]
    assert dict(zip(names, figures, strict=True)) == {name: storefront[name] for name in names}


def test_events_belong_to_who_says_so_in_their_visit_or_alone_uses_its_device(told) -> None:
    house, truth = told
    events = dict(
        house.query(
            "select customer_id, count(*) from marts.fct_storefront_events"
            " where customer_id is not null group by 1"
        )
    )
    expected = {
        document: figures["events"] + figures["events_by_device"]
        for document, figures in truth["storefront"]["customers"].items()
    }
    assert _by_document(house, events) == expected


def test_steps_of_visits_are_the_stores(told) -> None:
    house, truth = told
    figures = house.query(
        "select sum(session_count), sum(viewed_session_count), sum(carted_session_count),"
        " sum(checkout_session_count), sum(ordered_session_count) from aggregates.agg_daily_funnel"
    )[0]
    names = ["sessions", "viewed", "carted", "began_checkout", "ordered"]
    assert dict(zip(names, figures, strict=True)) == truth["storefront"]["reached"]


def test_what_people_searched_for_is_the_stores_but_for_what_names_somebody(told) -> None:
    house, truth = told
    found = {
        term: {"searches": searches, "without_results": empty}
        for term, searches, empty in house.query(
            "select lower(search_term), sum(search_count), sum(empty_search_count)"
            " from aggregates.agg_search_terms group by 1"
        )
    }
    assert found == truth["storefront"]["searches"]


def test_carts_that_were_left_hold_what_the_store_says(told) -> None:
    house, truth = told
    changes = house.query(
        "select customer_id, activity, is_whole_cart, max(occurred_at) as occurred_at,"
        " list(sku_id), list(cast(unit_count as integer))"
        " from marts.fct_cart_changes where customer_id is not null"
        " group by event_id, customer_id, activity, is_whole_cart order by occurred_at"
    )
    carts: dict[str, Counter[str]] = defaultdict(Counter)
    for customer_id, activity, is_whole, _, skus, counts in changes:
        units = dict(zip(skus, counts, strict=True))
        if activity == "orderPlaced":
            carts[customer_id] = Counter()
        elif is_whole:
            carts[customer_id] = Counter(units)
        else:
            carts[customer_id].update(units)  # what is taken out is below zero
    found = {customer_id: dict(+cart) for customer_id, cart in carts.items() if +cart}
    customers = truth["storefront"]["customers"].items()
    expected = {document: told["cart"] for document, told in customers if "cart" in told}
    assert _by_document(house, found) == expected


def _by_document(house: House, figures: dict[str, object]) -> dict[str, object]:
    """Name customers by the documents of their orders, which only the restricted file knows."""
    documents = dict(
        house.query(
            "select customer_id, max(document) from pii.pii.stg_vtex__order_contacts"
            " join marts.fct_orders using (order_id) where document is not null group by 1"
        )
    )
    return {documents[customer_id]: figure for customer_id, figure in figures.items()}


def test_receipts_by_day_and_shop_are_the_tills(told) -> None:
    house, truth = told
    found: dict[str, dict[str, dict[str, int]]] = defaultdict(dict)
    for day, store_id, *figures in house.query(
        "select cast(sale_date as varchar), store_id, count(distinct receipt_id), count(*),"
        " sum(unit_count) * 1000, sum(gross_amount) * 100, sum(discount_amount) * 100,"
        " sum(coupon_amount) * 100, sum(line_amount) * 100"
        " from marts.fct_receipt_items group by all"
    ):
        found[day][store_id] = dict(zip(_TILL_FIGURES, map(int, figures), strict=True))
    assert found == truth["tills"]["by_day_and_store"]


def test_receipts_are_counted_once_whatever_was_corrected(told) -> None:
    house, truth = told
    names = ["receipts", "lines", "net_cents", "without_customer"]
    figures = house.query(
        "select count(*), sum(line_count), sum(total_amount) * 100, count_if(customer_id is null)"
        " from marts.fct_receipts"
    )[0]
    found = dict(zip(names, map(int, figures), strict=True))
    assert found == {name: truth["tills"][name] for name in names}
    assert truth["tills"]["corrected"] > 10


def test_sales_of_the_tills_are_all_their_lines(told) -> None:
    house, truth = told
    lines, net = house.query(
        "select count(*), sum(net_amount) * 100 from marts.fct_sales where channel = 'store'"
    )[0]
    assert (lines, int(net)) == (truth["tills"]["lines"], truth["tills"]["net_cents"])


def test_a_till_sells_the_catalogues_skus_by_their_codes_and_groceries_of_its_own(told) -> None:
    house, truth = told
    found = {
        bool(is_own): int(lines)
        for is_own, lines in house.query(
            "select sku_id like 'pos:%', count(*) from marts.fct_receipt_items group by 1"
        )
    }
    own, catalogue = truth["tills"]["grocery_lines"], truth["tills"]["catalogue_lines"]
    assert found == {True: own, False: catalogue}


def test_campaigns_have_the_members_coupons_and_uses_that_the_shops_count(told) -> None:
    house, truth = told
    found = {
        campaign_id: {"members": members, "coupons": coupons, "redemptions": uses}
        for campaign_id, members, coupons, uses in house.query(
            "select campaign_id, member_count, coupon_count, use_count"
            " from marts.dim_campaigns join aggregates.agg_campaigns using (campaign_id)"
            " where attribution = 'shop campaign'"
        )
    }
    campaigns = truth["tills"]["campaigns"]
    names = ["members", "coupons", "redemptions"]
    assert found == {
        campaign_id: {name: counts.get(name, 0) for name in names}
        for campaign_id, counts in campaigns.items()
    }
    # A line's discount is of one redemption, where the store may have used two coupons.
    [(discount,)] = house.query("select sum(discount_amount) from marts.fct_coupon_redemptions")
    assert int(discount * CENTS) == sum(one.get("coupon_cents", 0) for one in campaigns.values())


def test_people_of_the_tills_are_the_stores_with_all_that_they_bought_there(told) -> None:
    house, truth = told
    customers = truth["tills"]["customers"]
    names = ", ".join(f"('{name}')" for name in customers)
    ids = dict(
        house.query(
            f"select name, customer_id from (values {names}) as people (name)"
            " cross join pii.pii.hash_keys as keys"
            " join pii.cleansed.cleansed_customer_identities on identifier_id = if(name like"
            " 'till-%', name, 'document-' || md5(keys.hash_key || sha256(name)))"
        )
    )
    bought = {
        customer_id: (receipts, int(cents))
        for customer_id, receipts, cents in house.query(
            "select customer_id, count(*), sum(total_amount) * 100 from marts.fct_receipts"
            " where customer_id is not null group by 1"
        )
    }
    assert bought == {
        ids[name]: (told_of["receipts"], told_of["net_cents"])
        for name, told_of in customers.items()
        if told_of["receipts"]
    }


def test_every_message_is_in_the_ledger(told) -> None:
    house, truth = told
    landed = dict(
        house.query("select contract, sum(landed) from validation.message_ledger group by 1")
    )
    told_of = {contract: figures["messages"] for contract, figures in truth["messages"].items()}
    assert sum(landed.values()) == sum(told_of.values())
    # A payload that is not UTF-8 names its contract, and is a dead letter all the same.
    moved = {
        contract: told_of[contract] - count
        for contract, count in landed.items()
        if contract != "dead_letters"
    }
    assert sum(moved.values()) == landed["dead_letters"] - sum(
        count for contract, count in told_of.items() if contract not in landed
    )
    assert all(count in (0, 1) for count in moved.values())


def test_every_copy_beyond_the_first_is_reported_as_redelivered(told) -> None:
    house, truth = told
    found = house.query("select sum(redelivered) from validation.message_ledger")[0][0]
    assert found == sum(figures.get("redelivered", 0) for figures in truth["messages"].values())


def test_the_rejected_messages_are_the_poison_ones(told) -> None:
    house, truth = told
    found = {
        message_id
        for (message_id,) in house.query("select message_id from validation.rejected_messages")
    }
    assert found == {message["message_id"] for message in truth["poison"]}


def test_no_personal_data_in_clear_outside_the_restricted_file(told) -> None:
    """Not even in the padding of its blocks: DuckDB can write there what was in memory."""
    house, _ = told
    restricted = house.folder / "vitrine_pii.duckdb"
    assert restricted.stat().st_mode & 0o077 == 0
    with duckdb.connect(str(restricted), read_only=True) as connection:
        clear = connection.execute(
            "select distinct lower(value) from (unpivot pii.customer_contacts"
            " on email, document, phone into name who value value) where length(value) > 8"
        ).fetchall()
    assert len(clear) > 100
    # Blocks are empty for the most part, and no value has a zero byte.
    published = re.sub(rb"\0{2,}", b"\0", house.warehouse.read_bytes().lower())
    assert [value for (value,) in clear if value.encode() in published] == []
