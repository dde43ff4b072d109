"""`vitrine status`, in every state that a warehouse can be in."""

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from tiny_shop import Shop

from tests.compaction.support import put, row
from warehouse.cli import status
from warehouse.lock import build_lock
from warehouse.status import LandedPerMinute


def shown() -> str:
    result = CliRunner().invoke(status)
    assert result.exit_code == 0, result.output
    return result.output


def test_nothing_is_published_and_nothing_has_landed(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VITRINE_WAREHOUSE", str(tmp_path / "nowhere/shop.duckdb"))
    current = shop.status()
    assert (current.published, current.contracts, current.building) == (None, [], None)
    assert shown() == "Nothing is published.\n\n0 messages wait for the next build.\n"
    assert list(tmp_path.iterdir()) == []
    assert not shop.raw.exists()


def test_what_has_landed_waits_for_the_first_build(shop: Shop) -> None:
    before = datetime.now(UTC)
    shop.land("a", "b")
    (orders,) = shop.status().contracts
    assert (orders.contract, orders.ledger, orders.waiting) == ("vtex.order", None, 2)
    assert orders.oldest_waiting_at is not None
    assert before <= orders.oldest_waiting_at <= datetime.now(UTC)
    assert "2 messages wait for the next build. The oldest landed " in shown()


def test_it_tells_the_build_its_messages_and_what_waits(shop: Shop) -> None:
    before = datetime.now(UTC)
    shop.land("a", "b")
    report = shop.build_well()
    shop.land("c")
    current = shop.status()
    assert current.published is not None
    assert current.published.build == report.build
    assert current.published.path == report.path
    assert current.published.bytes == Path(report.path).stat().st_size
    (orders,) = current.contracts
    assert orders.ledger is not None
    assert orders.ledger.loaded == 2
    assert orders.ledger.from_date == orders.ledger.to_date
    assert before.date() <= orders.ledger.to_date <= datetime.now(UTC).date()
    assert (orders.raw_rows, orders.waiting) == (3, 1)
    text = shown()
    assert report.build.build_id in text
    assert report.path in text
    assert "over 2 messages" in text
    assert "1 messages wait for the next build." in text
    assert current.building is None


def test_a_contract_that_no_model_reads_yet_is_told_apart(shop: Shop) -> None:
    path = shop.land("a")
    shop.build_well()
    other = shop.raw / "landed/vtex_coupons/landed_date=2024-01-01/landed_hour=00/x.parquet"
    other.parent.mkdir(parents=True, exist_ok=True)
    other.write_bytes(path.read_bytes())
    coupons, orders = shop.status().contracts
    assert (coupons.contract, coupons.ledger, coupons.waiting) == ("vtex.coupon", None, 1)
    assert (orders.contract, orders.waiting) == ("vtex.order", 0)
    assert "Not in the ledger yet: vtex.coupon.\n" in shown()


def test_the_keys_for_machines_are_a_public_interface(shop: Shop) -> None:
    shop.land("a", "b")
    result = CliRunner().invoke(status, ["--json"])
    told = json.loads(result.stdout)
    assert set(told) == {
        "at",
        "link",
        "published",
        "contracts",
        "building",
        "window_seconds",
        "unknown_fields",
    }
    assert told["window_seconds"] == 3600
    (orders,) = told["contracts"]
    lags = orders["freshness"]["published_to_visible"]
    assert orders == {
        "contract": "vtex.order",
        "ledger": None,
        "raw_rows": 2,
        "waiting": 2,
        "oldest_waiting_at": orders["oldest_waiting_at"],
        "oldest_waiting_seconds": orders["oldest_waiting_seconds"],
        "landed_per_minute": {"last_hour": 2 / 60, "last_day": 2 / 1440},
        "landed_files": {"count": 1, "bytes": orders["landed_files"]["bytes"]},
        "compacted_files": {"count": 0, "bytes": 0},
        "freshness": {
            "messages": 2,
            "published_to_landed": {"p50": 0, "p95": 0, "p99": 0},
            "landed_to_visible": lags,
            "published_to_visible": lags,
            "skewed_messages": 0,
            "old_messages": 0,
            "files": 1,
            "files_read": 1,
            "backfilled_files": 0,
        },
        "max_seconds": 60,
        "is_late": False,
    }
    assert 0 <= lags["p50"] == lags["p95"] == lags["p99"] < 60
    at, oldest = map(datetime.fromisoformat, (told["at"], orders["oldest_waiting_at"]))
    assert (at - oldest).total_seconds() == orders["oldest_waiting_seconds"] > 0
    (landed,) = (shop.raw / "landed").rglob("*.parquet")
    assert orders["landed_files"]["bytes"] == landed.stat().st_size


def test_a_lander_whose_clock_is_ahead_lands_no_time_before_now(shop: Shop) -> None:
    now = datetime.now(UTC)
    put(shop.raw, "vtex_orders", now + timedelta(minutes=5), [row("a", publish_time=now)])
    (orders,) = shop.status().contracts
    assert orders.oldest_waiting_seconds == 0
    assert orders.landed_per_minute == LandedPerMinute(1 / 60, 1 / 1440)


def test_people_read_ages_rates_and_sizes_with_their_units_in_a_narrow_table(shop: Shop) -> None:
    now = datetime.now(UTC)
    before, long_ago = now - timedelta(hours=2.5), now - timedelta(days=40)
    rows = [row("a", publish_time=now)] * 3000
    put(shop.raw, "marketing_coupon_redemptions", before, rows)
    put(shop.raw, "marketing_coupon_redemptions", now, [row("b", publish_time=now)] * 600)
    put(shop.raw, "dead_letters", long_ago, [row("c", b"{}", publish_time=long_ago)])
    header, dead_letters, redemptions = shown().splitlines()[3:6]
    assert header.split("  ")[0] == "contract"
    assert re.fullmatch(r"dead_letters +1 +1 +40\.0 d +0 +0 +1 +\d\.\d kB +0 +0 B", dead_letters)
    assert re.fullmatch(
        r"marketing\.coupon_redemption +3,600 +3,600 +2\.5 h +10 +2\.5 +2 +\d+\.\d kB +0 +0 B",
        redemptions,
    )
    assert max(map(len, shown().splitlines())) <= 120


def test_a_running_build_is_shown_and_not_disturbed(shop: Shop) -> None:
    before = datetime.now(UTC)
    with build_lock(shop.warehouse.lock, wait=False):
        building = shop.status().building
        assert building is not None
        assert building.pid == os.getpid()
        assert before < building.since < datetime.now(UTC)
        assert f"A build is running: process {os.getpid()}, since 20" in shown()
    assert shop.status().building is None


@pytest.mark.parametrize("command", ["build", "status"])
def test_something_else_under_the_name_is_told(shop: Shop, command: str) -> None:
    shop.warehouse.link.write_text("someone's own")
    result = shop.build() if command == "build" else CliRunner().invoke(status)
    assert result.exit_code == 1
    assert "is not a link to a published build" in result.stderr
    assert shop.warehouse.link.read_text() == "someone's own"


def test_a_published_file_that_cannot_be_read_is_named(shop: Shop) -> None:
    version = shop.warehouse.version("20240101T000000000000Z")
    version.write_text("no database")
    shop.warehouse.link.symlink_to(version.name)
    result = CliRunner().invoke(status)
    assert result.exit_code == 1
    assert f'The file "{version}" exists, but it is not a valid DuckDB database' in result.stderr
    assert isinstance(result.exception, SystemExit)
