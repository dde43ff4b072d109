"""A crash at any instant leaves whole batches or nothing; the next run completes the rest."""

import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from ingestion import contracts, journal, raw_layer
from ingestion.errors import LandingError
from ingestion.raw_layer import ensure_raw
from tests.ingestion.support import (
    all_landed,
    land,
    landed,
    left_in_staging,
    raw_row,
    start,
    vitrine,
    write,
)

MIXED = [
    raw_row(contract=name, message_id=str(number))
    for number, name in enumerate(["vtex.order", "vtex.sku", "no.such", "vtex.order"])
]


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
        (Path, "open"),
        (Path, "rename"),
        (Path, "hardlink_to"),
        (Path, "unlink"),
        (os, "utime"),
        (pq, "write_table"),
        (shutil, "rmtree"),
    ]:
        patch.setattr(owner, name, mortal(name, getattr(owner, name)))
    return calls


def test_dying_before_any_step_loses_and_doubles_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ndjson", *MIXED)
    ensure_raw(tmp_path / "empty")
    deaths = 0
    while True:
        raw_root = tmp_path / f"raw{deaths}"
        shutil.copytree(tmp_path / "empty", raw_root)
        with pytest.MonkeyPatch.context() as patch:
            calls = die_at(deaths, patch)
            try:
                land(raw_root, path)
            except Death:
                pass
            else:
                break
        all_landed(raw_root)  # All that is visible can be read.
        was_committed = (raw_root / "journal").exists() and any((raw_root / "journal").iterdir())
        journal.recover(raw_root)
        assert left_in_staging(raw_root) == []
        expected = {"vtex_orders": 2, "vtex_skus": 1, "dead_letters": 1}
        counts = {table: len(rows) for table, rows in all_landed(raw_root).items()}
        assert counts == (expected if was_committed else {}), calls
        assert land(raw_root, path).status == ("already_there" if was_committed else "landed")
        counts = {table: len(rows) for table, rows in all_landed(raw_root).items()}
        assert counts == expected, calls
        deaths += 1
    assert deaths > 20
    assert {"fsync", "mkdir", "rename", "hardlink_to", "write_table", "rmtree"} <= set(calls)


def test_dying_while_the_raw_layer_is_made_leaves_one_that_can_be_completed(
    raw_root: Path,
) -> None:
    deaths = 0
    while True:
        with pytest.MonkeyPatch.context() as patch:
            die_at(deaths, patch)
            try:
                ensure_raw(raw_root)
            except Death:
                deaths += 5  # By fives it is fast, and still every kind of step is hit.
            else:
                break
    journal.recover(raw_root)
    assert deaths > 20
    assert left_in_staging(raw_root) == []
    for table in contracts.load().tables:
        (file,) = (raw_root / "landed" / table).glob("*/*/*.parquet")
        assert pq.read_schema(file) == raw_layer.schema(table)


def test_dying_while_recovering_is_recovered_from(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ndjson", *MIXED)
    raw_root = tmp_path / "raw"
    ensure_raw(raw_root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal, "_settle", _raise_death)
        with pytest.raises(Death):
            land(raw_root, path)
    assert all_landed(raw_root) == {}
    deaths = 0
    while True:
        with pytest.MonkeyPatch.context() as patch:
            die_at(deaths, patch)
            try:
                journal.recover(raw_root)
            except Death:
                deaths += 1
            else:
                break
    assert deaths > 5
    assert sum(len(rows) for rows in all_landed(raw_root).values()) == len(MIXED)
    assert left_in_staging(raw_root) == []


def _raise_death(*_: object) -> None:
    raise Death


def test_recovering_leaves_the_living_alone(raw_root: Path) -> None:
    ensure_raw(raw_root)
    with journal.open_staging(raw_root) as staging:
        journal.recover(raw_root)
        assert staging.folder.is_dir()
    assert not staging.folder.exists()


def test_a_copy_of_the_raw_root_made_in_the_middle_can_be_completed(
    raw_root: Path, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.ndjson", *MIXED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal, "_settle", _raise_death)
        with pytest.raises(Death):
            land(raw_root, path)
    copy = tmp_path / "copy"
    shutil.copytree(raw_root, copy)
    shutil.rmtree(raw_root)
    assert land_with_command(copy, path) == "already there"
    assert sum(len(rows) for rows in all_landed(copy).values()) == len(MIXED)


def land_with_command(raw_root: Path, path: Path) -> str:
    told = vitrine(raw_root, "land", path)
    assert told.returncode == 0, told.stderr
    return told.stdout.rstrip(".\n").partition("Inputs: 1 ")[2]


def test_a_landing_that_cannot_be_put_in_place_says_so_and_is_completed_later(
    raw_root: Path, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.ndjson", *MIXED)
    ensure_raw(raw_root)
    now = datetime.now(UTC)
    days = {f"{time:%Y-%m-%d}" for time in (now, now + timedelta(minutes=1))}
    places = [raw_root / f"landed/vtex_orders/landed_date={day}" for day in days]
    for place in places:
        place.write_text("a file in the place of a folder")
    with pytest.raises(LandingError, match="landed, but not yet in its place"):
        land(raw_root, path)
    for place in places:
        place.unlink()
    assert land_with_command(raw_root, path) == "already there"
    assert len(landed(raw_root, "vtex_orders")) == 2


def kill_at_random(tmp_path: Path, kills: int) -> None:
    chance = random.Random(kills)
    lines = [
        # So long that two processes land them.
        raw_row("x" * 1_900, ["vtex.order", "vtex.sku", "none"][number % 3], message_id=str(number))
        for number in range(30_000)
    ]
    path = write(tmp_path / "a.ndjson", *lines)
    vitrine(tmp_path, "--help")  # What processes are forked from is there now, and is not timed.
    started = time.monotonic()
    land_with_command(tmp_path / "timed", path)
    seconds = time.monotonic() - started
    for number in range(kills):
        raw_root = tmp_path / f"raw{number}"
        process = start(raw_root, "land", path)
        time.sleep(chance.uniform(0.2, 1.0) * seconds)
        process.kill()
        process.wait()
        ensure_raw(raw_root)
        all_landed(raw_root)  # All that is visible can be read.
        assert land_with_command(raw_root, path) in ("landed", "already there")
        ids = [row["message_id"] for rows in all_landed(raw_root).values() for row in rows]
        assert sorted(map(int, ids)) == list(range(30_000))
        deadline = time.monotonic() + 10
        while left_in_staging(raw_root) and time.monotonic() < deadline:
            journal.recover(raw_root)  # The other process ends a moment later.
        assert left_in_staging(raw_root) == []
        shutil.rmtree(raw_root)


def test_killed_at_a_few_random_instants_a_rerun_completes_it(tmp_path: Path) -> None:
    kill_at_random(tmp_path, 3)


@pytest.mark.long
def test_killed_at_many_random_instants_a_rerun_completes_it(tmp_path: Path) -> None:
    kill_at_random(tmp_path, 30)


def test_when_the_second_process_is_killed_the_first_lands_the_whole_file(tmp_path: Path) -> None:
    raw_root = tmp_path / "raw"
    lines = [raw_row("x" * 1_900, message_id=str(number)) for number in range(60_000)]
    process = start(raw_root, "land", write(tmp_path / "a.ndjson", *lines))
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        process.wait()
        pytest.skip("this system does not list the children of a process")
    while not (of_process := children.read_text().split()):
        assert process.poll() is None, "it had a second process"
    os.kill(int(of_process[0]), signal.SIGKILL)
    assert process.wait() == 0
    assert len({row["message_id"] for row in landed(raw_root, "vtex_orders")}) == 60_000
    assert len(landed(raw_root, "vtex_orders")) == 60_000
    assert left_in_staging(raw_root) == []
