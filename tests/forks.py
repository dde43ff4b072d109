"""Processes forked from one that has everything imported: what takes long is not what is tested.

There is one such server a process of pytest, and it can be told only before it starts what to
import; so it is told here, for all.
"""

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ingestion.cli import main

PROJECT = Path(__file__).parents[1]
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    [
        # First: it chooses Arrow's allocator.
        "ingestion.cli",
        "dbt.adapters.duckdb",
        "simulator.cli",
        "warehouse.build",
        "warehouse.dbt_run",
        "warehouse.forget_command",
        "tests.compaction.mortal",
        "tests.forget.mortal",
        "tests.night.faults",
        "tests.pubsub.dying",
        "tests.vtex.forked",
    ]
)


class Command:
    """`vitrine …` in a forked process, with files for what it prints."""

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], out: Path, err: Path
    ) -> None:
        """Start it, in the project's folder."""
        self.out, self.err = out, err
        arguments = (list(words), dict(environment), out, err)
        self._process = CONTEXT.Process(target=_command, args=arguments)
        self._process.start()

    def wait(self) -> int:
        """Wait for its end; gives the exit code, or less than zero for a signal."""
        self._process.join()
        code = self._process.exitcode
        assert code is not None
        return code

    def poll(self) -> int | None:
        """Tell the exit code, None while it runs."""
        return self._process.exitcode

    def kill(self) -> None:
        """End it as `kill -9` does; one that has ended is left as it is."""
        self._process.kill()


def become(environment: Mapping[str, str], out: Path, err: Path) -> None:
    """Take over an environment and files for what is printed, in the project's folder."""
    os.environ.clear()
    os.environ.update(environment)
    # As in a shell: dbt leaves a private one in a worker of pytest, from which this is forked.
    os.umask(0o022)
    os.chdir(PROJECT)
    for stream, path in ((1, out), (2, err)):
        with path.open("ab", buffering=0) as file:
            os.dup2(file.fileno(), stream)


def _command(words: list[str], environment: dict[str, str], out: Path, err: Path) -> None:
    become(environment, out, err)
    sys.argv = ["vitrine", *words]
    main(prog_name="vitrine")
