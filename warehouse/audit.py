"""The last look at a build, outside dbt: what the promise to readers rests on is checked again."""

from pathlib import Path

import duckdb

from warehouse.errors import AuditFailedError, Failure

# What BI may read; personal data has a file of its own.
PUBLISHED_SCHEMAS = ("marts", "aggregates", "activation", "speed", "validation")

# What must be true of every row.
_HOLDS = {
    "validation.message_ledger": "landed = duplicates + superseded + rejected + loaded",
    "validation.reconciliation": "is_ok",
}
_SHOWN = 10


def audit_ledger(connection: duckdb.DuckDBPyConnection, *, has_messages: bool) -> None:
    """Refuse a build whose ledger or reconciliation is missing or does not hold.

    With messages in the raw layer, neither may be empty. Raises AuditFailedError.
    """
    failures = wrong_rows(connection)
    for table in _HOLDS:
        try:
            row = connection.execute(f"select count(*) from {table}").fetchone()  # noqa: S608 - ours
        except duckdb.Error as error:
            failures.append(Failure(table, str(error)))
            continue
        if has_messages and not (row and row[0]):
            failures.append(Failure(table, "is empty, although messages have landed"))
    if failures:
        raise AuditFailedError(failures)


def wrong_rows(connection: duckdb.DuckDBPyConnection) -> list[Failure]:
    """Show the first rows of the ledger and the reconciliation that do not hold: where to look."""
    failures = []
    for table, holds in _HOLDS.items():
        query = f"select * from {table} where ({holds}) is not true limit {_SHOWN}"  # noqa: S608 - ours
        try:
            relation = connection.execute(query)
        except duckdb.CatalogException:
            continue  # it was not built, and what kept it from being built is reported itself
        names = [column[0] for column in relation.description]
        for row in relation.fetchall():
            values = [f"{name} {value}" for name, value in zip(names, row, strict=True)]
            failures.append(Failure(table, f"does not hold: {', '.join(values)}"))
    return failures


def count_published_rows(path: Path) -> dict[str, int]:
    """Count the rows of all that BI may read, opened as a reader does: under another name.

    Raises AuditFailedError for what cannot be read so (a view that names the build's database).
    """
    counts, failures = {}, []
    quoted = str(path).replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{quoted}' as published (read_only)")
        connection.execute("use published")
        for schema, name, _ in _relations(connection):
            try:
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
