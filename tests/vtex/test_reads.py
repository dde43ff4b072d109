"""Full reads: everything a shop is made of, as VTEX wrote it."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingestion.sources.vtex import catalogue, master_data, offers, registers
from ingestion.sources.vtex.errors import RefusedError, UnavailableError
from ingestion.sources.vtex.run import elements_of
from tests.vtex.server import Faults, serving
from tests.vtex.shop import Shop, stock
from tests.vtex.support import ListSink, running


@pytest.fixture
def shop() -> Shop:
    return stock(Shop())


def below(shop: Shop, prefix: str) -> list[bytes]:
    return sorted(each for path, each in shop.documents.items() if path.startswith(prefix))


def elements(shop: Shop, path: str) -> list[bytes]:
    """The elements of an array, cut out by another reader of JSON than the project's."""
    text = shop.documents[path].decode()
    decoder, found, at = json.JSONDecoder(), [], text.index("[") + 1
    while text[at:].strip() != "]":
        at += len(text[at:]) - len(text[at:].lstrip(" \n,"))
        _, end = decoder.raw_decode(text, at)
        found.append(text[at:end].encode())
        at = end
    return found


@pytest.mark.parametrize("share", [0.0, 0.25])
def test_the_catalogue_lands_whole_and_as_written(shop: Shop, share: float, tmp_path: Path) -> None:
    sink = ListSink()
    with serving(shop) as server, running(server, tmp_path, sink, timeout=0.2, tries=12) as run:
        server.faults = Faults(share)
        server.faults.late_seconds = 0.3
        catalogue.pull(run)
    assert run.tally.is_whole
    assert sorted(sink.of("vtex.category")) == below(shop, "/api/catalog/pvt/category/")
    assert sorted(sink.of("vtex.product")) == below(shop, "/api/catalog/pvt/product/")
    by_id = "/api/catalog_system/pvt/sku/stockkeepingunitbyid/"
    assert sorted(sink.of("vtex.sku")) == below(shop, by_id)
    assert sink.of("vtex.brand") == elements(shop, "/api/catalog_system/pvt/brand/list")
    assert all(count.landed == count.fetched for count in run.tally.contracts.values())


def test_prices_and_stock_land_for_every_sku_that_has_them(shop: Shop, tmp_path: Path) -> None:
    prices, stocks = "/pricing/prices/", "/api/logistics/pvt/inventory/skus/"
    without = next(path for path in shop.documents if path.startswith(prices))
    del shop.documents[without]
    sink = ListSink()
    with serving(shop) as server, running(server, tmp_path, sink) as run:
        offers.pull_prices(run)
        offers.pull_inventory(run)
    assert run.tally.is_whole
    assert sorted(sink.of("vtex.price")) == below(shop, prices)
    assert sorted(sink.of("vtex.inventory")) == below(shop, stocks)
    warehouses = elements(shop, "/api/logistics/pvt/configuration/warehouses")
    assert sink.of("vtex.warehouse") == warehouses
    assert run.tally.contracts["vtex.price"].skipped == 1


def test_registers_land_every_element_of_every_page(shop: Shop, tmp_path: Path) -> None:
    sink = ListSink()
    with serving(shop) as server, running(server, tmp_path, sink) as run:
        registers.pull_sellers(run)
        registers.pull_pickup_points(run)
        registers.pull_promotions(run)
    assert sink.of("vtex.seller") == elements(shop, "/api/catalog_system/pvt/seller/list")
    assert sink.of("vtex.coupon") == elements(shop, "/api/rnb/pvt/coupon")
    assert sorted(sink.of("vtex.promotion")) == below(shop, "/api/rnb/pvt/calculatorconfiguration/")
    points = [json.loads(point)["id"] for point in sink.of("vtex.pickup_point")]
    assert points == [f"shop {number}" for number in range(230)]


def test_an_interrupted_read_goes_on_and_a_finished_one_begins_anew(
    shop: Shop, tmp_path: Path
) -> None:
    class Dies(ListSink):
        def put(self, messages: Any) -> None:
            if self.of("vtex.sku"):
                raise KeyboardInterrupt
            super().put(messages)

    first, second, third = Dies(), ListSink(), ListSink()
    with serving(shop) as server:
        with pytest.raises(KeyboardInterrupt), running(server, tmp_path, first) as run:
            catalogue.pull(run)
        with running(server, tmp_path, second) as run:
            catalogue.pull(run)
        skipped = run.tally.contracts["vtex.category"].skipped
        with running(server, tmp_path, third) as run:
            catalogue.pull(run)
    assert skipped == len(first.of("vtex.category"))
    assert not second.of("vtex.category")
    # The SKUs had landed, but their products had not: so they were not done.
    assert len(second.of("vtex.sku")) == len(first.of("vtex.sku"))
    assert sorted(second.of("vtex.product")) == below(shop, "/api/catalog/pvt/product/")
    assert len(third.of("vtex.category")) == skipped


def test_what_cannot_be_read_is_counted_and_hinders_nothing_else(
    shop: Shop, tmp_path: Path
) -> None:
    bad = next(path for path in shop.documents if "/stockkeepingunitbyid/" in path)
    shop.documents[bad] = b'{"Id": '
    sink = ListSink()
    with serving(shop) as server, running(server, tmp_path, sink, tries=2) as run:
        catalogue.pull(run)
    assert run.tally.contracts["vtex.sku"].failed == 1
    assert not run.tally.is_whole
    assert len(sink.of("vtex.sku")) == len(below(shop, "/api/catalog_system/pvt/sku/")) - 2


def test_a_service_that_is_down_is_not_asked_for_everything(shop: Shop, tmp_path: Path) -> None:
    ids = "/api/catalog_system/pvt/sku/stockkeepingunitids"
    shop.documents[ids] = json.dumps(list(range(1, 2001))).encode()
    for number in range(1, 2001):
        shop.documents[f"/pricing/prices/{number}"] = b"<html>"
    with (
        serving(shop) as server,
        running(server, tmp_path, ListSink(), tries=1) as run,
        pytest.raises(UnavailableError, match="requests in a row have failed"),
    ):
        offers.pull_prices(run)
    assert len(shop.requests) < 400


def test_a_key_that_may_not_read_something_is_told_where(shop: Shop, tmp_path: Path) -> None:
    shop.forbidden = {"/api/logistics"}
    with (
        serving(shop) as server,
        running(server, tmp_path, ListSink()) as run,
        pytest.raises(RefusedError, match=r"GET /api/logistics/.*permission"),
    ):
        offers.pull_inventory(run)


@pytest.mark.parametrize("entity", ["CL", "AD"])
def test_a_scroll_brings_every_document(shop: Shop, entity: str, tmp_path: Path) -> None:
    sink = ListSink()
    with serving(shop) as server, running(server, tmp_path, sink) as run:
        master_data.pull(run, entity)
    assert [each.data for each in sink.messages] == shop.entities[entity]
    assert not shop.scrolls


def scroll_through_faults(shop: Shop, seed: int, folder: Path, asks_again: bool) -> set[bytes]:
    """Scroll until it is done; the shop's scroll has gone on also where its answer was cut."""
    sink = ListSink()
    shop.most_scrolls = 1000
    with serving(shop) as server, running(server, folder, sink, timeout=0.1) as run:
        server.faults = Faults(0.2, seed, ("cut", "500", "late", "dropped"))
        server.faults.late_seconds = 0.2
        if asks_again:
            run.client.get_once = run.client.get
        while run.state.last_finished("master data CL") is None:
            try:
                master_data.pull(run, "CL")
            except UnavailableError as error:
                assert "20 minutes" in str(error)
        assert server.faults.happened
    return {each.data for each in sink.messages}


@pytest.mark.parametrize("seed", range(1, 5))
def test_a_page_that_was_lost_on_the_way_is_not_lost(shop: Shop, seed: int, tmp_path: Path) -> None:
    landed = scroll_through_faults(shop, seed, tmp_path, asks_again=False)
    assert landed == set(shop.entities["CL"])


def test_control_to_ask_again_for_a_lost_page_loses_it(tmp_path: Path) -> None:
    losses = 0
    for seed in range(1, 5):
        shop = stock(Shop())
        landed = scroll_through_faults(shop, seed, tmp_path / str(seed), asks_again=True)
        losses += len(set(shop.entities["CL"]) - landed)
    assert losses


def test_the_second_pull_asks_for_what_changed_since_the_first(shop: Shop, tmp_path: Path) -> None:
    with serving(shop) as server, running(server, tmp_path, ListSink()) as run:
        for is_full in (False, False, True):
            master_data.pull(run, "CL", is_full=is_full)
    first, second, third = (query for query in shop.queries if "_fields" in query)
    assert "_where" not in first
    assert second["_where"].startswith("(createdIn between 20")
    assert "_where" not in third


def test_too_many_scrolls_are_told(shop: Shop, tmp_path: Path) -> None:
    shop.most_scrolls = 0
    with (
        serving(shop) as server,
        running(server, tmp_path, ListSink(), tries=1) as run,
        pytest.raises(UnavailableError, match="20 minutes"),
    ):
        master_data.pull(run, "AD")


def test_elements_are_exact_slices() -> None:
    assert elements_of(b'[ {"a": 1.50 ,"b":"\\u00e9"} ,\n[1 , 2],null ]') == [
        b'{"a": 1.50 ,"b":"\\u00e9"}',
        b"[1 , 2]",
        b"null",
    ]
