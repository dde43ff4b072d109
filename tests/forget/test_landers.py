"""Landers that were at work before somebody was forgotten keep them out as well."""

import json
import threading
from pathlib import Path

import duckdb
import pytest

from ingestion import contracts, journal, raw_layer, snapshots
from ingestion.account import Counts
from ingestion.batches import Batches
from ingestion.forgetting import suppression
from ingestion.forgetting.erasing import Erasing
from ingestion.forgetting.searching import Search
from ingestion.message import Lines, RawRows
from ingestion.raw_layer import ensure_raw
from ingestion.sinks import Outgoing, RawSink, SinkError
from ingestion.storage import Storage, open_storage
from tests.compaction.support import vitrine
from tests.compaction.views import view_sql
from tests.forget.people import ANA, message, order, scrubber
from warehouse import forgetting
from warehouse.versions import Warehouse


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VITRINE_WAREHOUSE", str(tmp_path / "vitrine.duckdb"))
    monkeypatch.setattr(suppression, "REFRESH_SECONDS", 0.3)
    monkeypatch.setattr(forgetting, "_LANDERS_SECONDS", 0.6)
    ensure_raw(tmp_path / "raw")
    return tmp_path / "raw"


def _forget(root: Path) -> forgetting.Audit:
    own = forgetting.Forgetting(Warehouse(root.parent / "vitrine.duckdb"), root, [])
    return own.complete(own.begin(ANA), root.parent, lambda _: None)


def _orders(root: Path) -> list[str]:
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select data from ({view_sql(connection, root, 'vtex_orders')})"
        )
        return [data for (data,) in found.fetchall()]


def test_an_open_sink_learns_who_was_forgotten(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = RawSink(open_storage(root), contracts.load())
    outgoing = Outgoing(json.dumps(order()).encode(), {"contract": "vtex.order"})
    sink.put([outgoing])
    assert _forget(root).tables["vtex.order"].messages == 1
    sink.put([outgoing])
    assert len(_orders(root)) == 2
    assert len(set(_orders(root))) == 1
    assert not Search(ANA).has("".join(_orders(root)).encode())
    # Without the key it must not land, and says so.
    monkeypatch.setenv("VITRINE_SUPPRESSION_KEY", str(root / "missing"))
    with pytest.raises(SinkError, match="key"):
        RawSink(open_storage(root), contracts.load()).put([outgoing])
    sink.close()


def test_a_landing_that_was_begun_before_is_waited_for(root: Path) -> None:
    known = contracts.load()
    line = json.dumps(message("1", "vtex.order", order())).encode()
    [table, *_] = RawRows(known).read(Lines(1, 1, bytearray(line)))
    with journal.open_staging(root) as staging:
        batches = Batches(known, staging.attempt, suppression.Suppression(root))
        batches.add(table)
        for batch in batches.take_all():
            raw_layer.write(batch.rows, staging.new_file(batch.place))
        audits: list[forgetting.Audit] = []
        forgetter = threading.Thread(target=lambda: audits.append(_forget(root)))
        forgetter.start()
        forgetter.join(2)
        assert forgetter.is_alive()
        counts: Counts = batches.counts
        assert staging.commit("1-key", root / "a.ndjson", 1, counts)
    forgetter.join(60)
    assert audits[0].proof.found_in == []
    assert audits[0].tables["vtex.order"].messages == 1
    assert len(_orders(root)) == 1


def test_what_lands_between_two_looks_is_erased_and_never_removed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = contracts.load()
    storage, sink = open_storage(root), RawSink(open_storage(root), known)
    waiting = [Outgoing(json.dumps(order(f"v{n}-01")).encode(), {}) for n in range(4)]
    for outgoing in waiting:
        outgoing.attributes["contract"] = "vtex.order"
    sink.put([waiting.pop()])
    read = snapshots.read_raw_files

    def read_and_be_overtaken(storage: Storage, table: str) -> snapshots.RawFiles:
        files = read(storage, table)
        # A lander that does not know yet whom to leave out, when all seems done.
        if waiting and not Search(ANA).has("".join(_orders(root)).encode()):
            sink.put([waiting.pop()])
        return files

    monkeypatch.setattr(snapshots, "read_raw_files", read_and_be_overtaken)
    erasing = Erasing(storage, scrubber(ANA))
    while waiting:
        erasing.erase(known.by_name["vtex.order"])
    erasing.erase(known.by_name["vtex.order"])
    monkeypatch.setattr(snapshots, "read_raw_files", read)
    assert len(_orders(root)) == 4
    assert not Search(ANA).has("".join(_orders(root)).encode())
    sink.close()


def test_nothing_is_changed_and_little_is_done_where_nobody_was_forgotten(root: Path) -> None:
    known = contracts.load()
    line = json.dumps(message("1", "vtex.order", order())).encode()
    [table, *_] = RawRows(known).read(Lines(1, 1, bytearray(line)))
    assert suppression.Suppression(root).scrub("vtex.order", table) is table


def test_the_command_asks_only_who_can_answer(root: Path) -> None:
    done = vitrine(root, "forget", "--identifier-file", "-", input="ana.souza@example.com\n")
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert "ana.souza" not in done.stderr + done.stdout
