"""Whoever has opted out or does not consent gets nothing, whatever happens, in whatever order."""

import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery.config import Config
from delivery.errors import DeliveryError
from delivery.journal import Journal
from delivery.people import Contact, Suggestion
from delivery.replies import Replies, Words
from delivery.sending import Deliverer
from delivery.texts import Texts
from delivery.twilio_api import BusyError, RefusedError, UnknownError
from ingestion.contracts import load
from ingestion.sinks import Outgoing, RawSink
from ingestion.storage import open_storage
from tests.delivery.published import DAY
from tests.delivery.sending import phone

_PEOPLE = ["ana", "bia", "caio"]
# Whoever the process was looking at last: the worst moment for something to happen to somebody.
_IN_HAND = "in hand"
_WHO = st.sampled_from([_IN_HAND, _IN_HAND, *_PEOPLE])
_WORDS = Words(["sair", "parar"], ["voltar"])

# What happens at some step: somebody replies, a build says whether somebody accepts, a kill, or
# something goes wrong at Twilio.
_EVENT = st.one_of(
    st.tuples(
        st.just("reply"), st.sampled_from(_PEOPLE), st.sampled_from(["SAIR", "voltar", "oi"])
    ),
    st.tuples(st.just("build"), st.sampled_from(_PEOPLE), st.booleans()),
    st.tuples(st.just("kill")),
    st.tuples(st.sampled_from(["busy", "failed", "lost", "refused"])),
)


class _KilledError(BaseException):
    """The process is dead."""


class _World:
    """People, a raw layer, a journal, and a Twilio that knows who may be written to."""

    def __init__(self, folder: Path, script: list[tuple[int, tuple[object, ...]]]) -> None:
        self.folder = folder
        self.storage = open_storage(folder / "raw")
        self.sink = RawSink(self.storage, load())
        self.script = sorted(script, key=lambda event: event[0])
        self.step = 0
        self.now = datetime(2024, 5, 1, 15, tzinfo=UTC)
        self.accepts = dict.fromkeys(_PEOPLE, True)
        self.out: set[str] = set()
        self.in_hand = _PEOPLE[0]
        self.taken: list[tuple[str, str, datetime]] = []
        self.faults: list[str] = []

    # Something may happen here.
    def pause(self) -> None:
        self.step += 1
        while self.script and self.script[0][0] <= self.step:
            kind, *details = self.script.pop(0)[1]
            person = self.in_hand if details[:1] == [_IN_HAND] else str(*details[:1])
            if kind == "reply":
                self._reply(person, str(details[1]))
            elif kind == "build":
                self.accepts[person] = bool(details[1])
            elif kind == "kill":
                raise _KilledError
            else:
                self.faults.append(str(kind))

    def _reply(self, person: str, body: str) -> None:
        self.now += timedelta(seconds=1)
        payload = {"timestamp": self.now.isoformat(), "from": phone(person), "body": body}
        content = json.dumps(payload).encode()
        self.sink.put([Outgoing(content, {"contract": "delivery.reply"})])
        if body == "SAIR":
            self.out.add(person)
        elif body == "voltar":
            self.out.discard(person)

    # As people are known.
    def refresh(self) -> None:
        return

    def contact(self, customer_id: str) -> Contact | None:
        self.in_hand = customer_id
        return Contact(customer_id, "Ana", phone(customer_id), self.accepts[customer_id])

    def product(self, _: str | None) -> str | None:
        return None

    def shop(self, _: str | None) -> str | None:
        return None

    def phones(self) -> list[str]:
        return [phone(person) for person in _PEOPLE]

    # As Twilio is asked.
    def send(self, number: str, text: str, _: str) -> str:
        (person,) = (one for one in _PEOPLE if phone(one) == number)
        assert self.accepts[person], "written to without consent"
        assert person not in self.out, "written to after SAIR"
        fault = self.faults.pop(0) if self.faults else None
        if fault == "busy":
            raise BusyError(fault)
        if fault == "refused":
            raise RefusedError("21610")
        if fault == "failed":
            raise UnknownError(fault)
        self.taken.append((person, text, self.now))
        self.pause()  # The answer is on its way.
        if fault == "lost":
            raise UnknownError(fault)
        return f"SM{len(self.taken)}"

    def find(self, number: str, reference: str, since: datetime) -> str | None:
        self.pause()
        for place, (person, text, taken_at) in enumerate(self.taken, 1):
            if phone(person) == number and reference in text:
                assert taken_at >= since
                return f"SM{place}"
        return None

    def run(self) -> None:
        """Deliver once, as a process does."""
        world = self

        class Paused(Journal):
            """Something may happen after each thing that is written down."""

            def intend(self, *arguments):  # type: ignore[no-untyped-def]
                done = super().intend(*arguments)
                world.pause()
                return done

            def _update(self, delivery, **values):  # type: ignore[no-untyped-def]
                done = super()._update(delivery, **values)
                world.pause()
                return done

        journal = Paused(self.folder / "deliveries.sqlite", "key")
        try:
            deliverer = Deliverer(
                Config(settle_seconds=1.0, attempts=3, messages_per_second=1000.0),
                "sms",
                DAY,
                zone=ZoneInfo("America/Sao_Paulo"),
                journal=journal,
                people=self,
                replies=Replies(self.storage, _WORDS),
                texts=Texts(None, 320),
                person_of=str,
                clock=lambda: self.now,
                sleep=self._sleep,
            )
            deliverer.deliver(_SUGGESTIONS, self, self.pause)
        finally:
            journal.close()

    def _sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.pause()


_SUGGESTIONS = [Suggestion("centro", person, "birthday", None, None) for person in _PEOPLE]


def _check(script: list[tuple[int, tuple[object, ...]]]) -> None:
    with TemporaryDirectory() as name:
        world = _World(Path(name), script)
        try:
            for _ in range(12):
                try:
                    world.run()
                except (_KilledError, DeliveryError):
                    continue
                if not world.script:
                    break
            world.script.clear()
            world.faults.clear()
            world.run()
            taken = Counter(person for person, _, _ in world.taken)
            assert all(count == 1 for count in taken.values())
            journal = Journal(world.folder / "deliveries.sqlite", "key")
            assert journal.intents() == []
            # Nobody who may be written to is left out.
            for person in _PEOPLE:
                may = world.accepts[person] and person not in world.out
                assert not may or journal.knows(DAY, DAY, phone(person), person)
            journal.close()
        finally:
            world.sink.close()


_SCRIPT = st.lists(st.tuples(st.integers(1, 20), _EVENT), max_size=10)


@pytest.fixture
def _replies_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "contracts.toml"
    file.write_text('[[contract]]\nname = "delivery.reply"\ntable = "delivery_replies"\n')
    monkeypatch.setenv("VITRINE_CONTRACTS", str(file))
    monkeypatch.setenv("VITRINE_SUPPRESSION_KEY", str(tmp_path / "key"))
    monkeypatch.setattr("ingestion.storage._sync", lambda _: None)
    random.seed(7)


@pytest.mark.usefixtures("_replies_only")
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_SCRIPT)
def test_whoever_opted_out_or_does_not_consent_gets_none_ever(
    script: list[tuple[int, tuple[object, ...]]],
) -> None:
    _check(script)


@pytest.mark.long
@pytest.mark.usefixtures("_replies_only")
@settings(
    max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(1, 120), _EVENT), max_size=40))
def test_whoever_opted_out_or_does_not_consent_gets_none_ever_at_length(
    script: list[tuple[int, tuple[object, ...]]],
) -> None:
    _check(script)
