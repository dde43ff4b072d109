"""Asking VTEX: patiently, not too fast, and in clear words when it is of no use."""

import logging
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import click
import pytest

from ingestion.sources.vtex import settings as vtex_settings
from ingestion.sources.vtex.client import Client
from ingestion.sources.vtex.errors import (
    NotFoundError,
    RefusedError,
    UnavailableError,
    VtexError,
)
from ingestion.sources.vtex.pacing import Pace
from tests.vtex.server import KINDS, Faults, Server, serving
from tests.vtex.shop import TOKEN, Answer, Shop
from tests.vtex.support import shop_settings

PATH = "/api/rnb/pvt/coupon"


@pytest.fixture
def server() -> Iterator[Server]:
    shop = Shop()
    shop.documents[PATH] = b'[ {"couponCode":"\\u00c1"} ]'
    with serving(shop) as server:
        yield server


def client_of(server: Server, stop: threading.Event | None = None, **others: object) -> Client:
    return Client(shop_settings(server, **others), stop or threading.Event(), 8)


@pytest.mark.parametrize("kind", KINDS)
def test_what_passes_is_tried_again_until_it_is_good(server: Server, kind: str) -> None:
    server.faults = Faults(0.6, kinds=(kind,))
    server.faults.late_seconds = 0.3
    with client_of(server, tries=40, timeout=0.2) as client:
        for _ in range(3):
            assert client.get(PATH).content == b'[ {"couponCode":"\\u00c1"} ]'
    assert server.faults.happened


def test_what_does_not_pass_ends_after_the_last_try(server: Server) -> None:
    server.faults = Faults(1, kinds=("503",))
    with (
        client_of(server, tries=3) as client,
        pytest.raises(UnavailableError, match=f"GET {PATH}: VTEX answered 503"),
    ):
        client.get(PATH)
    assert len(server.shop.requests) == 3


@pytest.mark.parametrize(
    ("change", "error", "advice"),
    [
        ({"app_token": "another"}, RefusedError, "check VITRINE_VTEX_ACCOUNT"),
        ({}, RefusedError, "permission"),
        ({"url": "/elsewhere"}, NotFoundError, "404"),
    ],
)
def test_what_is_refused_is_not_tried_again_and_says_what_to_do(
    server: Server, change: dict[str, str], error: type[VtexError], advice: str
) -> None:
    server.shop.forbidden = {PATH}
    if "url" in change:
        change = {"url": server.url + change["url"]}
    with client_of(server, **change) as client, pytest.raises(error, match=advice):
        client.get(PATH)
    assert len(server.shop.requests) == 1


def test_nobody_there_is_told_in_a_sentence() -> None:
    with serving(Shop()) as gone:
        pass
    with client_of(gone, tries=2) as client, pytest.raises(UnavailableError, match="refused"):
        client.get(PATH)


@pytest.mark.parametrize("nonsense", ["soon", "nan", "-5", ""])
def test_a_senseless_wait_is_not_taken_at_its_word(
    server: Server, nonsense: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.shop, "answer", lambda *_: (429, b"", {"Retry-After": nonsense}))
    with client_of(server, tries=3) as client, pytest.raises(UnavailableError, match="429"):
        client.get(PATH)


@pytest.mark.parametrize("as_date", [False, True])
def test_everybody_waits_as_long_as_vtex_asks(
    server: Server, as_date: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = []

    def answer(*_: object) -> Answer:
        answered.append(time.monotonic())
        until = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
        return 429, b"", {"Retry-After": until if as_date else "1"}

    honest = server.shop.answer
    with client_of(server) as client:
        monkeypatch.setattr(server.shop, "answer", answer)
        with pytest.raises(UnavailableError, match="429"):
            client.get_once(PATH)
        monkeypatch.setattr(server.shop, "answer", honest)
        client.get(PATH)
    waited = server.shop.requests[-1][0] - answered[0]
    assert 0.9 <= waited < 10


def test_an_end_is_not_waited_for(server: Server) -> None:
    server.faults = Faults(1, kinds=("500",))
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    begin = time.monotonic()
    with client_of(server, stop, backoff=20, tries=9) as client, pytest.raises(UnavailableError):
        client.get(PATH)
    assert time.monotonic() - begin < 10


def test_many_threads_together_keep_to_the_rate(server: Server) -> None:
    with client_of(server, rate=50) as client:
        threads = [threading.Thread(target=client.get, args=[PATH]) for _ in range(40)]
        begin = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(server.shop.requests) == 40
    assert server.shop.requests[-1][0] - begin >= 39 / 50


def test_turns_are_evenly_spaced_and_pauses_are_kept() -> None:
    now = [100.0]
    pace = Pace(4, clock=lambda: now[0], sleep=lambda seconds: now.append(now[0] + seconds))

    def turn() -> float:
        pace.wait()
        now[0] = now.pop() if len(now) > 1 else now[0]
        return now[0]

    turns = [turn() for _ in range(5)]
    assert turns == [100.0, 100.25, 100.5, 100.75, 101.0]
    assert all(later - earlier == 0.25 for earlier, later in pairwise(turns))
    pace.pause(10)
    assert turn() == 111.0


def test_neither_logs_nor_errors_have_the_token_or_payloads(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults = Faults(0.7)
    server.faults.late_seconds = 0.2
    with (
        caplog.at_level(logging.DEBUG, "ingestion"),
        client_of(server, tries=3, timeout=0.1) as client,
    ):
        for _ in range(20):
            try:
                client.get(PATH, q="someone@example.com")
            except VtexError as error:
                caplog.records.append(logging.makeLogRecord({"msg": str(error)}))
    assert caplog.records
    for record in caplog.records:
        for secret in (TOKEN, "someone@", "couponCode"):
            assert secret not in record.getMessage()
    assert TOKEN not in repr(shop_settings(server))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("APP_TOKEN", "", "VITRINE_VTEX_APP_TOKEN is not set"),
        ("APP_TOKEN", "a\nb", "odd characters"),
        ("ACCOUNT", "lója", "odd characters"),
        ("URL", "http://shop.example.com", "no https:// address"),
        ("PRICING_URL", "ftp://localhost", "no https:// address"),
        ("RATE", "0", "no number from"),
        ("RATE", "fast", "'fast' is no number"),
        ("TRIES", "nan", "no number"),
    ],
)
def test_a_wrong_setting_is_named(
    name: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for known in ("ACCOUNT", "APP_KEY", "APP_TOKEN"):
        monkeypatch.setenv(f"VITRINE_VTEX_{known}", "good")
    assert vtex_settings.load().url == "https://good.vtexcommercestable.com.br"
    monkeypatch.setenv(f"VITRINE_VTEX_{name}", value)
    with pytest.raises(click.ClickException, match=message):
        vtex_settings.load()
