"""Outages, signals and company: nothing is lost or doubled, and the log says what happened."""

import json
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pubsub.emulator import Emulator, require_emulator
from tests.pubsub.lander import Lander, landed_ids


def _events(count: int, size: int = 0) -> list[tuple[bytes, dict[str, str]]]:
    event = {"event": "x", "timestamp": "2024-05-01T12:00:00Z", "filler": "x" * size}
    return [
        (json.dumps(event | {"number": number}).encode(), {"contract": "storefront.event"})
        for number in range(count)
    ]


@pytest.fixture
def landers() -> Iterator[list[Lander]]:
    """Landers that are gone at the end, whatever happened."""
    started: list[Lander] = []
    yield started
    for lander in started:
        lander.process.kill()
        lander.process.wait()


def test_a_service_that_does_not_answer_for_a_while_is_waited_for(
    tmp_path: Path, emulator: Emulator, landers: list[Lander]
) -> None:
    topic, subscription = emulator.topic()
    first = emulator.publish(topic, _events(300))
    lander = Lander(tmp_path / "raw", emulator, f"pubsub:{subscription}")
    landers.append(lander)
    lander.wait_for(lambda: len(landed_ids(tmp_path / "raw")) >= 300)
    emulator.pause(3)
    second = emulator.publish(topic, _events(300))
    lander.wait_for(lambda: len(landed_ids(tmp_path / "raw")) >= 600)
    assert lander.stop() == 0
    assert sorted(landed_ids(tmp_path / "raw")) == sorted(first + second)


def test_a_service_that_is_gone_and_comes_back_is_found_again(
    tmp_path: Path, landers: list[Lander]
) -> None:
    require_emulator()
    emulator = Emulator()
    try:
        topic, subscription = emulator.topic()
        emulator.publish(topic, _events(200))
        lander = Lander(tmp_path / "raw", emulator, f"pubsub:{subscription}")
        landers.append(lander)
        lander.wait_for(lambda: len(landed_ids(tmp_path / "raw")) >= 200)
    finally:
        emulator.stop()
    lander.wait_for(lambda: "trying again in" in lander.said)
    emulator = Emulator(emulator.port)
    try:
        # It has forgotten everything: until the subscription is made again, there is none.
        lander.wait_for(lambda: "NOT_FOUND" in lander.said)
        emulator.publisher.create_topic(name=topic)
        emulator.subscriber.create_subscription(
            request={"name": subscription, "topic": topic, "ack_deadline_seconds": 10}
        )
        emulator.publish(topic, _events(100))
        lander.wait_for(lambda: len(landed_ids(tmp_path / "raw")) >= 300)
        assert "works again after" in lander.said
        assert lander.stop() == 0
    finally:
        emulator.stop()


def test_a_full_disk_stops_pulling_and_loses_nothing(
    tmp_path: Path, emulator: Emulator, landers: list[Lander]
) -> None:
    topic, subscription = emulator.topic()
    raw_root = tmp_path / "raw"
    lander = Lander(raw_root, emulator, "--budget-mb=1", f"pubsub:{subscription}")
    landers.append(lander)
    lander.wait_for(lambda: "receiving" in lander.said)
    # No file may grow beyond 100 bytes: to a program that is what a full disk is.
    free = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(lander.process.pid, resource.RLIMIT_FSIZE, (100, free[1]))
    ids = emulator.publish(topic, _events(4_000, size=5_000))
    # Not only logs of this very process: they are small.
    lander.wait_for(lambda: _held(emulator, subscription, len(ids)))
    resource.prlimit(lander.process.pid, resource.RLIMIT_FSIZE, free)
    lander.wait_for(lambda: len(set(landed_ids(raw_root))) == len(ids), seconds=90)
    assert lander.stop() == 0
    assert set(landed_ids(raw_root)) == set(ids)


def _held(emulator: Emulator, subscription: str, count: int) -> bool:
    """Tell whether most messages are left for others: the lander has stopped pulling."""
    time.sleep(1.5)
    response = emulator.subscriber.pull(
        request={"subscription": subscription, "max_messages": 100}, timeout=10
    )
    emulator.subscriber.modify_ack_deadline(
        request={
            "subscription": subscription,
            "ack_ids": [one.ack_id for one in response.received_messages],
            "ack_deadline_seconds": 0,
        }
    )
    return 0 < len(response.received_messages) < count


def test_sigterm_under_load_lands_what_was_pulled_and_leaves_the_rest(
    tmp_path: Path, emulator: Emulator, landers: list[Lander]
) -> None:
    topic, subscription = emulator.topic()
    ids = emulator.publish(topic, _events(8_000))
    raw_root = tmp_path / "raw"
    lander = Lander(raw_root, emulator, f"pubsub:{subscription}")
    landers.append(lander)
    lander.wait_for(lambda: len(landed_ids(raw_root)) > 100)
    assert lander.stop() == 0
    assert "SIGTERM" in lander.said
    first = landed_ids(raw_root)
    assert len(first) == len(set(first)), "nothing twice"

    # An answer that was on its way when the call was cancelled comes again after its lease.
    last = Lander(raw_root, emulator, f"pubsub:{subscription}")
    landers.append(last)
    last.wait_for(lambda: "receiving" in last.said)
    last.wait_for(lambda: len(set(landed_ids(raw_root))) == len(ids))
    assert last.stop() == 0
    everything = landed_ids(raw_root)
    assert sorted(everything) == sorted(ids), "what was landed had been acknowledged"


def test_two_landers_share_a_subscription(
    tmp_path: Path, emulator: Emulator, landers: list[Lander]
) -> None:
    topic, subscription = emulator.topic()
    raw_root = tmp_path / "raw"
    landers += [
        Lander(raw_root, emulator, "--budget-mb=1", f"pubsub:{subscription}") for _ in range(2)
    ]
    for lander in landers:
        lander.wait_for(lambda lander=lander: "receiving" in lander.said)
    ids = emulator.publish(topic, _events(6_000, size=1_000))
    landers[0].wait_for(lambda: len(set(landed_ids(raw_root))) == len(ids))
    assert [lander.stop() for lander in landers] == [0, 0]
    assert sorted(landed_ids(raw_root)) == sorted(ids)
    assert all("storefront.event" in lander.said for lander in landers), "both had some"


def test_messages_that_wait_longer_than_their_deadline_do_not_come_twice(
    tmp_path: Path, emulator: Emulator, landers: list[Lander]
) -> None:
    topic, subscription = emulator.topic()
    ids = emulator.publish(topic, _events(500))
    raw_root = tmp_path / "raw"
    lander = Lander(raw_root, emulator, "--flush-seconds=12", f"pubsub:{subscription}")
    landers.append(lander)
    lander.wait_for(lambda: len(landed_ids(raw_root)) > 0)
    assert "still holding" in lander.said
    assert lander.stop() == 0
    assert sorted(landed_ids(raw_root)) == sorted(ids)


def test_an_acknowledgement_that_fails_makes_copies_and_says_so(
    tmp_path: Path, landers: list[Lander]
) -> None:
    require_emulator()
    emulator = Emulator()
    try:
        topic, subscription = emulator.topic()
        raw_root = tmp_path / "raw"
        lander = Lander(raw_root, emulator, "--flush-seconds=2", f"pubsub:{subscription}")
        landers.append(lander)
        lander.wait_for(lambda: "receiving" in lander.said)
        emulator.publish(topic, _events(50))
        time.sleep(1)
    finally:
        emulator.stop()
    lander.wait_for(lambda: len(landed_ids(raw_root)) == 50)
    lander.wait_for(lambda: "cannot acknowledge 50 messages" in lander.said)
    assert lander.stop() == 0
