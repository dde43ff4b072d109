import base64

import pytest

from simulator.transport import Faults

KINDS = (
    "broken_json: cut in the middle",
    "broken_json: last brace missing",
    "broken_json: trailing comma",
    "broken_json: NaN",
    "broken_json: single quotes",
    "empty_data",
    "empty_data: white space only",
    "non_object_json: 42",
    'non_object_json: "ok"',
    "non_object_json: []",
    "non_object_json: null",
    "missing_key: no orderId",
    "missing_key: no requestId",
    "null_key: orderId null",
    "null_key: couponCode null",
    "wrong_type: value is text",
    "wrong_type: items is an object",
    "wrong_type: totals is text",
    "wrong_type: creationDate is not a date",
    "hook_ping",
    "unknown_contract: vtex.orderz",
    "not_utf8: Latin-1",
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_poison_is_sent(year, kind):
    assert kind in {row["reason"] for row in year.truth["poison"]}


def test_the_poison_messages_are_exactly_those_that_cannot_be_used(year):
    poison = {row["message_id"]: row["contract"] for row in year.truth["poison"]}
    assert year.recount.unusable == poison
    assert len(poison) >= 24


def test_messages_are_counted_as_they_were_sent(year):
    for contract, counts in year.truth["messages"].items():
        ids = len(year.recount.ids[contract])
        lines = year.recount.lines[contract]
        texts = year.recount.texts[contract]
        poison = sum(1 for row in year.truth["poison"] if row["contract"] == contract)
        assert ids == counts["messages"]
        assert lines == counts["lines"]
        assert lines - ids == counts["redelivered"]
        assert sum(texts.values()) - len(texts) == counts["republished"]
        assert len(texts) == counts["documents"]
        assert poison == counts["poison"]


def test_faults_come_as_often_as_they_should(year):
    sums = {}
    for counts in year.truth["messages"].values():
        for name, count in counts.items():
            sums[name] = sums.get(name, 0) + count
    faults = Faults()
    for name in ("redelivered", "republished", "out_of_order", "late"):
        assert sums[name] / sums["messages"] == pytest.approx(getattr(faults, name), rel=0.2)
    events = year.truth["entities"]["vtex.order_event"]
    assert year.truth["missed_events"] / events == pytest.approx(faults.missed_events, rel=0.3)


def test_messages_arrive_in_the_order_of_publishing_but_for_those_held_back(year):
    latest, behind = "", 0
    for publish_time in year.recount.publish_times:
        behind += publish_time < latest
        latest = max(latest, publish_time)
    assert 0.02 < behind / len(year.recount.publish_times) < 0.10


def test_some_versions_are_published_days_after_newer_ones(year):
    days_late = overtaken = 0
    for versions in year.recount.order_versions.values():
        by_change = sorted(versions)
        days_late += sum(1 for at, published, _ in versions if (published - at).days >= 1)
        published = [published for _, published, _ in by_change]
        overtaken += published != sorted(published)
    assert days_late > 20
    assert overtaken > 50


def test_order_events_come_in_three_spellings_from_the_hook_mostly(year):
    spellings = year.recount.spellings
    assert set(spellings) == {"OrderId State", "orderId state", "orderId currentState"}
    assert (
        spellings["OrderId State"] > spellings["orderId state"] + spellings["orderId currentState"]
    )


def test_a_payload_that_is_not_utf8_comes_as_bytes(year):
    (payload,) = year.recount.encoded
    with pytest.raises(UnicodeDecodeError):
        base64.b64decode(payload, validate=True).decode()
