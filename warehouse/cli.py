"""The commands `vitrine build` and `vitrine status`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from ingestion import contracts, settings
from ingestion.command_options import DURATION, UTC_TIME
from warehouse.errors import AuditFailedError, WarehouseError
from warehouse.freshness import Limits
from warehouse.record import BuildReport
from warehouse.status import Status, read_status
from warehouse.text import report_lines, status_lines
from warehouse.versions import Warehouse

if TYPE_CHECKING:
    from warehouse.dbt_run import DbtOptions

_CHECKOUT = Path(__file__).resolve().parent.parent
# Six times as long as a lander waits for more (`--flush-seconds`).
_MAX_SECONDS = 60.0
# The exit code of status: 1 is an error, and 2 click's for a command that makes no sense.
_LATE = 3


class _Limit(click.ParamType[tuple[str | None, float]]):
    name = "limit"

    def convert(
        self,
        value: str | tuple[str | None, float],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str | None, float]:
        """Read seconds, or the seconds of a contract."""
        if isinstance(value, tuple):
            return value
        contract, equals, number = value.rpartition("=")
        try:
            seconds = float(number)
        except ValueError:
            seconds = nan
        if not seconds >= 0:
            self.fail(f"{value!r} is no limit; write 60, or vtex.order=60.", param, ctx)
        if equals and contract not in {*contracts.load().by_name, contracts.DEAD_LETTERS}:
            self.fail(f"there is no contract {contract!r}.", param, ctx)
        return (contract if equals else None), seconds


target_option = click.option(
    "--target",
    type=click.Choice(["duckdb", "bigquery"]),
    default="duckdb",
    show_default=True,
    help="Which of the profile's warehouses.",
)


def _within_a_day(_: click.Context, param: click.Parameter, value: timedelta) -> timedelta:
    if not timedelta(0) < value <= timedelta(days=1):
        raise click.BadParameter("from 1s to 1d", param=param)
    return value


project_dir_option = click.option(
    "--project-dir",
    envvar="DBT_PROJECT_DIR",
    type=click.Path(path_type=Path, exists=True, file_okay=False, resolve_path=True),
    default=_CHECKOUT,
    help="The dbt project and its profiles.yml.",
)


@click.command()
@target_option
@click.option("--full-refresh", is_flag=True, help="Rebuild incremental tables from all of raw.")
@click.option(
    "--anew",
    "is_anew",
    is_flag=True,
    help="Rebuild into empty files, and remove all older builds (DuckDB): `vitrine forget` does.",
)
@click.option("--as-of", type=UTC_TIME, help='The "now" of every model (default: its start).')
@click.option(
    "--as-then",
    "is_as_then",
    is_flag=True,
    help="With --as-of: rebuild from what had landed by then, without what came later.",
)
@click.option(
    "--keep",
    # The one before may be about to be opened by a reader that has just resolved the link.
    type=click.IntRange(min=2),
    default=3,
    show_default=True,
    help="How many builds stay on disk, the new one included (DuckDB).",
)
@click.option("--no-wait", is_flag=True, help="Fail if another build is running.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print nothing unless the build fails.")
@project_dir_option
def build(  # noqa: PLR0913 - one parameter an option
    *,
    target: str,
    full_refresh: bool,
    is_anew: bool,
    as_of: datetime | None,
    is_as_then: bool,
    keep: int,
    no_wait: bool,
    as_json: bool,
    quiet: bool,
    project_dir: Path,
) -> None:
    """Build the warehouse aside, audit it, and publish it if the audit holds.

    What is published stays as it is, and readable, until then; and if the audit fails.
    """
    from warehouse.dbt_run import DbtOptions  # noqa: PLC0415 - dbt: 2 s to import

    if is_as_then and as_of is None:
        raise click.UsageError("--as-then needs --as-of: by when must a message have landed?")
    options = DbtOptions(
        project=project_dir,
        raw_root=settings.raw_root(),
        # What is staged may have landed later.
        full_refresh=full_refresh or is_anew or is_as_then,
        as_of=as_of,
        landed_by=as_of if is_as_then else None,
        is_silent=as_json or quiet,
    )
    try:
        report = _build(
            target, options, keep=1 if is_anew else keep, wait=not no_wait, is_anew=is_anew
        )
    except click.ClickException as error:
        if not as_json:
            raise
        failures = error.failures if isinstance(error, AuditFailedError) else []
        _print_json({"error": error.message, "failures": failures})
        sys.exit(error.exit_code)
    if as_json:
        _print_json(report)
    elif not quiet:
        click.echo("\n".join(report_lines(report)))


@click.command()
@target_option
@click.option(
    "--window",
    type=DURATION,
    default="1h",
    show_default=True,
    callback=_within_a_day,
    help="Freshness is of what became visible since, 1d at most.",
)
@click.option(
    "--max-seconds",
    "limits",
    type=_Limit(),
    multiple=True,
    envvar="VITRINE_MAX_SECONDS",
    metavar="[CONTRACT=]SECONDS",
    help="From publication to visible, at p95, of all contracts [default: 60] or of one; may be "
    "repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print it as one JSON object.")
@project_dir_option
def status(
    *,
    target: str,
    window: timedelta,
    limits: tuple[tuple[str | None, float], ...],
    as_json: bool,
    project_dir: Path,
) -> None:
    """Show what is published, over which messages, what waits for the next build, and how fresh.

    Of each contract: how many messages lie in raw and wait, since when the oldest of them does
    (since it landed), how many were landed a minute over the last hour and day, and the files that
    have them, as landed and compacted. Nothing is locked or changed, no payload is read, and
    Pub/Sub is not asked. On BigQuery, what only files could tell is unknown.

    Freshness is the time from the publication of a message until it landed, and until it was
    visible in raw: half, 95 and 99 of a hundred took that long or less. What was landed from files
    or replayed into raw is not measured, nor what was a day old: it does not come late, it comes
    again.

    \b
    Examples:
      vitrine status
      vitrine status --window 15m --max-seconds 30 --max-seconds storefront.event=2
      vitrine status --json | jq '.contracts[] | {contract, waiting, oldest_waiting_seconds}'
      vitrine status --json | jq -e 'all(.contracts[]; (.oldest_waiting_seconds // 0) < 90000)'

    The last one fails if something has waited for more than 25 hours: a night run was missed.

    \b
    Settings (environment variables):
      VITRINE_MAX_SECONDS   what --max-seconds says where it is not given: "60 storefront.event=2"

    Exit code: 0 if all is well; 3 if a contract is late; 1 if something cannot be read.
    """  # noqa: D301 (\b is for click)
    current = _read_status(target, project_dir, window, _limits(limits))
    if as_json:
        _print_json(current)
    else:
        click.echo("\n".join(status_lines(current)))
    if current.late:
        sys.exit(_LATE)


def _limits(given: tuple[tuple[str | None, float], ...]) -> Limits:
    of_contracts = {contract: seconds for contract, seconds in given if contract is not None}
    of_all = [seconds for contract, seconds in given if contract is None]
    return Limits(of_all[-1] if of_all else _MAX_SECONDS, of_contracts)


def _build(
    target: str, options: "DbtOptions", *, keep: int, wait: bool, is_anew: bool
) -> BuildReport:
    if target == "bigquery":
        if is_anew:
            raise click.UsageError("--anew is of DuckDB's files; BigQuery has --full-refresh.")
        with bigquery_extra():
            from warehouse.bigquery import build as bigquery  # noqa: PLC0415 - may be missing
        return bigquery.build(options, wait=wait)
    from warehouse.anew import start_anew  # noqa: PLC0415 - pyarrow, which status has no need of
    from warehouse.build import build as build_files  # noqa: PLC0415 - dbt: 2 s to import
    from warehouse.publish import copy_published  # noqa: PLC0415 - as above

    start = partial(start_anew, raw_root=options.raw_root) if is_anew else copy_published
    warehouse = Warehouse(settings.warehouse_path())
    return build_files(warehouse, options, keep=keep, wait=wait, start=start)


def _read_status(target: str, project_dir: Path, window: timedelta, limits: Limits) -> Status:
    if target == "bigquery":
        with bigquery_extra():
            from warehouse.bigquery import status as bigquery  # noqa: PLC0415 - may be missing
        return bigquery.read_status(project_dir)
    return read_status(Warehouse(settings.warehouse_path()), settings.raw_root(), window, limits)


@contextmanager
def bigquery_extra() -> Iterator[None]:
    """Say what installs the libraries that only BigQuery needs."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise WarehouseError(
            f"{error.name} is missing, which BigQuery needs: pip install -e '.[bigquery]'"
        ) from error


def _print_json(value: object) -> None:
    click.echo(msgspec.json.encode(value))
