"""What is in a raw root, wherever it is."""

import os
import subprocess
from collections import Counter
from pathlib import Path, PurePosixPath

import duckdb

from ingestion.storage import open_storage
from tests import forks


def landed_ids(root: str) -> Counter[str]:
    """The message ids of all landed rows, each with the number of its copies."""
    storage = open_storage(root)
    files = [f"{storage.url}/{one.place}" for one in storage.find(PurePosixPath("landed"))]
    if not files:
        return Counter()
    with duckdb.connect() as connection:
        storage.register(connection)
        rows = connection.execute("select message_id from read_parquet(?)", [files]).fetchall()
    return Counter(message_id for (message_id,) in rows)


def objects(root: str, folder: str) -> list[str]:
    found = open_storage(root).find(PurePosixPath(folder), "")
    return sorted(str(one.place) for one in found)


def vitrine(
    root: str, folder: Path, *words: object, without: tuple[str, ...] = (), **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end, with its warehouse in a folder."""
    kept = {name: value for name, value in os.environ.items() if name not in without}
    own = {"VITRINE_RAW": root, "VITRINE_WAREHOUSE": str(folder / "vitrine.duckdb")}
    return forks.run(words, kept | own | environment, seconds=300)
