"""Compacted files: messages in order, one row each, filed by their partition.

<raw root>/compacted/<raw table>/event_date=…/event_hour=…/<unique name>.parquet

Where a table would have very many small files, neighbouring partitions share one, in the folder
above them.
"""

import os
import uuid
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.contracts import DEAD_LETTERS, Compaction, Contract
from ingestion.folding import Order, compacted_schema
from ingestion.snapshots import SCHEMA_FILE, Compacted
from ingestion.storage import Storage, temporary_name

# Compressed. A file ends with the first row group that goes beyond.
FILE_BYTES = 256 << 20
SMALL_BYTES = 8 << 20
# In memory.
_GROUP_BYTES = 8 << 20
_DICTIONARIES = ["subscription_name", "attributes", "contract", "landed_at", "copy_count"]
_STATISTICS = [
    "message_id",
    "publish_time",
    "contract",
    "landed_at",
    "event_at",
    "copy_count",
]
_FOLDERS = {
    "day": "event_date=%Y-%m-%d",
    "hour": "event_date=%Y-%m-%d/event_hour=%H",
    "minute": "event_date=%Y-%m-%d/event_hour=%H/event_minute=%M",
}
# As Hive, Spark and the like call it. A folder's name has room for 255 bytes.
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
_LONGEST_VALUE = 150


def folder(table: str) -> PurePosixPath:
    """Say where a raw table's compacted files are."""
    return PurePosixPath("compacted", table)


def order_of(contract: Contract | None) -> Order:
    """Say how messages of a contract are filed; None: dead letters, by the day they landed."""
    if contract is None:
        return Order("strftime(landed_at, 'landed_date=%Y-%m-%d')", "event_at")
    return Order(
        _partition(contract.compaction), "event_at", reads_data=bool(contract.compaction.keys)
    )


def _partition(compaction: Compaction) -> str:
    parts = [f"strftime(event_at, '{_FOLDERS[compaction.granularity]}')"]
    for name, path in compaction.keys.items():
        # try(): a payload that is not JSON has no value.
        value = f"coalesce(try(json_extract_string(data, '{path}')), '{_NO_VALUE}')"
        is_short = f"strlen(url_encode({value})) <= {_LONGEST_VALUE}"
        parts.append(f"'/{name}=' || if({is_short}, url_encode({value}), md5({value}))")
    return " || ".join(parts)


class CompactedFiles:
    """Writes messages into compacted files; what it has written counts once a snapshot names it."""

    def __init__(self, storage: Storage, table: str, scratch: Path, *, shares_files: bool) -> None:
        """Write a file for each partition or, if files are shared, for small ones together."""
        self.written: list[Compacted] = []
        self._storage = storage
        self._folder = folder(table)
        self._schema = compacted_schema(table)
        self._file = scratch / temporary_name()
        self._shares_files = shares_files
        # Of the file being written: its first and last partition, and what is not in it yet.
        self._partitions: list[str] = []
        self._waiting: list[pa.Table] = []
        self._waiting_bytes = 0
        self._writer: pq.ParquetWriter | None = None
        self._row_count = 0
        self._message_count = 0

    def add(self, partition: str, messages: pa.Table) -> None:
        """Add messages that come after all those before, partition by partition. Raises OSError."""
        size_bytes = self._file.stat().st_size if self._writer else 0
        is_other = self._partitions[-1:] != [partition]
        if size_bytes >= FILE_BYTES or (
            is_other and (size_bytes >= SMALL_BYTES or not self._shares_files)
        ):
            self.finish()
        self._partitions = [*self._partitions[:1], partition]
        self._waiting.append(messages)
        self._waiting_bytes += messages.nbytes
        if self._waiting_bytes >= _GROUP_BYTES:
            self._write_group()

    def finish(self) -> None:
        """Put what has been added into its place; raises OSError."""
        if self._waiting:
            self._write_group()
        if self._writer is None:
            return
        self._writer.close()
        first, last = self._partitions[0], self._partitions[-1]
        # The folders that all its messages have in common.
        common = os.path.commonpath([first, last])
        place = self._folder / common / f"{uuid.uuid4().hex}.parquet"
        size_bytes = self._file.stat().st_size
        self._storage.create(place, self._file)
        self.written.append(
            Compacted(place, self._row_count, self._message_count, size_bytes, first, last)
        )
        self._partitions = []
        self._writer = None
        self._row_count = self._message_count = 0

    def _write_group(self) -> None:
        messages = pa.concat_tables(self._waiting)
        self._waiting = []
        self._waiting_bytes = 0
        self._writer = self._writer or pq.ParquetWriter(
            self._file,
            self._schema,
            compression="zstd",
            use_dictionary=_DICTIONARIES,  # type: ignore[arg-type] # the stubs know only bool
            write_statistics=_STATISTICS,
        )
        self._writer.write_table(messages, row_group_size=messages.num_rows)
        self._row_count += pc.sum(messages["copy_count"]).as_py()
        self._message_count += messages.num_rows


def ensure_schema_file(storage: Storage, table: str, scratch: Path) -> None:
    """Give a table its (empty) schema file, so that it can be read as soon as it is there.

    Raises OSError.
    """
    first = "landed_date=1970-01-01" if table == DEAD_LETTERS else "event_date=1970-01-01"
    place = folder(table) / first / SCHEMA_FILE
    if not storage.has(place):
        file = scratch / temporary_name()
        pq.write_table(compacted_schema(table).empty_table(), file)
        try:
            storage.create(place, file)
        except FileExistsError:
            file.unlink()
