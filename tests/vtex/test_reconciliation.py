"""The reconciliation: what the feed and hooks missed is found, and nothing else is read."""

import json
from pathlib import Path

import pytest

from ingestion.sinks import Outgoing, open_sink
from ingestion.sources.vtex import feed, reconciliation
from ingestion.storage import open_storage
from tests.vtex.server import serving
from tests.vtex.shop import Shop, simulated_orders
from tests.vtex.support import account, documents, pull, running


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("VITRINE_RAW", str(tmp_path / "raw"))
    return Shop(simulated_orders())


def newest(folder: Path) -> set[bytes]:
    return set(documents(folder, "vtex_orders"))


def test_what_hooks_missed_is_fetched_and_nothing_else(shop: Shop, tmp_path: Path) -> None:
    with serving(shop) as server:
        # What a hook told of: every order in its first version, but for three of them.
        missed = list(shop.orders.values())[:3]
        for order in missed:
            del shop.orders[order.order_id]
        assert pull(server, tmp_path, "orders").returncode == 0
        shop.orders |= {order.order_id: order for order in missed}
        changed = [order for order in list(shop.orders.values())[5:9] if len(order.versions) > 1]
        for order in changed:
            order.now = len(order.versions) - 1
        begun = len(shop.requests)
        done = pull(server, tmp_path, "reconcile", "--days", "60", "--json")
        again = pull(server, tmp_path, "reconcile", "--days", "60", "--json")
    assert done.returncode == 0, done.stderr
    assert account(done)["reconciliation"] == {
        "listed": len(shop.orders),
        "current": len(shop.orders) - 3 - len(changed),
        "missing": 3,
        "outdated": len(changed),
    }
    assert account(again)["reconciliation"]["current"] == len(shop.orders)
    read = [path for _, path in shop.requests[begun:] if path != "/api/oms/pvt/orders"]
    wanted = {order.order_id for order in [*missed, *changed]}
    assert {path.rpartition("/")[2] for path in read} == wanted
    assert newest(tmp_path) >= {order.versions[order.now] for order in shop.orders.values()}


def test_a_later_change_counts_where_the_status_is_the_same(shop: Shop, tmp_path: Path) -> None:
    changed, same = list(shop.orders.values())[:2]
    with serving(shop) as server:
        pull(server, tmp_path, "orders")
        document = json.loads(changed.versions[0])
        changed.versions[0] = json.dumps(document | {"lastChange": "2099-01-01T00:00:00Z"}).encode()
        changed.in_list = {"lastChange": "2099-01-01T00:00:00.0000000+00:00"}
        same.in_list = {"lastChange": json.loads(same.versions[0])["lastChange"]}
        done = pull(server, tmp_path, "reconcile", "--days", "60", "--json")
    assert account(done)["reconciliation"]["outdated"] == 1
    assert changed.versions[0] in newest(tmp_path)


def test_an_empty_raw_layer_misses_everything(shop: Shop, tmp_path: Path) -> None:
    with serving(shop) as server:
        done = pull(server, tmp_path, "reconcile", "--days", "60", "--json")
    assert account(done)["reconciliation"]["missing"] == len(shop.orders)
    assert newest(tmp_path) == {order.versions[0] for order in shop.orders.values()}


def test_a_payload_that_is_no_json_does_not_hinder_it(shop: Shop, tmp_path: Path) -> None:
    with serving(shop) as server:
        pull(server, tmp_path, "orders")
        sink = open_sink("raw")
        sink.put([Outgoing(b'{"orderId": "v', {"contract": "vtex.order"})])
        sink.close()
        done = pull(server, tmp_path, "reconcile", "--days", "60", "--json")
    assert done.returncode == 0, done.stderr
    assert account(done)["reconciliation"]["current"] == len(shop.orders)


def test_orders_that_the_feed_could_not_find_are_looked_for_again(
    shop: Shop, tmp_path: Path
) -> None:
    shop.tell_all()
    gone = shop.events[0].order
    shop.not_found.add(gone.order_id)
    gone.created_ms = 0  # Not in the list of any day that is asked for.
    sink = open_sink("raw")
    raw = open_storage(str(tmp_path / "raw"))
    with serving(shop) as server, running(server, tmp_path, sink) as run:
        for _ in range(5):
            feed.pull(run, None)
            shop.show_again()
        reconciliation.reconcile(run, raw, 60)
        assert run.tally.problems[-1].startswith(f"order {gone.order_id}: the feed told of it")
        shop.not_found.clear()
        reconciliation.reconcile(run, raw, 60)
        assert run.state.missing_orders() == []
    sink.close()
    assert gone.versions[-1] in newest(tmp_path)
