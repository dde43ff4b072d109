"""What is published on BigQuery, over which messages, and what waits for the next build."""

from datetime import UTC, datetime
from pathlib import Path

from warehouse.bigquery.connection import RETRY, BigQuery, BigQueryTables, connect, told_in_words
from warehouse.bigquery.landed import count_landed_rows
from warehouse.bigquery.lock import running_build
from warehouse.bigquery.record import Publication, read_publication
from warehouse.drift import read_unknown_fields
from warehouse.ledger import LedgerTotals, read_ledger
from warehouse.status import Published, Status, by_contract
from warehouse.tables import NoSuchTableError


def read_status(project_folder: Path) -> Status:
    """Look without disturbing. Raises WarehouseError if something cannot be read."""
    bigquery = connect(project_folder)
    path = f"{bigquery.project}.{bigquery.published}_*"
    with told_in_words():
        # Asked first: it gives up in a minute where nothing answers, and a query in ten.
        building = running_build(bigquery)
        tables = BigQueryTables(bigquery, bigquery.published)
        publication = read_publication(tables)
        return Status(
            at=datetime.now(UTC),
            link=path,
            published=publication and _published(bigquery, path, publication),
            contracts=by_contract(_ledger(tables), count_landed_rows(bigquery)),
            building=building,
            unknown_fields=read_unknown_fields(tables),
        )


def _published(bigquery: BigQuery, path: str, publication: Publication) -> Published:
    schemas = {name.partition(".")[0] for name in publication.tables}
    listed = [
        bigquery.client.get_table(table, retry=RETRY)
        for schema in sorted(schemas)
        for table in bigquery.client.list_tables(
            f"{bigquery.project}.{bigquery.published}_{schema}", retry=RETRY
        )
        if f"{schema}.{table.table_id}" in publication.tables
    ]
    return Published(
        build=publication.build,
        path=path,
        bytes=sum(table.num_bytes or 0 for table in listed),
        is_whole=publication.published_at is not None,
    )


def _ledger(tables: BigQueryTables) -> list[LedgerTotals]:
    try:
        return read_ledger(tables)
    except NoSuchTableError:
        return []
