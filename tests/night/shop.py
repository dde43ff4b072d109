"""A shop whose nights are run: its inbox, raw layer, warehouse, OUT and clock."""

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import msgspec

from ingestion.journal import Entry
from tests.forks import PROJECT
from tests.night.faults import Fault, Run

HERE = Path(__file__).parent
ZONE = ZoneInfo("America/Sao_Paulo")
CLOSED, OPENING = time(23, 30), time(7)
NOTHING = Fault()
Rows = dict[str, list[tuple[object, ...]]]


@dataclass(frozen=True)
class NightShop:
    """One shop; `project` is the dbt project that its warehouse is built by."""

    folder: Path
    project: Path = PROJECT
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "DBT_PROJECT_DIR": str(self.project),
            "VITRINE_RAW": str(self.folder / "raw"),
            "VITRINE_WAREHOUSE": str(self.warehouse),
            "VITRINE_OUT": str(self.folder / "out"),
            "VITRINE_NIGHT_SOURCES": f"'{self.folder}/inbox/*.ndjson'",
            **self.settings,
        }

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse" / "vitrine.duckdb"

    def deliver_file(self, name: str, lines: Iterable[bytes]) -> None:
        """Put a file into the inbox."""
        inbox = self.folder / "inbox"
        inbox.mkdir(parents=True, exist_ok=True)
        (inbox / f"{name}.ndjson").write_bytes(b"".join(lines))

    def take_back(self, name: str) -> None:
        """Undo what a file of the inbox did to raw, as somebody on call would."""
        (self.folder / "inbox" / f"{name}.ndjson").unlink()
        raw = self.folder / "raw"
        for path in (raw / "journal").iterdir():
            entry = msgspec.json.decode(path.read_bytes(), type=Entry)
            if Path(entry.input).stem == name:
                for place in entry.files.values():
                    (raw / place).unlink()
                path.unlink()

    def start(
        self,
        day: date,
        *words: object,
        at: datetime | None = None,
        fault: Fault = NOTHING,
    ) -> Run:
        when = at or datetime.combine(day, CLOSED, ZONE).astimezone(UTC)
        arguments = ["--date", day, "--json", *words]
        return Run(arguments, self.environment, self.folder, when, fault)

    def night(self, day: date, *words: object, code: int = 0, **how: Any) -> Run:
        """Run a night to its end, which has to be this one."""
        run = self.start(day, *words, **how)
        assert run.wait() == code, run.said
        return run

    def query(self, sql: str) -> list[tuple[object, ...]]:
        with duckdb.connect(self.warehouse, read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def manifests(self, run_date: date) -> list[dict[str, Any]]:
        """All versions of a day of OUT, the oldest first."""
        folder = self.folder / "out" / str(run_date)
        return [msgspec.json.decode(path.read_bytes()) for path in sorted(folder.glob("man*.json"))]


def make_tiny_project(folder: Path) -> None:
    """A project that is built in a second: an order is a text, and that is all there is."""
    shutil.copytree(HERE.parent / "warehouse" / "tiny", folder, dirs_exist_ok=True)
    shutil.copy(PROJECT / "profiles.yml", folder)
    shutil.copytree(HERE / "models", folder / "models" / "activation")
    with (folder / "dbt_project.yml").open("a") as file:
        file.write("\nvars:\n  business_timezone: America/Sao_Paulo\n  night_run_hour: 3\n")
    (folder / "contracts.toml").write_text(
        '[[contract]]\nname = "vtex.order"\ntable = "vtex_orders"\n'
    )


def tiny_shop(folder: Path, project: Path, **settings: str) -> NightShop:
    """A shop of the tiny project."""
    folder.mkdir(exist_ok=True)
    contracts = {"VITRINE_CONTRACTS": str(project / "contracts.toml")}
    return NightShop(folder, project, contracts | settings)


def orders(day: date, *texts: str) -> list[bytes]:
    """The tiny shop's orders of a day, as a file's lines."""
    return [
        msgspec.json.encode(
            {
                "subscription_name": "orders",
                "message_id": f"{day} {text}",
                "publish_time": f"{day}T12:00:00Z",
                "attributes": {"contract": "vtex.order"},
                "data": text,
            }
        )
        + b"\n"
        for text in texts
    ]


def deadline_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), OPENING, ZONE).astimezone(UTC)
