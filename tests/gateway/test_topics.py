"""The gateway in front of Pub/Sub: the emulator, and nothing of it claimed that it does not do."""

import json
from pathlib import Path
from typing import Any

from tests.gateway.support import Gateway, limits, source
from tests.pubsub.emulator import PROJECT, Emulator

TILL = source("till", contracts=["*"], push=True)


def pull(emulator: Emulator, subscription: str) -> list[Any]:
    request = {"subscription": subscription, "max_messages": 10}
    return [one.message for one in emulator.subscriber.pull(request).received_messages]


def test_messages_go_to_the_topic_of_their_contract(emulator: Emulator, tmp_path: Path) -> None:
    pulls = {
        table: emulator.topic(f"gateway_{table}")[1]
        for table in ("pos_receipts", "storefront_events", "dead_letters")
    }
    environment = {"PUBSUB_EMULATOR_HOST": emulator.host}
    sink = f"pubsub:projects/{PROJECT}/topics/gateway_{{table}}"
    with Gateway(
        tmp_path / "a", limits(answer_seconds=3), TILL,
        words=("--sink", sink), environment=environment,
    ) as gateway:  # fmt: skip
        assert gateway.post("/events", '{"cupom":  1}').status == 200
        assert gateway.post("/events/storefront.event", [{"event": "a"}] * 2).status == 200
        assert gateway.post("/events", '{"what": 1}').status == 200
        # Not all topics are there, so it is not ready, and says so from the start.
        assert gateway.get("/ready").status == 503
        assert any("not ready" in line for line in gateway.log)
        refused = gateway.post("/events/vtex.order", {"orderId": 1})
        assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
        assert gateway.terminate() == 0
    found = {table: pull(emulator, name) for table, name in pulls.items()}
    assert [message.data for message in found["pos_receipts"]] == [b'{"cupom":  1}']
    assert [message.data for message in found["dead_letters"]] == [b'{"what": 1}']
    events = found["storefront_events"]
    assert [json.loads(message.data)["event"] for message in events] == ["a", "a"]
    assert len({message.attributes["event_id"] for message in events}) == 2
    assert {message.attributes["contract"] for message in events} == {"storefront.event"}
