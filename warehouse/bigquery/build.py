"""Write, audit, publish on BigQuery: one build from its lock to its clones."""

from collections.abc import Callable
from datetime import UTC, datetime

from warehouse.audit import audit_ledger, wrong_rows
from warehouse.bigquery.connection import (
    RETRY,
    TARGET,
    BigQuery,
    BigQueryTables,
    connect,
    told_in_words,
)
from warehouse.bigquery.landed import count_landed_rows
from warehouse.bigquery.lock import Lease, build_lock
from warehouse.bigquery.publish import publish, to_publish
from warehouse.bigquery.record import read_publication
from warehouse.dbt_run import DbtOptions, DbtPlace, run_dbt
from warehouse.errors import AuditFailedError, WarehouseError
from warehouse.ledger import read_ledger
from warehouse.publish import private_files
from warehouse.record import BuildReport, record_of
from warehouse.versions import next_build_id


def build(
    options: DbtOptions,
    *,
    wait: bool = True,
    before_publishing: Callable[[], object] = lambda: None,
) -> BuildReport:
    """Build into datasets of its own, audit, and clone into the published ones.

    Raises WarehouseError (a failed audit is an AuditFailedError): then what was published still is,
    unless the message says that publishing itself was interrupted.
    """
    bigquery = connect(options.project)
    with told_in_words(), build_lock(bigquery, wait=wait) as lease:
        return _build(bigquery, options, lease, before_publishing)


def _build(
    bigquery: BigQuery,
    options: DbtOptions,
    lease: Lease,
    before_publishing: Callable[[], object],
) -> BuildReport:
    before = read_publication(BigQueryTables(bigquery, bigquery.published))
    build_id = next_build_id(before.build.build_id if before else None)
    # Counted before dbt reads: what lands meanwhile waits for the next build.
    has_messages = any(count_landed_rows(bigquery).values())
    artifacts = options.project / "target" / TARGET
    built = BigQueryTables(bigquery, bigquery.build)
    with private_files():
        try:
            run = run_dbt(DbtPlace(TARGET, artifacts, artifacts / "logs"), options)
        except AuditFailedError as error:
            raise AuditFailedError([*error.failures, *wrong_rows(built)], error.advice) from error
    audit_ledger(built, has_messages=has_messages)
    ledger = read_ledger(built)
    tables = to_publish(bigquery, run.relations)
    record = record_of(build_id, run, options, ledger)
    lease.renew()
    before_publishing()
    try:
        with told_in_words():
            publish(bigquery, record, tables)
    except WarehouseError as error:
        raise WarehouseError(
            f"{error.message}\n{build_id} passed its audit, but publishing it was interrupted: "
            "`vitrine status` says whether tables are of two builds. Build again."
        ) from error
    return BuildReport(
        build=record,
        seconds=round((datetime.now(UTC) - record.started_at).total_seconds(), 3),
        path=f"{bigquery.project}.{bigquery.published}_*",
        tables={
            f"{schema}.{table}": _row_count(bigquery, schema, table) for schema, table in tables
        },
        ledger=ledger,
    )


def _row_count(bigquery: BigQuery, schema: str, table: str) -> int:
    name = f"{bigquery.project}.{bigquery.published}_{schema}.{table}"
    return int(bigquery.client.get_table(name, retry=RETRY).num_rows or 0)
