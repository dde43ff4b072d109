"""The feed: nothing is committed before it is landed, and nothing is left out."""

import json
import os
import re
import signal
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest

from ingestion.sinks import Outgoing, SinkError
from ingestion.sources.vtex import feed
from ingestion.sources.vtex.errors import UnavailableError
from tests import forks
from tests.vtex.forked import fork
from tests.vtex.server import Faults, Server, serving
from tests.vtex.shop import Event, Shop, simulated_orders
from tests.vtex.support import ListSink, account, documents, environment, pull, running


def lost(shop: Shop, orders: list[bytes], events: list[bytes]) -> list[str]:
    """The events the shop has told that are not among those landed, or whose order is not.

    An order must be there in the version that the event tells of, or in a later one.
    """
    told = {json.loads(event)["eventId"] for event in events}
    newest: dict[str, datetime] = {}
    for order in orders:
        document = json.loads(order)
        changed_at = datetime.fromisoformat(document["lastChange"])
        newest[document["orderId"]] = max(newest.get(document["orderId"], changed_at), changed_at)
    return [
        event.shown["eventId"]
        for event in shop.events
        if event.shown["eventId"] not in told
        or event.order.order_id not in newest
        or newest[event.order.order_id] < datetime.fromisoformat(event.shown["currentChange"])
    ]


@pytest.fixture
def shop() -> Shop:
    return Shop(simulated_orders())


def test_events_and_their_orders_land_as_vtex_wrote_them(shop: Shop, tmp_path: Path) -> None:
    shop.tell_all()
    sink = ListSink()
    with serving(shop) as server, running(server, tmp_path, sink) as run:
        feed.pull(run, None)
    assert run.tally.is_whole
    assert not shop.uncommitted()
    assert not lost(shop, sink.of("vtex.order"), sink.of("vtex.order_event"))
    versions = {order.versions[-1] for order in shop.orders.values() if len(order.versions) > 1}
    assert set(sink.of("vtex.order")) == versions
    shown = {json.dumps(each.shown | {"handle": each.handle}, indent=1) for each in shop.events}
    assert {event.decode() for event in sink.of("vtex.order_event")} == shown
    assert sink.messages[0].attributes == {"contract": "vtex.order", "account": "shop"}


def test_nothing_is_committed_that_did_not_land(shop: Shop, tmp_path: Path) -> None:
    class Broken(ListSink):
        def put(self, messages: Sequence[Outgoing]) -> None:
            if len(self.messages) > 255:
                raise SinkError("the disk is full")
            super().put(messages)

    shop.tell_all()
    sink = Broken()
    with (
        serving(shop) as server,
        running(server, tmp_path, sink) as run,
        pytest.raises(SinkError),
    ):
        feed.pull(run, None)
    landed = {json.loads(event)["eventId"] for event in sink.of("vtex.order_event")}
    committed = {each.shown["eventId"] for each in shop.events if each.is_committed}
    assert committed
    assert committed <= landed
    assert shop.uncommitted()


def test_an_order_that_cannot_be_read_keeps_its_events_and_only_those(
    shop: Shop, tmp_path: Path
) -> None:
    shop.tell_all()
    bad = shop.events[0].order
    versions, bad.versions = bad.versions, [b'{"error":"sorry"}'] * len(bad.versions)
    sink = ListSink()
    with serving(shop) as server, running(server, tmp_path, sink) as run:
        feed.pull(run, None)
        assert not run.tally.is_whole
        assert {event.order.order_id for event in shop.uncommitted()} == {bad.order_id}
        bad.versions = versions
        shop.show_again()
        feed.pull(run, None)
    assert not shop.uncommitted()
    assert not lost(shop, sink.of("vtex.order"), sink.of("vtex.order_event"))


def test_an_order_that_is_not_found_is_looked_for_five_times_and_then_remembered(
    shop: Shop, tmp_path: Path
) -> None:
    shop.tell_all()
    gone = shop.events[0].order.order_id
    shop.not_found.add(gone)
    sink = ListSink()
    with serving(shop) as server, running(server, tmp_path, sink) as run:
        for _ in range(4):
            feed.pull(run, None)
            assert {event.order.order_id for event in shop.uncommitted()} == {gone}
            shop.show_again()
        feed.pull(run, None)
        assert not shop.uncommitted()
        assert any(gone in problem for problem in run.tally.problems)
        assert run.state.missing_orders() == [gone]
    told = {json.loads(event)["eventId"] for event in sink.of("vtex.order_event")}
    assert told == {event.shown["eventId"] for event in shop.events}


def test_an_item_of_another_shape_is_landed_and_hinders_nothing(shop: Shop, tmp_path: Path) -> None:
    shop.tell(5)
    shop.events[0].shown |= {"orderId": 7}
    sink = ListSink()
    with serving(shop) as server, running(server, tmp_path, sink) as run:
        feed.pull(run, None)
    # Without its handle it comes again, and again.
    assert shop.uncommitted() == [shop.events[0]]
    assert len(sink.of("vtex.order_event")) == len(shop.events)


@pytest.mark.parametrize("seed", range(2))
def test_faults_of_all_kinds_lose_nothing(shop: Shop, seed: int, tmp_path: Path) -> None:
    sink = ListSink()
    with serving(shop) as server, running(server, tmp_path, sink, tries=4, timeout=0.2) as run:
        server.faults = Faults(0.25, seed)
        server.faults.late_seconds = 0.3
        deadline = time.monotonic() + 60
        while (shop.waiting or shop.uncommitted()) and time.monotonic() < deadline:
            with suppress(UnavailableError):
                feed.pull(run, None)
            shop.show_again()
    assert len({kind for kind, _ in server.faults.happened}) > 5
    assert not shop.waiting
    assert not shop.uncommitted()
    assert not lost(shop, sink.of("vtex.order"), sink.of("vtex.order_event"))


def test_a_poller_outlasts_an_outage_and_a_broken_sink(shop: Shop, tmp_path: Path) -> None:
    class Flaky(ListSink):
        is_broken = True

        def put(self, messages: Sequence[Outgoing]) -> None:
            if self.is_broken:
                raise SinkError("the disk is full")
            super().put(messages)

    sink = Flaky()
    shop.visibility_seconds = 0.2
    with serving(shop) as server, running(server, tmp_path, sink, tries=2) as run:

        def mend() -> None:
            time.sleep(0.5)
            server.faults = Faults(0)
            time.sleep(0.5)
            committed_too_early.extend(event for event in shop.events if event.is_committed)
            sink.is_broken = False
            deadline = time.monotonic() + 30
            while (shop.waiting or shop.uncommitted()) and time.monotonic() < deadline:
                time.sleep(0.05)
            run.stop.set()

        committed_too_early: list[Event] = []
        server.faults = Faults(1, kinds=("503",))
        mender = threading.Thread(target=mend)
        mender.start()
        feed.pull(run, 0.05)
        mender.join()
    assert not committed_too_early
    assert not shop.uncommitted()
    assert not lost(shop, sink.of("vtex.order"), sink.of("vtex.order_event"))


def _wait_for_commits(server: Server) -> None:
    deadline = time.monotonic() + 30
    while not any(event.is_committed for event in server.shop.events):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_puller_finishes_its_round_and_exits_with_0(
    shop: Shop, number: signal.Signals, tmp_path: Path
) -> None:
    with serving(shop) as server:
        server.faults = Faults(0.1, kinds=("500", "cut", "broken"))
        log = tmp_path / "log"
        words = ["feed", "--poll", "0.1", "--json"]
        process = fork(words, environment(server, tmp_path), log)
        _wait_for_commits(server)
        assert process.pid is not None
        os.kill(process.pid, number)
        process.join(30)
        assert process.exitcode == 0, log.read_text()
    told = json.loads(log.with_suffix(".out").read_text())
    landed = told["contracts"]["vtex.order_event"]["landed"]
    events = documents(tmp_path, "vtex_order_events")
    assert landed == len(events)
    committed = {each.shown["eventId"] for each in shop.events if each.is_committed}
    assert committed <= {json.loads(event)["eventId"] for event in events}


def test_a_full_disk_commits_nothing_and_says_so(shop: Shop, tmp_path: Path) -> None:
    shop.tell_all()
    with serving(shop) as server:
        words = ["pull", "vtex", "feed", "--until-empty"]
        done = forks.run(words, environment(server, tmp_path), most_bytes=40_000)
        assert done.returncode == 1
        assert "Error: cannot land messages" in done.stderr
        assert "Traceback" not in done.stderr
        assert len(shop.uncommitted()) == len(shop.events)
        shop.show_again()
        assert pull(server, tmp_path, "feed", "--until-empty").returncode == 0
    assert not shop.uncommitted()
    orders, events = (documents(tmp_path, table) for table in ("vtex_orders", "vtex_order_events"))
    assert not lost(shop, orders, events)


def test_a_key_without_a_feed_is_told_how_to_get_one(shop: Shop, tmp_path: Path) -> None:
    shop.has_feed = False
    with serving(shop) as server:
        done = pull(server, tmp_path, "feed", "--until-empty", "--json")
    assert done.returncode == 1
    assert "no feed is configured for this key" in done.stderr
    assert "Traceback" not in done.stderr
    assert re.search("/api/orders/feed/config", account(done)["problems"][0])
