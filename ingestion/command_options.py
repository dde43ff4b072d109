"""Options, and types of options, that several commands share."""

import re
from datetime import UTC, datetime, timedelta

import click

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(rf"(\d+)([{''.join(_UNITS)}])")


class _Duration(click.ParamType[timedelta]):
    name = "duration"

    def convert(
        self, value: str | timedelta, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read a duration: a whole number and a unit."""
        if isinstance(value, timedelta):
            return value
        found = _DURATION.fullmatch(value)
        if found is None:
            self.fail(f"{value!r} is no duration; write 90s, 30m, 2h or 1d.", param, ctx)
        return timedelta(**{_UNITS[found[2]]: int(found[1])})


class _UtcTime(click.ParamType[datetime]):
    name = "time"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read a date or an ISO 8601 time; without a zone it is UTC."""
        try:
            time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r}: write 2024-05-01 or 2024-05-01T12:00:00Z.", param, ctx)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


DURATION = _Duration()
UTC_TIME = _UtcTime()

only_contracts = click.option(
    "--contract",
    "names",
    multiple=True,
    metavar="NAME",
    help="Only this contract, or dead_letters; may be repeated.",
)
