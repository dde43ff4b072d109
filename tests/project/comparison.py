"""Two builds, compared table by table and row by row."""

from tests.project.conftest import House

# Bookkeeping of a run, not what a row says.
_BOOKKEEPING = {"staged_at", "version_staged_at", "landed_at", "landed_date", "redelivered"}
_SCHEMAS = ("cleansed", "marts", "aggregates", "activation")

Rows = dict[str, list[tuple[object, ...]]]


def rows_of(house: House) -> Rows:
    """All that a build publishes, but for the bookkeeping."""
    with house.open() as connection:

        def query(sql: str) -> list[tuple[object, ...]]:
            return connection.execute(sql).fetchall()

        tables = connection.execute(
            "select if(table_catalog = 'pii', 'pii.', '') || table_schema || '.' || table_name,"
            " list(column_name order by ordinal_position)"
            f" from information_schema.columns where table_schema in {_SCHEMAS}"
            " group by all order by all"
        ).fetchall()
        rows = {}
        for table, columns in tables:
            kept = ", ".join(f'"{name}"' for name in columns if name not in _BOOKKEEPING)
            rows[table] = query(f"select {kept} from {table} order by all")
        rows["ledger"] = query(
            "select contract, sum(landed), sum(duplicates), sum(superseded), sum(rejected),"
            " sum(loaded) from validation.message_ledger group by 1 order by 1"
        )
        rows["rejected"] = query(
            "select contract, message_id, rejection_reason from validation.rejected_messages"
            " order by all"
        )
    return rows


def differences(expected: Rows, actual: Rows) -> list[str]:
    """What is not the same in two builds, a line a table."""
    found = []
    for table in sorted(expected.keys() | actual.keys()):
        one, other = expected.get(table, []), actual.get(table, [])
        if one != other:
            lost = sorted(map(str, set(one) - set(other)))[:3]
            extra = sorted(map(str, set(other) - set(one)))[:3]
            found.append(f"{table}: {len(one)} and {len(other)} rows; lost {lost}; extra {extra}")
    return found
