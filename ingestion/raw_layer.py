"""The raw layer's layout: where landed files are, and what is in them.

<raw root>/landed/<raw table>/landed_date=YYYY-MM-DD/landed_hour=HH/<hash>.parquet
<raw root>/journal/    what has been landed, an entry per input
<raw root>/staging/    files written aside, a folder per input that is being landed
"""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion import contracts
from ingestion.contracts import DEAD_LETTERS
from ingestion.errors import LandingError, explain
from ingestion.storage import Root, Storage, open_storage
from ingestion.times import TIMESTAMP

_HOUR = re.compile(r"landed_date=(\d{4}-\d\d-\d\d)/landed_hour=(\d\d)/")
# In a bucket, each look takes a round trip.
_LOOKS_AT_ONCE = 8
# Few values, often repeated; those of `data` and `message_id` are all different.
_DICTIONARIES = ["subscription_name", "attributes", "contract", "landed_at"]
# Payloads are compared with nothing.
_STATISTICS = ["message_id", "publish_time", "contract", "landed_at", "event_at"]
# Encoded at a time; more than a file usually has.
_BATCH_ROWS = 65_536


def schema(table: str) -> pa.Schema:
    """Give the columns of a raw table's files; `data` is text, in dead letters bytes."""
    fields: list[pa.Field[Any]] = [
        pa.field("subscription_name", pa.string()),
        pa.field("message_id", pa.string()),
        pa.field("publish_time", TIMESTAMP),
        pa.field("attributes", pa.string()),
        pa.field("data", pa.binary() if table == DEAD_LETTERS else pa.string()),
        pa.field("contract", pa.string()),
        pa.field("landed_at", TIMESTAMP),
        pa.field("event_at", TIMESTAMP),
    ]
    return pa.schema(fields)


def place(table: str, landed_at: datetime, name: str) -> Path:
    """Say where a file landed at a time (UTC) goes, relative to the raw root."""
    day, hour = f"landed_date={landed_at:%Y-%m-%d}", f"landed_hour={landed_at:%H}"
    return Path("landed", table, day, hour, f"{name}.parquet")


def landed_hour(place: PurePosixPath) -> datetime | None:
    """Read from its place in which hour (UTC, its beginning) a file was landed; None: not so."""
    found = _HOUR.search(str(place))
    return datetime.fromisoformat(f"{found[1]}T{found[2]}:00:00+00:00") if found else None


def write(rows: pa.Table, path: Path) -> None:
    """Write a landed file, not synced; raises OSError, for one if the disk is full."""
    pq.write_table(
        rows,
        path,
        row_group_size=max(rows.num_rows, 1),  # One group a file: a batch is small enough.
        compression="zstd",
        use_dictionary=_DICTIONARIES,  # type: ignore[arg-type] # the stubs know only bool
        write_statistics=_STATISTICS,
        write_batch_size=_BATCH_ROWS,
    )


def sync(path: Path) -> None:
    """Have a file's content outlast a crash; raises OSError."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def ensure_raw(root: Root) -> None:
    """Give every raw table its (empty) schema file: `landed/<table>/*/*/*.parquet` always matches.

    Writes nothing where all are there. Raises LandingError if it cannot.
    """
    storage = open_storage(root)
    try:
        missing = _without_schema_file(storage, contracts.load().tables)
        if not missing:
            return
        with storage.workspace() as folder:
            for table in missing:
                write(schema(table).empty_table(), folder / table)
                with suppress(FileExistsError):  # By another process, just now.
                    storage.create(_schema_file(table), folder / table)
    except OSError as error:
        raise LandingError(f"cannot write the raw layer: {explain(error, root)}") from error


def _without_schema_file(storage: Storage, tables: list[str]) -> list[str]:
    with ThreadPoolExecutor(_LOOKS_AT_ONCE) as pool:
        has = list(pool.map(lambda table: storage.has(_schema_file(table)), tables))
    return [table for table, is_there in zip(tables, has, strict=True) if not is_there]


def _schema_file(table: str) -> PurePosixPath:
    return PurePosixPath(
        "landed", table, "landed_date=1970-01-01", "landed_hour=00", "schema.parquet"
    )
