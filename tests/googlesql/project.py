"""The project itself, run by dbt on both engines: its raw tables, its commands, its relations."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from google.protobuf.timestamp_pb2 import Timestamp
from zetasql.wasi._pb2.zetasql.public import type_pb2 as type_pb
from zetasql.wasi._pb2.zetasql.public import value_pb2 as value_pb

from ingestion import contracts, raw_layer
from tests.googlesql.reference import Row
from tests.googlesql.store import Column, Dataset, Store, Table
from tests.googlesql.syntax import Path as TablePath

VITRINE = str(Path(sys.executable).with_name("vitrine"))
PROJECT_FOLDER = Path(__file__).parents[2]
PROJECT = "vitrine-check"
DATASET = "vitrine_build"
LANDED = f"{DATASET}_landed"
# The messages are late by days; what is later than a subscription keeps messages is never seen.
_VARS = {"as_of": "2024-03-01 12:00:00", "lookback_days": 31}
# Pub/Sub's own columns, where a subscription writes to BigQuery with metadata.
_PUBSUB = {
    "subscription_name": type_pb.TYPE_STRING,
    "message_id": type_pb.TYPE_STRING,
    "publish_time": type_pb.TYPE_TIMESTAMP,
    "data": type_pb.TYPE_BYTES,
    "attributes": type_pb.TYPE_STRING,
}


class DbtFailedError(Exception):
    """dbt ended with an error; what it printed."""


@dataclass(frozen=True)
class Dbt:
    """Runs dbt on one engine, each time in a process of its own."""

    folder: Path
    environment: dict[str, str]
    arguments: tuple[str, ...]

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        """Start a command."""
        arguments = ["--target-path", str(self.folder / "target"), *self.arguments]
        return subprocess.Popen(
            [
                str(Path(sys.executable).with_name("dbt")),
                *("--no-use-colors", "--log-path", str(self.folder / "logs")),
                *(*words, *arguments),
                *("--vars", json.dumps(_VARS)),
            ],
            cwd=PROJECT_FOLDER,
            env=os.environ | self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str, **environment: str) -> str:
        """Run a command to its end; raises DbtFailedError."""
        return finished(self.start(*words, **environment))


def finished(process: subprocess.Popen[str]) -> str:
    """Wait for a command; gives what it printed, raises DbtFailedError."""
    printed, _ = process.communicate()
    if process.returncode:
        raise DbtFailedError(printed[-20_000:])
    return printed


def bigquery(folder: Path, address: str) -> Dbt:
    """Run dbt against the loopback server."""
    arguments = ("--target", "bigquery", "--profiles-dir", str(Path(__file__).parent))
    return Dbt(folder / "bigquery", {"VITRINE_BIGQUERY_ENDPOINT": address}, arguments)


def duckdb(folder: Path) -> Dbt:
    """Run dbt on DuckDB, with files of this folder."""
    environment = {
        "VITRINE_RAW": str(folder / "raw"),
        "VITRINE_BUILD": str(folder / "vitrine.duckdb"),
        "VITRINE_BUILD_PII": str(folder / "vitrine_pii.duckdb"),
    }
    return Dbt(folder / "duckdb", environment, ("--target", "duckdb"))


def read_landed(raw_root: Path) -> dict[str, pa.Table]:
    """Read all raw tables, as if each message had been landed when it was published.

    On BigQuery that is all there is: a subscription's table has no other time.
    """
    landed = {}
    for table in contracts.load().tables:
        rows = pq.read_table(raw_root / "landed" / table, partitioning=None)
        for name in ("landed_at", "event_at"):
            place = rows.schema.get_field_index(name)
            rows = rows.set_column(place, name, rows["publish_time"])
        landed[table] = rows
    return landed


def land_on_duckdb(raw_root: Path, landed: dict[str, pa.Table], name: str) -> None:
    """Write one more file of each raw table."""
    raw_layer.ensure_raw(raw_root)
    for table, rows in landed.items():
        path = raw_root / raw_layer.place(table, datetime(2024, 2, 1, tzinfo=UTC), name)
        path.parent.mkdir(parents=True, exist_ok=True)
        raw_layer.write(rows, path)


def land_on_bigquery(store: Store, landed: dict[str, pa.Table]) -> None:
    """Append to the tables of Pub/Sub's BigQuery subscriptions."""
    store.datasets.setdefault((PROJECT, LANDED), Dataset())
    columns = [Column(name, type_pb.TypeProto(type_kind=kind)) for name, kind in _PUBSUB.items()]
    for name, rows in landed.items():
        path = TablePath(PROJECT, LANDED, name)
        if not store.has(path):
            partitions = {"type": "DAY", "field": "publish_time"}
            store.put(Table(path, columns, properties={"timePartitioning": partitions}))
        table = store.table(path)
        place = rows.schema.get_field_index("data")
        messages = rows.set_column(place, "data", pc.cast(rows["data"], pa.binary()))
        new = [_row(row) for row in messages.select(list(_PUBSUB)).to_pylist()]
        store.changed(table, table.rows + new)


def _row(row: dict[str, Any]) -> Row:
    return Row(cell=[_value(value) for value in row.values()])


def _value(value: object) -> value_pb.ValueProto:
    match value:
        case None:
            return value_pb.ValueProto()
        case str():
            return value_pb.ValueProto(string_value=value)
        case bytes():
            return value_pb.ValueProto(bytes_value=value)
        case datetime():
            timestamp = Timestamp()
            timestamp.FromDatetime(value)
            return value_pb.ValueProto(timestamp_value=timestamp)
        case _:
            raise TypeError(f"no message has a {type(value)}")
