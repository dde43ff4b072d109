"""Files of any size are landed in bounded memory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ingestion.support import VITRINE, raw_row, write

LIMIT_MB = 300


# A child's peak counts from its parent's memory at the fork: so the parent is a small process.
MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak_memory_mb(raw_root: Path, *words: object) -> float:
    """Land something; the process's own peak, in MB."""
    output = subprocess.check_output(
        [sys.executable, "-c", MEASURE, VITRINE, "land", *map(str, words)],
        env=os.environ | {"VITRINE_RAW": str(raw_root)},
    )
    # Kilobytes on Linux, bytes on macOS.
    return int(output) * (1024 if sys.platform == "linux" else 1) / 1e6


def payload(number: int, size: int) -> str:
    return f'{{"timestamp": "2024-05-01T12:00:00.{number:06}Z", "x": "é{os.urandom(size).hex()}"}}'


@pytest.mark.parametrize(
    ("what", "size", "contracts"),
    [
        ("documents", 7_000, ["vtex.order"]),
        ("a mixture", 280, ["vtex.order", "storefront.event", "pos.receipt", "none", None]),
    ],
)
def test_hundreds_of_megabytes_are_landed_in_less_than_the_limit(
    raw_root: Path, tmp_path: Path, what: str, size: int, contracts: list[str | None]
) -> None:
    # The same lines again and again; random, so that compression does not hide what is held.
    count = (10 << 20) // (2 * size)
    lines = b"".join(
        raw_row(payload(number, size), contracts[number % len(contracts)])
        for number in range(count)
    )
    path = write(tmp_path / "a.ndjson", *([lines] * 20))
    assert path.stat().st_size > 200 << 20
    peak = peak_memory_mb(raw_root, path)
    assert peak < LIMIT_MB, what


def test_bare_payloads_are_landed_in_less_than_the_limit(raw_root: Path, tmp_path: Path) -> None:
    lines = b"".join(payload(number, 280).encode() + b"\n" for number in range(18_000))
    path = write(tmp_path / "a.ndjson", *([lines] * 20))
    assert path.stat().st_size > 200 << 20
    assert peak_memory_mb(raw_root, "--contract", "storefront.event", path) < LIMIT_MB
