"""Options, and types of options, that several commands share."""

import re
from datetime import timedelta

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


DURATION = _Duration()

only_contracts = click.option(
    "--contract",
    "names",
    multiple=True,
    metavar="NAME",
    help="Only this contract, or dead_letters; may be repeated.",
)
