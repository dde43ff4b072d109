import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from dbt_common.tests import enable_test_caching
from xdist.scheduler import LoadFileScheduling

from tests.pubsub.emulator import Emulator, require_emulator
from tests.storage.stores import Store, emulated_stores

_HERE = Path(__file__).parent
# What takes longest is begun first, so that all workers end together. Files of one line ask one
# store, which is built once if one worker runs them all.
_LONGEST = (
    ("googlesql/test_parity.py",),
    (
        *("project/test_kills.py", "project/test_any_order_gives_the_same_marts.py"),
        *("project/test_disaster.py", "project/test_poison.py", "project/test_schema_drift.py"),
        *("project/test_snapshots.py", "project/test_vtex_traps.py", "project/test_report.py"),
        "project/test_metrics.py",
    ),
    ("project/test_late_shops.py", "project/test_seam.py"),
    ("forget/test_forget.py",),
    ("project/test_tutorial.py", "project/test_truth.py", "project/test_by_hand.py"),
    ("night/test_outages.py",),
    ("pubsub/test_kills.py",),
    ("warehouse/test_build.py",),
    ("warehouse/test_trial.py",),
)
_TURNS = {name: turn for turn, names in enumerate(_LONGEST) for name in names}
# These ask one simulated year.
_OF_ONE_YEAR = "simulator"


class Scheduling(LoadFileScheduling):
    """A file is run by one worker, and so are those that share a store."""

    def _split_scope(self, nodeid: str) -> str:
        name = super()._split_scope(nodeid).removeprefix("tests/")
        if name in _TURNS:
            return _LONGEST[_TURNS[name]][0]
        return _OF_ONE_YEAR if name.startswith(f"{_OF_ONE_YEAR}/") else name


@pytest.fixture(autouse=True)
def _umask_of_a_shell() -> None:
    """Undo what dbt leaves in a process: whatever it writes is its owner's alone."""
    os.umask(0o022)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scheduling:
    return Scheduling(config, log)


def pytest_configure() -> None:
    # Children that tests fork to start a command would hear of gRPC's threads, and print it.
    os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "false"
    # dbt's own, for its tests: Jinja reads a macro once a process, however many projects have it.
    enable_test_caching()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def turn(item: pytest.Item) -> int:
        return _TURNS.get(item.path.relative_to(_HERE).as_posix(), len(_LONGEST))

    items.sort(key=turn)


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """One Pub/Sub for all tests that leave it running; each makes topics of its own."""
    require_emulator()
    one = Emulator()
    yield one
    one.stop()


@pytest.fixture(scope="session")
def stores() -> Iterator[dict[str, Store]]:
    """One of each kind of store: clients keep the first address that they were told."""
    with emulated_stores() as both:
        yield both


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what tests recorded as "shown", whichever process they ran in."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties if report.when == "call" else []:
            if name == "shown":
                terminalreporter.write_line(str(value))
