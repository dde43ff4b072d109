"""`python -m benchmarks.by_hand RAW DATABASE`: run by_hand.sql over a raw root."""

import sys
from pathlib import Path

import duckdb

_HERE = Path(__file__).parent


def main(raw: str, database: str) -> None:
    """Leave the facts of the messages in `raw` in a new database."""
    with duckdb.connect(database) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set variable raw = ?", [raw])
        connection.execute("set variable seeds = ?", [str(_HERE.parent / "seeds")])
        connection.execute((_HERE / "by_hand.sql").read_text())


if __name__ == "__main__":
    main(*sys.argv[1:])
