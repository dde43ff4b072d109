"""The last look at a build, outside dbt: what the promise to readers rests on is checked again."""

from pathlib import Path

import duckdb

from ingestion.storage import Root, open_storage
from warehouse.errors import AuditFailedError, Failure
from warehouse.tables import NoSuchTableError, QueryError, Tables

# What BI may read; personal data has a file of its own.
PUBLISHED_SCHEMAS = ("marts", "aggregates", "activation", "speed", "validation")

# What must be true of every row: schema, table, condition.
_HOLDS = (
    ("validation", "message_ledger", "landed = duplicates + superseded + rejected + loaded"),
    ("validation", "reconciliation", "is_ok"),
)
_SHOWN = 10


def audit_ledger(tables: Tables, *, has_messages: bool) -> None:
    """Refuse a build whose ledger or reconciliation is missing or does not hold.

    With messages in the raw layer, neither may be empty. Raises AuditFailedError.
    """
    failures = wrong_rows(tables)
    for schema, table, _ in _HOLDS:
        query = f"select count(*) as row_count from {tables.name(schema, table)}"  # noqa: S608 - ours
        try:
            (row,) = tables.rows(query)
        except QueryError as error:
            failures.append(Failure(f"{schema}.{table}", error.message))
            continue
        if has_messages and not row["row_count"]:
            failures.append(Failure(f"{schema}.{table}", "is empty, although messages have landed"))
    if failures:
        raise AuditFailedError(failures)


def wrong_rows(tables: Tables) -> list[Failure]:
    """Show the first rows of the ledger and the reconciliation that do not hold: where to look."""
    failures = []
    for schema, table, holds in _HOLDS:
        query = (
            f"select * from {tables.name(schema, table)}"  # noqa: S608 - our own names
            f" where ({holds}) is not true limit {_SHOWN}"
        )
        try:
            rows = tables.rows(query)
        except NoSuchTableError:
            continue  # it was not built, and what kept it from being built is reported itself
        for row in rows:
            values = ", ".join(f"{name} {value}" for name, value in row.items())
            failures.append(Failure(f"{schema}.{table}", f"does not hold: {values}"))
    return failures


def count_published_rows(path: Path, raw_root: Root) -> dict[str, int]:
    """Count the rows of all that BI may read, opened as a reader does: under another name.

    A view has as many as raw gives it when it is asked: whether it can be asked is tried. Raises
    AuditFailedError for what cannot be read so (a view that names the build's database).
    """
    counts, failures = {}, []
    quoted = str(path).replace("'", "''")
    with duckdb.connect() as connection:
        open_storage(raw_root).register(connection)
        connection.execute(f"attach '{quoted}' as published (read_only)")
        connection.execute("use published")
        for schema, name, kind in _relations(connection):
            try:
                if kind == "view":
                    connection.execute(f'select * from "{schema}"."{name}" limit 0')  # noqa: S608 - the catalog's names
                    continue
                row = connection.execute(
                    f'select count(*) from "{schema}"."{name}"'  # noqa: S608 - the catalog's names
                ).fetchone()
                counts[f"{schema}.{name}"] = row[0] if row else 0
            except duckdb.Error as error:
                failures.append(Failure(f"{schema}.{name}", str(error)))
    if failures:
        raise AuditFailedError(failures)
    return counts


def _relations(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """List schema, name and kind (table, view) of what the current database shows to BI."""
    return connection.execute(
        """
        select table_schema, table_name, case table_type when 'VIEW' then 'view' else 'table' end
        from information_schema.tables
        where table_catalog = current_database() and list_contains(?, table_schema)
        order by table_schema, table_name
        """,
        [list(PUBLISHED_SCHEMAS)],
    ).fetchall()
