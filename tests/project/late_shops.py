"""A shop that was offline corrects its days; what was known then can be built again.

Its two builds have a contract that only they know, as `make new-contract` adds it, and the second
one is published while events flow.
"""

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.forks import PROJECT
from tests.project.conftest import AskedHouse, House, write_messages
from tests.project.streaming import Seam, Stream, build_while_events_flow, parts_of
from tests.scaffolded import environment, new_contract

FIRST, SECOND = "2024-05-01", "2024-05-02"
# Events of a store that has nothing on those days flow meanwhile.
_OTHERS_BEGIN = "2024-06-01"
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
        # What a working copy has from builds before: only what the contract adds is compiled.
        if (parsed := PROJECT / "target/parsed").exists():
            shutil.copytree(parsed, self.project / "target/parsed")

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
class LateShops:
    """What two builds over the same raw layer found: as of then, and now."""

    house: House
    then: Found
    now: Found
    # What readers saw while the second one was published.
    seam: Seam


def build_then_and_now(folder: Path) -> LateShops:
    """Build as of then and now; both landings come before both builds."""
    house = ShopsHouse(folder)
    house.copy_project()
    house.add_contract()
    stream = Stream(folder, folder / "raw")
    stream.land()
    store = folder / "store.ndjson"
    house.run("simulate", "--orders", 30, "--start", _OTHERS_BEGIN, "--out", store)
    before, *afterwards = parts_of(store, 3)
    known = [
        _receipt(1, "a", "2024-05-01", 10, 5, 1),
        _receipt(2, "b", "2024-05-02", 7),
        _shift(3, id="morning", loja_id="s"),
        _shift(4, loja_id="s"),
    ]
    house.run("land", before, write_messages(folder / "known.ndjson", known))
    then = datetime.now(UTC).isoformat()
    late = [
        # Offline on the first of May; and a receipt of that day without its last two lines.
        _receipt(5, "c", "2024-05-01", 100),
        _receipt(6, "a", "2024-05-01", 10),
        _shift(7, id="morning", loja_id="t"),
    ]
    house.run("land", write_messages(folder / "late.ndjson", late))
    house.run("build", "--quiet", "--as-of", then, "--as-then")
    found_then = _found(house)
    seam = build_while_events_flow(house, stream, 1, 1.0, afterwards)
    return LateShops(house, found_then, _found(house), seam)


def _found(house: House) -> Found:
    """Ask each table that days count in what it says of them."""
    asked = AskedHouse(house.folder)
    return {
        table: asked.query(
            f"select {day}::text, {figures} from {table}"
            f" where {day} between '{FIRST}' and '{SECOND}' group by all order by all"
        )
        for table, (day, figures) in {
            "marts.fct_receipts": ("sale_date", "count(*), sum(total_amount)::int"),
            "marts.fct_receipt_items": ("sale_date", "count(*), sum(line_amount)::int"),
            "marts.fct_receipt_payments": ("sale_date", "count(*), sum(paid_amount)::int"),
            "marts.fct_sales": ("sale_date", "count(*), sum(net_amount)::int"),
            "aggregates.agg_daily_sales": ("sale_date", "order_count, net_amount::int"),
            "aggregates.agg_store_days": ("date_day", "order_count, net_amount::int"),
            "aggregates.agg_daily_skus": ("date_day", "count(*), sum(net_amount)::int"),
            "aggregates.agg_customers": ("last_sale_date", "order_count, net_amount::int"),
            "validation.late_arrivals": ("event_date", "message_count"),
            "aggregates.agg_monthly_cohorts": ("cohort_month", "order_count, net_amount::int"),
        }.items()
    }
