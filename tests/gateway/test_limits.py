"""Too much, too fast, too slow."""

import json
import socket
import time
from collections.abc import Callable
from contextlib import closing, suppress
from itertools import repeat
from pathlib import Path

import pytest

from tests.gateway.conftest import PAGE
from tests.gateway.support import JSON, NDJSON, Answer, Gateway, bearer, limits, source

HUGE = 100 << 20
HEAD = "\r\n".join(
    [
        "POST /events HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Authorization: {bearer('till')['Authorization']}",
        "",
    ]
)


def until_busy(ask: Callable[[], Answer]) -> Answer:
    """Ask until it is refused: what another connection sends takes a moment to arrive."""
    deadline = time.monotonic() + 10
    while (answer := ask()).status != 503:
        assert time.monotonic() < deadline
    return answer


def status_of(connection: socket.socket) -> int:
    """The status of the next answer; 0 if the connection ends without one."""
    with connection.makefile("rb") as answer:
        line = answer.readline()
        return int(line.split()[1]) if line else 0


def test_a_body_that_says_it_is_too_long_is_refused_unread(gateway: Gateway) -> None:
    with gateway.connect() as connection:
        connection.sendall(f"{HEAD}Content-Length: {HUGE}\r\n\r\n".encode())
        assert status_of(connection) == 413  # Not a byte of the body has been sent.


def test_whoever_asks_before_sending_too_much_is_told(gateway: Gateway) -> None:
    with gateway.connect() as connection:
        expecting = f"{HEAD}Content-Length: {HUGE}\r\nExpect: 100-continue\r\n\r\n"
        connection.sendall(expecting.encode())
        assert status_of(connection) == 413


def test_a_body_that_turns_out_too_long_is_refused_and_fills_no_memory(gateway: Gateway) -> None:
    before = gateway.peak_memory_bytes()
    chunk = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"
    with gateway.connect() as connection:
        connection.sendall(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode())
        connection.sendall(chunk)
        assert status_of(connection) == 413  # It might go on for ever.
        with suppress(OSError):
            for _ in range(HUGE >> 20):
                connection.sendall(chunk)
    assert gateway.post("/events", {"cupom": {}}).status == 200
    assert gateway.peak_memory_bytes() - before < 30 << 20


def test_a_caller_that_sends_too_much_gets_to_read_why(gateway: Gateway) -> None:
    answer = gateway.post("/events", b'{"cupom": "' + b"x" * 1_100_000 + b'"}')
    assert answer.status == 413
    assert "1,000,000 bytes" in answer.json["detail"]


def test_a_pages_body_is_shorter(gateway: Gateway) -> None:
    body = {"event": "x" * (300 << 10)}
    assert gateway.post("/events", body).status == 200
    assert gateway.post("/events", body, "page", JSON | {"Origin": PAGE}).status == 413


@pytest.mark.parametrize("headers", [JSON, NDJSON])
def test_too_many_messages_at_once_are_refused(gateway: Gateway, headers: dict[str, str]) -> None:
    for count, status in ((1_000, 200), (1_001, 413)):
        elements = list(repeat('{"Id":1}', count))
        body = "[" + ",".join(elements) + "]" if headers == JSON else "\n".join(elements)
        assert gateway.post("/events/vtex.brand", body, headers=headers).status == status


def test_a_body_that_does_not_arrive_is_given_up(gateway: Gateway) -> None:
    with gateway.connect() as connection:
        connection.sendall(f'{HEAD}Content-Length: 20\r\n\r\n{{"'.encode())
        started = time.monotonic()
        assert status_of(connection) == 408
        assert 1 < time.monotonic() - started < 6


def test_a_body_that_drips_is_given_up(gateway: Gateway) -> None:
    with gateway.connect() as connection:
        connection.sendall(f"{HEAD}Content-Length: 1000\r\n\r\n".encode())
        started = time.monotonic()
        connection.settimeout(0.1)
        answer = b""
        while not answer and time.monotonic() - started < 10:
            connection.sendall(b" ")
            try:
                answer = connection.recv(1000)
            except TimeoutError:
                continue
        assert answer.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("sent", ["", "POST /events HTTP/1.1\r\nHost: a\r\nX-A: ", "\r\n"])
def test_a_head_that_does_not_arrive_is_given_up(gateway: Gateway, sent: str) -> None:
    with gateway.connect() as connection:
        connection.sendall(sent.encode())
        started = time.monotonic()
        assert connection.recv(1000) == b""
        assert 0.5 < time.monotonic() - started < 6


def test_a_head_without_end_is_refused(gateway: Gateway) -> None:
    with gateway.connect() as connection:
        connection.sendall(b"POST /events HTTP/1.1\r\nHost: a\r\n")
        line = b"X-A: " + b"a" * 1000 + b"\r\n"
        with closing(connection.makefile("rb")) as answer:
            connection.sendall(line * 80)
            assert answer.readline().split()[1] == b"431"


@pytest.mark.parametrize(
    "sent",
    [b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"POST /events HTTP/1.1\r\nA : b\r\n\r\n"],
)
def test_what_is_not_http_gets_400(gateway: Gateway, sent: bytes) -> None:
    with gateway.connect() as connection:
        connection.sendall(sent)
        assert status_of(connection) == 400


def test_requests_may_follow_each_other_without_waiting(gateway: Gateway) -> None:
    body = '{"cupom": {}}'
    one = f"{HEAD}Content-Length: {len(body)}\r\n\r\n{body}"
    with gateway.connect() as connection:
        connection.sendall((one * 3).encode())
        found = b""
        while found.count(b'{"accepted":1}') < 3:
            received = connection.recv(1000)
            assert received
            found += received
    assert found.count(b"HTTP/1.1 200") == 3


def test_an_offer_to_change_the_protocol_is_declined_with_a_reason(gateway: Gateway) -> None:
    body = '{"cupom": {}}'
    for offer in ("websocket", "h2c"):
        with gateway.connect() as connection:
            head = f"{HEAD}Connection: Upgrade\r\nUpgrade: {offer}\r\n"
            connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
            answer = b"".join(iter(lambda: connection.recv(1000), b""))
            assert answer.startswith(b"HTTP/1.1 400")
            assert b"leave out the header Upgrade" in answer


@pytest.mark.parametrize(
    "framing",
    [
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: -1",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    ],
)
def test_a_body_of_doubtful_length_is_refused(gateway: Gateway, framing: str) -> None:
    with gateway.connect() as connection:
        connection.sendall(f"{HEAD}{framing}\r\n\r\n{{}}   ".encode())
        assert status_of(connection) in (400, 415)


def test_whoever_hangs_up_harms_nobody(gateway: Gateway) -> None:
    for _ in range(20):
        with gateway.connect() as connection:
            connection.sendall(f'{HEAD}Content-Length: 1000\r\n\r\n{{"'.encode())
    assert gateway.post("/events", {"cupom": {}}).status == 200


def test_a_source_that_posts_too_fast_is_told_to_wait(gateway: Gateway) -> None:
    answers = [gateway.post("/events", {"cupom": {}}, "slow") for _ in range(6)]
    statuses = [answer.status for answer in answers]
    assert statuses[0] == 200
    assert statuses[-1] == 429
    seconds = int(answers[-1].headers["Retry-After"])
    assert 1 <= seconds <= 3
    assert gateway.post("/events", {"cupom": {}}).status == 200  # Others are not concerned.
    time.sleep(seconds)
    assert gateway.post("/events", {"cupom": {}}, "slow").status == 200


def test_what_is_refused_counts_too(tmp_path: Path) -> None:
    with Gateway(tmp_path, source("till", contracts=["*"], rate=0.1, burst=2)) as gateway:
        statuses = [gateway.post("/events", "no JSON").status for _ in range(3)]
    assert statuses == [400, 400, 429]


def test_a_batch_counts_as_what_is_in_it(tmp_path: Path) -> None:
    with Gateway(tmp_path, source("till", contracts=["*"], rate=1, burst=1)) as gateway:
        assert gateway.post("/events", [{"cupom": {}}] * 50).status == 200
        answer = gateway.post("/events", {"cupom": {}})
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) >= 40


def test_what_waits_is_bounded_and_so_are_connections(tmp_path: Path) -> None:
    config = limits(waiting_bytes=100_000, connections=3, body_seconds=20)
    with Gateway(tmp_path, config, source("till", contracts=["*"])) as gateway:
        body = json.dumps({"cupom": "x" * 60_000})
        with gateway.connect() as waiting:
            half = f"{HEAD}Content-Length: {len(body)}\r\n\r\n{body[:-1]}"
            waiting.sendall(half.encode())
            refused = until_busy(lambda: gateway.post("/events", body))
            assert int(refused.headers["Retry-After"]) > 0
            with gateway.connect(), gateway.connect():
                busy = until_busy(lambda: gateway.get("/health"))
            assert int(busy.headers["Retry-After"]) > 0
            waiting.sendall(body[-1].encode())
            assert status_of(waiting) == 200
        assert gateway.post("/events", body).status == 200
