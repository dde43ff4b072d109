"""The night run: the steps in their order, each once, until the day is published or too late."""

import logging
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from types import FrameType

import click

from ingestion.settings import warehouse_path
from orchestration.apart import run_apart
from orchestration.calendar import Night
from orchestration.errors import NightError
from orchestration.journal import STEPS, Entry, Journal, standing
from orchestration.logs import FIELDS, log_as_json
from orchestration.outcome import (
    DONE,
    FAILED,
    INCOMPLETE,
    LATE,
    STOPPED,
    SUFFICIENT,
    SUPERSEDED,
    WAITING,
    WARNING,
    Outcome,
)
from orchestration.settings import Settings
from orchestration.steps import WORK, Task, stand_in
from orchestration.summary import Summary
from orchestration.webhook import tell
from warehouse.night_views import RUN
from warehouse.prepared import find_prepared
from warehouse.versions import Warehouse

_log = logging.getLogger(__name__)

# What takes long before the day is published, and is ended at the deadline. To publish takes an
# instant, and a day that is published goes on to its end.
_CAN_BE_LATE = ("land", "build")
_OUT = "export"
_DEADLINE = "deadline"


@dataclass
class NightRun:
    """One run of a night, by whoever holds its lock."""

    night: Night
    settings: Settings
    journal: Journal
    run_id: str
    clock: Callable[[], datetime]
    work: Mapping[str, Callable[[Task], Outcome]] = field(default_factory=lambda: WORK)
    _is_warned: bool = False
    _told_to_stop: str | None = None

    def run(self, asked: Sequence[str], redone: Sequence[str] = ()) -> Summary:
        """Do what was asked for and does not stand yet, or is to be done again.

        Raises NightError if it cannot begin.
        """
        for step in self.journal.bury():
            self._tell(logging.WARNING, f"{step}: the run before this one died in it", step=step)
        if not redone and self.journal.is_superseded():
            superseded = self._summary(Outcome(SUPERSEDED, "a later night is published"))
            self._tell(logging.INFO, superseded.text, state=SUPERSEDED)
            return superseded
        missing = [one for one in STEPS[: STEPS.index(asked[0])] if one not in self._standing()]
        if missing:
            raise NightError(
                f"{asked[0]} of {self.night.day} needs {missing[0]} first: run the night without "
                f"--only and --from, or from there (--from {missing[0]})."
            )
        entry = self.journal.begin(self.run_id, RUN, self.clock())
        try:
            with self._signals():
                outcome = self._steps(asked, redone)
            self.journal.end(entry, outcome, self.clock())
        except NightError as error:  # Its journal cannot be kept: the disk is full.
            outcome = Outcome(FAILED, error.message, "journal")
        summary = self._summary(outcome)
        self._tell(_level(outcome), summary.text, state=outcome.state, reason=outcome.reason)
        # Nobody wants to hear every half hour that messages wait for the morning.
        if any(one["state"] != WAITING for one in summary.steps):
            tell(self.settings.webhook, summary)
        return summary

    def _steps(self, asked: Sequence[str], redone: Sequence[str]) -> Outcome:
        for step in asked:
            stands = self._standing().get(step)
            if stands and stands.state != INCOMPLETE and step not in redone:
                self._tell(logging.INFO, f"{step}: done before", step=step)
                continue
            if self._told_to_stop:
                return Outcome(STOPPED, f"stopped: {self._told_to_stop}", self._told_to_stop)
            if step in self._until_published() and self._is_late():
                return self._late()
            outcome = self._do(step, self.work[step])
            if outcome.state == STOPPED and outcome.reason == _DEADLINE:
                return self._late()
            if outcome.state not in (*SUFFICIENT, WAITING):
                return Outcome(outcome.state, f"{step}: {outcome.message}", outcome.reason)
        return self._ended(asked)

    def _ended(self, asked: Sequence[str]) -> Outcome:
        """Tell how it ended when each step came to its end."""
        last = {one.step: one for one in self.journal.entries if one.step in asked}
        lacking = [one for one in last.values() if one.state == INCOMPLETE]
        # That delivery waits for its hours is all that a night can do, unless it was asked for.
        lacking += [one for one in last.values() if one.state == WAITING and one.step == asked[0]]
        if not lacking:
            return Outcome(DONE)
        said = "; ".join(f"{one.step}: {one.message}" for one in lacking)
        return Outcome(INCOMPLETE, said, lacking[0].reason)

    def _late(self) -> Outcome:
        """Leave the day before published, and say so; in OUT, too."""
        message = f"{self.night.run_date} was not published by {self._deadline_text()}"
        is_decided = any(
            one.step == _OUT and one.reason == _DEADLINE for one in self.journal.entries
        )
        if not is_decided:
            self._do(_OUT, stand_in)
        return Outcome(LATE, f"{message}: what was published before stays", _DEADLINE)

    def _do(self, step: str, work: Callable[[Task], Outcome]) -> Outcome:
        """Do one step, apart, and keep how it ended."""
        build = self._standing().get("build")
        task = Task(self.night, self.settings, self.clock(), build.build_id if build else None)
        entry = self.journal.begin(self.run_id, step, self.clock())
        self._tell(logging.INFO, f"{step}: begins", step=step)
        outcome = run_apart(
            partial(_logged, partial(work, task), self._fields(step)),
            partial(self._pass_on, step),
            partial(self._why_stop, step),
        )
        self.journal.end(entry, outcome, self.clock())
        self._tell(
            _level(outcome),
            f"{step}: {outcome.state}. {outcome.message}",
            step=step,
            state=outcome.state,
            reason=outcome.reason,
            seconds=entry.seconds,
            figures=outcome.figures,
        )
        return outcome

    def _standing(self) -> Mapping[str, Entry]:
        """Give the steps whose results stand; an audited build only while it can be published."""
        found = dict(standing(self.journal.entries))
        build = found.get("build")
        if build and "publish" not in found and not is_publishable(self.settings, build.build_id):
            del found["build"]
        return found

    def _until_published(self) -> Sequence[str]:
        """Name the steps that the deadline is about: on BigQuery, a build publishes."""
        is_at_once = self.settings.target == "bigquery"
        return _CAN_BE_LATE if is_at_once else (*_CAN_BE_LATE, "publish")

    def _is_late(self) -> bool:
        return self.night.deadline is not None and self.clock() >= self.night.deadline

    def _why_stop(self, step: str) -> str | None:
        """Tell why a step that runs has to end."""
        self._warn_in_time(step)
        if step in _CAN_BE_LATE and self._is_late():
            return _DEADLINE
        return self._told_to_stop

    def _warn_in_time(self, step: str) -> None:
        at = self.night.warning_at
        if self._is_warned or step not in _CAN_BE_LATE or at is None or self.clock() < at:
            return
        self._is_warned = True
        message = f"{step} still runs, and the day has to be published by {self._deadline_text()}"
        self._tell(logging.WARNING, message, step=step, reason=_DEADLINE)
        tell(self.settings.webhook, self._summary(Outcome(WARNING, message, _DEADLINE)))

    def _deadline_text(self) -> str:
        assert self.night.deadline is not None  # noqa: S101 (there is no lateness without)
        return f"{self.night.deadline.astimezone(self.night.zone):%H:%M on %Y-%m-%d}"

    def _summary(self, outcome: Outcome) -> Summary:
        of_run = [one for one in self.journal.entries if one.run_id == self.run_id]
        return Summary.of(self.night, self.run_id, outcome, of_run)

    def _fields(self, step: str) -> dict[str, object]:
        return {"night": str(self.night.day), "run_id": self.run_id, "step": step}

    def _tell(self, level: int, message: str, **fields: object) -> None:
        _log.log(level, "%s", message, extra={FIELDS: fields})

    def _pass_on(self, step: str, line: str) -> None:
        """Write what a step says: its log as it is, anything else as a line of ours."""
        if line.startswith("{"):
            click.echo(line, err=True)
        else:
            self._tell(logging.INFO, line, step=step)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Remember that somebody wants this to end (SIGTERM, Ctrl-C): the step is ended first."""

        def note(number: int, _: FrameType | None) -> None:
            self._told_to_stop = signal.Signals(number).name

        before = {one: signal.signal(one, note) for one in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def is_publishable(settings: Settings, build_id: str | None) -> bool:
    """Tell whether an audited build is still there to be published. On BigQuery it is published."""
    if settings.target == "bigquery":
        return True
    warehouse = Warehouse(warehouse_path())
    prepared = find_prepared(warehouse)
    return build_id in (warehouse.published(), prepared.build_id if prepared else None)


def _level(outcome: Outcome) -> int:
    if outcome.state == INCOMPLETE:
        return logging.WARNING
    return logging.INFO if outcome.state in (*SUFFICIENT, WAITING, SUPERSEDED) else logging.ERROR


def _logged(work: Callable[[], Outcome], fields: Mapping[str, object]) -> Outcome:
    """Do it, in its own process, with its log as JSON."""
    log_as_json(**fields)
    return work()
