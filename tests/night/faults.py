"""`vitrine night` in a process to which something happens: at a chosen hour, and at a chosen point.

The process is as real as any, but has been forked from one that has everything imported. Killing it
is killing it and the process of its step, as when a machine stops.
"""

import json
import os
import resource
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import delivery.exporting
import ingestion.journal
import orchestration.night_run
import orchestration.steps
import warehouse.build
import warehouse.publish
from ingestion.cli import main
from orchestration import calendar, journal
from orchestration.journal import NightFile
from orchestration.outcome import RUNNING
from tests.forks import CONTEXT, PROJECT

# In the middle of each step: the function before which it dies.
MIDDLES: dict[str, tuple[Any, str]] = {
    # Its files are written, and nothing says that they count.
    "land": (ingestion.journal.FolderStaging, "commit"),
    # All is built, and not all of it is audited.
    "build": (warehouse.build, "audit_ledger"),
    # Both files have their names, and the links are the old ones.
    "publish": (warehouse.publish, "_switch"),
    "recommend": (orchestration.steps, "count_suggestions"),
    # The files are there, and no manifest names them.
    "export": (delivery.exporting, "manifest_name"),
}


@dataclass(frozen=True)
class Fault:
    """What happens to a run; nothing by default."""

    # the step, and whether it dies when it begins, in its middle, or when its end is to be kept; or
    # the step's process dies alone, as if the system had ended it for its memory
    dies_in: tuple[str, str] | None = None
    # no file may be longer
    most_bytes: int | None = None
    # from when this step runs, it is so late
    late_in: tuple[str, datetime] | None = None


class Run:
    """`vitrine night …`, at a time of ours."""

    def __init__(
        self,
        words: Sequence[object],
        environment: Mapping[str, str],
        files: Path,
        at: datetime,
        fault: Fault,
    ) -> None:
        """Start it; `files` is a folder for what it prints."""
        self._out, self._err = files / "night.out", files / "night.err"
        for path in (self._out, self._err):
            path.unlink(missing_ok=True)
        what = ([*map(str, words)], dict(environment), (self._out, self._err))
        self._process = CONTEXT.Process(target=_night, args=(*what, at, fault))
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid
        return self._process.pid

    def wait(self) -> int:
        """Wait for its end; gives the exit code, or less than zero for a signal."""
        self._process.join()
        assert self._process.exitcode is not None
        return self._process.exitcode

    @property
    def summary(self) -> dict[str, Any]:
        """Its answer to --json."""
        return json.loads(self._out.read_text())

    @property
    def log(self) -> list[dict[str, Any]]:
        """The lines of its log, all of which are JSON."""
        return [json.loads(line) for line in self._err.read_text().splitlines()]

    @property
    def said(self) -> str:
        return self._out.read_text()[-3000:] + self._err.read_text()[-3000:]


def _night(
    words: list[str],
    environment: dict[str, str],
    streams: tuple[Path, Path],
    at: datetime,
    fault: Fault,
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(PROJECT)
    for stream, path in enumerate(streams, 1):
        with path.open("ab", buffering=0) as file:
            os.dup2(file.fileno(), stream)
    calendar.now = _clock(at, fault)
    if fault.most_bytes is not None:
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (fault.most_bytes, hard))
    if fault.dies_in:
        _die(*fault.dies_in)
    main(["night", *words], prog_name="vitrine")


def _clock(at: datetime, fault: Fault) -> Callable[[], datetime]:
    """Give a clock that starts at a time, goes on as clocks do, and jumps as the fault says."""
    started = datetime.now(UTC)
    seen: list[NightFile] = []
    init = NightFile.__init__

    def remembering(self: NightFile, *arguments: Any) -> None:
        init(self, *arguments)
        seen.append(self)

    NightFile.__init__ = remembering  # type: ignore[method-assign]

    def now() -> datetime:
        if fault.late_in and seen and seen[0].entries:
            last = seen[0].entries[-1]
            if (last.step, last.state) == (fault.late_in[0], RUNNING):
                return fault.late_in[1]
        return at + (datetime.now(UTC) - started)

    return now


def _die(step: str, point: str) -> None:
    if point == "middle":
        _before(*MIDDLES[step], lambda *_: True, [os.getppid])
    elif point == "alone":
        _before(orchestration.night_run, "_logged", lambda _, of: of["step"] == step, [])
    elif point == "begin":
        # What it is to do is kept, and nothing is done.
        begin = NightFile.begin

        def begun(self: NightFile, run_id: str, name: str, at: datetime) -> journal.Entry:
            entry = begin(self, run_id, name, at)
            if name == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return entry

        NightFile.begin = begun  # type: ignore[method-assign]
    else:
        _before(NightFile, "end", lambda _, entry, *__: entry.step == step, [])


def _before(
    owner: Any,
    name: str,
    is_it: Callable[..., bool],
    others: Sequence[Callable[[], int]],
) -> None:
    """Die, and have others die, instead of a call."""
    function = getattr(owner, name)

    def dying(*arguments: Any, **options: Any) -> Any:
        if is_it(*arguments):
            for pid in (*(other() for other in others), os.getpid()):
                os.kill(pid, signal.SIGKILL)
        return function(*arguments, **options)

    setattr(owner, name, dying)
