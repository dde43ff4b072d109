"""The night's log: a JSON object a line on standard error, without personal data."""

import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

# What is told beside a line's words: the night, the run, the step.
FIELDS = "fields"


class JsonLines(logging.Formatter):
    """Writes a record as a JSON object."""

    def __init__(self, always: Mapping[str, object]) -> None:
        """Add these fields to every line."""
        super().__init__()
        self._always = always

    def format(self, record: logging.LogRecord) -> str:
        """Write a record; an exception by its type only, as its words may quote a value."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **self._always,
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return msgspec.json.encode(line).decode()


def log_as_json(**always: object) -> None:
    """Have all of this program's own log written so, with these fields in every line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(always))
    for package in ("delivery", "ingestion", "orchestration", "recommendations", "warehouse"):
        log = logging.getLogger(package)
        log.handlers = [handler]
        log.setLevel(logging.INFO)
        log.propagate = False
