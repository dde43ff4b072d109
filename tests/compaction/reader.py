"""A reader that hardly rests: compares what raw tables hold with what they held at its start.

Says, when it is told to stop, how often it read, and what was wrong.
"""

import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path

import duckdb

from tests.compaction.views import content


def read(root: Path, tables: list[str], told: Connection) -> None:
    """Read until SIGTERM."""
    stopped = False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, stop)
    connection = duckdb.connect()
    expected = {table: content(connection, root, table) for table in tables}
    told.send("ready")
    reads, wrong = 0, []
    while not stopped:
        for table in tables:
            try:
                found = content(connection, root, table)
            except duckdb.Error as error:
                wrong.append(f"{table}: {error}")
            else:
                if found != expected[table]:
                    wrong.append(f"{table}: {found[0]} rows for {expected[table][0]}")
            reads += 1
            time.sleep(0.05)
    told.send({"reads": reads, "wrong": wrong[:5]})
