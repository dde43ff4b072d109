"""A shop that was offline corrects its days; what was known then can be built again.

The same builds have a contract that only this test knows, as `make new-contract` adds it.
"""

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.forks import PROJECT
from tests.project.conftest import AskedHouse, House, write_messages
from tests.scaffolded import environment, new_contract

FIRST, SECOND = "2024-05-01", "2024-05-02"
Found = dict[str, list[tuple[object, ...]]]


@dataclass(frozen=True)
class ShopsHouse(House):
    """A house with a copy of the project."""

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | environment(self.project)

    def copy_project(self) -> None:
        self.project.mkdir()
        for name in ("models", "macros", "seeds", "snapshots", "tests/generic"):
            shutil.copytree(PROJECT / name, self.project / name)
        for name in ("dbt_project.yml", "profiles.yml", "ingestion/contracts.toml"):
            shutil.copy(PROJECT / name, self.project)
        for path in (PROJECT / "tests").glob("*.sql"):
            shutil.copy(path, self.project / "tests")

    def add_contract(self) -> None:
        """As `make new-contract` does."""
        result = new_contract(
            self.project,
            "pos.shift",
            *("--id", "novo_turno.id", "--key", "novo_turno"),
            *("--fields", "store_id:text:novo_turno.loja_id"),
        )
        assert result.exit_code == 0, result.output


def _message(number: int, contract: str, payload: dict[str, object]) -> dict[str, object]:
    return {
        "subscription_name": "projects/shop/subscriptions/tills",
        "message_id": str(number),
        "publish_time": f"2024-05-{number:02}T23:00:00Z",
        "attributes": {"contract": contract},
        "data": json.dumps(payload),
    }


def _receipt(number: int, name: str, day: str, *amounts: int) -> dict[str, object]:
    lines = [
        {"sequencia": place, "produto_id": f"p{place}", "quantidade": 1, "valor_total": amount}
        for place, amount in enumerate(amounts, start=1)
    ]
    receipt = {
        "id": name,
        "loja": {"id": "s"},
        "cliente": {"id": "7", "cpf_hash": None},
        "itens": lines,
        "pagamentos": [{"tipo": "dinheiro", "valor": sum(amounts)}],
        "valor_total": sum(amounts),
    }
    payload = {"timestamp": f"{day}T23:30:00-03:00", "cupom": receipt}
    return _message(number, "pos.receipt", payload)


def _shift(number: int, **shift: str) -> dict[str, object]:
    payload = {"timestamp": "2024-05-01T08:00:00-03:00", "novo_turno": shift}
    return _message(number, "pos.shift", payload)


@dataclass(frozen=True)
class Shops:
    """What two builds over the same raw layer found: as of then, and now."""

    house: House
    then: Found
    now: Found


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Shops:
    """Both landings come before both builds."""
    house = ShopsHouse(tmp_path_factory.mktemp("shops"))
    house.copy_project()
    house.add_contract()
    known = [
        _receipt(1, "a", "2024-05-01", 10, 5, 1),
        _receipt(2, "b", "2024-05-02", 7),
        _shift(3, id="morning", loja_id="s"),
        _shift(4, loja_id="s"),
    ]
    house.run("land", write_messages(house.folder / "known.ndjson", known))
    then = datetime.now(UTC).isoformat()
    late = [
        # Offline on the first of May; and a receipt of that day without its last two lines.
        _receipt(5, "c", "2024-05-01", 100),
        _receipt(6, "a", "2024-05-01", 10),
        _shift(7, id="morning", loja_id="t"),
    ]
    house.run("land", write_messages(house.folder / "late.ndjson", late))
    house.run("build", "--quiet", "--as-of", then, "--as-then")
    found_then = _found(house)
    house.run("build", "--quiet")
    return Shops(house, found_then, _found(house))


def _found(house: House) -> Found:
    """Ask each table that days count in what it says of them."""
    asked = AskedHouse(house.folder)
    return {
        table: asked.query(f"select {columns} from {table} group by all order by all")
        for table, columns in {
            "marts.fct_receipts": "sale_date::text, count(*), sum(total_amount)::int",
            "marts.fct_receipt_items": "sale_date::text, count(*), sum(line_amount)::int",
            "marts.fct_receipt_payments": "sale_date::text, count(*), sum(paid_amount)::int",
            "marts.fct_sales": "sale_date::text, count(*), sum(net_amount)::int",
            "aggregates.agg_daily_sales": "sale_date::text, order_count, net_amount::int",
            "aggregates.agg_store_days": "date_day::text, order_count, net_amount::int",
            "aggregates.agg_daily_skus": "date_day::text, count(*), sum(net_amount)::int",
            "aggregates.agg_customers": "last_sale_date::text, order_count, net_amount::int",
            "validation.late_arrivals": "event_date::text, message_count",
            "aggregates.agg_monthly_cohorts": "cohort_month::text, order_count, net_amount::int",
        }.items()
    }


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
    shops: Shops, table: str, then: list[object], now: list[object]
) -> None:
    assert shops.then[table] == then
    assert shops.now[table] == now


def test_messages_of_a_scaffolded_contract_are_accounted_for(shops: Shops) -> None:
    """Its messages have a raw table, are staged and accounted for, and rejected with a reason."""
    house = shops.house
    landed = house.query(
        "select sum(landed)::int, sum(superseded)::int, sum(rejected)::int, sum(loaded)::int"
        " from validation.message_ledger where contract = 'pos.shift'"
    )
    assert landed == [(3, 1, 1, 1)]
    rejected = "select message_id, rejection_reason from validation.rejected_messages"
    assert house.query(rejected) == [("4", "missing novo_turno.id")]
    staged = "select shift_id, store_id from pii.staging.stg_pos__shifts"
    assert house.query(f"{staged} where rejection_reason is null order by all") == [
        ("morning", "s"),
        ("morning", "t"),
    ]
