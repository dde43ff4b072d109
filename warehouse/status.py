"""What is published, over which messages, and what waits for the next build."""

from pathlib import Path

import duckdb
import msgspec

from ingestion import contracts
from warehouse.ledger import LedgerTotals, read_ledger
from warehouse.lock import Holder, running_build
from warehouse.raw import count_raw_rows
from warehouse.record import BuildRecord, read_record
from warehouse.versions import Warehouse


class Published(msgspec.Struct):
    """The build that readers see."""

    build: BuildRecord
    path: str
    # of the file, without the restricted one
    bytes: int


class ContractStatus(msgspec.Struct):
    """One contract: what the published build accounts for, and what lies in raw."""

    contract: str
    # None: the published build knows no such message, its contract is not modelled yet
    ledger: LedgerTotals | None
    # copies included
    raw_rows: int
    waiting: int


class Status(msgspec.Struct):
    """The warehouse, as it is now."""

    link: str
    published: Published | None
    contracts: list[ContractStatus]
    building: Holder | None


def read_status(warehouse: Warehouse, raw_root: Path) -> Status:
    """Look without disturbing: takes no lock that a build would wait for, changes nothing."""
    build_id = warehouse.published()
    published, ledger = None, dict[str, LedgerTotals]()
    if build_id is not None:
        path = warehouse.version(build_id)
        with duckdb.connect(path, read_only=True) as connection:
            record = read_record(connection)
            ledger = {totals.contract: totals for totals in read_ledger(connection)}
        published = Published(record, str(path), path.stat().st_size)
    raw_rows = _raw_rows_by_contract(raw_root)
    return Status(
        link=str(warehouse.link),
        published=published,
        contracts=[
            _contract_status(contract, ledger.get(contract), raw_rows.get(contract, 0))
            for contract in sorted(ledger.keys() | raw_rows.keys())
        ],
        building=running_build(warehouse.lock),
    )


def _raw_rows_by_contract(raw_root: Path) -> dict[str, int]:
    """Count raw rows by contract; a raw table without one (dead letters) goes by its own name."""
    names = {contract.raw_table: contract.name for contract in contracts.load()}
    counts = count_raw_rows(raw_root)
    return {names.get(table, table): rows for table, rows in counts.items() if rows}


def _contract_status(contract: str, ledger: LedgerTotals | None, raw_rows: int) -> ContractStatus:
    accounted = ledger.landed + ledger.redelivered if ledger else 0
    return ContractStatus(contract, ledger, raw_rows, raw_rows - accounted)
