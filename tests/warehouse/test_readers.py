"""Readers and builds at the same time, and builds that are killed."""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tiny_shop import Shop

from warehouse.lock import running_build

READER = Path(__file__).with_name("reader.py")


@contextmanager
def reading(shop: Shop, stop: Path) -> Iterator[list[str]]:
    """Have a reader ask all the time; afterwards the list holds the builds it saw, in order."""
    reader = subprocess.Popen(
        [sys.executable, READER, shop.warehouse.link, stop],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    builds: list[str] = []
    yield builds
    stop.touch()
    output, errors = reader.communicate(timeout=30)
    assert reader.returncode == 0, errors
    seen = json.loads(output)
    assert seen["asked"] > len(seen["builds"])
    builds += seen["builds"]


def test_readers_see_whole_builds_and_no_lock_while_others_are_made(
    shop: Shop, tmp_path: Path
) -> None:
    shop.land("a")
    published = [shop.build_well().build.build_id]
    with reading(shop, tmp_path / "stop") as seen:
        for _ in range(3):
            shop.land("b", "c")
            published.append(shop.build_well("--keep", "2").build.build_id)
            time.sleep(0.2)
        broken = shop.land("broken")
        assert shop.build("--quiet").exit_code == 1
        broken.unlink()
    assert seen == published


@pytest.mark.parametrize(
    "kills", [3, pytest.param(30, marks=pytest.mark.long)], ids=["few", "many"]
)
def test_builds_killed_at_any_time_break_and_lose_nothing(
    shop: Shop, tmp_path: Path, kills: int
) -> None:
    shop.land("0")
    whole_build = shop.build_well().seconds
    with reading(shop, tmp_path / "stop"):
        for kill in range(1, kills + 1):
            shop.land(str(kill))
            build = shop.start_build("--quiet")
            while running_build(shop.warehouse.lock) is None:
                assert build.poll() is None, build.err.read_text()
                time.sleep(0.005)
            time.sleep(whole_build * secrets.randbelow(1000) / 1000)
            build.kill()
            build.wait()
        report = shop.build_well()
    assert report.tables["marts.fct_orders"] == kills + 1
    assert shop.query("select list(data order by data::int) from marts.fct_orders") == [
        ([str(number) for number in range(kills + 1)],)
    ]
    assert {path.name for path in shop.warehouse.workspace.folder.iterdir()} == {"target", "logs"}
