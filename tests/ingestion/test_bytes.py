"""Payloads come back byte for byte, whatever they are and however they are cut into batches."""

import base64
import json
import tempfile
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion import contracts, sharing
from ingestion.batches import Limits
from ingestion.message import Lines, RawRows
from ingestion.payloads import BarePayloads
from ingestion.sources import files, segments
from tests.ingestion.support import all_landed, land, landed, raw_row, write

CONTRACTS = contracts.load()
SKU = CONTRACTS.by_name["vtex.sku"]
RAW_ROWS = RawRows(CONTRACTS)

any_text = st.text(st.characters(exclude_categories=["Cs"]))
any_line = st.binary().filter(lambda line: b"\n" not in line and line not in (b"", b"\r"))


def read(form: RawRows | BarePayloads, content: bytes) -> list[bytes]:
    """The payloads that are written for the lines, text first."""
    tables = form.read(Lines(1, content.count(b"\n"), content))
    written: list[bytes] = []
    for table in tables:
        data = table["data"]
        is_text = data.type == pa.string()
        written += [one.encode() if is_text else one for one in data.to_pylist()]
        assert is_text or not any(_is_utf8(one) for one in data.to_pylist())
    return written


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.parametrize("escape", [True, False])
@given(texts=st.lists(any_text, min_size=1, max_size=5))
@settings(deadline=None, max_examples=30)
def test_any_text_comes_back_as_it_was(escape: bool, texts: list[str]) -> None:
    lines = [
        json.dumps(json.loads(raw_row(text)), ensure_ascii=escape).encode() + b"\n"
        for text in texts
    ]
    assert read(RAW_ROWS, b"".join(lines)) == [text.encode() for text in texts]


@given(payloads=st.lists(st.binary(), min_size=1, max_size=5))
@settings(deadline=None, max_examples=30)
def test_any_bytes_in_base64_come_back_as_they_were(payloads: list[bytes]) -> None:
    lines = [raw_row({"base64": base64.b64encode(payload).decode()}) for payload in payloads]
    assert Counter(read(RAW_ROWS, b"".join(lines))) == Counter(payloads)


@given(payload=st.binary())
@settings(deadline=None, max_examples=60)
def test_bytes_that_are_not_utf8_in_a_json_string_come_back_as_they_were(payload: bytes) -> None:
    # As a careless writer makes it: what JSON must escape is escaped, other bytes are copied.
    escaped = b"".join(
        b"\\u%04x" % byte if byte < 0x20 or byte in b'"\\' else bytes([byte]) for byte in payload
    )
    assert read(RAW_ROWS, raw_row("?").replace(b'"?"', b'"' + escaped + b'"')) == [payload]


@pytest.mark.parametrize(
    ("escaped", "payload"),
    [
        (rb"\ud83d\ude00", "😀".encode()),
        (rb"\ud83d", b"\xed\xa0\xbd"),
        (rb"\ude00\ud83d", b"\xed\xb8\x80\xed\xa0\xbd"),
        (rb"\udcff", b"\xed\xb3\xbf"),  # What Python itself makes of the byte 0xff.
        (b"\\udcff\xff", b"\xed\xb3\xbf\xff"),
        (b"\xf0\x9f\\ud83d\x80", b"\xf0\x9f\xed\xa0\xbd\x80"),
        (rb"\\ud83d", rb"\ud83d"),
        (rb"\\\ud83d", b"\\\xed\xa0\xbd"),
        (rb"\ud83d\\ude00", b"\xed\xa0\xbd\\ude00"),
        (rb"\uD83D\uDE00\uDE00", "😀".encode() + b"\xed\xb8\x80"),
        (rb"\u0000", b"\0"),
    ],
)
def test_escapes_that_name_half_a_character_keep_its_bytes(escaped: bytes, payload: bytes) -> None:
    assert read(RAW_ROWS, raw_row("?").replace(b'"?"', b'"' + escaped + b'"')) == [payload]


@given(payloads=st.lists(any_line, min_size=1, max_size=8))
@settings(deadline=None, max_examples=30)
def test_any_line_is_a_bare_payload_byte_for_byte(payloads: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        form = BarePayloads(CONTRACTS, SKU, Path(folder))
        assert Counter(read(form, b"\n".join(payloads) + b"\n")) == Counter(payloads)


def test_payloads_that_are_not_utf8_are_dead_letters_of_their_contract(
    raw_root: Path, tmp_path: Path
) -> None:
    lines = [raw_row(), raw_row("?").replace(b"?", b"\xff"), raw_row({"base64": "/w=="}), raw_row()]
    account = land(raw_root, write(tmp_path / "a.ndjson", *lines))
    bare = land(raw_root, write(tmp_path / "b.ndjson", b"1\n\xff\n2\n"), "vtex.sku")
    assert {table: len(rows) for table, rows in all_landed(raw_root).items()} == {
        "vtex_orders": 2,
        "vtex_skus": 2,
        "dead_letters": 3,
    }
    dead = landed(raw_root, "dead_letters")
    assert sorted(row["contract"] for row in dead) == ["vtex.order", "vtex.order", "vtex.sku"]
    assert {row["data"] for row in dead} == {b"\xff"}
    count = account.counts["vtex.order"]
    assert (count.landed, count.dead_letters) == (2, 2)
    count = bare.counts["vtex.sku"]
    assert (count.landed, count.dead_letters) == (2, 1)


def test_base64_of_a_text_is_that_text(raw_root: Path, tmp_path: Path) -> None:
    encoded = base64.b64encode('{"é": 1}'.encode()).decode()
    land(raw_root, write(tmp_path / "a.ndjson", raw_row({"base64": encoded})))
    assert landed(raw_root, "vtex_orders")[0]["data"] == '{"é": 1}'


def test_a_bare_payload_s_id_is_of_contract_payload_and_ordinal(
    raw_root: Path, tmp_path: Path
) -> None:
    lines = [b"a", b"b", b"a", raw_row().strip(), b"a", b" a"]
    land(raw_root, write(tmp_path / "a.ndjson", b"\n".join(lines)), "vtex.sku")
    land(raw_root, write(tmp_path / "b.ndjson", b"a\n\n\r\na\n"), "vtex.sku")
    land(raw_root, write(tmp_path / "c.ndjson", b"a\n"), "vtex.brand")
    skus, brands = landed(raw_root, "vtex_skus"), landed(raw_root, "vtex_brands")
    ids = Counter(row["message_id"] for row in skus)
    assert sorted(ids.values()) == [1, 1, 1, 1, 2, 2]  # The second file's "a" and "a" again.
    assert brands[0]["message_id"] not in ids
    row = brands[0]
    assert row["publish_time"] == row["event_at"] <= row["landed_at"]
    assert (row["subscription_name"], row["attributes"]) == ("file", '{"contract":"vtex.brand"}')
    assert raw_row().strip().decode() in {row["data"] for row in skus}


@given(
    numbers=st.lists(st.integers(0, 30), max_size=60),
    piece_bytes=st.integers(1, 400),
    batch_bytes=st.integers(1, 1000),
    is_bare=st.booleans(),
)
@settings(deadline=None, max_examples=15)
def test_batches_of_any_size_land_the_same_rows(
    numbers: list[int], piece_bytes: int, batch_bytes: int, is_bare: bool
) -> None:
    payloads = ["\xff" * (number % 7) + str(number) for number in numbers]
    lines = [
        payload.encode("latin-1" if number % 3 else "utf-8") + b"\n"
        if is_bare
        else raw_row(payload, ["vtex.sku", "vtex.order", "none", 5][number % 4], message_id=str(at))
        for at, (number, payload) in enumerate(zip(numbers, payloads, strict=True))
    ]
    contract = "vtex.sku" if is_bare else None
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        file = write(Path(folder, "a.ndjson"), *lines)
        first, second = Path(folder, "first"), Path(folder, "second")
        whole = land(first, file, contract)
        patch.setattr(files, "PIECE_BYTES", piece_bytes)
        limits = Limits(batch_bytes=batch_bytes, open_bytes=2 * batch_bytes)
        cut = land(second, file, contract, limits)
        assert cut == whole
        assert whole.message_count == len(lines)
        assert _without_landing(second) == _without_landing(first)


@given(
    numbers=st.lists(st.integers(0, 30), min_size=1, max_size=60),
    segment_bytes=st.integers(60, 900),
    piece_bytes=st.integers(1, 400),
    ends_with_newline=st.booleans(),
)
@settings(deadline=None, max_examples=15)
def test_two_processes_land_the_same_rows_as_one(
    numbers: list[int], segment_bytes: int, piece_bytes: int, ends_with_newline: bool
) -> None:
    # Lines shorter and longer than a segment, some of them not UTF-8.
    lines = [
        raw_row("\xff" * 40 * number, ["vtex.sku", "none"][number % 2], message_id=str(at))
        if number % 5
        else raw_row("@", message_id=str(at)).replace(b"@", b"\xff")
        for at, number in enumerate(numbers)
    ]
    if not ends_with_newline:
        lines[-1] = lines[-1].rstrip(b"\n")
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "SEGMENT_BYTES", segment_bytes)
        patch.setattr(files, "SEGMENT_BYTES", segment_bytes)
        patch.setattr(files, "PIECE_BYTES", piece_bytes)
        file = write(Path(folder, "a.ndjson"), *lines)
        shared, alone = Path(folder, "shared"), Path(folder, "alone")
        by_two = land(shared, file)
        patch.setattr(sharing, "can_fork", False)
        assert land(alone, file) == by_two
        assert by_two.message_count == len(lines)
        assert _without_landing(shared) == _without_landing(alone)
        # One content, however it was read: landing it again adds nothing.
        assert land(shared, file).was_there


def _without_landing(raw_root: Path) -> list[tuple[object, ...]]:
    times = {"landed_at", "event_at", "publish_time"}
    return sorted(
        (table, *(repr(value) for name, value in row.items() if name not in times))
        for table, rows in all_landed(raw_root).items()
        for row in rows
    )
