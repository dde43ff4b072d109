"""No message stops a build: it is rejected with a reason, or loads with its odd part missing."""

import pytest

from tests.project.comparison import differences, rows_of
from tests.project.nights import Nights
from tests.project.poison import LOADED, ODD_RECEIPTS, REJECTED


def test_what_is_odd_loads_or_is_rejected_and_everything_balances(nights: Nights) -> None:
    orders = {one for (one,) in nights.house.query("select order_id from marts.fct_orders")}
    assert orders & {*LOADED, *REJECTED} == {*LOADED}
    rejected = nights.house.query(
        "select contract, rejection_reason from validation.rejected_messages"
        " where starts_with(message_id, 'poison-') order by message_id"
    )
    assert sorted(rejected) == [
        ("delivery.reply", "wrong type of from"),
        ("delivery.status", "missing message_sid"),
        ("marketing.campaign", "unparsable time in campanha.inicio"),
        ("pos.receipt", "missing cupom.itens[].sequencia"),
        ("pos.receipt", "unparsable time in timestamp"),
        ("pos.receipt", "wrong type of cupom.itens[].sequencia"),
        ("pos.receipt", "wrong type of cupom.itens[].valor_total"),
        ("vtex.order", "unparsable time in creationDate"),
        ("vtex.order", "unparsable time in creationDate"),
        ("vtex.order", "unparsable time in creationDate"),
        ("vtex.price", "wrong type of basePrice"),
    ]
    receipts = nights.house.query("select receipt_id from marts.fct_receipts")
    assert {*ODD_RECEIPTS} <= {one for (one,) in receipts}
    newest = "select total_amount * 100 from marts.fct_orders where order_id = 'minutes'"
    assert nights.house.query(newest) == [(5,)]
    beyond = "select count(*) from marts.dim_dates where date_day = '2039-12-31'"
    assert nights.house.query(beyond) == [(1,)]


def test_a_second_build_over_the_same_poison_changes_nothing(nights: Nights) -> None:
    assert differences(nights.before_rerun, rows_of(nights.house)) == []


@pytest.mark.parametrize(
    "model",
    [
        "staging/vtex/stg_vtex__order_documents",
        "validation/source_orders",
        "validation/source_receipts",
        "validation/source_storefront_events",
    ],
)
def test_a_build_of_nothing_new_opens_no_payload(nights: Nights, model: str) -> None:
    # Of rejected messages, too, which the reconciliation has no figures of.
    compiled = nights.house.folder / ".vitrine-build/target/compiled/vitrine/models"
    assert "landed_at >= (cast(null as timestamp))" in (compiled / f"{model}.sql").read_text()
