"""A shop's own model: a program that reads sales from one file and writes scores to another."""

import shlex
import subprocess
from pathlib import Path

import duckdb

from warehouse.errors import WarehouseError

_TOLD = 2000


def run_scorer(
    command: str, connection: duckdb.DuckDBPyConnection, sales: str, scores: Path
) -> int:
    """Run `command SALES SCORES`; returns how many scores it gave.

    Args:
        command: words of a shell, run without one
        connection: where `sales` is a relation
        sales: with fct_sales' columns
        scores: the Parquet file that is written: customer_id, sku_id, score

    Raises WarehouseError if the program fails, or if what it writes is not that.

    """
    given, partial = scores.with_name("sales.parquet"), scores.with_name("partial.parquet")
    partial.unlink(missing_ok=True)
    connection.execute(
        f"""
        copy (
            select
                customer_id, sku_id, sale_id, channel, store_id, sale_date, unit_count, net_amount
            from {sales} where customer_id is not null and sku_id is not null order by all
        ) to '{_quoted(given)}' (format parquet)
        """  # noqa: S608 (a relation and a path of our own)
    )
    try:
        words = [*shlex.split(command), str(given), str(partial)]
        done = subprocess.run(words, capture_output=True, check=False)
    except (OSError, ValueError) as error:
        raise WarehouseError(f"the scorer cannot be started: {error}") from error
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace")[-_TOLD:].strip()
        raise WarehouseError(f"the scorer ended with {done.returncode}: {said}")
    count = _checked(connection, partial)
    partial.replace(scores)
    given.unlink()
    return count


def _checked(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    try:
        found = connection.execute(
            """
            select count(*), count(cast(customer_id as varchar)), count(cast(sku_id as varchar)),
                count(cast(score as double)), count(distinct (customer_id, sku_id))
            from read_parquet($path)
            """,
            {"path": str(path)},
        ).fetchone()
    except duckdb.Error as error:
        raise WarehouseError(
            f"the scorer has to write Parquet with customer_id, sku_id and score: {error}"
        ) from error
    assert found is not None  # noqa: S101 (an aggregate has a row)
    if len({*found}) > 1:
        raise WarehouseError(
            "the scorer has to give each customer_id and sku_id once, and none without a score."
        )
    return int(found[0])


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
