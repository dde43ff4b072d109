"""What tests of the speed layer's views look at."""

import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from warehouse import newest_files
from warehouse.newest_files import Plugin

_VARIABLES = "select getvariable('newest_vtex_orders'), getvariable('newest_storefront_events')"


def _land(raw: Path, table: str, size: int, seconds_ago: int) -> str:
    then = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    folder = raw / f"landed/{table}/landed_date={then:%Y-%m-%d}/landed_hour={then:%H}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{secrets.token_hex(16)}.parquet"
    path.write_bytes(b"x" * size)
    os.utime(path, (then.timestamp(), then.timestamp()))
    return str(path)


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(newest_files, "_MOST_BYTES", 100)
    folder = tmp_path / "a shop's raw"
    folder.mkdir()
    monkeypatch.setenv("VITRINE_RAW", str(folder))
    return folder


def _told() -> tuple[list[str] | None, list[str] | None]:
    with duckdb.connect() as connection:
        plugin = Plugin("newest_files", {})
        # Each cursor has variables of its own.
        for cursor in (connection.cursor(), connection.cursor()):
            plugin.configure_cursor(cursor)
            orders, events = cursor.execute(_VARIABLES).fetchall()[0]
    return orders, events


def test_of_a_history_that_was_just_landed_the_newest_files_are_looked_at(raw: Path) -> None:
    _land(raw, "vtex_orders", 60, seconds_ago=30)
    newest = [_land(raw, "vtex_orders", 50, seconds_ago) for seconds_ago in (10, 20)]
    assert _told() == (newest, None)


def test_an_hours_traffic_is_looked_at_whole_whatever_was_landed_earlier(raw: Path) -> None:
    _land(raw, "vtex_orders", 50, seconds_ago=10)
    _land(raw, "vtex_orders", 50, seconds_ago=20)
    _land(raw, "vtex_orders", 50_000, seconds_ago=12 * 60 * 60)
    assert _told() == (None, None)


def test_the_newest_file_is_looked_at_whatever_its_size(raw: Path) -> None:
    _land(raw, "storefront_events", 50, seconds_ago=20)
    newest = _land(raw, "storefront_events", 5_000, seconds_ago=10)
    assert _told() == (None, [newest])
