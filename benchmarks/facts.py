"""Whether two databases say the same in the fact tables of the marts, in whatever order."""

from pathlib import Path

import duckdb

_FACTS = """
    select
        table_name,
        list(column_name order by column_index),
        list(data_type order by column_index)
    from duckdb_columns()
    where database_name = 'built' and schema_name = 'marts' and starts_with(table_name, 'fct_')
    group by table_name
    order by table_name
"""


def compare_facts(built: Path, by_hand: Path) -> dict[str, int]:
    """Count the rows of the facts that `built` has rows of: `by_hand` must have the same ones.

    Every column is compared by the sum of the hashes of its values, in the type that it has in the
    marts, and rows by those of whole rows. Raises RuntimeError, naming the columns that differ.
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach '{built}' as built (read_only)")
        connection.execute(f"attach '{by_hand}' as by_hand (read_only)")
        facts = connection.execute(_FACTS).fetchall()
        return {
            table: count
            for table, columns, types in facts
            if (count := _compared(connection, table, dict(zip(columns, types, strict=True))))
        }


def _compared(connection: duckdb.DuckDBPyConnection, table: str, types: dict[str, str]) -> int:
    """Count a table's rows; the other's are not looked at if it has none."""
    values = [f'"{column}"::{kind}' for column, kind in types.items()]
    sums = ", ".join(f"sum(hash({value}))" for value in [*values, f"({', '.join(values)})"])
    names = ["number of rows", *types, "rows"]
    built = _row(connection, f"select count(*), {sums} from built.marts.{table}")  # noqa: S608 - ours
    if not built[0]:
        return 0
    by_hand = _row(connection, f"select count(*), {sums} from by_hand.{table}")  # noqa: S608 - ours
    differing = [
        name for name, one, other in zip(names, built, by_hand, strict=True) if one != other
    ]
    if differing:
        raise RuntimeError(
            f"{table}: {', '.join(differing)} of {built[0]} rows are others in the"
            f" {by_hand[0]} by hand"
        )
    return int(built[0])


def _row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    return connection.execute(query).fetchall()[0]
