"""What status tells of raw files, against real ones: landed, compacted, late and vanishing."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from ingestion.snapshots import RawFiles, read_raw_files
from ingestion.storage import Storage
from tests.compaction.support import compact, files, put, row
from tests.compaction.views import view_sql
from warehouse import raw_state
from warehouse.raw_state import FileSizes, RawState, read_raw_state
from warehouse.seen import Seen

NOW = datetime.now(UTC)
TABLE = "vtex_orders"
HOUR = timedelta(hours=1)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "raw"


def land(root: Path, ago: timedelta, *message_ids: str) -> Path:
    return put(root, TABLE, NOW - ago, [row(one) for one in message_ids])


def build(root: Path) -> Seen:
    """Stage everything that is in raw now, as a build does."""
    restricted = root.parent / "restricted.duckdb"
    with duckdb.connect(restricted) as connection:
        connection.execute("set timezone = 'UTC'; create schema staging")
        connection.execute(
            "create table staging.stg_vtex__orders as select landed_at::timestamp as landed_at"
            f" from ({view_sql(connection, root, TABLE)})"
        )
        counted = connection.execute("select count(*) from staging.stg_vtex__orders").fetchone()
    assert counted
    return Seen(NOW, restricted, {TABLE: counted[0]})


def look(root: Path, seen: Seen | None = None) -> RawState:
    return read_raw_state(root, seen, NOW)[TABLE]


def sizes(paths: list[Path]) -> FileSizes:
    return FileSizes(len(paths), sum(path.stat().st_size for path in paths))


def test_rows_are_all_copies_and_files_those_that_have_them_before_and_after_compaction(
    root: Path,
) -> None:
    land(root, 5 * HOUR, "a", "a", "b")
    land(root, 4 * HOUR, "a")
    landed = look(root)
    assert (landed.rows, landed.compacted) == (4, FileSizes(0, 0))
    assert landed.landed == sizes(files(root, "landed", TABLE))
    compact(root, TABLE)
    land(root, HOUR, "c")
    # What compaction has replaced is still there, and counts no more.
    assert len(files(root, "landed", TABLE)) == 3
    both = look(root)
    assert (both.rows, both.landed.count) == (5, 1)
    assert both.compacted == sizes(files(root, "compacted", TABLE))
    assert both.compacted.count == 1


@pytest.mark.parametrize("is_compacted", [False, True])
def test_rates_count_what_landed_within_the_hour_and_the_day(
    root: Path, *, is_compacted: bool
) -> None:
    land(root, 0.2 * HOUR, "a", "b")
    land(root, 1.1 * HOUR, "c")
    # A copy that came later than its message is counted when it came.
    land(root, 23.5 * HOUR, "d", "e", "e")
    land(root, 24.5 * HOUR, "d", "f", "g", "h", "i")
    if is_compacted:
        compact(root, TABLE)
        compacted = files(root, "compacted", TABLE)
        assert compacted
        # Written as soon as it can have been, long before the build.
        for path in compacted:
            os.utime(path, ((NOW - 23.5 * HOUR).timestamp(),) * 2)
    seen = build(root)
    for one in (None, seen):
        state = look(root, one)
        assert (state.rows, state.rows_last_hour, state.rows_last_day) == (11, 2, 6)


def test_where_nothing_is_published_the_first_message_of_all_is_the_oldest_that_waits(
    root: Path,
) -> None:
    land(root, HOUR, "b")
    land(root, 100 * HOUR, "a")
    assert look(root).oldest_waiting_at == NOW - 100 * HOUR
    compact(root, TABLE)
    assert look(root).oldest_waiting_at == NOW - 100 * HOUR


def test_the_oldest_that_waits_is_the_first_batch_that_the_build_has_not_seen(root: Path) -> None:
    land(root, 30 * HOUR, "a")
    land(root, 20 * HOUR, "b", "b")
    seen = build(root)
    assert look(root, seen).oldest_waiting_at is None
    land(root, 5 * HOUR, "a")
    land(root, 4 * HOUR, "c")
    assert look(root, seen).oldest_waiting_at == NOW - 5 * HOUR
    # Compacted, copies and all, and mixed with what was seen.
    compact(root, TABLE)
    compact(root, TABLE, grace_seconds=0)
    assert look(root, seen).landed.count == 0
    assert look(root, seen).oldest_waiting_at == NOW - 5 * HOUR


@pytest.mark.parametrize("is_compacted", [False, True])
def test_a_batch_that_became_visible_late_waits_since_it_landed(
    root: Path, *, is_compacted: bool
) -> None:
    land(root, 20 * HOUR, "b")
    seen = build(root)
    land(root, 200 * HOUR, "a")
    if is_compacted:
        compact(root, TABLE)
    assert look(root, seen).oldest_waiting_at == NOW - 200 * HOUR


@pytest.mark.parametrize("is_compacted", [False, True])
def test_a_batch_of_which_the_build_has_seen_a_part_waits(
    root: Path, *, is_compacted: bool
) -> None:
    land(root, 5 * HOUR, "a", "b")
    land(root, 4 * HOUR, "c")
    seen = build(root)
    land(root, 5 * HOUR, "d")
    if is_compacted:
        compact(root, TABLE)
    assert look(root, seen).oldest_waiting_at == NOW - 5 * HOUR


def test_who_may_not_read_the_staged_rows_does_not_learn_the_oldest(root: Path) -> None:
    land(root, 5 * HOUR, "a")
    seen = build(root)
    land(root, 4 * HOUR, "b")
    seen.restricted.unlink()
    state = look(root, seen)
    assert (state.rows, state.oldest_waiting_at) == (2, None)


def test_compacted_files_of_long_ago_are_not_opened(root: Path) -> None:
    land(root, 200 * HOUR, "a", "b")
    compact(root, TABLE)
    seen = build(root)._replace(started_at=NOW - 2 * HOUR)
    land(root, HOUR, "c")
    (old,) = files(root, "compacted", TABLE)
    old.write_bytes(b"?" * old.stat().st_size)
    with pytest.raises(duckdb.Error):
        look(root, seen)
    a_week_ago = (NOW - timedelta(days=7)).timestamp()
    os.utime(old, (a_week_ago, a_week_ago))
    state = look(root, seen)
    assert (state.rows, state.rows_last_day, state.oldest_waiting_at) == (3, 1, NOW - HOUR)


def test_files_that_are_compacted_and_removed_meanwhile_are_read_where_they_are_now(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(root, 5 * HOUR, "a", "b")
    land(root, 4 * HOUR, "c")
    seen = build(root)
    land(root, 3 * HOUR, "d")
    listings = []

    def list_slowly(storage: Storage, table: str) -> RawFiles:
        listed = read_raw_files(storage, table)
        if table == TABLE:
            listings.append(len(listed.landed))
            compact(root, TABLE)
            compact(root, TABLE, grace_seconds=0)
        return listed

    monkeypatch.setattr(raw_state, "read_raw_files", list_slowly)
    state = look(root, seen)
    assert listings == [3, 0]
    assert (state.rows, state.oldest_waiting_at) == (4, NOW - 3 * HOUR)


def test_a_file_that_cannot_be_read_is_an_error_at_once(root: Path) -> None:
    land(root, HOUR, "a").write_bytes(b"not Parquet")
    with pytest.raises(duckdb.Error, match="too small to be a Parquet file"):
        look(root)
