"""`vitrine pull vtex` as a user meets it."""

import json
from pathlib import Path

import pytest

from tests.ingestion.support import all_landed
from tests.vtex.server import serving
from tests.vtex.shop import Shop, simulated_orders, stock
from tests.vtex.support import account, pull


@pytest.fixture
def shop() -> Shop:
    return stock(Shop(simulated_orders()))


def test_one_round_of_everything_lands_every_contract(shop: Shop, tmp_path: Path) -> None:
    shop.has_feed = False  # This shop has hooks.
    with serving(shop) as server:
        done = pull(server, tmp_path, "all", "--days", "60", "--json")
    assert done.returncode == 0, done.stderr
    counts = account(done)["contracts"]
    rows = all_landed(tmp_path / "raw")
    assert counts["vtex.order"]["landed"] == len(rows["vtex_orders"]) == len(shop.orders)
    assert sum(each["landed"] for each in counts.values()) == sum(map(len, rows.values()))
    assert "dead_letters" not in rows
    assert set(rows) == {
        *("vtex_orders", "vtex_skus", "vtex_products", "vtex_categories", "vtex_brands"),
        *("vtex_prices", "vtex_inventory", "vtex_warehouses", "vtex_sellers", "vtex_promotions"),
        *("vtex_pickup_points", "vtex_coupons", "vtex_clients", "vtex_addresses"),
    }
    row = rows["vtex_skus"][0]
    assert json.loads(row["attributes"]) == {"contract": "vtex.sku", "account": "shop"}


def test_a_part_that_is_refused_does_not_keep_the_others_from_being_read(
    shop: Shop, tmp_path: Path
) -> None:
    shop.forbidden = {"/api/catalog", "/api/rnb"}
    with serving(shop) as server:
        done = pull(server, tmp_path, "all", "--days", "60")
    assert done.returncode == 1
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 5, "catalogue, prices, inventory, sellers, promotions"
    assert all("License Manager" in error for error in errors)
    assert {"vtex_orders", "vtex_clients"} <= set(all_landed(tmp_path / "raw"))
    assert "vtex.client" in done.stdout


def test_an_unknown_key_ends_it_at_once_with_one_sentence(shop: Shop, tmp_path: Path) -> None:
    with serving(shop) as server:
        done = pull(server, tmp_path, "all", VITRINE_VTEX_APP_KEY="another")
    assert done.returncode == 1
    assert len(shop.requests) == 1
    assert done.stderr.count("Error: ") == 1
    assert "check VITRINE_VTEX_ACCOUNT" in done.stderr
    assert "another" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "others", "told"),
    [
        (["sellers"], {"VITRINE_VTEX_APP_KEY": ""}, "VITRINE_VTEX_APP_KEY is not set"),
        (["sellers", "--sink", "kafka:x"], {}, "is no sink"),
        (["sellers"], {"VITRINE_STATE": __file__}, "set VITRINE_STATE to a folder"),
        (["sellers"], {"VITRINE_RAW": __file__}, "set VITRINE_RAW"),
    ],
)
def test_a_wrong_setting_is_told_in_a_sentence(
    words: list[str], others: dict[str, str], told: str, shop: Shop, tmp_path: Path
) -> None:
    with serving(shop) as server:
        done = pull(server, tmp_path, *words, **others)
    assert done.returncode in (1, 2)
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not shop.requests
