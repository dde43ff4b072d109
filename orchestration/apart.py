"""A step in a process of its own, which this one watches.

Nothing else can end dbt or a landing at the deadline, tell of a build that the system killed for
its memory, and give all of that memory back before the next step. The process is forked; what it
says on its standard error is passed on line by line. It never outlives this one.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import Any

import msgspec

from orchestration.errors import told
from orchestration.outcome import FAILED, STOPPED, Outcome

_CONTEXT = multiprocessing.get_context("fork")
# How often to look whether it is time to stop.
LOOK_SECONDS = 0.5
# What a landing needs to land what it has pulled, or BigQuery to end a publication.
_GRACE_SECONDS = 60.0
_CHUNK = 1 << 16


def run_apart(
    work: Callable[[], Outcome],
    on_line: Callable[[str], None],
    why_stop: Callable[[], str | None],
) -> Outcome:
    """Run it to its end, or until `why_stop`, which is asked all the time, gives a reason."""
    result, sends = _CONTEXT.Pipe(duplex=False)
    reads, writes = os.pipe()
    alive, kept = os.pipe()
    process = _CONTEXT.Process(target=_child, args=(work, sends, writes, alive, kept))
    process.start()
    sends.close()
    os.close(writes)
    os.close(alive)
    watch = _Watch(process, result, reads, on_line)
    try:
        watch.run(why_stop)
    finally:
        watch.kill()
        process.join()
        result.close()
        os.close(reads)
        os.close(kept)
    outcome = watch.outcome or _death(process.exitcode or 0)
    if watch.reason is not None and outcome.state == FAILED:
        return Outcome(STOPPED, f"stopped: {watch.reason}", reason=watch.reason)
    return outcome


class _Watch:
    """Hears what a process says, and ends it when it is time."""

    def __init__(
        self, process: ForkProcess, result: Connection, lines: int, on_line: Callable[[str], None]
    ) -> None:
        assert process.pid is not None  # noqa: S101 (it was started)
        self._pid = process.pid
        self._ends: set[Any] = {process.sentinel, result, lines}
        self._result = result
        self._lines = lines
        self._on_line = on_line
        self._rest = b""
        self._has_ended = False
        self._kill_at: float | None = None
        self.outcome: Outcome | None = None
        self.reason: str | None = None

    def run(self, why_stop: Callable[[], str | None]) -> None:
        """Watch it until it has ended, and all that it started."""
        while self._ends:
            for ready in wait(self._ends, LOOK_SECONDS):
                self._hear(ready)
            if self._has_ended:
                continue
            if os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                self._has_ended = True
                self.kill()  # What it started would keep its pipes open.
            elif self._kill_at is not None:
                if time.monotonic() > self._kill_at:
                    self.kill()
            elif reason := why_stop():
                self.reason = reason
                self._kill_at = time.monotonic() + _GRACE_SECONDS
                os.kill(self._pid, signal.SIGTERM)

    def kill(self) -> None:
        """End it and all that it started, at once. It has not been waited for: its id is its."""
        for kill in (os.killpg, os.kill):
            with suppress(ProcessLookupError):
                kill(self._pid, signal.SIGKILL)

    def _hear(self, ready: object) -> None:
        if ready is self._result:
            try:
                self.outcome = msgspec.json.decode(self._result.recv_bytes(), type=Outcome)
            except EOFError:
                self._ends.discard(ready)
        elif ready == self._lines:
            chunk = os.read(self._lines, _CHUNK)
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            for line in lines if chunk else [self._rest]:
                if line.strip():
                    self._on_line(line.decode(errors="backslashreplace"))
            if not chunk:
                self._ends.discard(ready)
        else:
            self._ends.discard(ready)


def _death(code: int) -> Outcome:
    if code == -signal.SIGKILL:
        message = "its process was killed (SIGKILL): most often the system had no memory left"
        return Outcome(FAILED, message, reason="killed")
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return Outcome(FAILED, f"its process ended with {how}", reason="killed")


def _child(
    work: Callable[[], Outcome], sends: Connection, lines: int, alive: int, kept: int
) -> None:
    os.setsid()
    os.close(kept)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    for stream in (1, 2):
        os.dup2(lines, stream)
    sys.stdout = sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace")
    threading.Thread(target=_die_with_parent, args=(alive,), daemon=True).start()
    try:
        outcome = work()
    except BaseException as error:  # Told by the parent, which is not here to see it.
        outcome = told(error)
    sends.send_bytes(msgspec.json.encode(outcome))


def _die_with_parent(alive: int) -> None:
    """Wait for a pipe to be closed, which the parent keeps open; then end all of this group."""
    os.read(alive, 1)
    os.killpg(0, signal.SIGKILL)
