"""How much lies in the tables that Pub/Sub's subscriptions write."""

import os

from google.api_core.exceptions import NotFound

from warehouse.bigquery.connection import RETRY, BigQuery


def count_landed_rows(bigquery: BigQuery) -> dict[str, int]:
    """Count the rows of every landed table, copies included; empty if there is none yet.

    By a query, which costs nothing: a table's metadata leave out what was streamed a moment ago.
    """
    dataset = os.environ.get("VITRINE_BIGQUERY_LANDED") or f"{bigquery.build}_landed"
    path = f"{bigquery.project}.{dataset}"
    try:
        tables = [table.table_id for table in bigquery.client.list_tables(path, retry=RETRY)]
    except NotFound:
        return {}
    if not tables:
        return {}
    counting = " union all ".join(
        f"select '{table}' as landed, count(*) as row_count from `{path}.{table}`"  # noqa: S608 - ours
        for table in tables
    )
    rows = bigquery.client.query_and_wait(counting, retry=RETRY)
    return {row["landed"]: row["row_count"] for row in rows}
