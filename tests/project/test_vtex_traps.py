"""What breaks pipelines that read VTEX, and what users of such warehouses complain about most.

One store that does all of it, in two nights; a test for each, named after it. The complaint of
casts on partition columns has its test where BigQuery is: tests/googlesql/test_parity.py.
"""

from decimal import Decimal

import pytest

from tests.project import poison
from tests.project.conftest import AskedHouse, House
from tests.project.nights import OF_SHOPS, Nights
from tests.project.trap_store import SECRETS

Row = tuple[object, ...]


@pytest.fixture(scope="module")
def store(nights: Nights) -> House:
    return AskedHouse(nights.house.folder)


def one(store: House, sql: str) -> Row:
    (row,) = store.query(sql)
    return row


def of_order(store: House, order_id: str, columns: str, table: str = "fct_orders") -> Row:
    return one(store, f"select {columns} from marts.{table} where order_id = '{order_id}'")


def test_trap_01_events_repeat_and_arrive_in_no_order(store: House) -> None:
    assert of_order(store, "1-repeated", "status") == ("invoiced",)
    changes = store.query(
        "select status, previous_status from marts.fct_order_status_changes"
        " where order_id = '1-repeated' order by changed_at"
    )
    assert changes == [
        ("payment-pending", None),
        ("payment-approved", "payment-pending"),
        ("handling", "payment-approved"),
        ("invoiced", "handling"),
    ]


def test_trap_02_an_order_whose_hooks_were_missed_has_its_statuses_from_its_documents(
    store: House,
) -> None:
    assert one(
        store,
        "select list(status order by changed_at) from marts.fct_order_status_changes"
        " where order_id = '2-unhooked'",
    ) == (["payment-pending", "payment-approved", "handling", "invoiced"],)


def test_trap_03_timestamps_of_any_precision_and_zone_are_one_instant(store: House) -> None:
    times = store.query(
        "select distinct date_trunc('millisecond', ordered_at)::varchar from marts.fct_orders"
        " where order_id like '3-%'"
    )
    assert times == [("2024-03-01 12:00:00.123",)]


def test_trap_04_a_windows_name_of_a_zone_does_not_move_business_dates(store: House) -> None:
    assert of_order(store, "4-late", "order_date::varchar, ordered_local_at::varchar") == (
        "2024-03-01",
        "2024-03-01 22:30:00",
    )


def test_trap_05_the_first_authorization_counts_and_a_late_cancellation_is_seen(
    store: House,
) -> None:
    columns = "paid_at::varchar, is_cancelled, is_revenue, cancelled_at::varchar"
    assert of_order(store, "5-rewritten", columns) == (
        "2024-03-01 12:30:00",
        True,
        False,
        "2024-03-06 12:59:00",
    )


def test_trap_06_an_order_is_its_order_id_whatever_that_looks_like(store: House) -> None:
    ids = ("v500124str-01", "600999", "MLB-77")
    assert one(store, f"select count(*) from marts.fct_orders where order_id in {ids}") == (3,)


def test_trap_07_copies_of_one_sale_are_counted_once(store: House) -> None:
    assert store.query(
        "select order_id, is_revenue from marts.fct_orders where order_id like '7-%' order by all"
    ) == [("7-copy", False), ("7-sale", True)]


def test_trap_08_a_sku_in_several_lines_is_several_lines(store: House) -> None:
    assert store.query(
        "select line_number, sku_id, unit_count::int from marts.fct_order_items"
        " where order_id = '8-lines' order by all"
    ) == [(1, "10", 1), (2, "10", 2)]


def test_trap_09_lines_are_those_of_this_split_not_of_the_whole_cart(store: House) -> None:
    assert of_order(store, "9-split", "line_count") == (1,)


def test_trap_10_aliases_of_an_email_do_not_make_customers(store: House) -> None:
    assert one(
        store, "select count(distinct customer_id) from marts.fct_orders where order_id like '10-%'"
    ) == (1,)


def test_trap_11_cents_of_orders_and_units_of_prices_are_told_apart(store: House) -> None:
    assert of_order(store, "9-split", "total_amount") == (Decimal(10),)
    assert one(
        store, "select base_price_amount from pii.cleansed.cleansed_prices where sku_id = '10'"
    ) == (Decimal("19.9"),)


def test_trap_12_totals_are_the_value_and_shipping_discounts_are_within_shipping(
    store: House,
) -> None:
    columns = "items_amount, discounts_amount, shipping_amount, total_amount"
    assert of_order(store, "12-tags", columns) == (10, Decimal("1.5"), 2, Decimal("10.5"))
    assert of_order(store, "12-tags", "line_amount", "fct_order_items") == (Decimal("8.5"),)


def test_trap_13_an_unlisted_total_is_kept_and_a_rounded_selling_price_is_not_used(
    store: House,
) -> None:
    assert of_order(store, "13-change", "other_amount, total_amount") == (-1, Decimal("8.99"))
    assert of_order(store, "13-change", "line_amount", "fct_order_items") == (Decimal(10),)


def test_trap_14_multipliers_and_rates_are_decimals(store: House) -> None:
    # 40.00 x 0.35 x 2, less 27.5 %
    assert of_order(
        store, "14-weighed", "unit_count, measured_quantity, line_amount", "fct_order_items"
    ) == (2, Decimal("0.7"), Decimal("20.3"))


def test_trap_15_payments_may_be_missing_doubled_or_gift_cards(store: House) -> None:
    assert store.query(
        "select payment_number, paid_amount, is_gift_card from marts.fct_order_payments"
        " where order_id = '15-paid' order by all"
    ) == [(1, 7, False), (2, 3, True)]
    assert of_order(store, "15-unpaid", "count(*)", "fct_order_payments") == (0,)


def test_trap_16_an_old_order_without_whole_blocks_loads(store: House) -> None:
    assert of_order(store, "16-old", "currency_code, order_group_id, total_amount") == (
        "BRL",
        None,
        10,
    )


def test_trap_17_a_field_is_read_under_either_of_its_names(store: House) -> None:
    columns = "delivery_channel, store_id"
    assert of_order(store, "17-a", columns) == ("pickup-in-point", "shop-1")
    assert of_order(store, "17-b", columns) == of_order(store, "17-a", columns)


def test_trap_18_the_clerk_in_the_open_text_is_a_code_without_a_name(store: House) -> None:
    assert of_order(store, "18-clerk", "clerk_code") == ("T796",)
    # Without the campaign that says so, the text is anything.
    assert of_order(store, "19-person", "clerk_code") == (None,)


def test_trap_19_personal_data_is_in_no_published_byte(store: House) -> None:
    published = store.warehouse.read_bytes()
    found = [secret for secret in SECRETS if secret.encode() in published]
    assert found == []
    tables = store.query(
        "select table_schema || '.' || table_name from information_schema.tables"
        " where table_catalog <> 'pii'"
    )
    for (table,) in tables:
        text = str(store.query(f"from {table}"))
        assert not [secret for secret in SECRETS if secret in text], table


def test_complaint_quantity_is_counted_once_in_gross_sales(store: House) -> None:
    sold = "from marts.fct_sales where channel = 'web' and sale_date = '2024-03-01'"
    day = "from aggregates.agg_daily_sales where channel = 'web' and sale_date = '2024-03-01'"
    assert one(store, f"select sum(unit_count) {day}") == one(
        store, f"select sum(unit_count) {sold}"
    )
    assert one(
        store,
        "select sum(unit_price_amount * unit_count) from marts.fct_order_items"
        " where order_id = '8-lines'",
    ) == (Decimal(30),)


def test_complaint_no_join_fans_out(store: House) -> None:
    for table, key in {
        "fct_orders": "order_id",
        "fct_order_items": "order_id, line_number",
        "fct_order_payments": "order_id, payment_number",
        "fct_sales": "sale_id, line_number",
    }.items():
        assert (
            store.query(f"select {key} from marts.{table} group by all having count(*) > 1") == []
        )


def test_complaint_refunds_are_booked_on_the_day_of_the_refund(store: House) -> None:
    returned = (
        "select returned_amount, refund_date::varchar from marts.fct_returns"
        f" where not regexp_matches(order_id, '{OF_SHOPS}')"
    )
    assert store.query(returned) == [(Decimal(10), "2024-04-02")]
    assert store.query(
        "select date_day::varchar, returned_amount, net_amount from aggregates.agg_daily_skus"
        f" where returned_amount > 0 and not regexp_matches(sku_id, '{OF_SHOPS}')"
    ) == [("2024-04-02", Decimal(10), Decimal(0))]
    assert of_order(store, "c-repeat", "total_amount") == (Decimal(10),)


def test_complaint_new_and_repeat_follow_the_first_order_ever_seen(store: House) -> None:
    assert one(
        store,
        "select distinct first_order_date::varchar from marts.dim_customers"
        " where customer_id = 'profile-10'",
    ) == ("2024-03-01",)


def test_complaint_lifetime_figures_are_whole_after_an_increment(store: House) -> None:
    assert one(
        store,
        "select order_count::int, net_amount from aggregates.agg_customers"
        " where customer_id = 'profile-10'",
    ) == (3, Decimal(30))
    assert one(
        store,
        "select count(*) from aggregates.agg_customers"
        " where order_count is null or net_amount is null or recency_days is null",
    ) == (0,)


def test_complaint_local_times_are_named_local_and_others_are_utc(store: House) -> None:
    assert of_order(store, "4-late", "ordered_at::varchar, ordered_local_at::varchar") == (
        "2024-03-02 01:30:00",
        "2024-03-01 22:30:00",
    )


def test_complaint_no_event_is_lost_or_doubled_between_two_runs(
    store: House, nights: Nights
) -> None:
    assert (
        store.query(
            "select contract from validation.message_ledger group by contract"
            " having sum(landed) <> sum(duplicates + superseded + rejected + loaded)"
        )
        == []
    )
    landed = "select sum(landed)::int from validation.message_ledger"
    assert one(store, landed) == (len(nights.messages),)


def test_complaint_totals_are_the_vendors_to_the_cent(store: House) -> None:
    assert store.query("select check_name from validation.reconciliation where not is_ok") == []
    parts = "items_amount - discounts_amount + shipping_amount + tax_amount + other_amount"
    assert one(
        store,
        f"select count(*) from marts.fct_orders where {parts} <> total_amount"
        f" and order_id not in {poison.LOADED} and not regexp_matches(order_id, '{OF_SHOPS}')",
    ) == (0,)


def test_complaint_an_incomplete_order_is_kept_and_later_completed(store: House) -> None:
    assert of_order(store, "c-incomplete", "status, is_revenue") == ("invoiced", True)


def test_complaint_a_full_refresh_loses_no_row(differences_anew: list[str]) -> None:
    assert differences_anew == []
