"""The project itself, run by dbt on both engines: its raw tables, its commands, its relations."""

import json
import os
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from google.protobuf.timestamp_pb2 import Timestamp
from zetasql.wasi._pb2.zetasql.public import type_pb2 as type_pb
from zetasql.wasi._pb2.zetasql.public import value_pb2 as value_pb

from ingestion import contracts, raw_layer
from tests.forks import CONTEXT, become
from tests.googlesql import network
from tests.googlesql.reference import Row
from tests.googlesql.store import Column, Dataset, Store, Table
from tests.googlesql.syntax import Path as TablePath

VITRINE = str(Path(sys.executable).with_name("vitrine"))
PROJECT_FOLDER = Path(__file__).parents[2]
PROJECT = "vitrine-check"
DATASET = "vitrine_build"
LANDED = f"{DATASET}_landed"
POLICY_TAG = "projects/vitrine-check/locations/us/taxonomies/1/policyTags/2"
# The messages are late by days; what is later than a subscription keeps messages is never seen.
# Stock by day is dense for some of them, and sparse before.
# The reference implementation holds a recursion's rows in a value of at most a MiB, so of every
# contract a sixteenth of the documents is asked for fields that nobody knows.
_VARS = {
    "as_of": "2024-03-01 12:00:00",
    "lookback_days": 31,
    "dense_inventory_days": 10,
    "sampled_contracts": dict.fromkeys(contracts.load().by_name, "1"),
}
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
    """Runs dbt on one engine, each time in a process of its own.

    `parsed_as` is the name under which the parsed project is kept: once for all that have it.
    """

    folder: Path
    environment: dict[str, str]
    arguments: tuple[str, ...]
    parsed_as: str
    project: Path = PROJECT_FOLDER

    def start(self, *words: str, **environment: str) -> "Running":
        """Start a command."""
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, printed = tempfile.mkstemp(dir=self.folder, suffix=".out")
        os.close(handle)
        given = os.environ | self.environment | environment
        process = CONTEXT.Process(target=_run, args=(self, words, given, Path(printed)))
        process.start()
        return Running(process, Path(printed))

    def run(self, *words: str, **environment: str) -> str:
        """Run a command to its end; raises DbtFailedError."""
        return self.start(*words, **environment).finished()

    @property
    def places(self) -> list[str]:
        """Say where dbt finds and leaves things."""
        folders = ["--target-path", self.folder / "target", "--log-path", self.folder / "logs"]
        return [
            *("--project-dir", str(self.project), *map(str, folders)),
            *("--no-use-colors", *self.arguments),
        ]


@dataclass(frozen=True)
class Running:
    """A command that was started, and the file that has what it prints."""

    process: ForkServerProcess
    printed: Path

    def finished(self) -> str:
        """Wait for its end; gives what it printed, raises DbtFailedError."""
        self.process.join()
        printed = self.printed.read_text()
        if self.process.exitcode:
            raise DbtFailedError(printed[-20_000:])
        return printed


def _run(dbt: Dbt, words: tuple[str, ...], environment: dict[str, str], printed: Path) -> None:
    become(environment, printed, printed)
    network.watch()
    from tests.googlesql import dbt_process  # noqa: PLC0415 - only such a process needs dbt

    is_done = dbt_process.run(dbt, [*words, "--vars", json.dumps(_VARS)])
    sys.exit(0 if is_done else 1)


def bigquery(folder: Path, address: str, project: Path = PROJECT_FOLDER) -> Dbt:
    """Run dbt against the loopback server."""
    arguments = ("--target", "bigquery", "--profiles-dir", str(Path(__file__).parent))
    environment = {
        "VITRINE_BIGQUERY_ENDPOINT": address,
        "VITRINE_BIGQUERY_POLICY_TAG": POLICY_TAG,
    }
    return Dbt(folder / "bigquery", environment, arguments, "loopback", project)


def duckdb(folder: Path, project: Path = PROJECT_FOLDER) -> Dbt:
    """Run dbt on DuckDB, with files of this folder."""
    environment = {
        "VITRINE_RAW": str(folder / "raw"),
        "VITRINE_BUILD": str(folder / "vitrine.duckdb"),
        "VITRINE_BUILD_PII": str(folder / "vitrine_pii.duckdb"),
    }
    arguments = ("--target", "duckdb", "--profiles-dir", str(PROJECT_FOLDER))
    return Dbt(folder / "duckdb", environment, arguments, "duckdb", project)


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
