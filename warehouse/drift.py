"""What sources send that nobody knows yet, as the published build found it."""

from warehouse.tables import NoSuchTableError, Tables


def read_unknown_fields(tables: Tables) -> dict[str, int]:
    """Count the fields of `validation.schema_drift`, by contract; none where it is not there.

    Raises QueryError.
    """
    try:
        rows = tables.rows(
            "select contract, count(*) as fields"  # noqa: S608 - our own names
            f" from {tables.name('validation', 'schema_drift')} group by contract order by contract"
        )
    except NoSuchTableError:
        return {}
    return {row["contract"]: int(row["fields"]) for row in rows}
