"""What cannot be landed is named, with file and line, and leaves no trace."""

import gzip
import json
import os
import pty
import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.ingestion.support import (
    VITRINE,
    all_landed,
    landed,
    left_in_staging,
    raw_row,
    vitrine,
    write,
)

GOOD = raw_row()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.ndjson", GOOD + b"{broken\n", "line 2: not a message: JSON is malformed"),
        ("a.ndjson", GOOD + b"\n\n" + GOOD[:-9] + b"\n", "line 4: not a message: "),
        ("a.ndjson", GOOD + b'{"orderId": "1"}\n', "line 2: not a message: Object contains unknown"),
        ("a.ndjson", b"{}\n", "line 1: not a message: Object missing required field"),
        ("a.ndjson", b"[]\n", "line 1: not a message: Expected `object`, got `array`"),
        ("a.ndjson", GOOD + b'"text"\n', "line 2: not a message: Expected `object`, got `str`"),
        ("a.ndjson", GOOD + GOOD.replace(b"}\n", b', "more": 1}\n'), "line 2: not a message: "),
        ("a.ndjson", GOOD.strip() * 2, "line 1: not a message: "),
        ("a.ndjson", GOOD.replace(b", ", b",\n"), "line 1: not a message: "),
        ("a.ndjson", raw_row(message_id=""), "line 1: not a message: Expected `str` of length >= 1"),
        ("a.ndjson", raw_row(message_id=5), "line 1: not a message: Expected `str`, got `int`"),
        ("a.ndjson", GOOD + raw_row(publish_time="yesterday"),
         "line 2: publish_time is not an ISO 8601 time: 'yesterday'"),
        ("a.ndjson", raw_row(publish_time="2024-05-01"), "line 1: publish_time is not"),
        ("a.ndjson", raw_row(attributes=None), "line 1: not a message: Expected `object`, got `null`"),
        ("a.ndjson", GOOD + raw_row(attributes=[]), "line 2: not a message: Expected `object`"),
        ("a.ndjson", raw_row(data={"a": 1}), "line 1: not a message: Object contains unknown field"),
        ("a.ndjson", raw_row(data={"base64": "?"}), "line 1: not a message: Invalid base64"),
        ("a.ndjson", raw_row(data=None), "line 1: not a message: Expected `object`, got `null`"),
        ("a.ndjson", raw_row(data=[1]), "line 1: not a message: Expected `object`, got `array`"),
        ("a.ndjson", GOOD.replace(b'"1"', b'"\xff"'), "line 1: not a message: bytes that are not"),
        ("a.ndjson", GOOD + GOOD.replace(b"vtex.order", b"\xff"), "line 2: not a message: bytes that"),
        ("a.ndjson", GOOD.replace(b"vtex.order", rb"\ud800"), "line 1: not a message: bytes that"),
        ("a.ndjson", GOOD.replace(b'"vtex.order"', b"[" * 5000 + b"]" * 5000),
         "line 1: not a message: nested too deeply"),
        ("a.ndjson", GOOD.decode().encode("utf-16"), "line 1: not a message: "),
        ("a.ndjson.gz", GOOD, "the compressed file is broken (Not a gzipped file"),
        ("a.ndjson.gz", gzip.compress(GOOD * 99)[:-1], "the compressed file ends too early, after line"),
        ("a.ndjson.gz", gzip.compress(GOOD)[:20], "the compressed file ends too early, after line 0"),
        ("a.ndjson.gz", gzip.compress(GOOD)[:-8] + b"12345678", "is broken (CRC check failed"),
        ("a.ndjson.gz", gzip.compress(GOOD)[:15] + b"\xff" * 60, "the compressed file is broken"),
        ("a.ndjson.gz", gzip.compress(GOOD) + b"more", "the compressed file is broken"),
    ],
)  # fmt: skip
def test_what_is_no_message_is_named_with_file_and_line(
    raw_root: Path, tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    path = write(tmp_path / name, content)
    result = vitrine(raw_root, "land", path)
    assert result.returncode == 1
    assert result.stderr.startswith(f"Error: {path}: ")
    assert told in result.stderr
    assert result.stderr.endswith("Nothing of this file was landed.\n")
    assert "Traceback" not in result.stderr
    assert all_landed(raw_root) == {}
    assert left_in_staging(raw_root) == []
    assert not (raw_root / "journal").exists()
