"""What is published, asked in the same words of DuckDB's file and of BigQuery's datasets."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from orchestration.calendar import Night
from warehouse.errors import WarehouseError
from warehouse.record import BuildRecord, read_record
from warehouse.tables import DuckDBTables, Tables
from warehouse.versions import Warehouse

# What is made for the run date, of the schema `activation`.
_SUGGESTIONS = ("contact_suggestions", "product_recommendations")


def count_suggestions(tables: Tables, record: BuildRecord, night: Night) -> dict[str, int]:
    """Count what is suggested for the night's run date, by table.

    Raises WarehouseError if what is published is of another day, or lacks these tables.
    """
    published = record.as_of.astimezone(night.zone).date()
    if published != night.run_date:
        raise WarehouseError(
            f"what is published is of {published}, not of {night.run_date}: another build was "
            "published since. Run the night again from its build (--from build)."
        )
    return {table: _count(tables, table, night.run_date) for table in _SUGGESTIONS}


def _count(tables: Tables, table: str, run_date: date) -> int:
    (row,) = tables.rows(
        f"select count(*) as row_count from {tables.name('activation', table)}"  # noqa: S608 (ours)
        f" where run_date = date '{run_date}'"
    )
    return int(row["row_count"])


@contextmanager
def opened(warehouse: Warehouse) -> Iterator[tuple[Tables, BuildRecord]]:
    """Open DuckDB's published file. Raises WarehouseError if there is none."""
    with duckdb.connect(warehouse.published_file(), read_only=True) as connection:
        yield DuckDBTables(connection), read_record(connection)


@contextmanager
def opened_on_bigquery(project: Path) -> Iterator[tuple[Tables, BuildRecord]]:
    """Open BigQuery's published datasets. Raises WarehouseError if nothing whole is there."""
    from warehouse.bigquery.connection import (  # noqa: PLC0415 (an extra)
        BigQueryTables,
        connect,
        told_in_words,
    )
    from warehouse.bigquery.record import read_publication  # noqa: PLC0415 (an extra)

    with told_in_words():
        bigquery = connect(project)
        tables = BigQueryTables(bigquery, bigquery.published)
        publication = read_publication(tables)
        if publication is None or publication.published_at is None:
            raise WarehouseError(
                "what is published is not whole: its publication did not end. Run the night again "
                "from its build (--from build)."
            )
        yield tables, publication.build
