"""A replay gives each message of a period once, byte for byte, wherever it goes."""

import gzip
import json
import random
import signal
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion import contracts, replay_outputs
from ingestion.received import microseconds, restored
from ingestion.replay import By, Period, Replay
from ingestion.sinks import Outgoing
from ingestion.storage import open_storage
from tests.compaction.support import (
    TABLES,
    YESTERDAY,
    compact,
    fill,
    put,
    row,
    start,
    vitrine,
)
from tests.compaction.views import view_sql

_ALL = ["--from", "2000-01-01", "--to", "2100-01-01"]
_MESSAGE = "message_id, publish_time::varchar, data, contract"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    fill(tmp_path / "raw", seed=7, rows=30)
    return tmp_path / "raw"


def copies(root: Path, table: str, where: str = "true") -> Counter[tuple[Any, ...]]:
    """How many copies a reader has of each message."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        sql = f"select {_MESSAGE} from ({view_sql(connection, root, table)}) where {where}"
        return Counter(connection.execute(sql).fetchall())


def replay(root: Path, *words: object) -> dict[str, dict[str, int]]:
    done = vitrine(root, "replay", "--json", *words)
    assert done.returncode == 0, done.stderr
    accounts: dict[str, dict[str, int]] = json.loads(done.stdout)["contracts"]
    return accounts


@pytest.mark.parametrize("is_compacted", [False, True])
def test_another_raw_layer_gets_each_message_once_and_a_rerun_adds_nothing(
    root: Path, tmp_path: Path, is_compacted: bool
) -> None:
    if is_compacted:
        for table in TABLES:
            compact(root, table, grace_seconds=0)
            compact(root, table, grace_seconds=0)
    other = tmp_path / "other"
    accounts = replay(root, *_ALL, "--to-raw", other)
    for table, contract in TABLES.items():
        expected = copies(root, table)
        assert max(expected.values()) > 1
        assert copies(other, table) == Counter(dict.fromkeys(expected, 1))
        name = "dead_letters" if table == "dead_letters" else contract
        ids = {message_id for message_id, *_ in expected}
        assert accounts[name]["replayed"] == len(ids)
    again = replay(root, *_ALL, "--to-raw", other)
    assert {name: account["replayed"] for name, account in again.items()} == dict.fromkeys(again, 0)
    for table in TABLES:
        assert set(copies(other, table).values()) == {1}


def test_in_its_own_raw_layer_a_message_gets_one_copy_more_and_no_more_the_second_time(
    root: Path,
) -> None:
    before = {table: copies(root, table) for table in TABLES}
    for _ in range(2):
        replay(root, *_ALL, "--to-raw", root)
        for table in TABLES:
            assert copies(root, table) == before[table] + Counter(set(before[table]))


def test_a_file_lands_as_the_messages_that_it_is_made_of(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "all.ndjson.gz"
    replay(root, *_ALL, "--out", path)
    first = path.read_bytes()
    replay(root, *_ALL, "--out", path)
    assert path.read_bytes() == first
    assert [one.name for one in tmp_path.glob(".*")] == []
    lines = [json.loads(line) for line in gzip.decompress(first).splitlines()]
    assert {*lines[0]} == {
        "subscription_name",
        "message_id",
        "publish_time",
        "attributes",
        "data",
    }
    assert any(isinstance(line["data"], dict) for line in lines)
    assert lines[0]["attributes"]["delivery"] in (0, 1, 2)


def test_bytes_and_attributes_survive_a_file(tmp_path: Path) -> None:
    root, other, path = tmp_path / "raw", tmp_path / "other", tmp_path / "a.ndjson"
    odd = {"attributes": '{"contract":"vtex.sku","ç":"\\n\\u0000"}', "contract": "vtex.sku"}
    texts = ["", "\n", '"', "\u2028\u0000é\\ud800", " {} "]
    put(root, "vtex_skus", YESTERDAY, [row(f"t{n}", text, **odd) for n, text in enumerate(texts)])
    dead = {"attributes": '{"contract":"vtex.sku"}', "contract": "vtex.sku"}
    put(root, "dead_letters", YESTERDAY, [row("b", b"\xff\x00\n", **dead)])
    only = ["--contract", "vtex.sku", "--contract", "dead_letters"]
    replay(root, *_ALL, *only, "--out", path)
    assert vitrine(other, "land", path).returncode == 0
    columns = "message_id, publish_time::varchar, subscription_name, attributes, data, contract"
    with duckdb.connect() as connection:
        for table in ("vtex_skus", "dead_letters"):
            read = [
                connection.execute(
                    f"select {columns} from ({view_sql(connection, one, table)})"
                    " where contract = 'vtex.sku' order by all"
                ).fetchall()
                for one in (root, other)
            ]
            assert read[0] == read[1]
            assert read[0]


def test_a_period_is_half_open_and_by_the_time_that_is_asked_for(tmp_path: Path) -> None:
    root = tmp_path / "raw"
    noon = datetime(2024, 5, 1, 12, tzinfo=UTC)
    hour = timedelta(hours=1)
    for number, (published, event, landed) in enumerate(
        [
            (noon, noon, noon),
            (noon + hour, noon, noon),
            (noon, noon + hour, noon),
            (noon, noon, noon + hour),
        ]
    ):
        rows = [row(f"{number}", publish_time=published, event_at=event)]
        put(root, "vtex_orders", landed, rows)
    for by, absent in [("publish", "1"), ("event", "2"), ("landed", "3")]:
        path = tmp_path / f"{by}.ndjson"
        period = ["--from", "2024-05-01T12:00Z", "--to", "2024-05-01T10:00-03:00"]
        assert replay(root, *period, "--by", by, "--out", path)["vtex.order"]["replayed"] == 3
        ids = {json.loads(line)["message_id"] for line in path.read_bytes().splitlines()}
        assert ids == {"0", "1", "2", "3"} - {absent}


def test_dead_letters_of_a_contract_that_is_known_by_now_land_in_its_table(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(root, "dead_letters", YESTERDAY, [row("d", b"{}", attributes='{"contract":"erp.stock"}')])
    own = tmp_path / "contracts.toml"
    own.write_text('[[contract]]\nname = "erp.stock"\ntable = "erp_stock"\n')
    monkeypatch.setenv("VITRINE_CONTRACTS", str(own))
    assert contracts.load().tables == ["erp_stock", "dead_letters"]
    replay(root, *_ALL, "--contract", "dead_letters", "--to-raw", root)
    assert [message_id for message_id, *_ in copies(root, "erp_stock")] == ["d"]


def test_over_a_topic_a_message_takes_its_id_and_time_along_and_a_lander_restores_them(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: dict[str, list[Outgoing]] = defaultdict(list)

    class Topic:
        def __init__(self, name: str) -> None:
            self.name = name

        def put(self, messages: list[Outgoing]) -> None:
            published[self.name].extend(messages)

        def close(self) -> None:
            self.name = "closed"

    monkeypatch.setattr(replay_outputs, "open_sink", Topic)
    period = Period(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC), By.PUBLISH)
    source = Replay(open_storage(root), period)
    output = replay_outputs.TopicOutput("pubsub:projects/p/topics/{table}")
    for unit in source.units([*TABLES]):
        assert output.put(unit, source.messages(unit))
    for table in TABLES:
        got: Counter[tuple[Any, ...]] = Counter()
        for message in published[f"pubsub:projects/p/topics/{table}"]:
            attributes = dict(message.attributes)
            message_id, published_at = restored(attributes, "of the topic", 0)
            assert sorted(attributes) == ["contract", "delivery"]
            got[message_id, published_at, bytes(message.data)] += 1
        expected = {
            (message_id, microseconds(datetime.fromisoformat(at)), _bytes(data))
            for message_id, at, data, _ in copies(root, table)
        }
        assert got == Counter(expected)


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data


def test_killed_at_random_instants_a_rerun_gives_each_message_once(tmp_path: Path) -> None:
    root, other = tmp_path / "raw", tmp_path / "other"
    fill(root, seed=3, batches=3)
    chance = random.Random(3)
    vitrine(root, "--help")  # What processes are forked from is there now, and is not timed.
    started = time.monotonic()
    replay(root, *_ALL, "--to-raw", tmp_path / "timed")
    seconds = time.monotonic() - started
    killed = 0
    for _ in range(4):
        process = start(root, "replay", *_ALL, "--to-raw", other)
        time.sleep(chance.uniform(0.3, 1) * seconds)
        process.kill()
        killed += process.wait() == -signal.SIGKILL
    assert killed
    replay(root, *_ALL, "--to-raw", other)
    for table in TABLES:
        assert copies(other, table) == Counter(set(copies(root, table)))


def test_what_cannot_be_done_is_said_in_a_sentence(root: Path, tmp_path: Path) -> None:
    for words, told in [
        ([*_ALL], "one of --to-raw, --sink, --out, or --dry-run"),
        ([*_ALL, "--dry-run", "--contract", "vtex.dream"], "unknown contract 'vtex.dream'"),
        (["--from", "May", "--to", "June", "--dry-run"], "write 2024-05-01"),
        ([*_ALL, "--sink", "kafka:x"], "is no sink"),
        ([*_ALL, "--out", tmp_path / "no" / "such.ndjson"], "No such file or directory"),
    ]:
        result = vitrine(root, "replay", *words)
        assert result.returncode in (1, 2)
        assert told in result.stderr
        assert "Traceback" not in result.stderr
    shown = vitrine(root, "replay", *_ALL, "--dry-run", "--contract", "vtex.order").stdout
    assert "to replay" in shown
    assert "vitrine replay --from 2024-05-01" in vitrine(root, "replay", "--help").stdout
