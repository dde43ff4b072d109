"""What a landed message looks like, and where it is."""

import gzip
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion import batches, contracts, raw_layer, settings
from ingestion.batches import Limits
from ingestion.raw_layer import ensure_raw
from ingestion.sources import files
from tests.ingestion.support import (
    all_landed,
    land,
    landed,
    landed_files,
    left_in_staging,
    raw_row,
    write,
)

PUBLISHED = datetime(2024, 5, 1, 12, 0, 0, 123000, UTC)


def test_a_message_keeps_its_five_columns_and_gets_three(raw_root: Path, tmp_path: Path) -> None:
    line = (
        b'{"data":"{\\"lastChange\\":\\"2024-04-30T10:00:00.1234567-03:00\\", '
        b'\\"x\\": \\"\\u00e7\\"}",'
        b'"attributes":{"contract":"vtex.order","n":1, "o":{"b" : [null]}},"message_id":"77",'
        b'"publish_time":"2024-05-01T12:00:00.123Z","subscription_name":"projects/p/subscriptions/s"}'
    )
    before = datetime.now(UTC)
    land(raw_root, write(tmp_path / "a.ndjson", line))
    (row,) = landed(raw_root, "vtex_orders")
    landed_at = row.pop("landed_at")
    assert before <= landed_at <= datetime.now(UTC)
    assert row == {
        "subscription_name": "projects/p/subscriptions/s",
        "message_id": "77",
        "publish_time": PUBLISHED,
        "attributes": '{"contract":"vtex.order","n":1, "o":{"b" : [null]}}',
        "data": '{"lastChange":"2024-04-30T10:00:00.1234567-03:00", "x": "ç"}',
        "contract": "vtex.order",
        "event_at": datetime(2024, 4, 30, 13, 0, 0, 123456, UTC),
    }


def test_a_file_is_named_by_its_landing_and_has_the_agreed_columns(
    raw_root: Path, tmp_path: Path
) -> None:
    land(raw_root, write(tmp_path / "a.ndjson", raw_row(), raw_row(contract="no.such")))
    for table in ("vtex_orders", "dead_letters"):
        (file,) = landed_files(raw_root, table)
        landed_at = landed(raw_root, table)[0]["landed_at"]
        assert file.parent.name == f"landed_hour={landed_at:%H}"
        assert file.parent.parent.name == f"landed_date={landed_at:%Y-%m-%d}"
        assert len(file.stem) == 32
        metadata = pq.read_metadata(file)
        assert metadata.schema.to_arrow_schema().equals(raw_layer.schema(table))
        columns = [metadata.row_group(0).column(number) for number in range(8)]
        assert {column.compression for column in columns} == {"ZSTD"}
        for column in columns:
            if column.path_in_schema in {"data", "message_id"}:
                assert not column.has_dictionary_page


def test_every_raw_table_can_be_read_before_anything_is_landed(raw_root: Path) -> None:
    ensure_raw(raw_root)
    tables = contracts.load().tables
    assert len(tables) == 26
    for table in tables:
        read = duckdb.read_parquet(f"{raw_root}/landed/{table}/*/*/*.parquet")
        data = "BLOB" if table == "dead_letters" else "VARCHAR"
        types = map(str, read.types)
        assert list(zip(read.columns, types, strict=True))[:8] == [
            ("subscription_name", "VARCHAR"),
            ("message_id", "VARCHAR"),
            ("publish_time", "TIMESTAMP WITH TIME ZONE"),
            ("attributes", "VARCHAR"),
            ("data", data),
            ("contract", "VARCHAR"),
            ("landed_at", "TIMESTAMP WITH TIME ZONE"),
            ("event_at", "TIMESTAMP WITH TIME ZONE"),
        ]


def test_ensuring_the_raw_layer_again_writes_nothing(raw_root: Path) -> None:
    ensure_raw(raw_root)
    files = {path: path.stat().st_mtime_ns for path in raw_root.rglob("*")}
    ensure_raw(raw_root)
    assert {path: path.stat().st_mtime_ns for path in raw_root.rglob("*")} == files
    assert left_in_staging(raw_root) == []


DAY = "2024-01-02"
CHANGED = '{"lastChange": "%s"}'


@pytest.mark.parametrize(
    ("contract", "payload", "expected"),
    [
        ("vtex.order", CHANGED % f"{DAY}T03:04:05Z", "03:04:05"),
        ("vtex.order", CHANGED % f"{DAY}T03:04:05", "03:04:05"),
        ("vtex.order", CHANGED % f"{DAY} 03:04", "03:04"),
        ("vtex.order", CHANGED % f"{DAY}T03:04:05.9999999+0000", "03:04:05.999999"),
        ("vtex.order_event", f'{{"CurrentChange": "{DAY}T03:04:05-03:00"}}', "06:04:05"),
        ("vtex.order_event", f'{{"currentChange": "{DAY}T03:04:05Z"}}', "03:04:05"),
        ("vtex.order_event", f'{{"currentChangeDate": "{DAY}T03:04:05Z"}}', "03:04:05"),
        ("vtex.client", f'{{"updatedIn": null, "createdIn": "{DAY}T03:04Z"}}', "03:04"),
        ("vtex.client", f'{{"updatedIn": "soon", "createdIn": "{DAY}T03:04Z"}}', "03:04"),
        ("storefront.event", f'{{"timestamp": "{DAY}T03:04:05Z"}}', "03:04:05"),
        ("pos.receipt", f'{{"timestamp": "{DAY}T03:04:05-03:00"}}', "06:04:05"),
        ("vtex.sku", f'{{"timestamp": "{DAY}T03:04:05Z"}}', None),
        ("vtex.order", CHANGED % "2024-13-02T03:04:05Z", None),
        ("vtex.order", CHANGED % DAY, None),
        ("vtex.order", CHANGED % "infinity", None),
        ("vtex.order", CHANGED % f"{DAY} 03:04:05 America/Sao_Paulo", None),
        ("vtex.order", '{"lastChange": 1704164645}', None),
        ("vtex.order", '{"lastChange": {"a": 1}}', None),
        ("vtex.order", '{"other": 1}', None),
        ("vtex.order", CHANGED[:-1] % f"{DAY}T03:04:05Z", None),
        ("vtex.order", "[1]", None),
        ("vtex.order", "", None),
    ],
)
def test_the_event_time_is_the_payload_s_else_the_publish_time(
    raw_root: Path, tmp_path: Path, contract: str, payload: str, expected: str | None
) -> None:
    land(raw_root, write(tmp_path / "a.ndjson", raw_row(payload, contract)))
    table = contracts.load().by_name[contract].table
    (row,) = landed(raw_root, table)
    event_at = datetime.fromisoformat(f"{DAY}T{expected}Z") if expected else PUBLISHED
    assert row["event_at"] == event_at
    assert row["data"] == payload


def test_one_payload_that_is_not_json_takes_no_time_from_the_others(
    raw_root: Path, tmp_path: Path
) -> None:
    good = '{"timestamp": "2024-01-02T03:04:05Z"}'
    lines = [
        raw_row("{broken" if number % 10 == 3 else good, "storefront.event", message_id=str(number))
        for number in range(5000)
    ]
    land(raw_root, write(tmp_path / "a.ndjson", *lines))
    times = [row["event_at"] for row in landed(raw_root, "storefront_events")]
    assert times.count(datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)) == 4500
    assert times.count(PUBLISHED) == 500


@pytest.mark.parametrize(
    ("publish_time", "expected"),
    [
        ("2024-05-01T12:00:00Z", "2024-05-01T12:00:00"),
        ("2024-05-01T12:00:00.123456789Z", "2024-05-01T12:00:00.123456"),
        ("2024-05-01T12:00:00.5-03:00", "2024-05-01T15:00:00.5"),
        ("2024-05-01 12:00:00", "2024-05-01T12:00:00"),
    ],
)
def test_publish_times_come_in_all_spellings_of_iso_8601(
    raw_root: Path, tmp_path: Path, publish_time: str, expected: str
) -> None:
    land(raw_root, write(tmp_path / "a.ndjson", raw_row(publish_time=publish_time)))
    (row,) = landed(raw_root, "vtex_orders")
    assert row["publish_time"] == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_large_inputs_become_several_batches_each_with_its_own_landing_time(
    raw_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PIECE_BYTES", 1000)
    lines = [raw_row(message_id=f"{number:03}") for number in range(100)]
    land(raw_root, write(tmp_path / "a.ndjson", *lines), limits=Limits(batch_bytes=1))
    written = landed_files(raw_root, "vtex_orders")
    assert len(written) > 10
    of_files = [
        set(pq.read_table(file, partitioning=None)["landed_at"].to_pylist()) for file in written
    ]
    assert all(len(times) == 1 for times in of_files)
    assert len(set.union(*of_files)) == len(written)
    assert [row["message_id"] for row in landed(raw_root, "vtex_orders")] == [
        f"{number:03}" for number in range(100)
    ]


def test_an_input_of_many_contracts_never_holds_more_than_the_open_limit(
    raw_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PIECE_BYTES", 1000)
    names = list(contracts.load().by_name)
    lines = [
        raw_row(contract=name, message_id=f"{name}-{number}")
        for number in range(20)
        for name in names
    ]
    account = land(raw_root, write(tmp_path / "a.ndjson", *lines), limits=Limits(open_bytes=5000))
    assert {name: count.landed for name, count in account.counts.items()} == dict.fromkeys(
        names, 20
    )
    assert {table: len(rows) for table, rows in all_landed(raw_root).items()} == {
        contract.table: 20 for contract in contracts.load().by_name.values()
    }


def test_the_clock_may_step_back_or_forth(monkeypatch: pytest.MonkeyPatch) -> None:
    start = datetime(2024, 5, 1, 12, tzinfo=UTC)
    steps = [timedelta(), timedelta(), timedelta(hours=5), timedelta(hours=-5), timedelta(hours=-5)]
    times = iter([start + step for step in steps])

    class _Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return next(times)

    monkeypatch.setattr(batches, "datetime", _Clock)
    monkeypatch.setattr(batches, "_last_landed_at", datetime.fromtimestamp(0, UTC))
    taken = [batches._next_landed_at() for _ in steps]
    assert len(set(taken)) == len(taken), "no two batches have one time"
    drift = [abs(time - start - step) for time, step in zip(taken, steps, strict=True)]
    assert max(drift) < timedelta(milliseconds=1), "a clock that was set right is believed"


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\n\n", b"\n \t\n"])
def test_lines_may_end_as_on_any_system_and_blank_lines_are_skipped(
    raw_root: Path, tmp_path: Path, ending: bytes
) -> None:
    lines = [raw_row(message_id=str(number)).rstrip() + ending for number in range(3)]
    land(raw_root, write(tmp_path / "a.ndjson", b"\xef\xbb\xbf", *lines, lines[0].strip()))
    assert [row["message_id"] for row in landed(raw_root, "vtex_orders")] == ["0", "0", "1", "2"]


def test_gzip_members_in_one_file_are_read_as_one(raw_root: Path, tmp_path: Path) -> None:
    members = [gzip.compress(raw_row(message_id=str(number))) for number in range(3)]
    land(raw_root, write(tmp_path / "a.ndjson.gz", *members))
    assert len(landed(raw_root, "vtex_orders")) == 3


def test_a_pipe_can_be_landed(raw_root: Path, tmp_path: Path) -> None:
    for number in range(2):  # The second time the journal knows an input of its size, which is 0.
        land(raw_root, write(tmp_path / "empty.ndjson"))
        pipe = tmp_path / f"pipe{number}"
        os.mkfifo(pipe)
        writer = threading.Thread(target=write, args=(pipe, raw_row(message_id=str(number))))
        writer.start()
        land(raw_root, pipe)
        writer.join()
    assert [row["message_id"] for row in landed(raw_root, "vtex_orders")] == ["0", "1"]


def test_settings_have_defaults_and_become_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("VITRINE_RAW", "VITRINE_WAREHOUSE", "VITRINE_CONTRACTS"):
        monkeypatch.delenv(name, raising=False)
    assert settings.raw_root() == str(tmp_path / "data/raw")
    assert settings.warehouse_path() == tmp_path / "data/vitrine.duckdb"
    assert settings.contracts_path().is_file()
    monkeypatch.setenv("VITRINE_RAW", "elsewhere")
    monkeypatch.setenv("VITRINE_WAREHOUSE", "")
    assert settings.raw_root() == str(tmp_path / "elsewhere")
    assert settings.warehouse_path() == tmp_path / "data/vitrine.duckdb"


def test_rows_of_a_table_stay_in_the_order_of_the_file(raw_root: Path, tmp_path: Path) -> None:
    ids = [str(number * 7919 % 1000) for number in range(1000)]
    land(raw_root, write(tmp_path / "a.ndjson", *(raw_row(message_id=one) for one in ids)))
    (file,) = landed_files(raw_root, "vtex_orders")
    table: pa.Table = pq.read_table(file, partitioning=None)
    assert table["message_id"].to_pylist() == ids
