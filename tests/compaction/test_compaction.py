"""Compaction keeps every row, for every reader, and makes few files of many."""

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ingestion import compaction as compaction_module
from ingestion import folding, snapshots
from ingestion.folding import read_rows
from ingestion.storage import open_storage
from tests.compaction.support import (
    TABLES,
    YESTERDAY,
    compact,
    contents,
    files,
    fill,
    put,
    row,
    vitrine,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    fill(tmp_path / "raw", seed=1)
    return tmp_path / "raw"


def compacted_rows(root: Path, table: str) -> list[dict[str, object]]:
    return [
        one
        for path in files(root, "compacted", table)
        for one in pq.read_table(path, partitioning=None).to_pylist()
    ]


def test_readers_have_the_same_rows_before_and_after_and_after_the_removal(root: Path) -> None:
    before = contents(root)
    assert all(rows > 300 for rows, _ in before.values())
    landed = {table: files(root, "landed", table) for table in TABLES}
    for table in TABLES:
        account = compact(root, table)
        assert (account.landed_files, account.rows) == (6, before[table][0])
    assert contents(root) == before
    assert {table: files(root, "landed", table) for table in TABLES} == landed
    for table in TABLES:
        assert compact(root, table, grace_seconds=0).removed_files == 6
    assert [path for table in TABLES for path in files(root, "landed", table)] == []
    assert contents(root) == before


def test_a_message_is_one_row_with_its_copies_sorted_by_time_and_id(root: Path) -> None:
    for table in TABLES:
        landed = [
            one
            for path in files(root, "landed", table)
            for one in pq.read_table(path, partitioning=None).to_pylist()
        ]
        compact(root, table)
        rows = compacted_rows(root, table)
        copies = Counter((one["message_id"], one["data"]) for one in landed)
        assert {(one["message_id"], one["data"]): one["copy_count"] for one in rows} == copies
        assert len(rows) == len(copies), "one row a message"
        assert max(copies.values()) > 2
        assert any(len({data for found, data in copies if found == one}) > 1 for one, _ in copies)
        for path in files(root, "compacted", table):
            keys = [
                (one["event_at"], one["message_id"])
                for one in pq.read_table(path, partitioning=None).to_pylist()
            ]
            assert keys == sorted(keys)


def test_files_are_divided_by_the_hour_of_the_event_and_dead_letters_by_the_day_they_landed(
    root: Path,
) -> None:
    for table in TABLES:
        compact(root, table)
    for path in files(root, "compacted", "vtex_orders"):
        hours = {f"{one['event_at']:%Y-%m-%d %H}" for one in pq.read_table(path).to_pylist()}
        date, hour = (part.partition("=")[2] for part in path.parts[-3:-1])
        assert hours == {f"{date} {hour}"}
    (path,) = files(root, "compacted", "dead_letters")
    assert path.parent.name == f"landed_date={YESTERDAY:%Y-%m-%d}"


def test_the_file_of_contracts_says_how_a_table_is_divided(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "contracts.toml"
    own.write_text(
        '[[contract]]\nname = "pos.receipt"\ntable = "pos_receipts"\n'
        'compaction = {granularity = "day", keys = {store = "$.cupom.loja.id"}}\n'
    )
    monkeypatch.setenv("VITRINE_CONTRACTS", str(own))
    put(root, "pos_receipts", YESTERDAY, [row("odd", "no JSON"), row("long", _store("ç/" * 200))])
    before = contents(root)
    compact(root, "pos_receipts", grace_seconds=0)
    folders = {path.parent for path in files(root, "compacted", "pos_receipts")}
    stores = {folder.name for folder in folders if "store=" in folder.name}
    assert {"store=0", "store=1", "store=2", "store=__HIVE_DEFAULT_PARTITION__"} < stores
    assert len(stores) == 5, "and one whose name is too long for a folder"
    for folder in folders:
        assert folder.parent.name.startswith("event_date=")
        for path in folder.glob("*.parquet"):
            stored = {one["message_id"]: one["data"] for one in pq.read_table(path).to_pylist()}
            if folder.name in ("store=0", "store=1", "store=2"):
                assert {
                    str(json.loads(data.rstrip("!"))["cupom"]["loja"]["id"])
                    for data in stored.values()
                } == {folder.name[-1]}
    assert contents(root) == before


def _store(store_id: str) -> str:
    return json.dumps({"cupom": {"loja": {"id": store_id}}})


def test_a_copy_that_lands_later_joins_its_message(root: Path) -> None:
    compact(root, "vtex_orders")
    messages = len(compacted_rows(root, "vtex_orders"))
    again = compacted_rows(root, "vtex_orders")[0]
    columns = ("message_id", "data", "publish_time", "event_at", "contract")
    later = YESTERDAY + timedelta(hours=9)
    put(root, "vtex_orders", later, [row(**{name: again[name] for name in columns})])
    before = contents(root)
    # What is replaced by the second compaction is still there: count what a reader would.
    compact(root, "vtex_orders", grace_seconds=0)
    assert contents(root) == before
    newest = snapshots.read_raw_files(open_storage(root), "vtex_orders").snapshot
    assert sum(one.message_count for one in newest.compacted) == messages
    assert sum(one.row_count for one in newest.compacted) == before["vtex_orders"][0]


def test_very_many_small_files_become_few(root: Path) -> None:
    for hour in range(70):
        at = YESTERDAY - timedelta(hours=100 - hour)
        put(root, "vtex_orders", at, [row(f"hour {hour}", publish_time=at)])
        if hour in (20, 40):
            compact(root, "vtex_orders")
    before = contents(root)
    compact(root, "vtex_orders")
    assert contents(root) == before
    compacted = snapshots.read_raw_files(open_storage(root), "vtex_orders").snapshot.compacted
    assert len(compacted) == 1
    keys = [
        (f"{one['event_at']:%Y-%m-%d %H}", one["event_at"], one["message_id"])
        for one in pq.read_table(root / compacted[0].place, partitioning=None).to_pylist()
    ]
    assert keys == sorted(keys)
    assert len(keys) > 70


def test_buckets_and_rounds_make_no_difference(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "BUCKET_BYTES", 3000)
    monkeypatch.setattr(compaction_module, "ROUND_BYTES", 5000)
    before = contents(root)
    for table in TABLES:
        compact(root, table)
        assert len(files(root, "snapshots", table)) > 1, "several rounds"
    assert contents(root) == before
    for table in TABLES:
        for path in files(root, "compacted", table):
            rows = [one for rows in read_rows(path) for one in rows.to_pylist()]
            assert rows
    for table in TABLES:
        compact(root, table, grace_seconds=0)
    assert contents(root) == before


def test_hours_that_are_not_closed_are_left_alone_and_a_rerun_changes_nothing(
    root: Path, tmp_path: Path
) -> None:
    from datetime import UTC, datetime  # noqa: PLC0415

    path = put(root, "vtex_orders", datetime.now(UTC), [row("new")])
    for table in TABLES:
        compact(root, table)
    names = {one: one.stat().st_mtime_ns for one in root.rglob("*.parquet")}
    for table in TABLES:
        assert compact(root, table).landed_files == 0
    assert {one: one.stat().st_mtime_ns for one in root.rglob("*.parquet")} == names
    assert path in names


def test_what_a_dead_compaction_left_goes_after_a_day(root: Path) -> None:
    import os  # noqa: PLC0415
    import time  # noqa: PLC0415

    compact(root, "vtex_orders")
    stray = files(root, "compacted", "vtex_orders")[0].with_name("stray.parquet")
    put(root, "vtex_orders", YESTERDAY, [row("stray")]).rename(stray)
    compact(root, "vtex_orders", grace_seconds=0)
    assert stray.exists(), "it may belong to a compaction that is at work"
    os.utime(stray, (time.time() - 90_000,) * 2)
    compact(root, "vtex_orders", grace_seconds=0)
    assert not stray.exists()


def test_nothing_is_removed_where_a_compacted_file_is_missing(root: Path) -> None:
    compact(root, "vtex_orders")
    files(root, "compacted", "vtex_orders")[0].unlink()
    result = vitrine(root, "compact", "--contract", "vtex.order", "--grace", "0s")
    assert result.returncode == 1
    assert "is missing or has another size; nothing was removed" in result.stderr
    assert len(files(root, "landed", "vtex_orders")) == 6


def test_the_command_tells_people_and_programs(root: Path) -> None:
    told = vitrine(root, "compact", "--json", "--contract", "vtex.order")
    (account,) = json.loads(told.stdout)["tables"]
    assert (account["table"], account["landed_files"], account["error"]) == ("vtex_orders", 6, None)
    shown = vitrine(root, "compact", "--grace", "0s").stdout
    assert "pos_receipts" in shown
    assert vitrine(root, "compact").stdout == "Nothing to compact or to remove.\n"
    wrong = vitrine(root, "compact", "--contract", "vtex.dream")
    assert (wrong.returncode, "unknown contract 'vtex.dream'" in wrong.stderr) == (1, True)
    assert "write 90s, 30m, 2h or 1d" in vitrine(root, "compact", "--grace", "soon").stderr
    assert "vitrine compact --older-than 1d" in vitrine(root, "compact", "--help").stdout
