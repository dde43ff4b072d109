"""Forgetting in a process that is killed by `kill -9` before a chosen step.

Processes are forked from one that has everything imported: what takes long is not what is tested.
"""

import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

import ingestion.compaction  # noqa: F401 (imported before the fork)
from ingestion.forgetting import suppression
from tests.compaction.mortal import watch_steps
from tests.forget.people import ANA
from tests.forks import CONTEXT
from warehouse import forgetting
from warehouse.versions import Warehouse

_JOIN_SECONDS = 60


def forget(folder: Path) -> forgetting.Audit:
    """Forget Ana in the raw layer of a folder that has no warehouse yet."""
    os.environ["VITRINE_WAREHOUSE"] = str(folder / "vitrine.duckdb")
    own = forgetting.Forgetting(Warehouse(folder / "vitrine.duckdb"), folder / "raw", [])
    run = own.unfinished() or own.begin(ANA)
    return own.complete(run, folder, lambda _: None)


def _forget(folder: Path, told: Connection, last: int | None) -> None:
    names: list[str] = []

    def step(name: str) -> None:
        names.append(name)
        if last is not None and len(names) > last:
            told.send(names)
            os.kill(os.getpid(), signal.SIGKILL)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forgetting, "_LANDERS_SECONDS", 0.2)
        patch.setattr(suppression, "REFRESH_SECONDS", 0.0)
        watch_steps(step, patch)
        forget(folder)
    told.send(names)


def _run(folder: Path, last: int | None) -> tuple[int | None, list[str]]:
    told, telling = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=_forget, args=(folder, telling, last))
    process.start()
    process.join(_JOIN_SECONDS)
    return process.exitcode, told.recv()


def run_counted(folder: Path) -> int:
    """Forget her; the number of steps."""
    code, names = _run(folder, None)
    assert code == 0
    return len(names)


def run_mortal(folder: Path, steps: int) -> str | None:
    """Forget her for so many steps; the one that it died before, None if there were no more."""
    code, names = _run(folder, steps)
    assert code in (0, -signal.SIGKILL)
    return names[-1] if code else None
