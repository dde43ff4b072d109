"""How much lies in the raw layer, from the footers of its files and compaction's account."""

import duckdb

from ingestion import contracts
from ingestion.snapshots import read_raw_files
from ingestion.storage import Root, open_storage


def count_raw_rows(root: Root) -> dict[str, int]:
    """Count the rows that every raw table has now, copies included.

    Raises OSError, duckdb.Error.
    """
    storage = open_storage(root)
    counts = {}
    with duckdb.connect() as connection:
        storage.register(connection)
        for table in sorted(contracts.load().tables):
            files = read_raw_files(storage, table)
            counts[table] = sum(one.row_count for one in files.snapshot.compacted)
            if paths := [f"{storage.url}/{kept.place}" for kept in files.landed]:
                row = connection.execute("select count(*) from read_parquet(?)", [paths]).fetchone()
                counts[table] += row[0] if row else 0
    return counts
