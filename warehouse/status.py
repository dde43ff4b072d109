"""What is published, over which messages, and what waits for the next build."""

from collections.abc import Mapping

import duckdb
import msgspec

from ingestion import contracts
from ingestion.storage import Root
from warehouse.errors import WarehouseError, told_by_duckdb
from warehouse.ledger import LedgerTotals, read_ledger
from warehouse.lock import Holder, running_build
from warehouse.raw import count_raw_rows
from warehouse.record import BuildRecord, read_record
from warehouse.tables import DuckDBTables
from warehouse.versions import Warehouse


class Published(msgspec.Struct):
    """The build that readers see."""

    build: BuildRecord
    path: str
    # of the file, without the restricted one; of all tables on BigQuery
    bytes: int
    # false: its publication has begun and not ended, and tables may be of two builds (BigQuery)
    is_whole: bool = True


class ContractStatus(msgspec.Struct):
    """One contract: what the published build accounts for, and what lies in raw."""

    contract: str
    # None: the published build knows no such message; none had landed, or no model reads them
    ledger: LedgerTotals | None
    # copies included
    raw_rows: int
    # less than none: rows that the build read are no longer in raw
    waiting: int


class Status(msgspec.Struct):
    """The warehouse, as it is now."""

    link: str
    published: Published | None
    contracts: list[ContractStatus]
    building: Holder | None


def read_status(warehouse: Warehouse, raw_root: Root) -> Status:
    """Look without disturbing: takes no lock that a build would wait for, changes nothing.

    Raises WarehouseError if what is published, or a raw file, cannot be read.
    """
    try:
        published, ledger = _published(warehouse)
        raw_rows = count_raw_rows(raw_root)
    except (OSError, duckdb.Error) as error:
        raise WarehouseError(told_by_duckdb(error)) from error
    return Status(
        link=str(warehouse.link),
        published=published,
        contracts=by_contract(ledger, raw_rows),
        building=running_build(warehouse.lock),
    )


def by_contract(ledger: list[LedgerTotals], raw_rows: Mapping[str, int]) -> list[ContractStatus]:
    """Hold the ledger against the rows of raw tables; one without a contract goes by its name."""
    names = {contract.table: contract.name for contract in contracts.load().by_name.values()}
    counts = {names.get(table, table): rows for table, rows in raw_rows.items() if rows}
    accounted = {totals.contract: totals for totals in ledger}
    return [
        _contract_status(contract, accounted.get(contract), counts.get(contract, 0))
        for contract in sorted(accounted.keys() | counts.keys())
    ]


def _published(warehouse: Warehouse) -> tuple[Published | None, list[LedgerTotals]]:
    """Read what is published, and its ledger."""
    build_id = warehouse.published()
    if build_id is None:
        return None, []
    path = warehouse.version(build_id)
    with duckdb.connect(path, read_only=True) as connection:
        published = Published(read_record(connection), str(path), path.stat().st_size)
        return published, read_ledger(DuckDBTables(connection))


def _contract_status(contract: str, ledger: LedgerTotals | None, raw_rows: int) -> ContractStatus:
    accounted = ledger.landed + ledger.redelivered if ledger else 0
    return ContractStatus(contract, ledger, raw_rows, raw_rows - accounted)
