"""Write, audit, publish on DuckDB: one build from its lock to its link, at once or in two steps."""

from collections.abc import Callable

import duckdb

from ingestion.journal import recover
from ingestion.raw_layer import ensure_raw
from warehouse.audit import audit_ledger, count_published_rows, wrong_rows
from warehouse.clean_copy import write_anew
from warehouse.dbt_run import DbtOptions, DbtPlace, run_dbt
from warehouse.errors import AuditFailedError, Failure
from warehouse.ledger import read_ledger
from warehouse.night_views import ensure_nights, night_views
from warehouse.prepared import Prepared, alone, note, tidy
from warehouse.publish import (
    clear_workspace,
    copy_published,
    finish,
    mend,
    private_files,
    publish,
)
from warehouse.raw import count_raw_rows
from warehouse.record import BuildReport, record_of, write_record, write_steps
from warehouse.report.writing import report_beside
from warehouse.tables import DuckDBTables
from warehouse.versions import Warehouse, Workspace, next_build_id

# Puts the restricted file that a build goes on from into the workspace, given the published build.
Start = Callable[[Warehouse, str | None], None]


def build(
    warehouse: Warehouse,
    options: DbtOptions,
    *,
    keep: int = 3,
    wait: bool = True,
    start: Start = copy_published,
) -> BuildReport:
    """Build on from what is published, audit it, publish it, and keep the newest `keep` builds.

    Raises WarehouseError (a failed audit is an AuditFailedError): then what was published still is.
    """
    with alone(warehouse, wait=wait):
        report = _prepare(warehouse, options, start)
        try:
            publish(warehouse, report.build.build_id)
        except BaseException:
            clear_workspace(warehouse.workspace)
            raise
        tidy(warehouse, report.build.build_id, keep)
        report_beside(warehouse)
    return report


def prepare(warehouse: Warehouse, options: DbtOptions) -> BuildReport:
    """Build a copy of what is published and audit it: `publish_prepared` may publish it later.

    Raises WarehouseError (a failed audit is an AuditFailedError).
    """
    with alone(warehouse, wait=True):
        return _prepare(warehouse, options, copy_published)


def _prepare(warehouse: Warehouse, options: DbtOptions, start: Start) -> BuildReport:
    """Leave an audited build in the workspace; nothing if it fails."""
    published = mend(warehouse)
    build_id = next_build_id(published)
    ensure_raw(options.raw_root)
    recover(options.raw_root)
    ensure_nights(warehouse.nights)
    try:
        with private_files():
            start(warehouse, published)
        report = _build_in_workspace(warehouse, build_id, options)
        finish(warehouse.workspace)
        with private_files():
            note(warehouse.workspace, Prepared(report, published))
    except BaseException:
        clear_workspace(warehouse.workspace)
        raise
    return report


def _build_in_workspace(warehouse: Warehouse, build_id: str, options: DbtOptions) -> BuildReport:
    """Leave two audited, closed files in the workspace."""
    workspace = warehouse.workspace
    # Counted before dbt reads: what lands meanwhile waits for the next build.
    has_messages = any(count_raw_rows(options.raw_root).values())
    with private_files():
        try:
            run = run_dbt(_place(warehouse, options), options)
        except AuditFailedError as error:
            raise AuditFailedError(
                [*error.failures, *_wrong_rows(workspace)], error.advice
            ) from error
        with duckdb.connect(workspace.main) as connection:
            tables = DuckDBTables(connection)
            audit_ledger(tables, has_messages=has_messages)
            ledger = read_ledger(tables)
            record = record_of(build_id, run, options, ledger)
            write_record(connection, record)
            write_steps(connection, run.steps)
            connection.execute("checkpoint")
        with duckdb.connect(workspace.pii) as connection:
            connection.execute("checkpoint")
        views = night_views(warehouse.nights)
        write_anew(workspace.main, workspace.folder / "leaving", options.raw_root, views)
    return BuildReport(
        build=record,
        seconds=round((record.finished_at - record.started_at).total_seconds(), 3),
        path=str(warehouse.version(build_id)),
        tables=count_published_rows(workspace.main, options.raw_root),
        ledger=ledger,
    )


def _place(warehouse: Warehouse, options: DbtOptions) -> DbtPlace:
    workspace = warehouse.workspace
    settings = {
        "VITRINE_BUILD": str(workspace.main),
        "VITRINE_BUILD_PII": str(workspace.pii),
        "VITRINE_BUILD_KEY": str(warehouse.key),
        "VITRINE_RAW": str(options.raw_root),
    }
    return DbtPlace("duckdb", workspace.target, workspace.logs, settings, is_parsed_once=True)


def _wrong_rows(workspace: Workspace) -> list[Failure]:
    """Tell where a failed build does not balance; nothing if it did not get that far."""
    if not workspace.main.exists():
        return []
    with duckdb.connect(workspace.main, read_only=True) as connection:
        return wrong_rows(DuckDBTables(connection))
