"""What a run of a night came to, for a person, a program and a webhook."""

from typing import Any, Self

import msgspec

from orchestration.calendar import Night
from orchestration.journal import Entry
from orchestration.outcome import EXIT_CODES, Outcome
from warehouse.night_views import RUN
from warehouse.text import table


class Summary(msgspec.Struct):
    """A run: how it ended, and the steps that it did; times are UTC."""

    # one line for a person: what chats show
    text: str
    night_date: str
    run_date: str
    as_of: str
    run_id: str
    state: str
    exit_code: int
    reason: str | None
    message: str
    steps: list[dict[str, Any]]

    @classmethod
    def of(cls, night: Night, run_id: str, outcome: Outcome, entries: list[Entry]) -> Self:
        """Sum up a run's entries of the journal."""
        said = f": {outcome.message}" if outcome.message else ""
        return cls(
            text=f"Vitrine, night of {night.day}: {outcome.state}{said}",
            night_date=str(night.day),
            run_date=str(night.run_date),
            as_of=night.as_of.isoformat(),
            run_id=run_id,
            state=outcome.state,
            exit_code=EXIT_CODES.get(outcome.state, 0),
            reason=outcome.reason,
            message=outcome.message,
            steps=[msgspec.to_builtins(one) for one in entries if one.step != RUN],
        )

    def lines(self) -> list[str]:
        """Tell it to a person."""
        rows = [
            (one["step"], one["state"], f"{one['seconds'] or 0:,.1f} s", one["message"])
            for one in self.steps
        ]
        return [self.text, *(["", *table(rows, left=4)] if rows else [])]
