from collections.abc import Iterator

import pytest

from tests.pubsub.emulator import Emulator, require_emulator


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """One Pub/Sub for all tests that leave it running; each makes topics of its own."""
    require_emulator()
    one = Emulator()
    yield one
    one.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what tests recorded as "shown", whichever process they ran in."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties if report.when == "call" else []:
            if name == "shown":
                terminalreporter.write_line(str(value))
