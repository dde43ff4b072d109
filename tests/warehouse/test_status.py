"""`vitrine status`, in every state that a warehouse can be in."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from tiny_shop import Shop

from warehouse.cli import status
from warehouse.lock import build_lock


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
    shop.land("a", "b")
    (orders,) = shop.status().contracts
    assert (orders.contract, orders.ledger, orders.waiting) == ("vtex.order", None, 2)
    assert "2 messages wait for the next build." in shown()


def test_it_tells_the_build_its_messages_and_what_waits(shop: Shop) -> None:
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
    assert orders.ledger.from_date == orders.ledger.to_date == datetime.now(UTC).date()
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
    assert "1 (not in the ledger yet)" in shown()


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
