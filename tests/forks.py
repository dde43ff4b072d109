"""Processes forked from one that has everything imported: what takes long is not what is tested.

There is one such server a process of pytest, and it can be told only before it starts what to
import; so it is told here, for all.
"""

import logging
import multiprocessing
import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from ingestion.cli import main

PROJECT = Path(__file__).parents[1]
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    [
        # First: it chooses Arrow's allocator.
        "ingestion.cli",
        "ingestion.compact_command",
        "ingestion.replay_command",
        "ingestion.serve_command",
        "dbt.adapters.bigquery",
        "dbt.adapters.duckdb",
        # Whenever it is handed an object, DuckDB imports it to tell what that is.
        "pandas",
        "pyarrow.dataset",
        "ingestion.buckets.gcs",
        "ingestion.buckets.s3",
        "tests.forked_dbt",
        "simulator.cli",
        "warehouse.build",
        "warehouse.dbt_run",
        "warehouse.forget_command",
        "tests.compaction.mortal",
        "tests.forget.mortal",
        "tests.googlesql.dbt_process",
        "tests.night.faults",
        "tests.pubsub.dying",
        "tests.vtex.forked",
    ]
)


class Command:
    """`vitrine …` in a forked process, with files for what it prints."""

    def __init__(
        self,
        words: Sequence[str],
        environment: Mapping[str, str],
        out: Path,
        err: Path,
        most_bytes: int | None = None,
    ) -> None:
        """Start it, in the project's folder; its files may get so large."""
        self.out, self.err = out, err
        arguments = (list(words), dict(environment), out, err, most_bytes)
        self._process = CONTEXT.Process(target=_command, args=arguments)
        self._process.start()

    @property
    def pid(self) -> int:
        """The process that it is."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def said(self) -> str:
        """What it has printed of errors until now."""
        return self.err.read_text() if self.err.is_file() else ""

    def wait(self, seconds: float | None = None) -> int:
        """Wait for its end; gives the exit code, or less than zero for a signal."""
        self._process.join(seconds)
        code = self._process.exitcode
        assert code is not None, f"it has not ended: {self.said[-3000:]}"
        return code

    def poll(self) -> int | None:
        """Tell the exit code, None while it runs."""
        return self._process.exitcode

    def kill(self) -> None:
        """End it as `kill -9` does; one that has ended is left as it is."""
        self._process.kill()

    def terminate(self) -> None:
        """Ask it to stop, as SIGTERM does."""
        self._process.terminate()


def run(
    words: Sequence[object],
    environment: Mapping[str, str],
    seconds: float = 120,
    most_bytes: int | None = None,
) -> "subprocess.CompletedProcess[str]":
    """Run `vitrine …` to its end; what is left of it is as `subprocess.run` would tell it."""
    texts = [*map(str, words)]
    with TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        command = Command(texts, environment, out, err, most_bytes)
        try:
            code = command.wait(seconds)
        finally:
            command.kill()
        return subprocess.CompletedProcess(texts, code, command.out.read_text(), command.said)


def become(environment: Mapping[str, str], out: Path, err: Path) -> None:
    """Take over an environment and files for what is printed, in the project's folder."""
    os.environ.clear()
    os.environ.update(environment)
    # As in a shell: dbt leaves a private one in a worker of pytest, from which this is forked.
    os.umask(0o022)
    os.chdir(PROJECT)
    # Something that was imported has begun to log by itself.
    logging.getLogger().handlers.clear()
    for stream, path in ((1, out), (2, err)):
        with path.open("ab", buffering=0) as file:
            os.dup2(file.fileno(), stream)


def _command(
    words: list[str], environment: dict[str, str], out: Path, err: Path, most_bytes: int | None
) -> None:
    become(environment, out, err)
    if most_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    sys.argv = ["vitrine", *words]
    main(prog_name="vitrine")
