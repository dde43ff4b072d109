"""A tiny project on the loopback server, and what its readers see."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
import msgspec
import pyarrow as pa
from click.testing import CliRunner, Result

from tests.googlesql.api import Api
from tests.googlesql.project import DATASET, PROJECT, land_on_bigquery
from tests.googlesql.session import Session
from tests.googlesql.store import Table
from tests.googlesql.values import to_python
from warehouse.bigquery.connection import connect
from warehouse.bigquery.publish import publish
from warehouse.cli import build, status
from warehouse.record import BuildRecord, BuildReport
from warehouse.status import Status
from warehouse.versions import next_build_id

TINY = Path(__file__).parents[1] / "warehouse" / "tiny"
PROFILES = Path(__file__).with_name("profiles.yml")


@dataclass(frozen=True)
class Shop:
    """A tiny project on the loopback server, with the commands that a user has."""

    project: Path
    api: Api

    def land(self, *data: str) -> None:
        """Publish one message per text."""
        now = datetime.now(UTC)
        rows = {
            "subscription_name": ["projects/tiny/subscriptions/orders"] * len(data),
            "message_id": [uuid4().hex for _ in data],
            "publish_time": [now] * len(data),
            "data": [text.encode() for text in data],
            "attributes": ["{}"] * len(data),
        }
        land_on_bigquery(self.api.store, {"vtex_orders": pa.table(rows)})

    def invoke(self, command: click.Command, *options: str) -> Result:
        given = ["--target", "bigquery", "--project-dir", str(self.project), *options]
        return CliRunner().invoke(command, given)

    def build(self, *options: str) -> Result:
        return self.invoke(build, *options)

    def build_well(self, *options: str) -> BuildReport:
        result = self.build("--json", *options)
        assert result.exit_code == 0, result.output
        return msgspec.json.decode(result.stdout, type=BuildReport)

    def status(self) -> Status:
        result = self.invoke(status, "--json")
        assert result.exit_code == 0, result.output
        return msgspec.json.decode(result.stdout, type=Status)

    def published(self) -> dict[str, Table]:
        """List what readers see, as schema.table."""
        return {
            f"{name.removeprefix('vitrine_')}.{table}": found
            for (_, name), dataset in self.api.store.datasets.items()
            if name.startswith("vitrine_") and not name.startswith(DATASET)
            for table, found in dataset.tables.items()
        }

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask what is published, as a reader does."""
        rows = Session(self.api.google, self.api.store, PROJECT).run(sql).rows
        types = [type_ for _, type_ in rows.columns]
        return [
            tuple(to_python(cell, type_) for cell, type_ in zip(row.cell, types, strict=True))
            for row in rows.rows
        ]

    def orders(self) -> list[str]:
        return [
            data for (data,) in self.query("select data from vitrine_marts.fct_orders order by 1")
        ]

    def make(self, *names: str, content: str = "1 as one", layout: str = "") -> None:
        """Make tables (schema.table) in the build datasets, as dbt would."""
        for name in names:
            schema, _, table = name.partition(".")
            self.query(f"create schema if not exists `{PROJECT}.{DATASET}_{schema}`")
            path = f"`{PROJECT}.{DATASET}_{schema}.{table}`"
            self.query(f"drop table if exists {path}")
            described = """options (description = "It's one.", labels = [('layer', 'marts')])"""
            self.query(f"create table {path} {layout} {described} as select {content}")

    def publish(self, *names: str) -> str:
        """Publish tables of the build datasets; gives the build's id."""
        now = datetime.now(UTC)
        build_id = next_build_id(None)
        record = BuildRecord(build_id, now, now, now, False, "1.11", 7)
        tables = [(schema, table) for schema, _, table in (name.partition(".") for name in names)]
        publish(connect(self.project), record, tables)
        return build_id
