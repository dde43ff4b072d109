"""`vitrine compact`: closed hours of the raw layer into few sorted files."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import click
import msgspec
import pyarrow as pa

from ingestion import contracts, journal, settings
from ingestion.command_options import DURATION, only_contracts
from ingestion.compaction import Compaction, Progress, TableAccount
from ingestion.contracts import DEAD_LETTERS, Contract, Contracts
from ingestion.errors import LandingError, explain
from ingestion.raw_layer import ensure_raw
from ingestion.storage import open_storage


@click.command()
@only_contracts
@click.option(
    "--older-than",
    type=DURATION,
    default="2h",
    show_default=True,
    help="Leave hours alone that ended since: what is late may still come.",
)
@click.option(
    "--grace",
    type=DURATION,
    default="48h",
    show_default=True,
    help="How long replaced files stay: the speed layer reads them until a build has.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the account as one JSON object.")
def compact(names: tuple[str, ...], older_than: timedelta, grace: timedelta, as_json: bool) -> None:
    """Rewrite the closed hours of the raw layer into few, sorted files.

    Messages stay as they are, byte for byte, with all their copies; builds read the same rows
    before, during and afterwards. Files are divided by the event's hour, or as the file of
    contracts says. What was replaced is removed by a later run, once the grace period is over.

    Run it as often as you like, from a timer, also beside landing and builds. After a crash, just
    run the same command again.

    \b
    Examples:
      vitrine compact
      vitrine compact --contract vtex.order --contract dead_letters
      vitrine compact --older-than 1d --grace 3d
      vitrine compact --json | jq '.tables[] | select(.error)'

    Exit code: 0 if all is well; 1 if a table could not be compacted (all the others are).
    """  # noqa: D301 (\b is for click)
    # The system's own memory pool gives back what is no longer used.
    pa.set_memory_pool(pa.system_memory_pool())
    wanted = _find_contracts(contracts.load(), names)
    root = settings.raw_root()
    ensure_raw(root)
    # What is committed but not in its place could be put there after its copy has been removed.
    journal.recover(root)
    compaction = Compaction(open_storage(root), older_than, grace)
    accounts = []
    try:
        for contract in wanted:
            waiting_bytes = compaction.waiting_bytes(contract)
            with _progress_bar(contract, waiting_bytes) as progress:
                accounts.append(compaction.compact(contract, progress))
    except OSError as error:
        raise LandingError(explain(error, root)) from error
    if as_json:
        click.echo(msgspec.json.encode({"tables": accounts}))
    else:
        click.echo("\n".join(_lines(accounts)))
    errors = [account.error for account in accounts if account.error]
    for message in errors:
        click.echo(f"Error: {message}", err=True)
    if errors:
        sys.exit(1)


def _find_contracts(known: Contracts, names: tuple[str, ...]) -> list[Contract | None]:
    """List the contracts that are meant (None: dead letters); raises LandingError."""
    by_name: dict[str, Contract | None] = {**known.by_name, DEAD_LETTERS: None}
    for name in names:
        if name not in by_name:
            raise LandingError(f"unknown contract {name!r}; known: {', '.join(sorted(by_name))}.")
    return [by_name[name] for name in dict.fromkeys(names or by_name)]


@contextmanager
def _progress_bar(contract: Contract | None, waiting_bytes: int) -> Iterator[Progress]:
    """Show a bar over the bytes to be compacted; only on a terminal, and only if there are any."""
    if not sys.stderr.isatty() or not waiting_bytes:
        yield lambda _: None
        return
    label = contract.name if contract else DEAD_LETTERS
    with click.progressbar(length=waiting_bytes, label=label, file=sys.stderr) as bar:
        yield lambda done_bytes: bar.update(done_bytes - bar.pos)


def _lines(accounts: list[TableAccount]) -> Iterator[str]:
    """Tell it to a person: a line per table of which anything is to be told."""
    told = [one for one in accounts if one.landed_files or one.removed_files or one.was_overtaken]
    if not told:
        yield "Nothing to compact or to remove."
        return
    rows = [["table", "rows", "files", "MB", "to files", "MB", "removed files", "MB"]]
    for one in told:
        numbers = [one.rows, one.landed_files, one.landed_bytes >> 20, one.compacted_files]
        numbers += [one.compacted_bytes >> 20, one.removed_files, one.removed_bytes >> 20]
        rows.append([one.table, *(f"{number:,}" for number in numbers)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        first, *others = zip(row, widths, strict=True)
        yield f"{first[0]:{first[1]}}" + "".join(f"  {cell:>{width}}" for cell, width in others)
    for one in told:
        if one.was_overtaken:
            yield f"{one.table}: another compaction was faster; the rest waits for the next run."
