"""What becomes of a message that comes by a subscription, and what a person is told."""

import json
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion import contracts
from ingestion.sinks import Outgoing, SinkError, TopicSink
from tests import forks
from tests.pubsub.emulator import PROJECT, Emulator


def _land(raw_root: Path, emulator: Emulator, *sources: str) -> "subprocess.CompletedProcess[str]":
    return forks.run(
        ["land", "--until-empty", "--json", *sources],
        emulator.environment | {"VITRINE_RAW": str(raw_root)},
    )


def _rows(raw_root: Path, table: str) -> list[dict[str, Any]]:
    files = raw_root / "landed" / table / "*" / "*" / "*.parquet"
    return (
        duckdb.sql(f"from read_parquet('{files}') order by message_id").to_arrow_table().to_pylist()
    )


def test_a_message_lands_with_what_pubsub_says_of_it(tmp_path: Path, emulator: Emulator) -> None:
    topic, subscription = emulator.topic()
    before = datetime.now(UTC)
    data = '{"lastChange": "2024-05-01T12:00:00.1234567Z", "á": 1}'.encode()
    [message_id] = emulator.publish(topic, [(data, {"contract": "vtex.order", "a": "ç"})])
    done = _land(tmp_path / "raw", emulator, f"pubsub:{subscription}")
    assert done.returncode == 0
    assert json.loads(done.stdout)["contracts"]["vtex.order"]["landed"] == 1
    [row] = _rows(tmp_path / "raw", "vtex_orders")
    assert row["subscription_name"] == subscription
    assert row["message_id"] == message_id
    assert before <= row["publish_time"] <= row["landed_at"]
    assert json.loads(row["attributes"]) == {"contract": "vtex.order", "a": "ç"}
    assert row["data"].encode() == data
    assert row["event_at"] == datetime(2024, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)


def test_an_ordered_subscription_keeps_its_order_and_its_key(
    tmp_path: Path, emulator: Emulator
) -> None:
    topic, subscription = emulator.topic(enable_message_ordering=True)
    messages = [(b'{"n": %d}' % number, {"contract": "vtex.sku"}) for number in range(3_000)]
    ids = emulator.publish(topic, messages, ordering_key="sku-1")
    files = tmp_path / "raw" / "landed" / "vtex_skus" / "*" / "*" / "*.parquet"
    rows: list[Any] = []
    # On a busy machine two seconds can pass between messages of a key: the next run goes on.
    for _ in range(10):
        if len(rows) < len(ids):
            assert _land(tmp_path / "raw", emulator, f"pubsub:{subscription}").returncode == 0
            rows = duckdb.sql(
                "select message_id, attributes from"
                f" read_parquet('{files}', filename = true, file_row_number = true)"
                " order by landed_at, file_row_number"
            ).fetchall()
    assert [row[0] for row in rows] == ids
    assert {json.loads(row[1])["ordering_key"] for row in rows} == {"sku-1"}


def test_a_dead_letter_topic_is_pointed_out(tmp_path: Path, emulator: Emulator) -> None:
    dead, _ = emulator.topic()
    _, subscription = emulator.topic(
        dead_letter_policy={"dead_letter_topic": dead, "max_delivery_attempts": 7}
    )
    done = _land(tmp_path / "raw", emulator, f"pubsub:{subscription}")
    assert done.returncode == 0
    assert f"after 7 deliveries Pub/Sub moves a message to {dead}" in done.stderr


def test_several_subscriptions_share_one_account(tmp_path: Path, emulator: Emulator) -> None:
    sources = []
    for contract in ("vtex.order", "pos.receipt"):
        topic, subscription = emulator.topic()
        emulator.publish(topic, [(b"{}", {"contract": contract})] * 3)
        sources.append(f"pubsub:{subscription}")
    done = _land(tmp_path / "raw", emulator, *sources)
    account = json.loads(done.stdout)["contracts"]
    assert {name: one["landed"] for name, one in account.items()} == {
        "pos.receipt": 3,
        "vtex.order": 3,
    }


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("pubsub:orders", "write pubsub:projects/PROJECT/subscriptions/NAME"),
        (f"pubsub:projects/{PROJECT}/subscriptions/none", "create it, or check its name"),
    ],
)
def test_a_subscription_that_is_none_is_told_in_a_sentence(
    tmp_path: Path, emulator: Emulator, source: str, told: str
) -> None:
    done = _land(tmp_path / "raw", emulator, source)
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_what_a_topic_sink_publishes_lands_in_its_tables(
    tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", emulator.host)
    subscriptions = [
        emulator.topic(name)[1] for name in ("vtex_orders", "storefront_events", "dead_letters")
    ]
    sink = TopicSink(f"projects/{PROJECT}/topics/{{table}}", contracts.load())
    messages = [
        Outgoing(b'{"n": %d}' % number, {"contract": contract})
        for number in range(1_500)
        for contract in ("vtex.order", "storefront.event", "no.such")
    ]
    sink.put(messages)
    with pytest.raises(SinkError, match="vtex_brands"):
        sink.put([Outgoing(b"{}", {"contract": "vtex.brand"})])
    sink.close()
    sources = [f"pubsub:{one}" for one in subscriptions]
    done = _land(tmp_path / "raw", emulator, *sources)
    account = json.loads(done.stdout)
    assert account["landed"] == 3_000
    assert account["dead_letters"] == 1_500
    assert len(_rows(tmp_path / "raw", "vtex_orders")) == 1_500


def test_a_replayed_message_is_the_message_that_it_was(tmp_path: Path, emulator: Emulator) -> None:
    topic, subscription = emulator.topic()
    kept = {"contract": "vtex.sku"}
    was = {"vtex_none": "x", "vitrine_message_id": "77"}
    emulator.publish(
        topic,
        [
            (
                b"{}",
                kept
                | {"vitrine_message_id": "77", "vitrine_publish_time": "2024-05-01T12:00:00.5Z"},
            ),
            (b"{}", kept | was),
            (b"{}", kept | was | {"vitrine_publish_time": "yesterday"}),
        ],
    )
    assert _land(tmp_path / "raw", emulator, f"pubsub:{subscription}").returncode == 0
    rows = _rows(tmp_path / "raw", "vtex_skus")
    [restored] = [row for row in rows if row["message_id"] == "77"]
    assert restored["publish_time"] == datetime(2024, 5, 1, 12, 0, 0, 500000, tzinfo=UTC)
    assert json.loads(restored["attributes"]) == kept
    assert len(rows) == 3, "what makes no sense is a message like any other"


def test_no_subscription_waits_for_a_message_of_another(tmp_path: Path, emulator: Emulator) -> None:
    topics = [emulator.topic() for _ in range(30)]
    for topic, _ in topics[-3:]:
        emulator.publish(topic, [(b"{}", {"contract": "vtex.sku"})] * 5)
    started = time.monotonic()
    done = _land(
        tmp_path / "raw", emulator, "--budget-mb=1", *(f"pubsub:{name}" for _, name in topics)
    )
    assert json.loads(done.stdout)["landed"] == 15
    assert time.monotonic() - started < 30
