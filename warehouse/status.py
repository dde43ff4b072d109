"""What is published, over which messages, and what waits for the next build."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import duckdb
import msgspec

from ingestion import contracts
from ingestion.storage import Root
from warehouse.drift import read_unknown_fields
from warehouse.errors import WarehouseError, told_by_duckdb
from warehouse.freshness import Freshness, Limits
from warehouse.ledger import LedgerTotals, read_ledger
from warehouse.lock import Holder, running_build
from warehouse.raw_state import FileSizes, RawState, read_raw_state
from warehouse.record import BuildRecord, read_record
from warehouse.seen import Seen
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


class LandedPerMinute(msgspec.Struct):
    """How many messages were landed a minute, copies included, by their `landed_at`."""

    last_hour: float
    last_day: float


class ContractStatus(msgspec.Struct):
    """One contract: what the published build accounts for, and what lies in raw.

    What is None at the end is unknown: on BigQuery, where subscriptions land.
    """

    contract: str
    # None: the published build knows no such message; none had landed, or no model reads them
    ledger: LedgerTotals | None
    # copies included
    raw_rows: int
    # less than none: rows that the build read are no longer in raw
    waiting: int
    # when the oldest waiting message was landed, UTC, and how long ago
    # None: none waits, or this account may not read the build's restricted file
    oldest_waiting_at: datetime | None = None
    oldest_waiting_seconds: float | None = None
    landed_per_minute: LandedPerMinute | None = None
    # as landed, and compacted; not what compaction has replaced and will remove
    landed_files: FileSizes | None = None
    compacted_files: FileSizes | None = None
    # of what became visible within the window, and the greatest p95 from publication to visible
    freshness: Freshness | None = None
    max_seconds: float | None = None
    is_late: bool = False


class Status(msgspec.Struct):
    """The warehouse, as it is now."""

    # now, UTC
    at: datetime
    link: str
    published: Published | None
    contracts: list[ContractStatus]
    building: Holder | None
    # of freshness; None: it is unknown
    window_seconds: float | None = None
    # how many fields the published build found that nobody knows, by contract
    unknown_fields: dict[str, int] = {}

    @property
    def late(self) -> list[ContractStatus]:
        """List the contracts whose messages take longer than they may."""
        return [one for one in self.contracts if one.is_late]


def read_status(warehouse: Warehouse, raw_root: Root, window: timedelta, limits: Limits) -> Status:
    """Look without disturbing: takes no lock that a build would wait for, changes nothing.

    Freshness is measured over the window before now, and held against the limits. Raises
    WarehouseError if what is published, or a raw file, cannot be read.
    """
    now = datetime.now(UTC)
    try:
        # First: what a build publishes while raw is read would be missing there.
        published, ledger, unknown_fields = _published(warehouse)
        seen = _seen(warehouse, published, ledger) if published else None
        raw = read_raw_state(raw_root, seen, now, window)
    except (OSError, duckdb.Error) as error:
        raise WarehouseError(told_by_duckdb(error)) from error
    tables = _tables()
    return Status(
        at=now,
        link=str(warehouse.link),
        published=published,
        contracts=[
            _with_state(one, raw.get(tables.get(one.contract, one.contract)), now, limits)
            for one in by_contract(ledger, {table: state.rows for table, state in raw.items()})
        ],
        building=running_build(warehouse.lock),
        window_seconds=window.total_seconds(),
        unknown_fields=unknown_fields,
    )


def by_contract(ledger: list[LedgerTotals], raw_rows: Mapping[str, int]) -> list[ContractStatus]:
    """Hold the ledger against the rows of raw tables; one without a contract goes by its name."""
    names = {table: contract for contract, table in _tables().items()}
    counts = {names.get(table, table): rows for table, rows in raw_rows.items() if rows}
    accounted = {totals.contract: totals for totals in ledger}
    return [
        _contract_status(contract, accounted.get(contract), counts.get(contract, 0))
        for contract in sorted(accounted.keys() | counts.keys())
    ]


def _with_state(
    contract: ContractStatus, state: RawState | None, now: datetime, limits: Limits
) -> ContractStatus:
    """Add what only files tell; there are none of a contract that is no longer configured."""
    if state is None:
        return contract
    oldest = state.oldest_waiting_at
    lags, max_seconds = state.freshness.published_to_visible, limits.of(contract.contract)
    return msgspec.structs.replace(
        contract,
        oldest_waiting_at=oldest,
        # The clock of a lander may be ahead of ours.
        oldest_waiting_seconds=max((now - oldest).total_seconds(), 0) if oldest else None,
        landed_per_minute=LandedPerMinute(state.rows_last_hour / 60, state.rows_last_day / 1440),
        landed_files=state.landed,
        compacted_files=state.compacted,
        freshness=state.freshness,
        max_seconds=max_seconds,
        is_late=lags is not None and lags.p95 > max_seconds,
    )


def _seen(warehouse: Warehouse, published: Published, ledger: list[LedgerTotals]) -> Seen:
    build, tables = published.build, _tables()
    rows = {
        tables.get(totals.contract, totals.contract): totals.landed + totals.redelivered
        for totals in ledger
    }
    return Seen(build.started_at, warehouse.pii_version(build.build_id), rows)


def _tables() -> dict[str, str]:
    """Name the raw table of each contract; dead letters are none, and go by their table's name."""
    return {contract.name: contract.table for contract in contracts.load().by_name.values()}


def _published(
    warehouse: Warehouse,
) -> tuple[Published | None, list[LedgerTotals], dict[str, int]]:
    """Read what is published, its ledger, and what it found that nobody knows."""
    build_id = warehouse.published()
    if build_id is None:
        return None, [], {}
    path = warehouse.version(build_id)
    with duckdb.connect(path, read_only=True) as connection:
        published = Published(read_record(connection), str(path), path.stat().st_size)
        tables = DuckDBTables(connection)
        return published, read_ledger(tables), read_unknown_fields(tables)


def _contract_status(contract: str, ledger: LedgerTotals | None, raw_rows: int) -> ContractStatus:
    accounted = ledger.landed + ledger.redelivered if ledger else 0
    return ContractStatus(contract, ledger, raw_rows, raw_rows - accounted)
