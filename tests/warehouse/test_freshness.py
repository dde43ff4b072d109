"""How fresh raw is, against real files: when they were put there, by whom, and which are left."""

import json
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from ingestion.replay_command import replay
from ingestion.sinks import Outgoing, open_sink
from ingestion.snapshots import SCHEMA_FILE
from ingestion.storage import Kept, open_storage
from tests.compaction.support import compact, put, row
from tests.ingestion.support import land, raw_row, write
from warehouse import freshness
from warehouse.cli import status
from warehouse.freshness import Freshness, read_freshness
from warehouse.lags import Lags, percentiles
from warehouse.raw_state import read_raw_state

NOW = datetime.now(UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
TABLE = "vtex_orders"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A raw layer, with a warehouse beside it that nothing is published in."""
    monkeypatch.setenv("VITRINE_RAW", str(tmp_path / "raw"))
    monkeypatch.setenv("VITRINE_WAREHOUSE", str(tmp_path / "v.duckdb"))
    monkeypatch.delenv("VITRINE_MAX_SECONDS", raising=False)
    return tmp_path / "raw"


def arrive(
    root: Path,
    *message_ids: str,
    published: timedelta,
    landed: timedelta,
    visible: timedelta,
    table: str = TABLE,
) -> Path:
    """Put messages into raw that were published, landed and visible so long ago."""
    rows = [row(one, publish_time=NOW - published) for one in message_ids]
    path = put(root, table, NOW - landed, rows)
    at = (NOW - visible).timestamp()
    os.utime(path, (at, at))
    return path


def look(root: Path, window: timedelta = HOUR) -> Freshness:
    return read_raw_state(root, None, NOW, window)[TABLE].freshness


def listed(root: Path) -> list[Kept]:
    found = open_storage(root).find(PurePosixPath("landed", TABLE))
    return [file for file in found if file.place.name != SCHEMA_FILE]


def measure(root: Path, files: Sequence[Kept]) -> Freshness:
    """Measure what an earlier listing had."""
    with duckdb.connect() as connection:
        return read_freshness(open_storage(root), connection, {TABLE: files}, NOW - HOUR)[TABLE]


def shown(*options: str) -> Result:
    return CliRunner().invoke(status, options)


def same(seconds: float) -> Lags:
    return Lags(*[pytest.approx(seconds, abs=1e-4)] * 3)


def test_percentiles_are_lags_that_occurred_the_greater_one_in_between() -> None:
    assert percentiles([]) is None
    assert percentiles([0.5]) == Lags(0.5, 0.5, 0.5)
    assert percentiles([3, 1, 2]) == Lags(2, 3, 3)
    assert percentiles(range(1, 102)) == Lags(51, 96, 100)


def test_lags_are_from_publication_to_landing_and_from_there_to_being_visible(root: Path) -> None:
    arrive(root, "a", "b", published=130 * SECOND, landed=127 * SECOND, visible=120 * SECOND)
    assert look(root) == Freshness(
        messages=2,
        published_to_landed=same(3),
        landed_to_visible=same(7),
        published_to_visible=same(10),
        files=1,
        files_read=1,
    )
    arrive(root, "c", published=130 * SECOND, landed=90 * SECOND, visible=89 * SECOND)
    state = look(root)
    assert state.messages == 3
    assert state.published_to_visible is not None
    assert state.published_to_visible.p50 == pytest.approx(10)
    assert state.published_to_visible.p95 == pytest.approx(41)


def test_a_message_is_measured_once_by_its_first_copy(root: Path) -> None:
    arrive(root, "a", "a", published=130 * SECOND, landed=129 * SECOND, visible=128 * SECOND)
    arrive(root, "a", published=130 * SECOND, landed=20 * SECOND, visible=10 * SECOND)
    state = look(root)
    assert (state.messages, state.published_to_visible) == (1, same(2))


def test_the_window_is_of_what_became_visible_however_long_ago_it_landed(root: Path) -> None:
    arrive(root, "a", published=5 * HOUR, landed=4 * HOUR, visible=0.5 * HOUR)
    arrive(root, "b", published=5 * HOUR, landed=4 * HOUR, visible=2 * HOUR)
    assert (look(root).messages, look(root).published_to_visible) == (1, same(4.5 * 3600))
    assert look(root, 3 * HOUR).messages == 2


def test_no_file_from_before_the_window_is_opened(root: Path) -> None:
    arrive(root, "a", published=130 * SECOND, landed=129 * SECOND, visible=128 * SECOND)
    other = arrive(root, "b", published=3 * HOUR, landed=3 * HOUR, visible=2 * HOUR)
    status = other.stat()
    other.write_bytes(b"not Parquet")
    with pytest.raises(duckdb.Error):
        measure(root, listed(root))
    os.utime(other, (status.st_atime, status.st_mtime))
    assert measure(root, listed(root)).messages == 1


def test_what_compaction_writes_is_never_taken_for_the_time_a_message_became_visible(
    root: Path,
) -> None:
    arrive(root, "a", published=6 * HOUR, landed=5 * HOUR, visible=0.1 * HOUR)
    before = look(root)
    assert before.published_to_visible == same(5.9 * 3600)
    compact(root, TABLE)
    assert look(root) == before
    # Nothing is left that could tell.
    compact(root, TABLE, grace_seconds=0)
    assert look(root) == Freshness()
    assert read_raw_state(root, None, NOW)[TABLE].rows == 1


def test_a_clock_that_is_behind_makes_a_lag_of_zero_and_is_counted(root: Path) -> None:
    arrive(root, "a", published=100 * SECOND, landed=103 * SECOND, visible=99 * SECOND)
    arrive(root, "b", published=100 * SECOND, landed=100 * SECOND, visible=103 * SECOND)
    # Whole seconds, as S3 tells them, are no sign of it.
    arrive(root, "c", published=100 * SECOND, landed=99 * SECOND, visible=99.9 * SECOND)
    state = look(root)
    assert (state.messages, state.skewed_messages) == (3, 2)
    assert state.published_to_landed == Lags(0, pytest.approx(1), pytest.approx(1))
    # A lander's clock has no part in it.
    assert state.published_to_visible == Lags(*map(pytest.approx, (0.1, 1, 1)))
    assert "2 messages landed before they were published" in shown().output


def test_what_is_more_than_a_day_old_was_replayed_and_raises_no_alarm(root: Path) -> None:
    arrive(root, "a", published=26 * HOUR, landed=2 * SECOND, visible=SECOND)
    assert look(root) == Freshness(old_messages=1, files=1, files_read=1)
    result = shown()
    assert result.exit_code == 0
    assert "1 messages were more than a day old, and are not measured." in result.output
    arrive(root, "b", published=23 * HOUR, landed=2 * SECOND, visible=SECOND)
    assert look(root).messages == 1
    assert shown().exit_code == 3


def test_files_and_replays_of_old_messages_raise_no_alarm(root: Path, tmp_path: Path) -> None:
    published = (NOW - 2 * HOUR).isoformat()
    path = write(tmp_path / "a.ndjson", raw_row(publish_time=published))
    assert land(root, path).status == "landed"
    assert look(root) == Freshness(backfilled_files=1)
    period = [(NOW + ago).isoformat() for ago in (-3 * HOUR, HOUR)]
    again = ["--from", period[0], "--to", period[1], "--to-raw", str(root)]
    replayed = CliRunner().invoke(replay, again)
    assert replayed.exit_code == 0, replayed.output
    assert look(root) == Freshness(backfilled_files=2)
    result = shown()
    assert result.exit_code == 0
    assert "2 files are of inputs landed whole, or replayed, and are not measured." in result.output


def test_an_input_of_before_that_is_put_into_place_only_now_raises_no_alarm(
    root: Path, tmp_path: Path
) -> None:
    published = (NOW - 8 * HOUR).isoformat()
    land(root, write(tmp_path / "a.ndjson", raw_row(publish_time=published)))
    # As if it had been committed five hours ago, and its process had died.
    (entry,) = (root / "journal").iterdir()
    (file,) = listed(root)
    landed_at = NOW - 5 * HOUR
    place = f"landed/{TABLE}/landed_date={landed_at:%Y-%m-%d}/landed_hour={landed_at:%H}/x.parquet"
    (root / place).parent.mkdir(parents=True, exist_ok=True)
    (root / file.place).rename(root / place)
    entry.write_text(entry.read_text().replace(str(file.place), place))
    os.utime(entry, (landed_at.timestamp(),) * 2)
    assert look(root) == Freshness(backfilled_files=1)


def test_messages_that_came_one_by_one_are_measured_beside_a_backfill(
    root: Path, tmp_path: Path
) -> None:
    land(root, write(tmp_path / "a.ndjson", raw_row(publish_time=(NOW - HOUR).isoformat())))
    sink = open_sink("raw")
    published = datetime.now(UTC) - 5 * SECOND
    sink.put([Outgoing(b"{}", {"contract": "vtex.order"}, publish_time=published)])
    sink.close()
    state = look(root)
    assert (state.messages, state.files, state.backfilled_files) == (1, 1, 1)
    assert state.published_to_landed is not None
    assert state.published_to_visible is not None
    assert 5 <= state.published_to_landed.p50 <= state.published_to_visible.p50 < 60
    assert state.skewed_messages == 0


def test_files_that_go_meanwhile_are_left_out_and_one_that_is_broken_is_an_error(
    root: Path,
) -> None:
    first = arrive(root, "a", published=9 * SECOND, landed=8 * SECOND, visible=7 * SECOND)
    second = arrive(root, "b", published=9 * SECOND, landed=8 * SECOND, visible=6 * SECOND)
    files = listed(root)
    first.unlink()
    state = measure(root, files)
    assert (state.messages, state.files, state.files_read) == (1, 2, 1)
    second.unlink()
    assert measure(root, files) == Freshness(files=2)
    second.write_bytes(b"not Parquet")
    with pytest.raises(duckdb.Error, match="too small to be a Parquet file"):
        measure(root, files)


def test_of_very_many_files_some_are_read_all_along_the_window(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(10):
        ago = number * 5 * 60 * SECOND
        arrive(root, str(number), published=ago + (number + 1) * SECOND, landed=ago, visible=ago)
    monkeypatch.setattr(freshness, "MOST_FILES", 4)
    state = look(root)
    assert (state.messages, state.files, state.files_read) == (4, 10, 4)
    # The first, the third, the sixth and the eighth.
    assert state.published_to_visible == Lags(*map(pytest.approx, (8, 10, 10)))


def test_a_late_contract_is_told_in_words_to_machines_and_by_an_exit_code(root: Path) -> None:
    arrive(root, "a", published=95 * SECOND, landed=30 * SECOND, visible=25 * SECOND)
    arrive(
        root, "b", published=40 * SECOND, landed=30 * SECOND, visible=25 * SECOND, table="vtex_skus"
    )
    result = shown()
    assert result.exit_code == 3
    assert result.output.splitlines()[-1] == (
        "LATE: vtex.order took 70 s from publication to visible at p95; its limit is 60 s."
    )
    row_of_orders = r"^vtex\.order +1 +65 / 65 / 65 +5\.00 / 5\.00 / 5\.00 +70 / 70 / 70 +60$"
    assert re.search(row_of_orders, result.output, re.MULTILINE)
    assert max(map(len, result.output.splitlines())) <= 120
    result = shown("--json")
    assert result.exit_code == 3
    orders, skus = json.loads(result.stdout)["contracts"]
    assert (orders["is_late"], orders["max_seconds"]) == (True, 60)
    assert orders["freshness"]["published_to_visible"]["p95"] == pytest.approx(70)
    assert (skus["is_late"], skus["freshness"]["messages"]) == (False, 1)
    # It passes by itself.
    assert shown("--window", "20s").exit_code == 0


@pytest.mark.parametrize(
    ("options", "setting", "late"),
    [
        (["--max-seconds", "75"], None, []),
        (["--max-seconds", "10"], None, ["vtex.order", "vtex.sku"]),
        (["--max-seconds", "vtex.order=75"], None, []),
        (["--max-seconds", "75", "--max-seconds", "vtex.sku=0"], None, ["vtex.sku"]),
        ([], "75 vtex.sku=14.5", ["vtex.sku"]),
        (["--max-seconds", "75"], "1", []),
    ],
)
def test_limits_are_one_for_all_and_others_for_some(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    setting: str | None,
    late: list[str],
) -> None:
    for table, seconds in ((TABLE, 70), ("vtex_skus", 15)):
        ago = {"landed": 30 * SECOND, "visible": 25 * SECOND}
        arrive(root, "a", published=(25 + seconds) * SECOND, table=table, **ago)
    if setting:
        monkeypatch.setenv("VITRINE_MAX_SECONDS", setting)
    result = shown("--json", *options)
    told: list[Any] = json.loads(result.stdout)["contracts"]
    assert [one["contract"] for one in told if one["is_late"]] == late
    assert result.exit_code == (3 if late else 0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--max-seconds", "soon"], "'soon' is no limit; write 60, or vtex.order=60."),
        (["--max-seconds", "nan"], "'nan' is no limit"),
        (["--max-seconds", "-1"], "'-1' is no limit"),
        (["--max-seconds", "no.such=5"], "there is no contract 'no.such'."),
        (["--window", "2d"], "from 1s to 1d"),
        (["--window", "0s"], "from 1s to 1d"),
        (["--window", "long"], "'long' is no duration"),
    ],
)
def test_a_limit_or_window_that_makes_no_sense_is_told(
    root: Path, options: list[str], said: str
) -> None:
    result = shown(*options)
    assert result.exit_code == 2
    assert said in result.stderr
