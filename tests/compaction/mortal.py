"""`vitrine compact` in a process that is killed by `kill -9` before a chosen step.

Processes are forked from one that has everything imported: what takes long is not what is tested.
"""

import os
import shutil
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import ingestion.compact_command  # noqa: F401 (imported before the fork)
from ingestion.cli import main
from tests.forks import CONTEXT

_JOIN_SECONDS = 60


def watch_steps(step: Callable[[str], None], patch: pytest.MonkeyPatch) -> None:
    """Have `step` called, with its name, before every call that changes the file system."""

    def watched(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **options: Any) -> Any:
            step(name)
            return function(*arguments, **options)

        return wrapped

    for owner, name in [
        (os, "fsync"),
        (Path, "mkdir"),
        (Path, "hardlink_to"),
        (Path, "unlink"),
        (pq, "ParquetWriter"),
        (shutil, "rmtree"),
    ]:
        patch.setattr(owner, name, watched(name, getattr(owner, name)))


def _compact(root: Path, words: list[str], told: Connection, last: int | None) -> None:
    names: list[str] = []

    def step(name: str) -> None:
        names.append(name)
        if last is not None and len(names) > last:
            told.send(names)
            os.kill(os.getpid(), signal.SIGKILL)

    os.environ["VITRINE_RAW"] = str(root)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    with pytest.MonkeyPatch.context() as patch:
        watch_steps(step, patch)
        try:
            main(["compact", *words])
        finally:
            told.send(names)


def _run(root: Path, words: list[str], last: int | None) -> tuple[int | None, list[str]]:
    told, telling = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=_compact, args=(root, words, telling, last))
    process.start()
    process.join(_JOIN_SECONDS)
    return process.exitcode, told.recv()


def run_counted(root: Path, words: list[str]) -> int:
    """Run it to its end; the number of its steps."""
    code, names = _run(root, words, None)
    assert code == 0
    return len(names)


def run_mortal(root: Path, words: list[str], steps: int) -> str | None:
    """Run it for so many steps; the one that it died before, None if there were no more."""
    code, names = _run(root, words, steps)
    assert code in (0, -signal.SIGKILL)
    return names[-1] if code else None
