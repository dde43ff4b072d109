"""What goes wrong at night, in words that have no personal data: they go to logs and to BI."""

import traceback
from typing import Final

import click
import duckdb

from orchestration.outcome import FAILED, Outcome
from warehouse.errors import AuditFailedError

# DuckDB's messages of these kinds are about files and memory; others, and BigQuery's, can quote
# values.
_ABOUT_THE_SYSTEM: Final = (duckdb.IOException, duckdb.OutOfMemoryException)
_REASONS: Final = {
    "No space left": "disk_full",
    "File too large": "disk_full",
    "Disk quota": "disk_full",
    "Out of Memory": "out_of_memory",
}
_SHOWN = 10


class NightError(click.ClickException):
    """The night cannot begin or go on; the message says why and what to do. Exit code 1."""


def told(error: BaseException) -> Outcome:
    """Tell a step's failure."""
    if isinstance(error, AuditFailedError):
        said = "\n".join(failure.message for failure in error.failures)
        names = [failure.name for failure in error.failures]
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        message = f"the audit failed: {', '.join(names[:_SHOWN])}{more}. {error.advice}".rstrip()
        return Outcome(FAILED, message, _reason(said) or "audit_failed")
    if isinstance(error, click.ClickException):
        reason = _reason(error.message) or "error"
        cause = error.__cause__
        if isinstance(cause, duckdb.Error) and not isinstance(cause, _ABOUT_THE_SYSTEM):
            return Outcome(FAILED, f"DuckDB: {type(cause).__name__}", reason)
        if type(cause).__module__.startswith("google."):
            return Outcome(FAILED, f"Google Cloud: {type(cause).__name__}", reason)
        return Outcome(FAILED, _own(error.message), reason)
    places = [
        f"{frame.filename}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    where = " < ".join(reversed(places[-3:]))
    return Outcome(FAILED, f"{type(error).__name__}, a bug: {where}", "bug")


def _own(message: str) -> str:
    """Keep of a message what is ours: what another process wrote may quote values."""
    if "Traceback" not in message:
        return message
    lines = [line for line in message.splitlines() if line and line[0].isalpha()]
    kinds = [kind for line in lines if (kind := line.partition(":")[0]).endswith("Exception")]
    return f"a process of the build failed: {kinds[-1] if kinds else 'see its log'}"


def _reason(said: str) -> str | None:
    return next((reason for words, reason in _REASONS.items() if words in said), None)
