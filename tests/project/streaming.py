"""Builds are published while events flow, and readers compare what they get with what landed."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import msgspec

from ingestion import contracts
from ingestion.landing import Landing
from tests.project.conftest import House
from warehouse.live import Live
from warehouse.versions import Warehouse

_CUSTOMERS = 3
# Nothing takes so long but what never comes.
_PATIENCE = timedelta(minutes=2)
_SEEN = "select event_id from speed.live_customer_activity where event_id like 'event-%'"
_VIEWS = ("live_customer_activity", "live_customer_carts", "live_orders", "live_store_stock")


@dataclass
class Stream:
    """Events of known customers, a few a file, landed one file after another."""

    folder: Path
    raw: Path
    begun: list[str] = field(default_factory=list)
    landed: list[str] = field(default_factory=list)

    def land(self) -> None:
        """Land a view of each customer, and one of the last file's again as its own message."""
        number = len(self.begun)
        lines, events = [], []
        for customer in range(_CUSTOMERS):
            event = f"event-{number}-{customer}"
            events.append(event)
            lines.append(self._row(event, event, customer))
        if self.landed:
            lines.append(self._row(f"again-{number}", self.landed[-1], _CUSTOMERS - 1))
        path = self.folder / f"{number}.ndjson"
        path.write_bytes(b"\n".join(lines))
        self.begun += events
        Landing(self.raw, contracts.load()).land(path)
        self.landed += events
        path.unlink()

    def _row(self, message_id: str, event_id: str, customer: int) -> bytes:
        # A login begins each customer's session; every event is of that one session.
        is_first = len(self.begun) == 0
        now = datetime.now(UTC)
        payload = {
            "event": "userData" if is_first else "productView",
            "sessionId": f"session-{customer}",
            "timestamp": now.isoformat(),
            "product": {"productId": "1"},
            "email": f"customer{customer}@example.com",
        }
        return msgspec.json.encode(
            {
                "subscription_name": "projects/shop/subscriptions/storefront",
                "message_id": message_id,
                "publish_time": now.isoformat(),
                "attributes": {"contract": "storefront.event", "event_id": event_id},
                "data": msgspec.json.encode(payload).decode(),
            }
        )


@dataclass
class Looks:
    """What one reader saw: how often, in how many builds, and where it was not the truth."""

    count: int = 0
    builds: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


@contextmanager
def looking(
    stream: Stream, look: Callable[[], tuple[str, list[str]]], pause_seconds: float
) -> Iterator[Looks]:
    """Compare what a reader sees with the stream, again and again, in a thread of its own."""
    looks = Looks()
    stop = threading.Event()

    def compare() -> None:
        while not stop.wait(pause_seconds):
            landed = set(stream.landed)
            build, seen = look()
            begun = set(stream.begun)
            looks.count += 1
            looks.builds.add(build)
            for said, events in (
                ("missing", landed - set(seen)),
                ("invented", set(seen) - begun),
                ("doubled", [event for event, times in Counter(seen).items() if times > 1]),
            ):
                if events:
                    looks.wrong.append(f"{said} in {build}: {sorted(events)[:3]}")

    thread = threading.Thread(target=compare)
    thread.start()
    try:
        yield looks
    finally:
        stop.set()
        thread.join()


@dataclass(frozen=True)
class Seam:
    """What readers of the published file, and of a process that follows raw, saw meanwhile."""

    builds: int
    by_file: Looks
    by_live: Looks

    def assert_is_unseen(self) -> None:
        """Whenever they asked, they got each event once; and they saw every build."""
        for looks in (self.by_file, self.by_live):
            assert looks.wrong == []
            assert len(looks.builds) == self.builds + 1
            assert looks.count > self.builds


def build_while_events_flow(
    house: House, stream: Stream, builds: int, pause_seconds: float, afterwards: list[Path]
) -> Seam:
    """Build again and again while events land, then land files; one build is published already."""
    warehouse = Warehouse(house.warehouse)
    live = Live(warehouse, stream.raw)
    live.start()

    def from_live_once_followed() -> tuple[str, list[str]]:
        # What has landed is followed within a poll: the truth was taken before it.
        _wait_for(live)
        with live.cursor() as cursor:
            return _look(cursor)

    def from_file() -> tuple[str, list[str]]:
        with duckdb.connect(str(house.warehouse.resolve()), read_only=True) as connection:
            return _look(connection)

    try:
        with (
            looking(stream, from_file, pause_seconds) as by_file,
            looking(stream, from_live_once_followed, pause_seconds) as by_live,
        ):
            for _ in range(builds):
                build = house.start("build", "--quiet")
                while build.poll() is None:
                    stream.land()
                    time.sleep(pause_seconds)
                assert build.wait() == 0
            deadline = datetime.now(UTC) + _PATIENCE
            while live.build_id != warehouse.published():
                assert datetime.now(UTC) < deadline
                stream.land()
                time.sleep(pause_seconds)
        _compare_while_landing(afterwards, live, house)
    finally:
        live.stop()
    return Seam(builds, by_file, by_live)


def _look(connection: duckdb.DuckDBPyConnection) -> tuple[str, list[str]]:
    """Give the build that answers, and the events that it tells of."""
    build = connection.execute("select build_id from validation.published_build").fetchone()
    seen = connection.execute(_SEEN).fetchall()
    assert build
    return build[0], [event for (event,) in seen]


def _wait_for(live: Live) -> None:
    """Wait until raw was looked at, from its beginning on, after this call."""
    asked = datetime.now(UTC)
    deadline = asked + _PATIENCE
    while not (live.looked_at and live.looked_at > asked):
        assert datetime.now(UTC) < deadline, "raw is not followed"
        time.sleep(0.02)


def parts_of(shop: Path, count: int) -> list[Path]:
    """Split a store's messages: half of them, and the rest in files of which none is whole."""
    lines = shop.read_bytes().splitlines()
    half = len(lines) // 2
    parts = [lines[:half], *(lines[half + number :: count - 1] for number in range(count - 1))]
    paths = [shop.with_name(f"{number}.part.ndjson") for number in range(count)]
    for path, part in zip(paths, parts, strict=True):
        path.write_bytes(b"\n".join(part))
    return paths


def _compare_while_landing(parts: list[Path], live: Live, house: House) -> None:
    """Land files; after each, who follows raw must know what the published views say of all of it.

    In the end each view tells of something that no build knows.
    """
    for part in parts:
        house.run("land", part)
        _wait_for(live)
        for view in _VIEWS:
            sql = f"select * from speed.{view} order by all"
            with live.cursor() as cursor:
                followed = cursor.execute(sql).fetchall()
            assert followed == house.query(sql), view
    for view in ("live_customer_activity", "live_orders", "live_store_stock"):
        assert house.query(f"select count(*) from speed.{view} where is_live") > [(0,)], view
