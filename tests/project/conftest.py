"""The project itself, in a folder of its own: raw layer, warehouse and the commands a user runs."""

import json
import os
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.forks import Command

if TYPE_CHECKING:
    from tests.project.late_shops import LateShops
    from tests.project.nights import Nights


@dataclass(frozen=True)
class House:
    """A raw root and a warehouse; `run` is the command line."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "VITRINE_RAW": str(self.folder / "raw"),
            "VITRINE_WAREHOUSE": str(self.folder / "vitrine.duckdb"),
        }

    @property
    def warehouse(self) -> Path:
        return self.folder / "vitrine.duckdb"

    def command(self, *words: object) -> list[str]:
        return [str(Path(sys.executable).with_name("vitrine")), *map(str, words)]

    def start(self, *words: object) -> Command:
        """Start a command, in a process that is as real as any, but has been forked."""
        out, err = self.folder / "last-command.out", self.folder / "last-command.err"
        for path in (out, err):
            path.unlink(missing_ok=True)
        return Command([*map(str, words)], self.environment, out, err)

    def run(self, *words: object) -> str:
        command = self.start(*words)
        code = command.wait()
        out, err = command.out.read_text(), command.err.read_text()
        assert code == 0, f"vitrine {words}: {out[-3000:]}{err[-3000:]}"
        return out

    def open(self) -> duckdb.DuckDBPyConnection:
        """Open the published file, with the restricted one of the same build attached as `pii`.

        That takes longer than most questions: who has many asks them of one connection.
        """
        version = self.warehouse.resolve()
        restricted = version.with_name(version.name.replace("vitrine-", "vitrine_pii-"))
        connection = duckdb.connect(str(version), read_only=True)
        connection.execute(f"attach '{restricted}' as pii (read_only)")
        connection.execute("set timezone = 'UTC'")
        return connection

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """Ask one question of what is published now."""
        with self.open() as connection:
            return connection.execute(sql).fetchall()


class AskedHouse(House):
    """A house that is only asked any more, about one build."""

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        return self.open()

    def query(self, sql: str) -> list[tuple[object, ...]]:
        return self._connection.execute(sql).fetchall()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture(scope="session")
def nights(tmp_path_factory: pytest.TempPathFactory) -> "Nights":
    """One store for all tests that only ask what its nights left."""
    from tests.project.nights import pass_nights  # noqa: PLC0415 - it imports this module

    return pass_nights(House(tmp_path_factory.mktemp("nights")))


@pytest.fixture(scope="session")
def anew(nights: "Nights", tmp_path_factory: pytest.TempPathFactory) -> House:
    """Land what the nights were told in one go, and build it all anew."""
    from tests.project.nights import all_in_one_go  # noqa: PLC0415 - it imports this module

    return all_in_one_go(nights, tmp_path_factory.mktemp("anew") / "house")


@pytest.fixture(scope="session")
def differences_anew(nights: "Nights", anew: House) -> list[str]:
    """Compare the nights with that, once for all."""
    from tests.project.comparison import differences, rows_of  # noqa: PLC0415 - as above

    return differences(rows_of(anew), rows_of(nights.house))


@pytest.fixture(scope="session")
def late_shops(tmp_path_factory: pytest.TempPathFactory) -> "LateShops":
    """One store for the tests of what is late and of what flows while a build is published."""
    from tests.project.late_shops import build_then_and_now  # noqa: PLC0415 - it imports this module

    return build_then_and_now(tmp_path_factory.mktemp("late"))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> AskedHouse:
    """The shop of `make demo`, as the tutorial makes it; following that to there is a test."""
    from tests.project.tutorial import follow_first_part  # noqa: PLC0415 - asked by two files

    return AskedHouse(follow_first_part(tmp_path_factory.mktemp("demo") / "vitrine") / "data")


def write_messages(path: Path, messages: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(message) + "\n" for message in messages))
    return path
