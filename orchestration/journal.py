"""The journal of a night: which step began and ended when, and how. BI reads it as it is.

<warehouse>_nights/YYYY-MM-DD.ndjson    a line a step of a run, and one a run, of a business day

A file is replaced as a whole and durably at every change, so a night that dies anywhere leaves a
journal of what it had begun, from which the next run goes on.
"""

import os
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

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


class Journal(Protocol):
    """What is known of one business day's night; see NightFile."""

    entries: list[Entry]

    def begin(self, run_id: str, step: str, at: datetime) -> Entry:
        """Add a step that begins. Raises NightError if it cannot be kept."""

    def end(self, entry: Entry, outcome: Outcome, at: datetime) -> None:
        """Say how it ended. Raises NightError if it cannot be kept."""

    def bury(self) -> list[str]:
        """Mark what a process that is gone was doing as died; names these steps."""

    def is_superseded(self) -> bool:
        """Tell whether a later day's night has published."""


class NightFile:
    """The journal of a night in a file; see Journal. The night's lock is held while it is used."""

    def __init__(self, folder: Path, day: date) -> None:
        """Read it, where there is one. Raises NightError."""
        self._day = day
        self._folder = folder
        self._path = folder / f"{day}.ndjson"
        try:
            ensure_nights(folder)
            self.entries = _read(self._path)
        except OSError as error:
            raise NightError(explain(error, self._path)) from error

    def begin(self, run_id: str, step: str, at: datetime) -> Entry:
        """Add a step that begins; see Journal."""
        entry = Entry(self._day, run_id, step, RUNNING, _text(at))
        self.entries.append(entry)
        self._save()
        return entry

    def end(self, entry: Entry, outcome: Outcome, at: datetime) -> None:
        """Say how it ended; see Journal."""
        finish(entry, outcome, at)
        self._save()

    def bury(self) -> list[str]:
        """Mark what a process that is gone was doing as died; see Journal."""
        dead = [entry for entry in self.entries if entry.state == RUNNING]
        for entry in dead:
            entry.state = entry.reason = DIED
            entry.message = "its process was killed, or the machine stopped"
        if dead:
            self._save()
        return [entry.step for entry in dead if entry.step != RUN]

    def is_superseded(self) -> bool:
        """Tell whether a later day's night has published; see Journal."""
        later = [path for path in self._folder.glob("*.ndjson") if path.stem > self._path.stem]
        return any("publish" in standing(_read(path)) for path in later)

    def _save(self) -> None:
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


def finish(entry: Entry, outcome: Outcome, at: datetime) -> None:
    """Fill in how a step ended."""
    entry.state, entry.message, entry.reason = outcome.state, outcome.message, outcome.reason
    entry.build_id, entry.figures = outcome.build_id or entry.build_id, outcome.figures
    entry.ended_at = _text(at)
    started_at = datetime.strptime(entry.started_at, _TIME).replace(tzinfo=UTC)
    entry.seconds = round((at - started_at).total_seconds(), 3)


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
