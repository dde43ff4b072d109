"""Reports as lines for a terminal."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from warehouse.freshness import MOST_FILES, Freshness
from warehouse.lags import Lags
from warehouse.ledger import LedgerTotals
from warehouse.raw_state import FileSizes
from warehouse.record import BuildReport
from warehouse.status import ContractStatus, Published, Status

_TERMS = ("landed", "redelivered", "duplicates", "superseded", "rejected", "loaded")
_RAW_HEADER = (
    "contract",
    "messages",
    "waiting",
    "oldest",
    "/min 1 h",
    "/min 1 d",
    "landed files",
    "size",
    "compacted",
    "size",
)
_FRESH_HEADER = (
    "contract",
    "messages",
    "published to landed",
    "landed to visible",
    "published to visible",
    "limit",
)
_UNKNOWN = "-"


def report_lines(report: BuildReport) -> list[str]:
    """Tell what a build published."""
    rows = [("table", "rows"), *((name, f"{rows:,}") for name, rows in report.tables.items())]
    ledger = [("contract", *_TERMS), *((each.contract, *_terms(each)) for each in report.ledger)]
    return [
        f"Published {report.build.build_id} in {report.seconds:.1f} s, "
        f"as of {_time(report.build.as_of)}: {report.path}",
        "",
        *table(rows),
        *(["", *table(ledger)] if report.ledger else []),
    ]


def status_lines(status: Status) -> list[str]:
    """Tell what is published and what waits."""
    lines = _published_lines(status.published) if status.published else ["Nothing is published."]
    if status.building:
        lines.append(f"A build is running: {status.building}.")
    if ledger := [one.ledger for one in status.contracts if one.ledger]:
        rows = [
            (each.contract, *_terms(each), str(each.from_date), str(each.to_date))
            for each in ledger
        ]
        lines += [
            "",
            "Published, in messages:",
            *table([("contract", *_TERMS, "from", "to"), *rows]),
        ]
    if status.contracts:
        title = "In raw, copies included; /min is what landed a minute over the last hour and day:"
        lines += ["", title, *table([_RAW_HEADER, *map(_raw_row, status.contracts)])]
    lines += _fresh_lines(status)
    unknown = [one.contract for one in status.contracts if not one.ledger]
    if unknown and status.published:
        lines += ["", f"Not in the ledger yet: {', '.join(unknown)}."]
    if status.unknown_fields:
        counts = ", ".join(f"{count:,} of {name}" for name, count in status.unknown_fields.items())
        lines += ["", f"Fields that nobody knows yet: {counts} (validation.schema_drift)."]
    return [*lines, "", _waiting_line(status.contracts), *map(_late_line, status.late)]


def _fresh_lines(status: Status) -> list[str]:
    """Tell how fresh raw is, and what of it was not measured."""
    fresh = {one.contract: one.freshness for one in status.contracts if one.freshness}
    seen = {name: one for name, one in fresh.items() if one.files or one.backfilled_files}
    if status.window_seconds is None or not seen:
        return []
    window = f"what became visible in the last {_age(status.window_seconds)}"
    rows = [_fresh_row(one, seen[one.contract]) for one in status.contracts if one.contract in seen]
    notes = {
        "messages landed before they were published, or were visible before: clocks differ.": sum(
            one.skewed_messages for one in seen.values()
        ),
        "messages were more than a day old, and are not measured.": sum(
            one.old_messages for one in seen.values()
        ),
        "files are of inputs landed whole, or replayed, and are not measured.": sum(
            one.backfilled_files for one in seen.values()
        ),
        f"files are not measured: {MOST_FILES:,} of a contract are enough.": sum(
            one.files - one.files_read for one in seen.values()
        ),
    }
    return [
        "",
        f"Freshness of {window}, in seconds, p50 / p95 / p99:",
        *table([_FRESH_HEADER, *rows]),
        *(f"{count:,} {note}" for note, count in notes.items() if count),
    ]


def _fresh_row(contract: ContractStatus, freshness: Freshness) -> Sequence[str]:
    return (
        contract.contract,
        f"{freshness.messages:,}",
        _lags(freshness.published_to_landed),
        _lags(freshness.landed_to_visible),
        _lags(freshness.published_to_visible),
        f"{contract.max_seconds:g}",
    )


def _lags(lags: Lags | None) -> str:
    if lags is None:
        return _UNKNOWN
    return " / ".join(_seconds(each) for each in (lags.p50, lags.p95, lags.p99))


def _seconds(seconds: float) -> str:
    return f"{seconds:,.0f}" if seconds >= 10 else f"{seconds:.2f}"


def _late_line(contract: ContractStatus) -> str:
    lags = contract.freshness and contract.freshness.published_to_visible
    p95 = _seconds(lags.p95) if lags else _UNKNOWN
    return (
        f"LATE: {contract.contract} took {p95} s from publication to visible at p95; "
        f"its limit is {contract.max_seconds:g} s."
    )


def _waiting_line(contracts: list[ContractStatus]) -> str:
    waiting = sum(max(contract.waiting, 0) for contract in contracts)
    oldest = [
        one.oldest_waiting_seconds for one in contracts if one.oldest_waiting_seconds is not None
    ]
    since = f" The oldest landed {_age(max(oldest))} ago." if oldest else ""
    return f"{waiting:,} messages wait for the next build.{since}"


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


def _raw_row(contract: ContractStatus) -> Sequence[str]:
    age, rates = contract.oldest_waiting_seconds, contract.landed_per_minute
    return (
        contract.contract,
        f"{contract.raw_rows:,}",
        f"{contract.waiting:,}",
        _UNKNOWN if age is None else _age(age),
        *([_rate(rates.last_hour), _rate(rates.last_day)] if rates else [_UNKNOWN] * 2),
        *_files(contract.landed_files),
        *_files(contract.compacted_files),
    )


def _files(files: FileSizes | None) -> tuple[str, str]:
    return (f"{files.count:,}", _size(files.bytes)) if files else (_UNKNOWN, _UNKNOWN)


def _rate(per_minute: float) -> str:
    """Show a rate; one that is not zero never looks as if it were."""
    return f"{per_minute:,.0f}" if per_minute >= 10 or not per_minute else f"{per_minute:.2g}"


def _age(seconds: float) -> str:
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:,.1f} {unit}"
    return f"{seconds:.0f} s"


def _size(size_bytes: int) -> str:
    for unit, length in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size_bytes >= length:
            return f"{size_bytes / length:.1f} {unit}"
    return f"{size_bytes} B"


def _terms(totals: LedgerTotals) -> list[str]:
    return [f"{getattr(totals, term):,}" for term in _TERMS]


def _time(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def table(rows: Iterable[Sequence[str]], *, left: int = 1) -> list[str]:
    """Align columns, the first ones to the left, all others to the right."""
    columns = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if index < left else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, columns, strict=True))
        ).rstrip()
        for row in rows
    ]
