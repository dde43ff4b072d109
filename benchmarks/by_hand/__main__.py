"""`python -m benchmarks.by_hand RAW DATABASE KEY AS_OF`: run the script by hand over a raw root.

KEY is the file of the warehouse's key, AS_OF the instant of its build (UTC): so that both can say
the same of who is unknown, and of today.
"""

import sys
from pathlib import Path

import duckdb

_HERE = Path(__file__).parent


def main(raw: str, database: str, key: str, as_of: str) -> None:
    """Leave the facts of the messages in `raw` in a new database."""
    with duckdb.connect(database) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set preserve_insertion_order = false")
        connection.execute("set variable raw = ?", [raw])
        connection.execute("set variable seeds = ?", [str(_HERE.parents[1] / "seeds")])
        connection.execute("set variable key = ?", [Path(key).read_text().strip()])
        connection.execute("set variable as_of = ?::timestamp", [as_of])
        for file in sorted(_HERE.glob("*.sql")):
            connection.execute(file.read_text())


if __name__ == "__main__":
    main(*sys.argv[1:])
