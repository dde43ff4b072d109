"""What cannot be landed is named, with file and line, and leaves no trace."""

import gzip
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from ingestion.errors import LandingError
from ingestion.sources import files
from tests.ingestion.support import (
    VITRINE,
    all_landed,
    land,
    landed,
    left_in_staging,
    raw_row,
    vitrine,
    write,
)

GOOD = raw_row()
ZIPPED = gzip.compress(GOOD, mtime=0)  # Without the time: the tests' names hold it.


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.ndjson", GOOD + b"{broken\n", "line 2: not a message: JSON is malformed"),
        ("a.ndjson", GOOD + b"\n\n" + GOOD[:-9] + b"\n", "line 4: not a message: "),
        (
            "a.ndjson",
            GOOD + b'{"orderId": "1"}\n',
            "line 2: not a message: Object contains unknown",
        ),
        ("a.ndjson", b"{}\n", "line 1: not a message: Object missing required field"),
        ("a.ndjson", b"[]\n", "line 1: not a message: Expected `object`, got `array`"),
        ("a.ndjson", GOOD + b'"text"\n', "line 2: not a message: Expected `object`, got `str`"),
        ("a.ndjson", GOOD + GOOD.replace(b"}\n", b', "more": 1}\n'), "line 2: not a message: "),
        ("a.ndjson", GOOD.strip() * 2, "line 1: not a message: "),
        ("a.ndjson", GOOD.replace(b", ", b",\n"), "line 1: not a message: "),
        (
            "a.ndjson",
            raw_row(message_id=""),
            "line 1: not a message: Expected `str` of length >= 1",
        ),
        ("a.ndjson", raw_row(message_id=5), "line 1: not a message: Expected `str`, got `int`"),
        (
            "a.ndjson",
            GOOD + raw_row(publish_time="yesterday"),
            "line 2: publish_time is not an ISO 8601 time: 'yesterday'",
        ),
        ("a.ndjson", raw_row(publish_time="2024-05-01"), "line 1: publish_time is not"),
        (
            "a.ndjson",
            raw_row(attributes=None),
            "line 1: not a message: Expected `object`, got `null`",
        ),
        ("a.ndjson", GOOD + raw_row(attributes=[]), "line 2: not a message: Expected `object`"),
        (
            "a.ndjson",
            raw_row(data={"a": 1}),
            "line 1: not a message: Object contains unknown field",
        ),
        ("a.ndjson", raw_row(data={"base64": "?"}), "line 1: not a message: Invalid base64"),
        ("a.ndjson", raw_row(data=None), "line 1: not a message: Expected `object`, got `null`"),
        ("a.ndjson", raw_row(data=[1]), "line 1: not a message: Expected `object`, got `array`"),
        ("a.ndjson", GOOD.replace(b'"1"', b'"\xff"'), "line 1: not a message: bytes that are not"),
        (
            "a.ndjson",
            GOOD + GOOD.replace(b"vtex.order", b"\xff"),
            "line 2: not a message: bytes that",
        ),
        ("a.ndjson", GOOD.replace(b"vtex.order", rb"\ud800"), "line 1: not a message: bytes that"),
        (
            "a.ndjson",
            GOOD.replace(b'"vtex.order"', b"[" * 5000 + b"]" * 5000),
            "line 1: not a message: nested too deeply",
        ),
        ("a.ndjson", GOOD.decode().encode("utf-16"), "line 1: not a message: "),
        ("a.ndjson.gz", GOOD, "the compressed file is broken (Not a gzipped file"),
        (
            "a.ndjson.gz",
            gzip.compress(GOOD * 99, mtime=0)[:-1],
            "the compressed file ends too early, after line",
        ),
        (
            "a.ndjson.gz",
            ZIPPED[:20],
            "the compressed file ends too early, after line 0",
        ),
        (
            "a.ndjson.gz",
            ZIPPED[:-8] + b"12345678",
            "is broken (CRC check failed",
        ),
        (
            "a.ndjson.gz",
            ZIPPED[:15] + b"\xff" * 60,
            "the compressed file is broken",
        ),
        ("a.ndjson.gz", ZIPPED + b"more", "the compressed file is broken"),
    ],
)
def test_what_is_no_message_is_named_with_file_and_line(
    raw_root: Path, tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    path = write(tmp_path / name, content)
    with pytest.raises(LandingError) as caught:
        land(raw_root, path)
    assert caught.value.message.startswith(f"{path}: ")
    assert told in caught.value.message
    assert caught.value.message.endswith(". Nothing of this file was landed.")
    assert all_landed(raw_root) == {}
    assert left_in_staging(raw_root) == []
    assert not (raw_root / "journal").exists()


def test_other_files_are_landed_all_the_same(raw_root: Path, tmp_path: Path) -> None:
    good = write(tmp_path / "good.ndjson", GOOD)
    bad = write(tmp_path / "bad.ndjson", GOOD, b"?\n")
    missing = tmp_path / "missing.ndjson"
    folder = tmp_path / "empty"
    folder.mkdir()
    result = vitrine(raw_root, "land", "--json", bad, missing, folder, good)
    assert result.returncode == 1
    account = json.loads(result.stdout)
    assert [one["status"] for one in account["inputs"]] == ["failed"] * 3 + ["landed"]
    errors = result.stderr.splitlines()
    assert errors[0].startswith(f"Error: {bad}: line 2: not a message")
    assert errors[1] == (
        f"Error: {missing}: No such file or directory: check the path."
        " Nothing of this file was landed."
    )
    assert errors[2].startswith(f"Error: {folder}: no file in this folder ends with .ndjson")
    assert len(landed(raw_root, "vtex_orders")) == 1


def test_an_unknown_contract_is_answered_with_those_that_are_known(
    raw_root: Path, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.ndjson", b"{}\n")
    result = vitrine(raw_root, "land", "--contract", "vtex.orders", path)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: unknown contract 'vtex.orders'; known: delivery.")
    assert not raw_root.exists()


@pytest.mark.parametrize("blocked", ["raw", "raw/landed", "raw/staging", "raw/journal"])
def test_a_raw_layer_that_cannot_be_written_is_named(tmp_path: Path, blocked: str) -> None:
    # A file in the place of the folder: modes would not stop an administrator.
    path = write(tmp_path / "a.ndjson", GOOD)
    (tmp_path / blocked).parent.mkdir(exist_ok=True)
    (tmp_path / blocked).write_text("")
    result = vitrine(tmp_path / "raw", "land", path)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: ")
    assert "a file is in the place of a folder; move it away, or set VITRINE_RAW" in result.stderr
    assert str(tmp_path / blocked) in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="an administrator may write everywhere")
def test_a_raw_layer_that_may_not_be_written_is_named(raw_root: Path, tmp_path: Path) -> None:
    raw_root.mkdir(mode=0o500)
    result = vitrine(raw_root, "land", write(tmp_path / "a.ndjson", GOOD))
    assert result.returncode == 1
    assert "Permission denied" in result.stderr


def test_a_disk_that_is_full_leaves_nothing_half_written(raw_root: Path, tmp_path: Path) -> None:
    assert vitrine(raw_root, "land", write(tmp_path / "a.ndjson", GOOD)).returncode == 0
    noise = [raw_row(os.urandom(300).hex(), message_id=str(at)) for at in range(2000)]
    path = write(tmp_path / "noise.ndjson", *noise)

    result = vitrine(raw_root, "land", path, most_bytes=200_000)
    assert result.returncode == 1
    assert result.stderr.startswith(f"Error: {path}: File too large: raise the limit")
    assert "Traceback" not in result.stderr
    assert left_in_staging(raw_root) == []
    assert len(landed(raw_root, "vtex_orders")) == 1
    assert vitrine(raw_root, "land", path).returncode == 0
    assert len(landed(raw_root, "vtex_orders")) == 2001


def test_an_interrupt_ends_it_cleanly(raw_root: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.ndjson"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [VITRINE, "land", pipe],
        env=os.environ | {"VITRINE_RAW": str(raw_root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # What runs in a shell's background inherits that interrupts are ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    with pipe.open("wb") as file:
        file.write(GOOD)
        file.flush()
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)  # The pipe has not ended.
    assert (process.returncode, output) == (130, "")
    assert errors == "\nInterrupted. Run the same command again to go on.\n"
    assert all_landed(raw_root) == {}
    assert left_in_staging(raw_root) == []


def test_a_line_of_a_hundred_megabytes_is_a_message(raw_root: Path, tmp_path: Path) -> None:
    payload = '{"lastChange": "2024-01-02T03:04:05Z", "x": "' + "a" * (100 << 20) + '"}'
    line = raw_row("?", message_id="2").replace(b"?", json.dumps(payload)[1:-1].encode())
    path = write(tmp_path / "a.ndjson", GOOD, line, GOOD)
    assert path.stat().st_size > 100 << 20
    result = vitrine(raw_root, "land", path)
    assert result.returncode == 0, result.stderr
    row = landed(raw_root, "vtex_orders")[2]
    is_equal = row["data"] == payload  # Apart: too long to be shown.
    assert is_equal
    assert row["event_at"].year == 2024
    assert row["event_at"].month == 1


def test_a_line_without_end_is_refused(
    raw_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAXIMUM_LINE_BYTES", 1 << 20)
    monkeypatch.setattr(files, "PIECE_BYTES", 1000)
    path = write(tmp_path / "a.ndjson", GOOD, GOOD, b"x" * (3 << 20))
    with pytest.raises(LandingError, match="line 3: longer than 1 MiB"):
        land(raw_root, path)
    assert left_in_staging(raw_root) == []
