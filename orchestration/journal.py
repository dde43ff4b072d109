"""The journal of a night: which step began and ended when, and how. BI reads it as it is.

<warehouse>_nights/YYYY-MM-DD.ndjson    a line a step of a run, and one a run, of a business day

A file is replaced as a whole and durably at every change, so a night that dies anywhere leaves a
journal of what it had begun, from which the next run goes on.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from ingestion.errors import explain
from orchestration.errors import NightError
from orchestration.outcome import DIED, RUNNING, SUFFICIENT, Outcome
from warehouse.night_views import RUN, ensure_nights

# In their order; the audit is the end of the build.
STEPS = ("land", "build", "publish", "recommend", "export", "deliver")

_TIME = "%Y-%m-%d %H:%M:%S.%f"


class Entry(msgspec.Struct):
    """A step of a run, or a run (the step `night`); times are UTC."""

    night_date: date
    run_id: str
    step: str
    state: str
    started_at: str
    ended_at: str | None = None
    seconds: float | None = None
    reason: str | None = None
    message: str = ""
    build_id: str | None = None
    figures: dict[str, int] = {}


class Journal(ABC):
    """What is known of one business day's night. Whoever uses it holds the night's lock."""

    def __init__(self, day: date, entries: list[Entry]) -> None:
        """Begin with what was kept before, the oldest first."""
        self.entries = entries
        self._day = day

    def begin(self, run_id: str, step: str, at: datetime) -> Entry:
        """Add a step that begins. Raises NightError if it cannot be kept."""
        entry = Entry(self._day, run_id, step, RUNNING, _text(at))
        self.entries.append(entry)
        self._keep([entry])
        return entry

    def end(self, entry: Entry, outcome: Outcome, at: datetime) -> None:
        """Say how it ended. Raises NightError if it cannot be kept."""
        entry.state, entry.message, entry.reason = outcome.state, outcome.message, outcome.reason
        entry.build_id, entry.figures = outcome.build_id, outcome.figures
        entry.ended_at = _text(at)
        started_at = datetime.strptime(entry.started_at, _TIME).replace(tzinfo=UTC)
        entry.seconds = round((at - started_at).total_seconds(), 3)
        self._keep([entry])

    def bury(self) -> list[str]:
        """Mark what a process that is gone was doing as died; names these steps."""
        dead = [entry for entry in self.entries if entry.state == RUNNING]
        for entry in dead:
            entry.state = entry.reason = DIED
            entry.message = "its process was killed, or the machine stopped"
        if dead:
            self._keep(dead)
        return [entry.step for entry in dead if entry.step != RUN]

    @abstractmethod
    def is_superseded(self) -> bool:
        """Tell whether a later day's night has published."""

    @abstractmethod
    def _keep(self, changed: list[Entry]) -> None:
        """Keep these entries, durably, with all others."""


class NightFile(Journal):
    """A night's journal in a file."""

    def __init__(self, folder: Path, day: date) -> None:
        """Read it, where there is one. Raises NightError."""
        self._folder = folder
        self._path = folder / f"{day}.ndjson"
        try:
            ensure_nights(folder)
            super().__init__(day, _read(self._path))
        except OSError as error:
            raise NightError(explain(error, self._path)) from error

    def is_superseded(self) -> bool:
        """Tell whether a later day's night has published; see Journal."""
        later = [path for path in self._folder.glob("*.ndjson") if path.stem > self._path.stem]
        return any("publish" in standing(_read(path)) for path in later)

    def _keep(self, changed: list[Entry]) -> None:
        aside = self._path.with_suffix(".aside")
        try:
            with aside.open("wb") as file:
                file.write(b"".join(msgspec.json.encode(one) + b"\n" for one in self.entries))
                file.flush()
                os.fsync(file.fileno())
            aside.replace(self._path)
            _sync(self._folder)
        except OSError as error:
            raise NightError(f"cannot keep the night's journal: {explain(error, aside)}") from error


def standing(entries: list[Entry]) -> Mapping[str, Entry]:
    """Give the steps whose results stand, by name.

    A step that is begun again takes what was made of its results before with it; but landing once
    more, if nothing new was there, changes nothing.
    """
    found: dict[str, Entry] = {}
    for entry in entries:
        if entry.step not in STEPS:
            continue
        is_sufficient = entry.state in SUFFICIENT
        if is_sufficient and entry.step == "land" in found and not entry.figures.get("landed"):
            found["land"] = entry
            continue
        for step in STEPS[STEPS.index(entry.step) :]:
            found.pop(step, None)
        if is_sufficient:
            found[entry.step] = entry
    return found


def _read(path: Path) -> list[Entry]:
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    try:
        return [msgspec.json.decode(line, type=Entry) for line in lines]
    except msgspec.DecodeError as error:
        raise NightError(f"{path}: not a journal of ours: {error}. Move it away.") from error


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime(_TIME)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
