"""What becomes of what is posted."""

import base64
import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.gateway.support import JSON, NDJSON, Gateway
from tests.ingestion.support import all_landed

_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture
def mark() -> str:
    """A word that stands in this test's messages alone."""
    return uuid.uuid4().hex


def landed_with(gateway: Gateway, mark: str) -> list[tuple[str, dict[str, Any]]]:
    """The table and row of every landed message that has a word in it."""
    return [
        (table, row)
        for table, rows in all_landed(gateway.raw_root).items()
        for row in rows
        if mark in str(row["data"]) + str(row["message_id"])
    ]


def only(gateway: Gateway, mark: str) -> tuple[str, dict[str, Any]]:
    (found,) = landed_with(gateway, mark)
    return found


def test_a_message_is_kept_in_the_very_bytes_it_came_in(gateway: Gateway, mark: str) -> None:
    body = f' {{ "cupom":{{"id": "{mark}"}}, "n": 1.10, "n":1e2, "é": "\\u00e9\\/" }}\r\n'
    answer = gateway.post("/events/pos.receipt", body)
    assert (answer.status, answer.json) == (200, {"accepted": 1})
    table, row = only(gateway, mark)
    assert table == "pos_receipts"
    assert row["data"] == body
    assert json.loads(row["attributes"]) == {"contract": "pos.receipt", "source": "till"}
    assert abs(row["publish_time"] - datetime.now(UTC)) < timedelta(minutes=1)
    uuid.UUID(row["message_id"])


def test_every_element_of_a_batch_is_kept_in_its_own_bytes(gateway: Gateway, mark: str) -> None:
    elements = [f'{{"Id" : {n}, "m":"{mark}"}}' for n in range(3)]
    answer = gateway.post("/events/vtex.sku", " [ " + " ,\n".join(elements) + "]\n")
    assert (answer.status, answer.json) == (200, {"accepted": 3})
    found = landed_with(gateway, mark)
    assert sorted(row["data"] for _, row in found) == elements
    assert {table for table, _ in found} == {"vtex_skus"}
    assert len({row["message_id"] for _, row in found}) == 3


def test_every_line_of_a_body_of_lines_is_a_message(gateway: Gateway, mark: str) -> None:
    lines = [f'{{"Id": {n}, "m": "{mark}"}}' for n in range(2)]
    answer = gateway.post("/events/vtex.sku", "\n\n".join(lines) + "\n", headers=NDJSON)
    assert answer.json == {"accepted": 2}
    assert sorted(row["data"] for _, row in landed_with(gateway, mark)) == lines


def test_messages_tell_by_their_keys_of_which_contract_they_are(
    gateway: Gateway, mark: str
) -> None:
    batch = [{"cupom": mark}, {"novo_cliente": mark}, {"nothing": mark}]
    assert gateway.post("/events", batch).status == 200
    tables = sorted(table for table, _ in landed_with(gateway, mark))
    assert tables == ["dead_letters", "pos_customers", "pos_receipts"]


def test_what_a_source_of_one_contract_posts_is_of_that_contract(
    gateway: Gateway, mark: str
) -> None:
    assert gateway.post("/events", {"OrderId": mark}, "hook").status == 200
    assert only(gateway, mark)[0] == "vtex_order_events"


def test_a_source_posts_only_what_it_may(gateway: Gateway, mark: str) -> None:
    assert gateway.post("/events/vtex.order", {"orderId": mark}, "hook").status == 403
    assert gateway.post("/events", {"cupom": mark}, "pusher").status == 403
    assert gateway.post("/push", {"message": mark}, "hook").status == 403
    assert landed_with(gateway, mark) == []


def test_an_unknown_contract_is_not_found(gateway: Gateway) -> None:
    answer = gateway.post("/events/no.such", {"a": 1})
    assert answer.status == 404
    assert "pos.receipt" in answer.json["detail"]


@pytest.mark.parametrize(
    "body", ['{"Domain": "Fulfillment", "OrderId": "MARK"}', '{"hookConfig":"ping", "m": "MARK"}']
)
def test_a_hook_is_answered_at_once_and_its_ping_too(
    gateway: Gateway, mark: str, body: str
) -> None:
    body = body.replace("MARK", mark)
    began = datetime.now(UTC)
    assert gateway.post("/hooks/vtex", body, "hook").status == 200
    assert datetime.now(UTC) - began < timedelta(seconds=4)
    table, row = only(gateway, mark)
    assert (table, row["data"]) == ("vtex_order_events", body)


def test_an_event_that_lacks_time_and_session_is_stamped_at_its_end(
    gateway: Gateway, mark: str
) -> None:
    body = f'{{"event":"pageView", "page": "{mark}" }} '
    assert gateway.post("/events/storefront.event", body).status == 200
    _, row = only(gateway, mark)
    assert row["data"].startswith(body.rstrip()[:-1])
    added = json.loads(row["data"])
    assert _UTC.fullmatch(added["timestamp"])
    assert re.fullmatch("[0-9a-f]{32}", added["sessionId"])
    attributes = json.loads(row["attributes"])
    assert attributes["stamped"] == "timestamp,sessionId"
    assert attributes["event_id"] == row["message_id"]


def test_an_event_that_lacks_nothing_is_left_as_it_is(gateway: Gateway, mark: str) -> None:
    body = f'{{"timestamp":"2024-05-01","sessionId":"s","event":"{mark}"}}'
    assert gateway.post("/events/storefront.event", body).status == 200
    _, row = only(gateway, mark)
    assert row["data"] == body
    assert "stamped" not in json.loads(row["attributes"])


def test_a_null_gives_way_to_the_stamp(gateway: Gateway, mark: str) -> None:
    body = f'{{"sessionId": null, "event": "{mark}", "timestamp": "2024-05-01", "n": 1.10}}'
    assert gateway.post("/events/storefront.event", body).status == 200
    data = only(gateway, mark)[1]["data"]
    assert data.count("sessionId") == 1
    assert '"n":1.10' in data
    assert json.loads(data)["sessionId"]


def test_only_a_storefronts_events_are_stamped(gateway: Gateway, mark: str) -> None:
    body = f'{{"cupom": "{mark}"}}'
    assert gateway.post("/events/pos.receipt", body).status == 200
    assert only(gateway, mark)[1]["data"] == body


def test_a_replayed_request_is_a_copy_of_the_same_message(gateway: Gateway, mark: str) -> None:
    batch = [{"cupom": mark, "n": 0}, {"cupom": mark, "n": 0}]
    headers = JSON | {"Idempotency-Key": mark}
    for _ in range(2):
        assert gateway.post("/events/pos.receipt", batch, headers=headers).json == {"accepted": 2}
    found = [(row["message_id"], row["data"]) for _, row in landed_with(gateway, mark)]
    assert len(found) == 4
    assert len(set(found)) == 2


def test_a_key_that_is_used_again_for_other_content_makes_another_message(
    gateway: Gateway, mark: str
) -> None:
    headers = JSON | {"Idempotency-Key": mark}
    for n in range(2):
        gateway.post("/events/pos.receipt", {"cupom": mark, "n": n}, headers=headers)
    assert len({row["message_id"] for _, row in landed_with(gateway, mark)}) == 2


def test_a_replayed_event_bears_the_same_event_id_whatever_it_was_stamped_with(
    gateway: Gateway, mark: str
) -> None:
    headers = JSON | {"Idempotency-Key": mark}
    for _ in range(2):
        gateway.post("/events/storefront.event", {"event": mark}, headers=headers)
    rows = [row for _, row in landed_with(gateway, mark)]
    assert len(rows) == 2
    assert len({json.loads(row["attributes"])["event_id"] for row in rows}) == 1
    # Two stamps are two contents, and no two messages with one id may differ.
    assert len({row["message_id"] for row in rows}) == len({row["data"] for row in rows})


def test_the_id_that_a_page_gave_an_event_stays(gateway: Gateway, mark: str) -> None:
    gateway.post("/events/storefront.event", {"event": "a", "eventId": mark})
    assert json.loads(only(gateway, mark)[1]["attributes"])["event_id"] == mark


def envelope(mark: str, **message: Any) -> dict[str, Any]:
    data = base64.b64encode(f'{{"cupom": "{mark}"}}'.encode()).decode()
    known = {"data": data, "messageId": mark, "publishTime": "2024-05-01T12:00:00.123456789Z"}
    return {"message": known | message, "subscription": "projects/p/subscriptions/s"}


def test_a_push_keeps_its_id_time_attributes_and_ordering_key(gateway: Gateway, mark: str) -> None:
    attributes = {"contract": "pos.receipt", "shop": "12"}
    body = envelope(mark, attributes=attributes, orderingKey="k", message_id=mark)
    answer = gateway.post("/push", body, "pusher")
    assert (answer.status, answer.body) == (204, b"")
    table, row = only(gateway, mark)
    assert (table, row["message_id"]) == ("pos_receipts", mark)
    assert row["data"] == f'{{"cupom": "{mark}"}}'
    assert row["publish_time"].replace(microsecond=0) == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert json.loads(row["attributes"]) == attributes | {"ordering_key": "k"}


def test_a_push_without_a_contract_is_told_by_its_payload(gateway: Gateway, mark: str) -> None:
    assert gateway.post("/push", envelope(mark), "pusher").status == 204
    assert only(gateway, mark)[0] == "pos_receipts"


def test_a_pushed_payload_that_is_not_utf8_is_a_dead_letter(gateway: Gateway, mark: str) -> None:
    data = base64.b64encode(b"\xff\xfe").decode()
    body = envelope(mark, data=data, attributes={"contract": "pos.receipt"})
    assert gateway.post("/push", body, "pusher").status == 204
    table, row = only(gateway, mark)
    assert (table, row["data"]) == ("dead_letters", b"\xff\xfe")


@pytest.mark.parametrize(
    "change",
    [
        {"data": "not base64!"},
        {"messageId": ""},
        {"publishTime": "yesterday"},
        {"attributes": {"contract": 5}},
        {"attributes": {"a": "x" * 1025}},
        {"attributes": {"": "a"}},
    ],
)
def test_an_envelope_that_is_none_is_refused(
    gateway: Gateway, mark: str, change: dict[str, Any]
) -> None:
    answer = gateway.post("/push", envelope(mark, **change), "pusher")
    assert answer.status == 400
    assert landed_with(gateway, mark) == []
