"""A shop that was offline corrects its days; what was known then can be built again."""

import pytest

from tests.project.late_shops import FIRST, SECOND, LateShops


@pytest.mark.parametrize(
    ("table", "then", "now"),
    [
        *(
            (table, [(FIRST, 1, 16), (SECOND, 1, 7)], [(FIRST, 2, 110), (SECOND, 1, 7)])
            for table in (
                "marts.fct_receipts",
                "aggregates.agg_daily_sales",
                "aggregates.agg_store_days",
            )
        ),
        *(
            (table, [(FIRST, 3, 16), (SECOND, 1, 7)], [(FIRST, 2, 110), (SECOND, 1, 7)])
            for table in ("marts.fct_receipt_items", "marts.fct_sales")
        ),
        (
            "marts.fct_receipt_payments",
            [(FIRST, 1, 16), (SECOND, 1, 7)],
            [(FIRST, 2, 110), (SECOND, 1, 7)],
        ),
        (
            "aggregates.agg_daily_skus",
            [(FIRST, 3, 16), (SECOND, 1, 7)],
            [(FIRST, 1, 110), (SECOND, 1, 7)],
        ),
        ("aggregates.agg_customers", [(SECOND, 2, 23)], [(SECOND, 3, 117)]),
        ("aggregates.agg_monthly_cohorts", [(FIRST, 2, 23)], [(FIRST, 3, 117)]),
        ("validation.late_arrivals", [(FIRST, 1), (SECOND, 1)], [(FIRST, 3), (SECOND, 1)]),
    ],
)
def test_a_late_shop_corrects_its_days_and_a_day_can_be_built_as_of_then(
    late_shops: LateShops, table: str, then: list[object], now: list[object]
) -> None:
    assert late_shops.then[table] == then
    assert late_shops.now[table] == now


def test_messages_of_a_scaffolded_contract_are_accounted_for(late_shops: LateShops) -> None:
    """Its messages have a raw table, are staged and accounted for, and rejected with a reason."""
    house = late_shops.house
    landed = house.query(
        "select sum(landed)::int, sum(superseded)::int, sum(rejected)::int, sum(loaded)::int"
        " from validation.message_ledger where contract = 'pos.shift'"
    )
    assert landed == [(3, 1, 1, 1)]
    rejected = (
        "select message_id, rejection_reason from validation.rejected_messages"
        " where contract = 'pos.shift'"
    )
    assert house.query(rejected) == [("4", "missing novo_turno.id")]
    staged = "select shift_id, store_id from pii.staging.stg_pos__shifts"
    assert house.query(f"{staged} where rejection_reason is null order by all") == [
        ("morning", "s"),
        ("morning", "t"),
    ]
