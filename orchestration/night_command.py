"""`vitrine night`: the night run as a command."""

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import click
import msgspec

from ingestion.settings import warehouse_path
from orchestration import calendar
from orchestration import settings as configuration
from orchestration.calendar import Night
from orchestration.journal import STEPS, Journal, NightFile
from orchestration.logs import log_as_json
from orchestration.night_run import NightRun
from orchestration.outcome import EXIT_LOCKED
from warehouse.cli import bigquery_extra, project_dir_option, target_option
from warehouse.errors import WarehouseError
from warehouse.lock import LockedError, lock
from warehouse.project_vars import business_zone, read_vars
from warehouse.versions import Warehouse

_STEP = click.Choice(STEPS)


class _NightIsRunningError(click.ClickException):
    exit_code = EXIT_LOCKED


@click.command()
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The business day that has ended, by the shop's clock.  [default: the last one; from "
    "23:00 on, today]",
)
@click.option("--from", "first", type=_STEP, help="Do this step and all after it, again if done.")
@click.option("--only", type=_STEP, help="Do only this step, unless it is done.")
@click.option("--again", is_flag=True, help="With --only: do it even if it is done.")
@click.option(
    "--deadline",
    metavar="TIME",
    help="By when the day has to be published, on the shop's clock, or none.  "
    "[default: VITRINE_NIGHT_DEADLINE, 07:00]",
)
@target_option
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@project_dir_option
def night(  # noqa: PLR0913 (one parameter an option)
    *,
    day: datetime | None,
    first: str | None,
    only: str | None,
    again: bool,
    deadline: str | None,
    target: configuration.Target,
    as_json: bool,
    project_dir: Path,
) -> None:
    """Do all that has to be done between the shops' closing and their opening.

    \b
      land       what waits in files and subscriptions, into raw
      build      the warehouse aside, as of the morning after, and audit it
      publish    what was audited
      recommend  check that the day has its suggestions; let the shop's own model score
      export     OUT
      deliver    messages to customers, in their hours (07:00 to 23:00): at night it only hands over

    Run it again whenever it ended early, however it did: what is done is not done again, and a
    build that was audited is published. "Now" of the models is 03:00 after the day (the variable
    night_run_hour), whenever it runs, so the same messages give the same rows.

    A file or subscription that cannot be landed does not hold up the others, nor the night. What
    is not published by the deadline is stopped: the day before stays published, OUT of the new day
    is that of the day before, and its manifest says so. --deadline none publishes later.

    \b
    Examples:
      vitrine night                                  at 23:05, and every half hour until 07:00
      vitrine night --from deliver                   in the morning
      vitrine night --date 2024-05-01 --only build   a step of an orchestrator
      vitrine night --date 2024-05-01 --from land --deadline none   late data: the day again

    \b
    Settings (environment variables):
      VITRINE_NIGHT_SOURCES   what to land, with spaces between: files, folders, globs,
                              pubsub:projects/P/subscriptions/S   (default data/inbox)
      VITRINE_NIGHT_DEADLINE  07:00, or none              (default 07:00)
      VITRINE_NIGHT_WARNING   how long before it is told  (default 60m)
      VITRINE_NIGHT_WEBHOOK   where summaries are POSTed  (default nowhere)
      VITRINE_NIGHT_DELIVER   sms or whatsapp             (default: nothing is sent)
      VITRINE_NIGHT_SCORER    the shop's own model, as for `vitrine score`   (default none)
      VITRINE_NIGHT_SCORES    its scores                  (default data/scores.parquet)

    The log is on standard error, a JSON object a line. Steps and durations are in
    validation.night_runs and validation.night_steps of the published warehouse, until now.

    Exit code: 0 if all is done, now or before; 1 if a step failed; 3 if all is done but something
    is missing (inputs that could not be landed; messages left for allowed hours); 4 if the deadline
    came first; 5 if another night run is running.
    """  # noqa: D301 (\b is for click)
    asked, redone = _asked(first, only, is_again=again)
    now = calendar.now()
    one = _night(day.date() if day else None, now, deadline, project_dir)
    run_id = f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    log_as_json(night=str(one.day), run_id=run_id)
    try:
        settings = configuration.read(target, project_dir)
        warehouse = Warehouse(warehouse_path())
        with _alone(warehouse):
            journal = _journal(settings, warehouse, one.day)
            run = NightRun(one, settings, journal, run_id, calendar.now)
            summary = run.run(asked, redone)
    except click.ClickException as error:
        if not as_json:
            raise
        click.echo(msgspec.json.encode({"error": error.message, "exit_code": error.exit_code}))
        sys.exit(error.exit_code)
    click.echo(msgspec.json.encode(summary) if as_json else "\n".join(summary.lines()))
    sys.exit(summary.exit_code)


def _journal(settings: configuration.Settings, warehouse: Warehouse, day: date) -> Journal:
    if settings.target == "bigquery":
        with bigquery_extra():
            from orchestration.bigquery_journal import NightTable  # noqa: PLC0415 (an extra)
        return NightTable(settings.project, day)
    return NightFile(warehouse.nights, day)


def _asked(
    first: str | None, only: str | None, *, is_again: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the steps that are asked for, and which of them are to be done even if they are."""
    if first and only:
        raise click.UsageError("--from and --only exclude each other.")
    if is_again and not only:
        raise click.UsageError("--again is for --only; --from does its steps again anyway.")
    if only:
        return (only,), (only,) if is_again else ()
    if first:
        asked = STEPS[STEPS.index(first) :]
        return asked, asked
    return STEPS, ()


def _night(day: date | None, now: datetime, deadline: str | None, project: Path) -> Night:
    zone = business_zone(project)
    last = calendar.last_day(now, zone)
    if day is not None and day > last:
        raise click.UsageError(f"{day} has not ended; the last day that has is {last}.")
    until = (
        configuration.parse_deadline(deadline, "--deadline")
        if deadline
        else configuration.deadline()
    )
    hour = int(read_vars(project).get("night_run_hour", 3))
    return Night(day or last, zone, hour, until, configuration.warning())


@contextmanager
def _alone(warehouse: Warehouse) -> Iterator[None]:
    """Hold the lock of night runs; whoever comes second ends at once."""
    try:
        warehouse.folder.mkdir(parents=True, exist_ok=True)
        with lock(warehouse.night_lock, "night run", wait=False):
            yield
    except LockedError as error:
        raise _NightIsRunningError(error.message) from error
    except OSError as error:
        raise WarehouseError(f"{error.filename}: {error.strerror}.") from error
