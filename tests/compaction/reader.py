"""A reader that hardly rests: compares what raw tables hold with what they held at its start.

Prints one JSON object when it is told to stop: how often it read, and what was wrong.
"""

import json
import signal
import sys
import time
from pathlib import Path

import duckdb

from tests.compaction.views import content


def main(root: Path, tables: list[str]) -> None:
    stopped = False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, stop)
    connection = duckdb.connect()
    expected = {table: content(connection, root, table) for table in tables}
    print("ready", flush=True)
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
    print(json.dumps({"reads": reads, "wrong": wrong[:5]}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
