"""What can go wrong with a build, told to the person who started it."""

from dataclasses import dataclass
from textwrap import indent

import click


class WarehouseError(click.ClickException):
    """What was asked for could not be done; the message says why. Exit code 1, no traceback."""


def told_by_duckdb(error: Exception) -> str:
    """Give what DuckDB says without the lines of Python code that a bucket's library adds to it."""
    return str(error).partition("\n\nAt:\n")[0]


@dataclass(frozen=True)
class Failure:
    """One thing the audit holds against a build: which node or table, and what it said."""

    name: str
    message: str


class AuditFailedError(WarehouseError):
    """The build ran and is not fit to be published."""

    def __init__(self, failures: list[Failure], advice: str = "") -> None:
        self.failures = failures
        self.advice = advice
        lines = [indent(f"{failure.name}: {failure.message}", "  ") for failure in failures]
        text = "\n".join(["the audit failed; nothing was published.", *lines, advice])
        super().__init__(text.rstrip())
