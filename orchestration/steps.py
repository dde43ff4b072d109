"""What each step does, by the functions of the commands that do it alone.

A step gives its outcome, or raises what its command would tell a person. Each runs in a process of
its own and imports there what it needs: the process that watches stays small.
"""

import glob
import signal
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ingestion import settings as places
from orchestration.calendar import Night
from orchestration.outcome import DONE, INCOMPLETE, SKIPPED, WAITING, Outcome
from orchestration.published import count_suggestions, opened, opened_on_bigquery
from orchestration.settings import Settings
from warehouse.errors import WarehouseError
from warehouse.record import BuildRecord
from warehouse.tables import Tables
from warehouse.versions import Warehouse

_SHOWN = 5


@dataclass(frozen=True)
class Task:
    """A night's work."""

    night: Night
    settings: Settings
    # UTC
    now: datetime
    # the build that was audited tonight, if one was
    build_id: str | None = None

    @property
    def warehouse(self) -> Warehouse:
        """DuckDB's files."""
        return Warehouse(places.warehouse_path())

    @property
    def project(self) -> Path:
        """The dbt project."""
        return self.settings.project

    @property
    def is_on_bigquery(self) -> bool:
        """Whether the warehouse is BigQuery's datasets."""
        return self.settings.target == "bigquery"


def land(task: Task) -> Outcome:
    """Land what waits in files and subscriptions; what cannot be landed waits on."""
    from ingestion.land_sources import Reception, land_sources  # noqa: PLC0415 (see above)

    if task.is_on_bigquery and not task.settings.has_sources:
        return Outcome(SKIPPED, "Pub/Sub's BigQuery subscriptions land")
    account = land_sources(places.raw_root(), _found(task.settings), Reception(is_until_empty=True))
    totals = account.totals().values()
    failed = [one.path for one in account.inputs if one.error]
    figures = {
        "inputs": len(account.inputs),
        "inputs_failed": len(failed),
        "landed": sum(one.landed + one.dead_letters for one in totals),
        "already_there": sum(one.already_there for one in totals),
        "dead_letters": sum(one.dead_letters for one in totals),
    }
    if failed:
        more = f" and {len(failed) - _SHOWN} more" if len(failed) > _SHOWN else ""
        message = f"not landed: {', '.join(failed[:_SHOWN])}{more}; `vitrine land` says why"
        return Outcome(INCOMPLETE, message, "inputs_failed", figures=figures)
    return Outcome(DONE, f"{figures['landed']:,} messages", figures=figures)


def _found(settings: Settings) -> list[str]:
    """Give the sources that are there: what a glob means, and not an inbox that nobody made."""
    found: list[str] = []
    for source in settings.sources:
        if source.startswith("pubsub:"):
            found.append(source)
        elif glob.has_magic(source):
            found += sorted(glob.glob(source, recursive=True))  # noqa: PTH207 (an absolute one, too)
        elif settings.has_sources or _has_files(Path(source)):
            found.append(source)
    return found


def _has_files(folder: Path) -> bool:
    return folder.is_dir() and any(path.is_file() for path in folder.rglob("*"))


def build(task: Task) -> Outcome:
    """Build and audit; on BigQuery publish as well, where what was audited cannot be kept aside."""
    from warehouse.dbt_run import DbtOptions  # noqa: PLC0415 (see above)

    options = DbtOptions(task.project, places.raw_root(), as_of=task.night.as_of, is_silent=True)
    if task.is_on_bigquery:
        from warehouse.bigquery.build import build as build_datasets  # noqa: PLC0415 (an extra)

        # BigQuery ends a publication that has begun, whatever becomes of this process.
        report = build_datasets(options, before_publishing=_take_no_notice_of_the_deadline)
    else:
        from warehouse.build import prepare  # noqa: PLC0415 (see above)

        report = prepare(task.warehouse, options)
    figures = {
        term: sum(getattr(totals, term) for totals in report.ledger)
        for term in ("landed", "redelivered", "duplicates", "superseded", "rejected", "loaded")
    }
    figures |= {"tables": len(report.tables), "rows": sum(report.tables.values())}
    message = f"{report.build.build_id} holds what its audit asks"
    return Outcome(DONE, message, build_id=report.build.build_id, figures=figures)


def _take_no_notice_of_the_deadline() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def publish(task: Task) -> Outcome:
    """Publish the build that was audited, if it is not published yet."""
    assert task.build_id is not None  # noqa: S101 (the build comes first)
    if task.is_on_bigquery:
        with _published(task) as (_, record):
            if record.build_id != task.build_id:
                raise WarehouseError(
                    f"{record.build_id} is published, not {task.build_id}: another build has run "
                    "since. Run the night again from its build (--from build)."
                )
    else:
        from warehouse.prepared import publish_prepared  # noqa: PLC0415 (see above)

        publish_prepared(task.warehouse, task.build_id)
    return Outcome(DONE, f"{task.build_id} is published", build_id=task.build_id)


def recommend(task: Task) -> Outcome:
    """Check that the day has its suggestions; have the shop's own model score, where it has one.

    They are models of the build. Scores of the sales that it has published are for the next one: to
    use them tonight would take a second build.
    """
    with _published(task) as (tables, record):
        figures = count_suggestions(tables, record, task.night)
    message = f"{sum(figures.values()):,} rows for {task.night.run_date}"
    if not sum(figures.values()):
        return Outcome(
            INCOMPLETE, f"nothing is suggested for {task.night.run_date}", "empty", figures=figures
        )
    if task.settings.scorer is None:
        return Outcome(DONE, message, build_id=task.build_id, figures=figures)
    return _score(task.settings, task.settings.scorer, message, figures)


def _published(task: Task) -> AbstractContextManager[tuple[Tables, BuildRecord]]:
    if task.is_on_bigquery:
        return opened_on_bigquery(task.project)
    return opened(task.warehouse)


def _score(settings: Settings, scorer: str, message: str, figures: dict[str, int]) -> Outcome:
    from recommendations.score_command import score_published  # noqa: PLC0415 (see above)

    if settings.target == "bigquery":
        return Outcome(DONE, f"{message}; scorers read DuckDB's file only", figures=figures)
    try:
        settings.scores.parent.mkdir(parents=True, exist_ok=True)
        figures |= {"scores": score_published(scorer, settings.scores)}
    except WarehouseError:
        # It is a program of the shop's, and what it says may be anything.
        told = f"{message}; the scorer failed, and its scores of before stay: try `vitrine score`"
        return Outcome(INCOMPLETE, told, "scorer_failed", figures=figures)
    return Outcome(DONE, message, figures=figures)


def export(task: Task) -> Outcome:
    """Write OUT of the day."""
    from delivery.exporting import export_day  # noqa: PLC0415 (see above)

    return _export(task, export_day)


def stand_in(task: Task) -> Outcome:
    """Let the published day's OUT stand in for that of a day whose night is late."""
    from delivery.exporting import export_stand_in  # noqa: PLC0415 (see above)

    outcome = _export(task, export_stand_in)
    outcome.reason = "deadline"
    return outcome


def _export(task: Task, export_one: Callable[..., object]) -> Outcome:
    from delivery.exporting import Exported  # noqa: PLC0415 (see above)
    from delivery.settings import out_root  # noqa: PLC0415 (see above)
    from ingestion.storage import open_storage  # noqa: PLC0415 (see above)

    if task.is_on_bigquery:
        return Outcome(SKIPPED, "OUT is of DuckDB's file; on BigQuery read the activation dataset")
    storage = open_storage(out_root(), "VITRINE_OUT")
    exported = export_one(task.warehouse, storage, task.night.run_date, task.night.zone)
    assert isinstance(exported, Exported)  # noqa: S101 (both are)
    manifest = exported.manifest
    of = f", rows of {manifest.rows_of}" if manifest.rows_of else ""
    return Outcome(
        DONE,
        f"OUT of {manifest.run_date}: version {manifest.version}{of}",
        build_id=manifest.build_id,
        figures={table.name: table.rows for table in manifest.tables},
    )


def deliver(task: Task) -> Outcome:
    """Send the day's messages, in the hours in which that is allowed; otherwise hand over."""
    from delivery import config as configuration  # noqa: PLC0415 (see above)
    from delivery.settings import config_path  # noqa: PLC0415 (see above)

    channel = task.settings.channel
    if channel is None:
        return Outcome(SKIPPED, "VITRINE_NIGHT_DELIVER is not set: nothing is sent")
    if task.is_on_bigquery:
        return Outcome(SKIPPED, "messages are sent by DuckDB's file")
    config = configuration.load(config_path())
    local = task.now.astimezone(task.night.zone)
    if local.date() > task.night.run_date:
        return Outcome(SKIPPED, f"{task.night.run_date} is over: nobody is sent its messages")
    if local.date() != task.night.run_date or not config.is_open(local.time()):
        window = f"{task.night.run_date}, {config.hours[0]} to {config.hours[1]}"
        return Outcome(WAITING, f"its window is {window}", "window")
    from delivery.deliver_command import send_day  # noqa: PLC0415 (see above)

    report = send_day(task.night.run_date, channel, task.project)
    figures = {"sent": report.sent.total(), "not_sent": report.not_sent.total()}
    if report.left:
        return Outcome(INCOMPLETE, "messages are left for allowed hours", "window", figures=figures)
    return Outcome(DONE, f"{figures['sent']:,} sent", figures=figures)


WORK: Mapping[str, Callable[[Task], Outcome]] = {
    "land": land,
    "build": build,
    "publish": publish,
    "recommend": recommend,
    "export": export,
    "deliver": deliver,
}
