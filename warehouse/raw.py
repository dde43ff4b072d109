"""How much lies in the raw layer, from the footers of its files."""

from pathlib import Path

import duckdb


def count_raw_rows(raw_root: Path) -> dict[str, int]:
    """Count the rows that every raw table has now, copies included; empty if nothing landed yet."""
    counts = {}
    with duckdb.connect() as connection:
        for table in sorted(raw_root.glob("landed/*")):
            files = "*/*/*.parquet"
            if any(table.glob(files)):
                row = connection.execute(
                    "select count(*) from read_parquet(?)", [str(table / files)]
                ).fetchone()
                counts[table.name] = row[0] if row else 0
    return counts
