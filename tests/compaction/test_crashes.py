"""Killed at any instant, compaction loses and doubles nothing, and no reader notices."""

import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ingestion import journal
from tests.compaction import careless
from tests.compaction.mortal import run_counted, run_mortal, watch_steps
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
from tests.forks import CONTEXT, Command

# Longer than the reader takes from finding the files of a table to reading them.
_GRACE = "4s"
_GRACE_SECONDS = 4
_HOURS = 13


class Death(BaseException):
    """The process is dead: nothing it does from here on has any effect."""


def die_at(call: int, patch: pytest.MonkeyPatch) -> list[str]:
    """Let the process die before the n-th call that changes the file system; lists the calls."""
    calls: list[str] = []

    def step(name: str) -> None:
        calls.append(name)
        if len(calls) > call:
            raise Death

    watch_steps(step, patch)
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


def _kill_again_and_again(
    tmp_path: Path, kills: int, kill: Callable[[Path, list[str]], bool]
) -> None:
    """Compact hour by hour under the eyes of a reader, killed so many times, and then to the end.

    `kill` starts `vitrine compact` with these words and tells whether it died.
    """
    root = tmp_path / "raw"
    while kills > 0:
        fill(root, kills, batches=_HOURS, rows=20, minutes=60)
        before = contents(root)
        with watched(root) as told:
            assert vitrine(root, "compact", "--older-than", _age(0)).returncode == 0
            for number in range(2 * (_HOURS - 1)):
                # Each hour is for two to compact, with what the ones before have left.
                words = ["--older-than", _age(1 + number // 2), "--grace", _GRACE]
                kills -= kill(root, words)
                if not kills:
                    break
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


def test_twenty_kills_at_chosen_steps_disturb_no_reader(tmp_path: Path) -> None:
    chance = random.Random(20)
    died_before: Counter[str] = Counter()
    fill(tmp_path / "counted", 1, batches=_HOURS, rows=20, minutes=60)
    run_counted(tmp_path / "counted", ["--older-than", _age(0)])
    steps = run_counted(tmp_path / "counted", ["--older-than", _age(1)])

    def kill(root: Path, words: list[str]) -> bool:
        step = run_mortal(root, words, chance.randrange(steps))
        died_before.update([step] if step else [])
        return step is not None

    _kill_again_and_again(tmp_path, 20, kill)
    assert len(died_before) >= 4, "at steps of several kinds"


@pytest.mark.long
def test_two_hundred_kills_at_random_instants_disturb_no_reader(tmp_path: Path) -> None:
    chance = random.Random(200)
    fill(tmp_path / "timed", 1, batches=_HOURS, rows=20, minutes=60)
    started = time.monotonic()
    assert vitrine(tmp_path / "timed", "compact", "--older-than", _age(0)).returncode == 0
    seconds = time.monotonic() - started

    def kill(root: Path, words: list[str]) -> bool:
        arguments, environment = command(root, "compact", *words)
        with subprocess.Popen(arguments, env=environment, stdout=subprocess.DEVNULL) as process:
            time.sleep(chance.uniform(0.3, 0.95) * seconds)
            process.send_signal(signal.SIGKILL)
            return process.wait() == -signal.SIGKILL

    _kill_again_and_again(tmp_path, 200, kill)


def test_a_compaction_that_removes_too_early_is_found_out(tmp_path: Path) -> None:
    root = tmp_path / "raw"
    wrong: list[str] = []
    for seed in range(10):
        fill(root, seed)
        with watched(root) as told:
            process = CONTEXT.Process(target=careless.compact_all, args=(root,))
            process.start()
            process.join()
            assert process.exitcode == 0
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
        _, environment = command(root)
        at_once = [
            Command(["compact"], environment, tmp_path / "said", tmp_path / "said")
            for _ in range(3)
        ]
        codes = [process.wait(60) for process in at_once]
        assert codes == [0, 0, 0], at_once[0].said
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

    with watched(root) as told:
        failed = vitrine(root, "compact", most_bytes=6000)
        assert failed.returncode == 1
        assert "File too large" in failed.stderr
        assert "Traceback" not in failed.stderr
        assert [path.name for path in (root / "staging").iterdir()] == ["lock"]
        assert contents(root) == before
        assert vitrine(root, "compact").returncode == 0
    assert told["wrong"] == []
    assert contents(root) == before
