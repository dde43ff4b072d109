"""Reports as lines for a terminal."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from warehouse.ledger import LedgerTotals
from warehouse.record import BuildReport
from warehouse.status import ContractStatus, Published, Status

_TERMS = ("landed", "redelivered", "duplicates", "superseded", "rejected", "loaded")


def report_lines(report: BuildReport) -> list[str]:
    """Tell what a build published."""
    rows = [("table", "rows"), *((name, f"{rows:,}") for name, rows in report.tables.items())]
    ledger = [("contract", *_TERMS), *((each.contract, *_terms(each)) for each in report.ledger)]
    return [
        f"Published {report.build.build_id} in {report.seconds:.1f} s, "
        f"as of {_time(report.build.as_of)}: {report.path}",
        "",
        *_table(rows),
        *(["", *_table(ledger)] if report.ledger else []),
    ]


def status_lines(status: Status) -> list[str]:
    """Tell what is published and what waits."""
    lines = _published_lines(status.published) if status.published else ["Nothing is published."]
    if status.building:
        lines.append(f"A build is running: {status.building}.")
    if status.contracts:
        header = ("contract", *_TERMS, "from", "to", "waiting")
        lines += ["", *_table([header, *map(_contract_row, status.contracts)])]
    waiting = sum(max(contract.waiting, 0) for contract in status.contracts)
    return [*lines, "", f"{waiting:,} messages wait for the next build."]


def _published_lines(published: Published) -> list[str]:
    build = published.build
    lines = [
        f"Published: {build.build_id}, as of {_time(build.as_of)}, over {build.landed:,} messages",
        f"           {published.path} ({published.bytes / 1e6:,.1f} MB)",
        f"           built from {_time(build.started_at)} to {_time(build.finished_at)} "
        f"with dbt {build.dbt_version}",
    ]
    if not published.is_whole:
        lines.append("           not whole: its publication has begun and not ended")
    return lines


def _contract_row(contract: ContractStatus) -> Sequence[str]:
    if contract.ledger is None:
        nothing = ("-",) * (len(_TERMS) + 2)
        return (contract.contract, *nothing, f"{contract.waiting:,} (not in the ledger yet)")
    dates = str(contract.ledger.from_date), str(contract.ledger.to_date)
    return (contract.contract, *_terms(contract.ledger), *dates, f"{contract.waiting:,}")


def _terms(totals: LedgerTotals) -> list[str]:
    return [f"{getattr(totals, term):,}" for term in _TERMS]


def _time(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def _table(rows: Iterable[Sequence[str]]) -> list[str]:
    """Align columns, the first to the left, all others to the right."""
    columns = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, columns, strict=True))
        ).rstrip()
        for row in rows
    ]
