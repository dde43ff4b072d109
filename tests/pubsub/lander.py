"""A lander in a process of its own, and what it landed."""

import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from tests.forks import Command
from tests.pubsub.emulator import Emulator


class Lander:
    """`vitrine land pubsub:…`, running; its log is in `said`."""

    def __init__(self, raw_root: Path, emulator: Emulator, *words: str, **environment: str) -> None:
        raw_root.parent.mkdir(parents=True, exist_ok=True)
        log = raw_root.with_name(f"{raw_root.name}-{time.monotonic_ns()}.log")
        self.process = Command(
            ["land", "--flush-seconds=0.3", *words],
            emulator.environment | {"VITRINE_RAW": str(raw_root)} | environment,
            log,
            log,
        )

    @property
    def said(self) -> str:
        return self.process.said

    def wait_for(self, is_true: Callable[[], bool], seconds: float = 60) -> None:
        """Wait until something is true; fails, with the log, if it never is."""
        deadline = time.monotonic() + seconds
        while not is_true():
            assert self.process.poll() is None, f"it ended: {self.said}"
            assert time.monotonic() < deadline, f"it never was: {self.said}"
            time.sleep(0.1)

    def stop(self) -> int:
        """Tell it to stop; its exit code."""
        self.process.terminate()
        return self.process.wait(60)


def landed_ids(raw_root: Path) -> list[str]:
    """The message ids of every row, copies included."""
    files = raw_root / "landed" / "*" / "*" / "*" / "*.parquet"
    if not [*raw_root.glob("landed/*/*/*/*.parquet")]:
        return []
    rows = duckdb.execute(f"select message_id from read_parquet('{files}')").fetchall()
    return [row[0] for row in rows]
