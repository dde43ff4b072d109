"""Nothing leaves the machine: neither dbt's calls, nor its news of versions, nor its statistics."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.googlesql.network import Seen, read, watched
from tests.googlesql.project import PROJECT_FOLDER

# Addresses that are for documentation only; connecting a datagram socket sends nothing.
_OUTSIDE = "192.0.2.1"
_IN_A_PROCESS_OF_ITS_OWN = (
    "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]], check=True)"
)
_ATTEMPTS = {
    "a connection": (
        f"socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('{_OUTSIDE}', 9))",
        Seen("socket.connect", _OUTSIDE),
    ),
    "a look-up": (
        f"socket.getaddrinfo(b'{_OUTSIDE}', 9, flags=socket.AI_NUMERICHOST)",
        Seen("socket.getaddrinfo", _OUTSIDE),
    ),
    "a listener on every interface": (
        "socket.socket().bind(('0.0.0.0', 0))",
        Seen("socket.bind", "0.0.0.0"),  # noqa: S104
    ),
}


def run(command: list[str], seen: Path) -> None:
    subprocess.run(
        [sys.executable, *command], check=True, cwd=PROJECT_FOLDER, env=os.environ | watched(seen)
    )


def test_no_connection_leaves_loopback_while_dbt_runs_against_the_server(tmp_path: Path) -> None:
    run(["-m", "tests.googlesql", "dim_dates"], tmp_path / "seen")
    seen = read(tmp_path / "seen")
    assert [each for each in seen if not each.is_local] == []
    # Both sides were watched: the server listened, and dbt called it.
    assert {"socket.bind", "socket.connect"} <= {each.event for each in seen}


@pytest.mark.parametrize("attempt", _ATTEMPTS)
def test_the_guard_notices_what_would_leave_loopback(tmp_path: Path, attempt: str) -> None:
    code, expected = _ATTEMPTS[attempt]
    run(["-c", _IN_A_PROCESS_OF_ITS_OWN, f"import socket; {code}"], tmp_path / "seen")
    assert [each for each in read(tmp_path / "seen") if not each.is_local] == [expected]
