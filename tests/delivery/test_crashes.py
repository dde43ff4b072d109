"""`vitrine deliver` killed: no message is sent twice, and none is lost."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from delivery import deliver_command
from delivery.journal import Journal
from delivery.twilio_api import Twilio as Client
from tests.delivery.published import DAY
from tests.delivery.sending import Sending

PROJECT = Path(__file__).parents[2]
_KILLED = 9


def _dies(owner: Any, name: str, *, after: bool, nth: int = 1) -> Callable[[], None]:
    """Have a process die before or after the nth call of something."""

    def spoil() -> None:
        original, calls = getattr(owner, name), 0

        def dying(*arguments: Any, **named: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == nth and not after:
                os._exit(_KILLED)
            result = original(*arguments, **named)
            if calls == nth:
                os._exit(_KILLED)
            return result

        setattr(owner, name, dying)

    return spoil


_STEPS = {
    "once an intent is written": (Journal, "intend", True),
    "once Twilio has taken it": (Client, "send", True),
    "once that is written": (Journal, "mark_sent", True),
    "once raw was told": (Journal, "mark_landed", False),
}


@pytest.mark.parametrize("step", _STEPS)
def test_a_kill_at_any_step_sends_nothing_twice_and_loses_nothing(
    sending: Sending, step: str
) -> None:
    sending.suggest_people(4)
    owner, name, after = _STEPS[step]
    nth = 1 if name == "mark_landed" else 2
    assert sending.die(_dies(owner, name, after=after, nth=nth)) == _KILLED
    taken = len(sending.twilio.messages)
    # Another dies while it asks what became of the one before.
    if step == "once Twilio has taken it":
        assert sending.die(_dies(Client, "find", after=True)) == _KILLED
    report = sending.send_well()
    assert report["sent"].get("abandoned_cart", 0) == 4 - taken
    assert report["unresolved"] == 0
    assert sorted(sending.twilio.recipients().values()) == [1] * 4
    assert {one["message_sid"] for one in sending.landed()} == {
        message.sid for message in sending.twilio.messages
    }


def test_whoever_has_opted_out_after_a_kill_gets_nothing(sending: Sending) -> None:
    sending.suggest_people(1)
    assert sending.die(_dies(Journal, "intend", after=True)) == _KILLED
    sending.reply(sending.published.contacts[0][2] or "", "SAIR")
    report = sending.send_well()
    assert (report["not_found"], report["not_sent"]) == (1, {"opted_out": 1})
    assert not sending.twilio.messages


def test_a_message_to_somebody_who_is_gone_is_neither_asked_for_nor_sent_again(
    sending: Sending,
) -> None:
    sending.suggest_people(2)
    assert sending.die(_dies(Client, "send", after=True)) == _KILLED
    del sending.published.contacts[0]
    sending.published.publish()
    report = sending.send_well()
    assert (report["unresolved"], report["not_sent"]) == (1, {"no_contact": 1})
    assert sorted(sending.twilio.recipients().values()) == [1, 1]


@pytest.mark.long
def test_fifty_random_kills_send_nothing_twice_and_lose_nothing(sending: Sending) -> None:
    people, kills = 60, 0
    chance = random.Random(7)
    sending.suggest_people(people)
    sending.configure(messages_per_second=8, timeout_seconds=2.0, settle_seconds=0.5)
    command = [
        str(Path(sys.executable).with_name("vitrine")),
        *("deliver", "--date", str(DAY), "--send"),
    ]
    faults = ["ok"] * 6 + ["lost", "failed_late", "failed", "dropped", "busy", "slow"]
    while kills < 50:
        sending.twilio.faults.append(chance.choice(faults))
        process = subprocess.Popen(
            command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        # Killed a while after its first request, so that most are met at work.
        asked, until = sending.twilio.requests.total(), time.monotonic() + 60
        while sending.twilio.requests.total() == asked and process.poll() is None:
            assert time.monotonic() < until
            time.sleep(0.002)
        time.sleep(chance.random() * 0.3)
        if process.poll() is not None:
            assert process.returncode == 0, process.communicate()[1]
            # All was sent: suggest more people.
            people += 30
            sending.suggest_people(people)
            continue
        process.kill()
        process.communicate()
        kills += 1
    sending.twilio.faults.clear()
    sending.configure(settle_seconds=0.5)
    report = sending.send_well()
    assert report["unresolved"] == 0
    assert sending.twilio.recipients() == dict.fromkeys(
        (contact[2] for contact in sending.published.contacts), 1
    )
    assert {one["message_sid"] for one in sending.landed()} == {
        message.sid for message in sending.twilio.messages
    }
    assert sending.send_well()["not_sent"] == {"already_contacted": people}


def test_the_steps_are_those_that_a_run_takes(sending: Sending) -> None:
    """A kill test whose process does not die proves nothing; this one says it is alive."""
    sending.suggest_people(1)
    assert deliver_command.Journal is Journal
    assert sending.die(lambda: None) == 0
