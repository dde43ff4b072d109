"""`vitrine replay`: the messages of a period once more, from raw."""

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import click
import duckdb
import msgspec
import pyarrow as pa

from ingestion import contracts, journal, settings
from ingestion.command_options import UTC_TIME, only_contracts
from ingestion.contracts import DEAD_LETTERS, Contracts
from ingestion.errors import LandingError, explain
from ingestion.raw_layer import ensure_raw
from ingestion.replay import By, Period, Replay, Unit
from ingestion.replay_outputs import FileOutput, Output, RawOutput, TopicOutput
from ingestion.sinks import SinkError
from ingestion.storage import open_storage


class _Target(NamedTuple):
    """Where to; one of them is given."""

    raw: str | None
    topic: str | None
    file: Path | None


class Account(msgspec.Struct):
    """What became of a contract's messages: given again, or given by this same replay before."""

    replayed: int = 0
    already_there: int = 0


@click.command()
@click.option("--from", "start", type=UTC_TIME, required=True, help="First instant (UTC).")
@click.option("--to", "end", type=UTC_TIME, required=True, help="The instant to stop before.")
@only_contracts
@click.option(
    "--by",
    type=click.Choice([by.value for by in By]),
    default=By.PUBLISH.value,
    show_default=True,
    help="Which of a message's times is meant.",
)
@click.option("--to-raw", metavar="ROOT", help="Land them in this raw layer: a folder or a URL.")
@click.option("--sink", metavar="TOPIC", help="Publish: pubsub:projects/P/topics/{table}.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="A file: .ndjson[.gz]."
)
@click.option("--dry-run", is_flag=True, help="Only count what would be replayed.")
@click.option("--json", "as_json", is_flag=True, help="Print the account as one JSON object.")
def replay(  # noqa: PLR0913 (one parameter an option)
    *,
    start: datetime,
    end: datetime,
    names: tuple[str, ...],
    by: str,
    to_raw: str | None,
    sink: str | None,
    out: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Give the messages of a period again, from the raw layer (VITRINE_RAW).

    Each message once, however often it was delivered, byte for byte, with its own id and publish
    time; day by day, in order of time. The sources are not asked for anything.

    Into a raw layer, repeating a replay, after a crash say, adds nothing. In the one that they come
    from they are redelivered copies: a build counts them, and nothing changes; but a dead letter of
    a contract that is known by now lands in its table. Over topics, `vitrine land` gives them back
    the id and the time, which travel as attributes.

    \b
    Examples:
      vitrine replay --from 2024-05-01 --to 2024-05-02 --dry-run
      vitrine replay --from 2024-05-01 --to 2024-06-01 --out may.ndjson.gz
      vitrine replay --from 2024-05-01 --to 2024-06-01 --contract vtex.order --to-raw /tmp/may
      vitrine replay --from 2020-01-01 --to 2030-01-01 --contract dead_letters --to-raw data/raw
      vitrine replay --from 2024-05-01T12:00Z --to 2024-05-01T13:00Z --by landed \\
        --sink 'pubsub:projects/shop/topics/{table}'

    Exit code: 0 if all messages are replayed, now or before.
    """  # noqa: D301 (\b is for click)
    # The system's own memory pool gives back what is no longer used.
    pa.set_memory_pool(pa.system_memory_pool())
    if [to_raw, sink, out, dry_run or None].count(None) != 3:
        raise click.UsageError("Say where to: one of --to-raw, --sink, --out, or --dry-run.")
    known = contracts.load()
    tables = _tables(known, names)
    period = Period(start, end, By(by))
    root = settings.raw_root()
    ensure_raw(root)
    journal.recover(root)
    source = Replay(open_storage(root), period)
    try:
        units = source.units(list(tables))
        if dry_run:
            done = dict.fromkeys(units, True)
        else:
            done = dict(_replay(source, units, period, known, _Target(to_raw, sink, out)))
    except OSError as error:
        raise LandingError(explain(error, Path(error.filename or root))) from error
    except SinkError as error:
        raise LandingError(f"{error} Run it again: what is published twice counts once.") from error
    except (duckdb.Error, pa.ArrowException) as error:
        raise LandingError(f"{root}: {error}") from error
    accounts = _accounts(tables, done)
    if as_json:
        click.echo(msgspec.json.encode({"is_dry_run": dry_run, "contracts": accounts}))
    else:
        click.echo("\n".join(_lines(accounts, dry_run=dry_run)))


def _tables(known: Contracts, names: tuple[str, ...]) -> dict[str, str]:
    """Give the contracts that are meant by their tables; raises LandingError."""
    by_name = {name: one.table for name, one in known.by_name.items()}
    by_name[DEAD_LETTERS] = DEAD_LETTERS
    for name in names:
        if name not in by_name:
            raise LandingError(f"unknown contract {name!r}; known: {', '.join(sorted(by_name))}.")
    return {by_name[name]: name for name in names or by_name}


def _replay(
    source: Replay, units: list[Unit], period: Period, known: Contracts, target: _Target
) -> Iterator[tuple[Unit, bool]]:
    """Replay units, one after the other; tells of each whether it is new where it goes."""
    with closing(_output(target, known, period)) as output, _progress_bar(units) as advance:
        for unit in units:
            with closing(source.messages(unit)) as messages:
                yield unit, output.put(unit, messages)
            advance(unit.message_count)
        output.finish()


def _output(target: _Target, known: Contracts, period: Period) -> Output:
    if target.raw:
        # The same root in other words is the same root.
        return RawOutput(open_storage(target.raw).url, known, period)
    if target.topic:
        return TopicOutput(target.topic)
    assert target.file is not None  # noqa: S101 (one of them is given)
    return FileOutput(target.file)


@contextmanager
def _progress_bar(units: list[Unit]) -> Iterator[Callable[[int], None]]:
    """Show a bar over messages; only on a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    total = sum(unit.message_count for unit in units)
    with click.progressbar(length=total, label="replay", file=sys.stderr) as bar:
        yield bar.update


def _accounts(tables: dict[str, str], done: dict[Unit, bool]) -> dict[str, Account]:
    accounts: dict[str, Account] = {}
    for unit, is_new in done.items():
        account = accounts.setdefault(tables[unit.table], Account())
        if is_new:
            account.replayed += unit.message_count
        else:
            account.already_there += unit.message_count
    return dict(sorted(accounts.items()))


def _lines(accounts: dict[str, Account], *, dry_run: bool) -> Iterator[str]:
    """Tell it to a person: a line per contract."""
    if not accounts:
        yield "There are no messages of this period."
        return
    width = max(len("contract"), *map(len, accounts))
    replayed = "to replay" if dry_run else "replayed"
    yield f"{'contract':{width}}  {replayed:>13}  {'already there':>13}"
    for name, account in accounts.items():
        yield f"{name:{width}}  {account.replayed:>13,}  {account.already_there:>13,}"
