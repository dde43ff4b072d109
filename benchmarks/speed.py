"""The speed layer beside its limits: how soon an event is visible, how fast a lookup answers.

Over a history of storefront events that is built, an emulated Pub/Sub brings more of them while
`vitrine land` lands, `vitrine build` builds, and the sellers' page's own questions are asked. An
event is visible when `live_customer_activity` has it, asked several times a second; the time is
counted from before it was published. Run for two histories, to show how both figures grow.

VITRINE_BENCH_KEEP names a folder in which the histories stay, built, for the next run: to make ten
million events takes most of the time.
"""

import argparse
import asyncio
import itertools
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb
import msgspec

from apps.seller import customer
from apps.seller.config import Config, Shop
from apps.seller.identifiers import candidates
from apps.seller.people import find_customer
from apps.seller.reader import Reader
from benchmarks.report import report
from ingestion.raw_layer import ensure_raw
from tests.pubsub.emulator import Emulator
from warehouse.live import Live
from warehouse.versions import Warehouse

_PURCHASES = 2_000
_EVENTS_A_SECOND = 200
# Of these, one in so many is of the customer who is watched.
_WATCHED_EVERY = 20
_VISIBLE_SECONDS = 2.0
_LOOKUP_SECONDS = 0.1
_LOOK_SECONDS = 0.2
_LOOKUPS_A_SECOND = 4
_FILE_ROWS = 200_000
_WARM_SECONDS = 5
# A build beside those who serve gives way to them: docs/operations.md.
_NICE = shutil.which("nice") or "nice"
# A session has ten events, of which in every third one says who is there.
_HISTORY = """
copy (
    select
        'projects/bench/subscriptions/storefront' as subscription_name,
        'h' || number as message_id,
        happened_at as publish_time,
        json_object('contract', 'storefront.event', 'event_id', 'h' || number)::varchar
            as attributes,
        case
            when number % 10 = 0 and number % 30 = 0 then json_object(
                'event', 'userData', 'eventName', 'vtex:userData', 'sessionId', 's' || number // 10,
                'timestamp', strftime(happened_at, '%Y-%m-%dT%H:%M:%S.%fZ'), 'email', email)
            else json_object(
                'event', 'productView', 'eventName', 'vtex:productView',
                'sessionId', 's' || number // 10,
                'timestamp', strftime(happened_at, '%Y-%m-%dT%H:%M:%S.%fZ'), 'accountName', 'shop',
                'currency', 'BRL', 'pageUrl', 'https://shop.example.com/' || number % 5000 || '/p',
                'userAgent', 'Mozilla/5.0 (X11; Linux x86_64)',
                'product', json_object('productId', (number * 7 % 5000)::varchar,
                    'productName', 'Product ' || number % 5000,
                    'selectedSku', json_object('itemId', (number * 7 % 9000)::varchar)))
        end::varchar as data,
        'storefront.event' as contract,
        -- One a file.
        $start::timestamptz + to_microseconds($first::bigint) as landed_at,
        happened_at as event_at
    from (
        select
            number,
            -- Thirty days, ending yesterday.
            $start::timestamptz + to_microseconds(number * (2592000000000 // $rows)) as happened_at,
            coalesce(
                emails[1 + (number // 30 * 7919) % $customers],
                'person' || (number // 30 * 7919) % $customers || '@example.com') as email
        from range($first::bigint, $last::bigint) as numbers (number), (select $emails as emails)
    )
) to '{path}' (format parquet, compression zstd)
"""


class Figures(NamedTuple):
    """What one history gave, in seconds."""

    visible: list[float]
    lookups: list[float]
    # None where the history was kept
    first_build: float | None
    # builds that were published meanwhile
    builds: int


def main(arguments: list[str] | None = None) -> None:
    """Measure at each size; prints the 95th percentiles, and how they grow."""
    parser = argparse.ArgumentParser(prog="benchmarks speed", description=__doc__)
    parser.add_argument("--history", type=int, nargs=2, default=[1_000_000, 10_000_000])
    parser.add_argument("--seconds", type=int, default=120)
    options = parser.parse_args(arguments)
    before = None
    for rows in options.history:
        with _folder(rows) as folder:
            now = _measure(folder, rows, options.seconds)
        said = f"{rows} events, {now.builds} builds published meanwhile"
        visible, lookup = _p95(now.visible), _p95(now.lookups)
        report(
            f"speed_visible_p95_{rows}", visible, "s", against=f"{_VISIBLE_SECONDS:.0f} s; {said}",
            ratio=visible / _VISIBLE_SECONDS, target="<= 1", met=visible <= _VISIBLE_SECONDS,
        )  # fmt: skip
        report(
            f"speed_lookup_p95_{rows}", lookup, "s", against=f"{_LOOKUP_SECONDS} s; {said}",
            ratio=lookup / _LOOKUP_SECONDS, target="<= 1", met=lookup <= _LOOKUP_SECONDS,
        )  # fmt: skip
        report(
            f"speed_lookup_p50_{rows}", statistics.median(now.lookups), "s",
            against=f"{_LOOKUP_SECONDS} s", ratio=statistics.median(now.lookups) / _LOOKUP_SECONDS,
        )  # fmt: skip
        if before is not None:
            growing = [
                ("visible", before.visible, now.visible),
                ("lookup", before.lookups, now.lookups),
            ]
            if before.first_build and now.first_build:
                growing.append(("build", [before.first_build], [now.first_build]))
            for name, small, large in growing:
                report(
                    f"speed_{name}_growth", _p95(large), "s", against="the smaller history",
                    ratio=_p95(large) / _p95(small),
                )  # fmt: skip
        before = now


@contextmanager
def _folder(rows: int) -> Iterator[Path]:
    """Give the folder of a history: one that stays, if the user names where."""
    kept = os.environ.get("VITRINE_BENCH_KEEP")
    if kept:
        folder = Path(kept).resolve() / str(rows)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as name:
        yield Path(name)


def _measure(folder: Path, rows: int, seconds: int) -> Figures:
    environment = os.environ | {
        "VITRINE_RAW": str(folder / "raw"),
        "VITRINE_WAREHOUSE": str(folder / "vitrine.duckdb"),
    }
    first_build = None
    if not (folder / "vitrine.duckdb").exists():
        _run(environment, "simulate", "--orders", _PURCHASES, "--out", folder / "shop.ndjson")
        _run(environment, "land", folder / "shop.ndjson")
        _write_history(folder / "raw", rows)
        started = time.monotonic()
        _run(environment, "build", "--quiet")
        first_build = time.monotonic() - started
    live = Live(Warehouse(folder / "vitrine.duckdb"), folder / "raw")
    live.start()
    emulator = Emulator()
    topic, subscription = emulator.topic()
    environment |= {"PUBSUB_EMULATOR_HOST": emulator.host, "GRPC_VERBOSITY": "NONE"}
    try:
        with (
            _running(environment, "land", "--flush-seconds", 0.5, f"pubsub:{subscription}"),
            _building(environment) as builds,
        ):
            visible, lookups = _watch(emulator, topic, live, seconds)
    finally:
        emulator.stop()
        live.stop()
    return Figures(visible, lookups, first_build, len(builds))


def _write_history(raw: Path, rows: int) -> None:
    """Write what landed before, as landing leaves it: files of an hour, one after another."""
    ensure_raw(raw)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        landed = f"{raw}/landed/vtex_clients/*/*/*.parquet"
        emails = connection.execute(
            "select list(distinct email order by email) from (select data ->> '$.email' as email"
            " from read_parquet(?) where json_valid(data)) where email is not null",
            [landed],
        ).fetchone()
        start = datetime.fromtimestamp(time.time() - 31 * 86_400, UTC)
        for first in range(0, rows, _FILE_ROWS):
            path = raw / "landed/storefront_events/landed_date=2024-01-01/landed_hour=00"
            path.mkdir(parents=True, exist_ok=True)
            connection.execute(
                _HISTORY.format(path=path / f"{first}.parquet"),
                {
                    "start": start,
                    "rows": rows,
                    "first": first,
                    "last": min(first + _FILE_ROWS, rows),
                    # About ten visits each.
                    "customers": max(1, rows // 300),
                    "emails": emails[0] if emails else [],
                },
            )


def _watch(
    emulator: Emulator, topic: str, live: Live, seconds: int
) -> tuple[list[float], list[float]]:
    """Publish, look, and ask as a clerk does, each in a thread of its own."""
    stop = threading.Event()
    published: dict[str, float] = {}
    seen: dict[str, float] = {}
    lookups: list[float] = []
    reader = Reader(live)
    # A kept history has the events of earlier runs.
    run = f"{time.time_ns():x}"
    people = _people(live)
    watched = people[0]
    shop, config = _shop(live)

    def publish() -> None:
        batch = _EVENTS_A_SECOND // 10
        for number in itertools.count():
            if stop.wait(max(0, began + number / 10 - time.monotonic())):
                return
            events = []
            for position in range(number * batch, (number + 1) * batch):
                is_watched = position % _WATCHED_EVERY == 0
                event_id = f"live-{run}-{position}"
                session = f"live-{run}-{'watched' if is_watched else position // 10}"
                is_login = position == 0
                events.append((_event(session, watched[1] if is_login else None), event_id))
                if is_watched:
                    published[event_id] = time.monotonic()
            emulator.publish(
                topic,
                [
                    (data, {"contract": "storefront.event", "event_id": event_id})
                    for data, event_id in events
                ],
            )

    def look() -> None:
        while not stop.wait(_LOOK_SECONDS):
            with live.cursor() as cursor:
                found = cursor.execute(
                    "select event_id from speed.live_customer_activity"
                    " where customer_id = ? and occurred_at > ?",
                    [watched[0], began_at],
                ).fetchall()
            now = time.monotonic()
            for (event_id,) in found:
                seen.setdefault(event_id, now)

    def ask() -> None:
        chosen = random.Random(7)
        while not stop.wait(1 / _LOOKUPS_A_SECOND):
            _, email = chosen.choice(people)
            started = time.monotonic()
            asyncio.run(_look_up(reader, email, shop, config))
            lookups.append(time.monotonic() - started)

    began, began_at = time.monotonic(), datetime.now(UTC).replace(tzinfo=None)
    with ThreadPoolExecutor(3) as pool:
        works = [pool.submit(one) for one in (publish, look, ask)]
        wait(works, seconds, return_when=FIRST_EXCEPTION)
        stop.set()
        for one in works:
            one.result()
    warm = began + _WARM_SECONDS
    end = began + seconds - 2 * _VISIBLE_SECONDS
    asked = {event: at for event, at in published.items() if warm < at < end}
    # What was not seen at all was not seen in time either.
    visible = [seen.get(event, began + seconds) - at for event, at in asked.items()]
    warm_lookups = _WARM_SECONDS * _LOOKUPS_A_SECOND
    reader.stop()
    return visible, lookups[warm_lookups:]


async def _look_up(reader: Reader, email: str, shop: Shop, config: Config) -> None:
    """Ask what the page asks."""
    match = await reader.ask(lambda cursor: find_customer(cursor, candidates(email)))
    if match is not None:
        await customer.read(reader, match.customer_id, shop, config, datetime.now(UTC))


def _event(session: str, email: str | None) -> bytes:
    stamped = {"sessionId": session, "timestamp": datetime.now(UTC).isoformat()}
    if email is not None:
        return msgspec.json.encode({"event": "userData", **stamped, "email": email})
    sku = {"productId": "1", "selectedSku": {"itemId": str(random.randrange(9_000))}}
    return msgspec.json.encode({"event": "productView", **stamped, "product": sku})


def _people(live: Live) -> list[tuple[str, str]]:
    """Name customers who may be looked up, with their e-mail."""
    with live.cursor() as cursor:
        return cursor.execute(
            "select customer_id, email from pii.customer_contacts"
            " where accepts_messages and email is not null order by customer_id"
        ).fetchall()


def _shop(live: Live) -> tuple[Shop, Config]:
    with live.cursor() as cursor:
        found = cursor.execute("select min(store_id) from speed.live_store_stock").fetchone()
    store_id = found[0] if found else ""
    shop = msgspec.convert(
        {"name": "bench", "store_id": store_id, "token_sha256": ["0" * 64],
         "expires_at": datetime(2100, 1, 1, tzinfo=UTC)},
        Shop,
    )  # fmt: skip
    return shop, Config(shop=(shop,))


def _run(environment: dict[str, str], *words: object) -> None:
    subprocess.run(
        [*_vitrine(), *map(str, words)], env=environment, check=True, stdout=subprocess.DEVNULL
    )


@contextmanager
def _running(environment: dict[str, str], *words: object) -> Iterator[None]:
    process = subprocess.Popen(
        [*_vitrine(), *map(str, words)], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _building(environment: dict[str, str]) -> Iterator[list[float]]:
    """Build again and again; the list has the seconds of each build that was published."""
    stop = threading.Event()
    seconds: list[float] = []

    def build() -> None:
        while not stop.is_set():
            started = time.monotonic()
            process = subprocess.Popen(
                [_NICE, "-n", "19", *_vitrine(), "build", "--quiet"],
                env=environment,
                stdout=subprocess.DEVNULL,
            )
            while process.poll() is None and not stop.wait(0.1):
                continue
            if stop.is_set():
                process.terminate()
                process.wait()
            elif process.returncode == 0:
                seconds.append(time.monotonic() - started)

    thread = threading.Thread(target=build)
    thread.start()
    try:
        yield seconds
    finally:
        stop.set()
        thread.join()


def _vitrine() -> list[str]:
    return [str(Path(sys.executable).with_name("vitrine"))]


def _p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))]
