"""A tiny warehouse to publish: its dbt project, its raw layer, its builds."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import duckdb
import msgspec
from click.testing import CliRunner, Result

from tests.forks import Command
from warehouse.build import BuildReport
from warehouse.cli import build, status
from warehouse.status import Status
from warehouse.versions import Warehouse


@dataclass(frozen=True)
class Shop:
    """One warehouse of its own, with the commands that a user has."""

    project: Path
    raw: Path
    warehouse: Warehouse

    def land(self, *data: str) -> Path:
        """Put one message per text into the raw table of orders, in a file of its own."""
        now = datetime.now(UTC)
        folder = self.raw / f"landed/vtex_orders/landed_date={now:%Y-%m-%d}/landed_hour={now:%H}"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{uuid4().hex}.parquet"
        with duckdb.connect() as connection:
            connection.execute(
                f"""
                copy (
                    select
                        'projects/tiny/subscriptions/orders' as subscription_name,
                        cast(uuid() as varchar) as message_id,
                        ?::timestamptz as publish_time,
                        '{{}}' as attributes,
                        unnest(?::varchar[]) as data,
                        'vtex.order' as contract,
                        ?::timestamptz as landed_at,
                        ?::timestamptz as event_at
                ) to '{path}.aside' (format parquet)
                """,
                [now, list(data), now, now],
            )
        return path.with_name(f"{path.name}.aside").rename(path)

    def build(self, *options: str) -> Result:
        return CliRunner().invoke(build, ["--project-dir", str(self.project), *options])

    def build_well(self, *options: str) -> BuildReport:
        result = self.build("--json", *options)
        assert result.exit_code == 0, result.output
        return msgspec.json.decode(result.stdout, type=BuildReport)

    def start_build(self, *options: str) -> Command:
        """Start a build in a process of its own, which has been forked."""
        said = self.project.parent / "said"
        said.mkdir(exist_ok=True)
        name = uuid4().hex
        return Command(
            ["build", "--project-dir", str(self.project), *options],
            os.environ,
            said / f"{name}.out",
            said / f"{name}.err",
        )

    def status(self) -> Status:
        result = CliRunner().invoke(status, ["--json"])
        assert result.exit_code == 0, result.output
        return msgspec.json.decode(result.stdout, type=Status)

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """Ask what is published, as a reader does."""
        with duckdb.connect(self.warehouse.link, read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def files(self) -> set[str]:
        return {path.name for path in self.warehouse.folder.iterdir()}
