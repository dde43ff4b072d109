"""The same content lands once, whatever happens and whoever lands it."""

from pathlib import Path

from tests.ingestion.support import (
    all_landed,
    land,
    landed,
    left_in_staging,
    raw_row,
    start,
    write,
)


def test_landing_the_same_content_again_adds_nothing(raw_root: Path, tmp_path: Path) -> None:
    lines = [raw_row(), raw_row(contract="no.such")]
    first = land(raw_root, write(tmp_path / "a.ndjson", *lines))
    before = all_landed(raw_root)
    again = land(raw_root, write(tmp_path / "copy.ndjson", *lines))
    assert (first.status, again.status) == ("landed", "already_there")
    assert again.counts == first.counts
    assert all_landed(raw_root) == before


def test_other_content_of_the_same_size_is_landed(raw_root: Path, tmp_path: Path) -> None:
    for number in range(3):
        path = write(tmp_path / "a.ndjson", raw_row(message_id=str(number)))
        assert land(raw_root, path).status == "landed"
    assert len(landed(raw_root, "vtex_orders")) == 3


def test_the_same_rows_in_another_file_are_redelivered_copies(
    raw_root: Path, tmp_path: Path
) -> None:
    land(raw_root, write(tmp_path / "a.ndjson", raw_row()))
    land(raw_root, write(tmp_path / "b.ndjson", raw_row(), b"\n"))
    first, second = landed(raw_root, "vtex_orders")
    assert first.pop("landed_at") != second.pop("landed_at")
    assert first == second


def test_the_same_lines_as_payloads_of_two_contracts_are_two_inputs(
    raw_root: Path, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.ndjson", raw_row())
    for contract in (None, "vtex.sku", "vtex.brand"):
        assert land(raw_root, path, contract).status == "landed"
        assert land(raw_root, path, contract).status == "already_there"
    assert {table: len(rows) for table, rows in all_landed(raw_root).items()} == {
        "vtex_orders": 1,
        "vtex_skus": 1,
        "vtex_brands": 1,
    }


def test_processes_that_land_the_same_content_at_once_land_it_once(
    raw_root: Path, tmp_path: Path
) -> None:
    lines = [raw_row("x" * 600, message_id=str(number)) for number in range(20_000)]
    path = write(tmp_path / "a.ndjson", *lines)
    processes = [start(raw_root, "land", path) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert len(landed(raw_root, "vtex_orders")) == 20_000
    assert left_in_staging(raw_root) == []
