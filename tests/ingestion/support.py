"""Raw rows to land, and what is in the raw layer afterwards."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ingestion import contracts
from ingestion.account import InputAccount
from ingestion.batches import LIMITS, Limits
from ingestion.landing import Landing
from ingestion.raw_layer import ensure_raw
from tests import forks

VITRINE = Path(sys.executable).with_name("vitrine")


def raw_row(data: Any = "{}", contract: Any = "vtex.order", **others: Any) -> bytes:
    """A line in the raw-row form; `contract=None` leaves the attribute out."""
    row = {
        "subscription_name": "projects/shop/subscriptions/any",
        "message_id": "1",
        "publish_time": "2024-05-01T12:00:00.123Z",
        "attributes": {} if contract is None else {"contract": contract},
        "data": data,
    }
    return json.dumps(row | others).encode() + b"\n"


def write(path: Path, *lines: bytes) -> Path:
    path.write_bytes(b"".join(lines))
    return path


def land(
    raw_root: Path, path: Path, contract: str | None = None, limits: Limits = LIMITS
) -> InputAccount:
    known = contracts.load()
    ensure_raw(raw_root)
    of_payloads = known.by_name[contract] if contract else None
    return Landing(raw_root, known, of_payloads, limits).land(path)


def landed_files(raw_root: Path, table: str) -> list[Path]:
    """The files of a raw table that are not its schema file, oldest first."""
    files = (raw_root / "landed" / table).glob("*/*/*.parquet")
    found = [path for path in files if path.name != "schema.parquet"]
    return sorted(found, key=lambda path: path.stat().st_mtime_ns)


def landed(raw_root: Path, table: str) -> list[dict[str, Any]]:
    """All rows of a raw table, by message id."""
    files = landed_files(raw_root, table)
    rows = [row for file in files for row in pq.read_table(file, partitioning=None).to_pylist()]
    return sorted(rows, key=lambda row: str(row["message_id"]))


def all_landed(raw_root: Path) -> dict[str, list[dict[str, Any]]]:
    """All rows of all raw tables that have any."""
    tables = {table: landed(raw_root, table) for table in contracts.load().tables}
    return {table: rows for table, rows in tables.items() if rows}


def left_in_staging(raw_root: Path) -> list[str]:
    return [path.name for path in (raw_root / "staging").iterdir() if path.name != "lock"]


def start(raw_root: Path | str, *words: object) -> forks.Command:
    """The command, as it runs; nobody hears what it says."""
    environment = os.environ | {"VITRINE_RAW": str(raw_root)}
    nowhere = Path(os.devnull)
    return forks.Command([*map(str, words)], environment, nowhere, nowhere)


def vitrine(
    raw_root: Path, *words: object, most_bytes: int | None = None, **options: Any
) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end; with options of `subprocess.run`, it is started anew."""
    environment = os.environ | {"VITRINE_RAW": str(raw_root)}
    if not options:
        return forks.run(words, environment, most_bytes=most_bytes)
    return subprocess.run(
        [VITRINE, *map(str, words)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **options,
    )
