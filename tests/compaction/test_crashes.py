"""Killed at any instant, compaction loses and doubles nothing, and no reader notices."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from ingestion import journal
from tests.compaction.support import (
    TABLES,
    YESTERDAY,
    command,
    compact,
    contents,
    files,
    fill,
    put,
    row,
    vitrine,
    watched,
)

# Longer than the reader takes from finding the files of a table to reading them.
_GRACE = "4s"
_GRACE_SECONDS = 4
_HOURS = 13


class Death(BaseException):
    """The process is dead: nothing it does from here on has any effect."""


def die_at(call: int, patch: pytest.MonkeyPatch) -> list[str]:
    """Let the process die before the n-th call that changes the file system; lists the calls."""
    calls: list[str] = []

    def mortal(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **options: Any) -> Any:
            calls.append(name)
            if len(calls) > call:
                raise Death
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
        patch.setattr(owner, name, mortal(name, getattr(owner, name)))
    return calls


def _die_at_steps(tmp_path: Path, stride: int) -> None:
    table = "pos_receipts"
    fill(tmp_path / "filled", seed=2, batches=2, rows=6)
    # One half is compacted, and goes; the other is to be, and has a copy of what is compacted.
    compact(tmp_path / "filled", table)
    again = pq.read_table(files(tmp_path / "filled", "landed", table)[0], partitioning=None)
    late = YESTERDAY.replace(hour=20)
    put(tmp_path / "filled", table, late, [*again.to_pylist(), row("new")])
    before = contents(tmp_path / "filled", [table])
    deaths = 0
    while True:
        root = tmp_path / f"raw{deaths}"
        shutil.copytree(tmp_path / "filled", root)
        with pytest.MonkeyPatch.context() as patch:
            calls = die_at(deaths, patch)
            try:
                compact(root, table, grace_seconds=0)
            except Death:
                pass
            else:
                break
        assert contents(root, [table]) == before, calls
        journal.recover(root)
        compact(root, table, grace_seconds=0)
        assert contents(root, [table]) == before, calls
        assert [path.name for path in (root / "staging").iterdir()] == ["lock"]
        assert files(root, "landed", table) == []
        shutil.rmtree(root)
        deaths += stride
    assert deaths >= 24
    assert {"fsync", "mkdir", "hardlink_to", "ParquetWriter", "unlink", "rmtree"} <= set(calls)


def test_dying_before_one_step_in_four_changes_nothing_for_readers(tmp_path: Path) -> None:
    _die_at_steps(tmp_path, stride=4)


@pytest.mark.long
def test_dying_before_any_step_changes_nothing_for_readers(tmp_path: Path) -> None:
    _die_at_steps(tmp_path, stride=1)


def kill_at_random(tmp_path: Path, kills: int) -> None:
    chance = random.Random(kills)
    killed, number = 0, 0
    while killed < kills:
        root = tmp_path / f"raw{number}"
        number += 1
        fill(root, number, batches=_HOURS, rows=20, minutes=60)
        before = contents(root)
        with watched(root) as told:
            started = time.monotonic()
            assert vitrine(root, "compact", "--older-than", _age(0)).returncode == 0
            seconds = time.monotonic() - started
            for hour in range(1, _HOURS):
                # Each has an hour of its own to compact, and what the ones before have left.
                words = ["--older-than", _age(hour), "--grace", _GRACE]
                arguments, environment = command(root, "compact", *words)
                with subprocess.Popen(
                    arguments, env=environment, stdout=subprocess.DEVNULL
                ) as process:
                    time.sleep(chance.uniform(0.5, 0.95) * seconds)
                    process.send_signal(signal.SIGKILL)
                    killed += process.wait() == -signal.SIGKILL
            assert vitrine(root, "compact", "--grace", _GRACE).returncode == 0
            time.sleep(_GRACE_SECONDS)
            last = vitrine(root, "compact", "--grace", _GRACE)
            assert last.returncode == 0, last.stderr
        assert told["wrong"] == []
        assert told["reads"] > _HOURS
        assert contents(root) == before
        assert [path for table in TABLES for path in files(root, "landed", table)] == []
        assert [path.name for path in (root / "staging").iterdir()] == ["lock"]
        shutil.rmtree(root)


def _age(hour: int) -> str:
    """How long ago an hour of YESTERDAY ended, in minutes; it is the last that is compacted."""
    ended = YESTERDAY + timedelta(hours=hour + 1)
    return f"{(datetime.now(UTC) - ended) // timedelta(minutes=1)}m"


def test_twenty_kills_at_random_instants_disturb_no_reader(tmp_path: Path) -> None:
    kill_at_random(tmp_path, kills=20)


@pytest.mark.long
def test_two_hundred_kills_at_random_instants_disturb_no_reader(tmp_path: Path) -> None:
    kill_at_random(tmp_path, kills=200)


def test_a_compaction_that_removes_too_early_is_found_out(tmp_path: Path) -> None:
    root = tmp_path / "raw"
    wrong: list[str] = []
    for seed in range(10):
        fill(root, seed)
        with watched(root) as told:
            subprocess.run(
                [sys.executable, "-m", "tests.compaction.careless", str(root)],
                cwd=Path(__file__).parents[2],
                check=True,
            )
        wrong += told["wrong"]
        if wrong:
            break
        shutil.rmtree(root)
    assert wrong, "the reader of the kill test sees what is missing"


def test_several_compactions_at_once_do_no_harm(tmp_path: Path) -> None:
    root = tmp_path / "raw"
    fill(root, seed=5)
    before = contents(root)
    with watched(root) as told:
        arguments, environment = command(root, "compact", "--json")
        at_once = [
            subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE) for _ in range(3)
        ]
        accounts = [process.communicate(timeout=60)[0] for process in at_once]
        assert [process.returncode for process in at_once] == [0, 0, 0], accounts
    assert told["wrong"] == []
    assert contents(root) == before
    rows = sum(pq.read_metadata(path).num_rows for path in files(root, "compacted", "vtex_orders"))
    assert vitrine(root, "compact", "--grace", "0s").returncode == 0
    assert contents(root) == before
    assert rows < before["vtex_orders"][0], "what lost the race is not left behind"


def test_a_full_disk_changes_nothing_and_the_next_run_completes(tmp_path: Path) -> None:
    root = tmp_path / "raw"
    fill(root, seed=6, rows=400)
    before = contents(root)

    def small_files_only() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))

    with watched(root) as told:
        failed = vitrine(root, "compact", preexec_fn=small_files_only)
        assert failed.returncode == 1
        assert "File too large" in failed.stderr
        assert "Traceback" not in failed.stderr
        assert [path.name for path in (root / "staging").iterdir()] == ["lock"]
        assert contents(root) == before
        assert vitrine(root, "compact").returncode == 0
    assert told["wrong"] == []
    assert contents(root) == before
