"""What status tells of a raw root is the same wherever it is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingestion import contracts
from ingestion.compaction import Compaction
from ingestion.raw_layer import ensure_raw
from ingestion.sinks import Outgoing, RawSink
from ingestion.storage import Storage
from tests.ingestion.support import land, raw_row, write
from warehouse.freshness import Freshness
from warehouse.raw_state import read_raw_state


def test_rows_rates_ages_and_files_are_told_of_folders_and_buckets(
    storage: Storage, tmp_path: Path
) -> None:
    ids = ["a", "a", "b"]
    rows = [raw_row(contract="vtex.order", message_id=message_id) for message_id in ids]
    before = datetime.now(UTC)
    land(storage.url, write(tmp_path / "a.ndjson", *rows))
    now = datetime.now(UTC)
    landed = read_raw_state(storage.url, None, now)["vtex_orders"]
    assert (landed.rows, landed.rows_last_hour, landed.rows_last_day) == (3, 3, 3)
    assert landed.oldest_waiting_at is not None
    assert before <= landed.oldest_waiting_at <= now
    assert (landed.landed.count, landed.compacted.count) == (1, 0)
    assert landed.landed.bytes > 0
    assert landed.freshness == Freshness(backfilled_files=1)

    # Also the hour that is not over.
    compaction = Compaction(storage, timedelta(hours=-2), timedelta(hours=1))
    account = compaction.compact(contracts.load().by_name["vtex.order"], lambda _: None)
    compacted = read_raw_state(storage.url, None, now)["vtex_orders"]
    assert compacted.compacted.bytes == account.compacted_bytes > 0
    assert compacted.landed.count == 0
    for name in ("rows", "rows_last_hour", "rows_last_day", "oldest_waiting_at"):
        assert getattr(compacted, name) == getattr(landed, name)


def test_freshness_is_told_of_folders_and_buckets(storage: Storage) -> None:
    ensure_raw(storage.url)
    sink = RawSink(storage, contracts.load())
    published = datetime.now(UTC) - timedelta(seconds=5)
    one = Outgoing(b"{}", {"contract": "vtex.order"}, publish_time=published)
    sink.put([one, one])
    sink.close()
    told = read_raw_state(storage.url, None, datetime.now(UTC))["vtex_orders"].freshness
    assert (told.messages, told.files_read, told.skewed_messages) == (2, 1, 0)
    assert told.published_to_landed is not None
    assert told.published_to_visible is not None
    # A store may tell whole seconds.
    assert 5 <= told.published_to_landed.p50 < told.published_to_visible.p50 + 1 < 65
