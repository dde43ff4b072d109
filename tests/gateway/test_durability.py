"""What was answered with 2xx is kept, whatever happens next; what cannot be kept is not."""

import http.client
import json
import random
import time
from itertools import count
from pathlib import Path
from threading import Thread

import pytest

from tests.gateway.support import JSON, Answer, Gateway, bearer, limits, source
from tests.ingestion.support import landed, left_in_staging

TILL = source("till", contracts=["*"])
_CALLERS = 8


class Load:
    """Callers that post receipts of their own, one after the other, until they get no answer."""

    def __init__(self, gateway: Gateway) -> None:
        self._port = gateway.port
        self.answered: dict[str, int] = {}
        self.unanswered: set[str] = set()
        self._numbers = count()
        self._threads = [Thread(target=self._call) for _ in range(_CALLERS)]
        for thread in self._threads:
            thread.start()

    def _call(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        while True:
            receipt = str(next(self._numbers))
            body = json.dumps({"cupom": {"id": receipt}})
            self.unanswered.add(receipt)
            try:
                connection.request("POST", "/events", body, JSON | bearer("till"))
                response = connection.getresponse()
                response.read()
            except (OSError, http.client.HTTPException):
                return
            self.unanswered.discard(receipt)
            self.answered[receipt] = response.status

    def wait_for_answers(self, number: int) -> None:
        deadline = time.monotonic() + 30
        while len(self.answered) < number:
            assert time.monotonic() < deadline, self.answered
            time.sleep(0.005)

    def end(self) -> set[str]:
        """Wait until nobody is answered any more; the receipts that were accepted."""
        for thread in self._threads:
            thread.join(30)
        return {receipt for receipt, status in self.answered.items() if status == 200}


def kept(raw_root: Path) -> list[str]:
    return [json.loads(row["data"])["cupom"]["id"] for row in landed(raw_root, "pos_receipts")]


def killed_under_load(
    folder: Path, seed: int, odd: str | None = None
) -> tuple[set[str], list[str]]:
    """Kill a gateway at a random moment; the receipts it accepted, and those in the raw layer."""
    with Gateway(folder, limits(commit_seconds=0.02), TILL, odd=odd) as gateway:
        load = Load(gateway)
        load.wait_for_answers(20)
        time.sleep(random.Random(seed).uniform(0, 0.1))
        gateway.process.kill()
        accepted = load.end()
        assert load.unanswered
    return accepted, kept(gateway.raw_root)


@pytest.mark.parametrize(
    "seed", [1, 2, *(pytest.param(n, marks=pytest.mark.long) for n in range(3, 41))]
)
def test_what_a_killed_gateway_accepted_is_kept(tmp_path: Path, seed: int) -> None:
    accepted, in_raw = killed_under_load(tmp_path / "a", seed)
    assert len(accepted) >= 20
    assert accepted <= set(in_raw)
    assert len(in_raw) == len(set(in_raw))


def test_a_gateway_that_answers_too_early_would_be_found_out(tmp_path: Path) -> None:
    accepted, in_raw = killed_under_load(tmp_path / "a", 1, odd="early")
    assert accepted - set(in_raw)


def test_a_gateway_that_is_told_to_stop_keeps_all_it_let_in(tmp_path: Path) -> None:
    with Gateway(tmp_path / "a", limits(commit_seconds=0.05), TILL) as gateway:
        load = Load(gateway)
        load.wait_for_answers(50)
        waiting = gateway.connect()
        body = b'{"cupom": {"id": "late"}}'
        head = f"POST /events HTTP/1.1\r\nAuthorization: {bearer('till')['Authorization']}\r\n"
        waiting.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:5])
        time.sleep(0.2)
        gateway.process.terminate()
        time.sleep(0.5)
        waiting.sendall(body[5:])
        assert waiting.recv(1000).startswith(b"HTTP/1.1 200")
        waiting.close()
        assert gateway.terminate() == 0
        accepted = load.end()
    assert accepted | {"late"} <= set(kept(gateway.raw_root))
    assert left_in_staging(gateway.raw_root) == []
    assert "all that was answered" in gateway.log[-1]


def test_while_the_raw_layer_cannot_be_written_nothing_is_accepted(tmp_path: Path) -> None:
    with Gateway(tmp_path / "a", limits(commit_seconds=0.01), TILL) as gateway:

        def refused() -> None:
            answer = gateway.post("/events", {"cupom": {"id": "refused"}})
            assert answer.status == 503
            assert int(answer.headers["Retry-After"]) > 0
            assert str(tmp_path) not in answer.body.decode()
            assert int(wait_for_ready(503).headers["Retry-After"]) > 0
            assert gateway.get("/health").status == 200

        def accepted(receipt: str) -> None:
            assert gateway.post("/events", {"cupom": {"id": receipt}}).status == 200
            wait_for_ready(200)

        def wait_for_ready(status: int) -> Answer:
            deadline = time.monotonic() + 5  # An answer of /ready holds for a second.
            while (answer := gateway.get("/ready")).status != status:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            return answer

        accepted("1")
        gateway.limit_file_size(100)  # A disk that is full, for a while.
        refused()
        gateway.limit_file_size(1 << 30)
        accepted("2")
        aside = gateway.raw_root.with_name("aside")
        gateway.raw_root.rename(aside)
        gateway.raw_root.write_text("a file in the place of the raw layer")
        refused()
        gateway.raw_root.unlink()
        aside.rename(gateway.raw_root)
        accepted("3")
        assert gateway.terminate() == 0
    assert sorted(kept(gateway.raw_root)) == ["1", "2", "3"]
    said = [line for line in gateway.log if "sink" in line]
    assert ["down" in line for line in said] == [True, False, True, False]


def test_a_sink_that_is_too_slow_is_not_waited_for(tmp_path: Path) -> None:
    config = limits(answer_seconds=0.5, commit_seconds=0.01)
    with Gateway(tmp_path / "a", config, TILL, odd="slow") as gateway:
        started = time.monotonic()
        assert gateway.post("/events", {"cupom": {"id": "1"}}).status == 503
        assert time.monotonic() - started < 4, "before the sink is done"
        # One that was answered before its turn is not kept at all, so as not to be twice.
        assert gateway.post("/events", {"cupom": {"id": "2"}}).status == 503
        assert gateway.terminate() == 0
    assert kept(gateway.raw_root) == ["1"]
