"""`vitrine night`: one at a time, by a deadline, told to whoever listens, and to BI."""

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from orchestration import settings
from orchestration.calendar import Night, last_day
from orchestration.journal import STEPS, NightFile
from orchestration.night_run import NightRun
from orchestration.outcome import Outcome
from orchestration.steps import Task
from tests.forks import PROJECT
from tests.night.faults import Fault
from tests.night.shop import ZONE, NightShop, deadline_of, orders, tiny_shop
from tests.pubsub.emulator import Emulator
from warehouse.lock import lock
from warehouse.versions import Warehouse

DAY = date(2024, 5, 6)
NEXT = DAY + timedelta(days=1)


class Listener:
    """A webhook's other end: keeps what it is told, and answers as it is told to."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.answer = 200
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers["content-length"])
                listener.heard.append(json.loads(self.rfile.read(size)))
                self.send_response(listener.answer)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/a-secret"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    one = Listener()
    yield one
    one.close()


@pytest.fixture
def shop(tmp_path: Path, tiny_project: Path, listener: Listener) -> NightShop:
    return tiny_shop(tmp_path, tiny_project, VITRINE_NIGHT_WEBHOOK=listener.url)


def test_a_night_is_done_once_and_told_to_all_who_ask(shop: NightShop, listener: Listener) -> None:
    shop.deliver_file("a", orders(DAY, "ana@example.com"))
    run = shop.night(DAY)
    assert run.summary["as_of"] == "2024-05-07T06:00:00+00:00"
    states = {one["step"]: one["state"] for one in run.summary["steps"]}
    assert states == dict.fromkeys(STEPS[:-1], "done") | {"deliver": "skipped"}
    assert {line["step"] for line in run.log if "step" in line} == set(STEPS)
    assert listener.heard == [run.summary]
    assert shop.query("from aggregates.agg_orders") == [(1, datetime(2024, 5, 7, 6))]
    (manifest,) = shop.manifests(NEXT)
    assert (manifest["run_date"], manifest["rows_of"]) == (str(NEXT), None)

    again = shop.night(DAY)
    assert again.summary["steps"] == []
    assert len(listener.heard) == 1

    # Later rows of this very run are seen in the file that it published before them.
    assert shop.query(
        "select step, state, figures->>'landed' from validation.night_steps order by started_at"
    ) == [(step, states[step], {"land": "1", "build": "1"}.get(step)) for step in STEPS]
    assert (
        shop.query(
            "select night_date, state, seconds > 0 from validation.night_runs order by started_at"
        )
        == [(DAY, "done", True)] * 2
    )
    journals = "".join(path.read_text() for path in shop.warehouse.parent.rglob("*.ndjson"))
    assert "publish" in journals
    assert "ana@example.com" not in f"{run.said}{listener.heard}{journals}"


def test_steps_can_be_done_one_by_one_in_their_order(shop: NightShop) -> None:
    # A landing that dies before it counts is done again.
    shop.deliver_file("a", orders(DAY, "a"))
    run = shop.start(DAY, fault=Fault(("land", "middle")))
    assert run.wait() == -signal.SIGKILL, run.said
    early = shop.night(DAY, "--only", "publish", code=1)
    assert "publish of 2024-05-06 needs land first" in early.said
    for step in STEPS:
        (done,) = shop.night(DAY, "--only", step).summary["steps"]
        assert done["step"] == step
    assert shop.night(DAY, "--only", "export").summary["steps"] == []
    (again,) = shop.night(DAY, "--only", "export", "--again").summary["steps"]
    assert again["message"] == "OUT of 2024-05-07: version 1"
    assert [one["step"] for one in shop.night(DAY).summary["steps"]] == ["deliver"]
    steps = shop.night(DAY, "--from", "recommend").summary["steps"]
    assert [one["step"] for one in steps] == ["recommend", "export", "deliver"]
    assert [manifest["version"] for manifest in shop.manifests(NEXT)] == [1]


def test_an_input_that_cannot_be_landed_holds_nothing_up(
    shop: NightShop, listener: Listener
) -> None:
    shop.deliver_file("a", orders(DAY, "a"))
    shop.deliver_file("torn", [b'{"message_id": '])
    run = shop.night(DAY, code=3)
    assert run.summary["reason"] == "inputs_failed"
    assert "inbox/torn.ndjson" in run.summary["message"]
    assert listener.heard == [run.summary]
    assert shop.query("select count(*) from marts.fct_orders") == [(1,)]
    # Nothing new, nothing built.
    assert [one["step"] for one in shop.night(DAY, code=3).summary["steps"]] == ["land"]
    shop.deliver_file("torn", orders(DAY, "mended"))
    assert [one["step"] for one in shop.night(DAY).summary["steps"]] == [*STEPS]
    assert shop.query("select count(*) from marts.fct_orders") == [(2,)]


def test_subscriptions_are_drained_and_one_that_is_gone_holds_nothing_up(
    shop: NightShop, emulator: Emulator
) -> None:
    topic, subscription = emulator.topic()
    emulator.publish(topic, [(b"a", {"contract": "vtex.order"}), (b"?", {"contract": "no.such"})])
    shop.deliver_file("a", orders(DAY, "b"))
    sources = f"{shop.folder}/inbox pubsub:{subscription}"
    shop.settings.update(
        PUBSUB_EMULATOR_HOST=emulator.environment["PUBSUB_EMULATOR_HOST"],
        VITRINE_NIGHT_SOURCES=sources,
    )
    run = shop.night(DAY, "--only", "land")
    assert f"{subscription}: receiving" in [line["message"] for line in run.log]
    (landed,) = run.summary["steps"]
    assert landed["figures"] == {
        "inputs": 2,
        "inputs_failed": 0,
        "landed": 3,
        "already_there": 0,
        "dead_letters": 1,
    }
    gone = f"{subscription}-gone"
    shop.settings["VITRINE_NIGHT_SOURCES"] = f"{sources} pubsub:{gone}"
    run = shop.night(DAY, "--only", "land", "--again", code=3)
    assert gone in run.summary["message"]


def test_the_deadline_is_warned_of_and_then_decided(shop: NightShop, listener: Listener) -> None:
    deadline = deadline_of(DAY)
    # The first night: nothing can stand in for it.
    run = shop.night(DAY, code=4, at=deadline)
    assert run.summary["reason"] == "deadline"
    assert "07:00 on 2024-05-07" in run.summary["message"]
    assert [(one["step"], one["state"]) for one in run.summary["steps"]] == [("export", "failed")]
    shop.deliver_file("a", orders(DAY, "a"))
    shop.night(DAY, "--deadline", "none", at=deadline)

    listener.heard.clear()
    soon = deadline_of(NEXT) - timedelta(minutes=59)
    late = Fault(late_in=("build", deadline_of(NEXT)))
    run = shop.night(NEXT, code=4, at=soon, fault=late)
    assert [one["state"] for one in listener.heard] == ["warning", "late"]
    steps = {one["step"]: one for one in run.summary["steps"]}
    assert [(one["step"], one["state"]) for one in steps.values()] == [
        ("land", "done"),
        ("build", "stopped"),
        ("export", "done"),
    ]
    (manifest,) = shop.manifests(NEXT + timedelta(days=1))
    assert manifest["rows_of"] == str(NEXT)
    # It is decided once, and told once.
    listener.heard.clear()
    assert shop.night(NEXT, code=4, at=deadline_of(NEXT)).summary["steps"] == []
    assert listener.heard == []


@pytest.mark.parametrize("answer", [400, 500, None])
def test_a_webhook_that_fails_fails_nothing(
    shop: NightShop, listener: Listener, answer: int | None
) -> None:
    if answer is None:
        listener.close()
    else:
        listener.answer = answer
    # Its last step, which nothing has to be built for.
    run = shop.night(DAY, "--only", "land")
    warnings = [line["message"] for line in run.log if line["level"] == "warning"]
    assert len(warnings) == (1 if answer == 400 else 3)
    assert all(line.startswith("webhook at 127.0.0.1, attempt ") for line in warnings)
    assert "a-secret" not in run.said
    if answer is None:
        listener._server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
        threading.Thread(target=listener._server.serve_forever, daemon=True).start()


def test_a_night_whose_journal_cannot_be_kept_fails_and_is_told(
    tmp_path: Path, listener: Listener
) -> None:
    nights = tmp_path / "nights"

    def take_the_journal_away(_: Task) -> Outcome:
        shutil.rmtree(nights)
        return Outcome("done")

    configured = settings.read("duckdb", PROJECT)._replace(webhook=listener.url)
    journal = NightFile(nights, DAY)
    before = deadline_of(DAY) - timedelta(hours=5)
    work = {"land": take_the_journal_away}
    run = NightRun(Night(DAY, ZONE), configured, journal, "run", lambda: before, work)
    summary = run.run(("land",))
    assert (summary.exit_code, summary.reason) == (1, "journal")
    assert "cannot keep the night's journal" in summary.message
    assert listener.heard == [msgspec.to_builtins(summary)]


def test_a_second_night_run_ends_at_once(shop: NightShop) -> None:
    warehouse = Warehouse(shop.warehouse)
    warehouse.folder.mkdir()
    with lock(warehouse.night_lock, "night run", wait=False):
        run = shop.night(DAY, code=5)
    assert f"another night run is running (process {os.getpid()}, since 20" in run.said


def test_whoever_is_told_to_stop_ends_its_step_and_says_so(
    shop: NightShop, listener: Listener
) -> None:
    # A build waits for another one, and so has begun for sure.
    warehouse = Warehouse(shop.warehouse)
    warehouse.folder.mkdir()
    shop.deliver_file("a", orders(DAY, "a"))
    with lock(warehouse.lock, "build", wait=False):
        run = shop.start(DAY)
        journal = warehouse.nights / f"{DAY}.ndjson"
        while not (journal.exists() and b'"build"' in journal.read_bytes()):
            time.sleep(0.05)
        os.kill(run.pid, signal.SIGTERM)
        assert run.wait() == 1
    assert run.summary["reason"] == "SIGTERM"
    assert [one["state"] for one in run.summary["steps"]] == ["done", "stopped"]
    assert listener.heard == [run.summary]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--only", "land", "--from", "land"), "exclude each other"),
        (("--again",), "--again is for --only"),
        (("--deadline", "late"), "--deadline is late; write a time such as 07:00, or none."),
        (("--date", "2024-05-08"), "has not ended; the last day that has is 2024-05-06"),
    ],
)
def test_a_command_that_makes_no_sense_is_told_in_words(
    shop: NightShop, words: tuple[str, ...], said: str
) -> None:
    run = shop.start(DAY, *words)
    assert run.wait() in (1, 2)
    assert said in run.said
    assert "Traceback" not in run.said


def test_a_day_ends_at_eleven_by_the_shops_clock() -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).astimezone(UTC)

    assert last_day(at("2024-05-06T22:59-03:00"), ZONE) == date(2024, 5, 5)
    assert last_day(at("2024-05-06T23:00-03:00"), ZONE) == DAY
    assert last_day(at("2024-05-07T06:00-03:00"), ZONE) == DAY


def test_a_night_in_which_clocks_change_has_its_times_by_the_shops_clock() -> None:
    # Summer time began at midnight, and 07:00 came an hour sooner.
    began, ordinary = Night(date(2018, 11, 3), ZONE), Night(DAY, ZONE)
    assert began.deadline == datetime(2018, 11, 4, 9, tzinfo=UTC)
    assert began.as_of == datetime(2018, 11, 4, 5, tzinfo=UTC)
    assert ordinary.deadline == datetime(2024, 5, 7, 10, tzinfo=UTC)
    assert ordinary.warning_at == datetime(2024, 5, 7, 9, tzinfo=UTC)
