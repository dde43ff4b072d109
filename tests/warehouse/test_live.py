"""A process that stays: it follows raw, takes builds over whole, and loses nothing on the way."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion.raw_layer import ensure_raw, place, schema
from warehouse.errors import WarehouseError
from warehouse.live import Live
from warehouse.versions import Warehouse, next_build_id

_TABLE = "vtex_orders"
_SEEN = "select message_id from speed.live_orders order by all"


class House:
    """A published file with a table, a view over the newest raw, and one that joins the two."""

    def __init__(self, folder: Path) -> None:
        self.raw = folder / "raw"
        self.warehouse = Warehouse(folder / "vitrine.duckdb")
        ensure_raw(self.raw)

    def publish(self, *known: str) -> str:
        """Publish a build that knows of some messages."""
        build_id = next_build_id(self.warehouse.published())
        path = self.warehouse.version(build_id)
        with duckdb.connect(path) as connection:
            for name in ("marts", "speed"):
                connection.execute(f"create schema {name}")
            connection.execute("create table marts.fct_orders (message_id varchar)")
            for message in known:
                connection.execute("insert into marts.fct_orders values (?)", [message])
            landed = f"{self.raw}/landed/{_TABLE}"
            connection.execute(
                f"create view speed.newest_{_TABLE} as"
                " select message_id, message_id[1] as order_id from read_parquet("
                f"coalesce(getvariable('newest_{_TABLE}'), ['{landed}/*/*/*.parquet']),"
                f" hive_partitioning = false)"
            )
            connection.execute(
                "create view speed.recent_orders as select order_id,"
                " string_agg(message_id, ' ' order by message_id) as messages, count(*) as times"
                f" from speed.newest_{_TABLE} group by order_id"
            )
            connection.execute(
                "create view speed.live_orders as from marts.fct_orders"
                f" union select message_id from speed.newest_{_TABLE}"
            )
        with duckdb.connect(self.warehouse.pii_version(build_id)) as connection:
            connection.execute("create schema pii")
            connection.execute("create table pii.names as select 'Ana' as name")
        aside = self.warehouse.folder / "aside"
        aside.symlink_to(path.name)
        aside.replace(self.warehouse.link)
        return build_id

    def land(self, *messages: str, content: bytes | None = None) -> Path:
        """Put a file in its place, as landing does."""
        name = "-".join(messages)
        path = self.raw / place(_TABLE, datetime.now(UTC), name)
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = self.raw / f"{name}.tmp"
        if content is not None:
            aside.write_bytes(content)
        else:
            columns = {field.name: pa.nulls(len(messages), field.type) for field in schema(_TABLE)}
            pq.write_table(pa.table(columns | {"message_id": pa.array(messages)}), aside)
        aside.rename(path)
        return path

    def seen(self, live: Live) -> list[str]:
        with live.cursor() as cursor:
            return [message for (message,) in cursor.execute(_SEEN).fetchall()]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def live(house: House) -> Iterator[Live]:
    live = Live(house.warehouse, house.raw)
    yield live
    live.stop()


def soon(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def test_what_lands_is_seen_once_beside_what_is_published(house: House, live: Live) -> None:
    house.publish("old")
    house.land("a", "b")
    live.start()
    assert house.seen(live) == ["a", "b", "old"]
    house.land("c")
    assert soon(lambda: house.seen(live) == ["a", "b", "c", "old"])
    with live.cursor() as cursor:
        assert cursor.execute(f"select count(*) from speed.newest_{_TABLE}").fetchone() == (3,)


def test_a_file_renews_what_it_says_something_of(house: House, live: Live) -> None:
    house.publish()
    house.land("a1", "b1", "c1")
    live.start()

    def recent() -> list[tuple[str, str, int]]:
        with live.cursor() as cursor:
            return cursor.execute("from speed.recent_orders order by all").fetchall()

    assert recent() == [("a", "a1", 1), ("b", "b1", 1), ("c", "c1", 1)]
    house.land("a2", "d1")
    assert soon(
        lambda: recent() == [("a", "a1 a2", 2), ("b", "b1", 1), ("c", "c1", 1), ("d", "d1", 1)]
    )
    house.land("a0", "b2")
    assert soon(lambda: ("b", "b1 b2", 2) in recent())
    assert recent()[0] == ("a", "a0 a1 a2", 3)


def test_a_build_is_taken_over_as_soon_as_it_is_published(house: House, live: Live) -> None:
    house.publish("old")
    live.start()
    house.land("a")
    build_id = house.publish("old", "older")
    assert soon(lambda: live.build_id == build_id)
    assert house.seen(live) == ["a", "old", "older"]


def test_a_cursor_stays_with_its_build(house: House, live: Live) -> None:
    house.publish("old")
    live.start()
    with live.cursor() as cursor:
        build_id = house.publish("new")
        assert soon(lambda: live.build_id == build_id)
        assert cursor.execute(_SEEN).fetchall() == [("old",)]


def test_nothing_is_served_before_the_first_build_and_everything_after_it(
    house: House, live: Live
) -> None:
    live.start()
    with pytest.raises(WarehouseError, match="nothing is published yet"), live.cursor():
        pass
    house.publish("first")
    assert soon(lambda: live.build_id is not None)
    assert house.seen(live) == ["first"]


def test_a_file_that_cannot_be_read_is_told_and_tried_again(
    house: House, live: Live, caplog: pytest.LogCaptureFixture
) -> None:
    house.publish()
    live.start()
    broken = house.land("broken", content=b"not Parquet")
    assert soon(lambda: "cannot follow" in caplog.text)
    before = live.looked_at
    house.land("a")
    time.sleep(1)
    assert house.seen(live) == []
    assert live.looked_at == before
    broken.unlink()
    assert soon(lambda: house.seen(live) == ["a"])


def test_the_restricted_file_is_there_to_be_asked_and_neither_can_be_written(
    house: House, live: Live
) -> None:
    house.publish("old")
    live.start()
    with live.cursor() as cursor:
        assert cursor.execute("from pii.names").fetchall() == [("Ana",)]
        for sql in ("delete from published.marts.fct_orders", "drop table restricted.pii.names"):
            with pytest.raises(duckdb.InvalidInputException, match="read-only"):
                cursor.execute(sql)
