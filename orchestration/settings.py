"""What the night run is to do: environment variables, all with a working default."""

import os
import re
import shlex
from collections.abc import Sequence
from datetime import time, timedelta
from pathlib import Path
from typing import Literal, NamedTuple

from orchestration.errors import NightError

Target = Literal["duckdb", "bigquery"]

_INBOX = "data/inbox"
_CHANNELS = ("sms", "whatsapp")
_DURATION = re.compile(r"(\d+)(m|h)")


class Settings(NamedTuple):
    """What is configured."""

    target: Target
    project: Path
    # files, folders, globs, pubsub:projects/P/subscriptions/S
    sources: Sequence[str]
    # whether somebody named them: then a folder that is not there is an error
    has_sources: bool
    # a program that scores sales, as `vitrine score` runs it; None: there is none
    scorer: str | None
    scores: Path
    # how messages are sent; None: they are not
    channel: Literal["sms", "whatsapp"] | None
    # where the summary goes; it may hold a secret
    webhook: str | None


def read(target: Target, project: Path) -> Settings:
    """Read the environment. Raises NightError, naming the variable."""
    sources = os.environ.get("VITRINE_NIGHT_SOURCES")
    channel = os.environ.get("VITRINE_NIGHT_DELIVER") or None
    if channel not in (None, *_CHANNELS):
        raise NightError(f"VITRINE_NIGHT_DELIVER is {channel}; set it to sms or whatsapp.")
    webhook = os.environ.get("VITRINE_NIGHT_WEBHOOK") or None
    if webhook and not webhook.startswith(("https://", "http://")):
        raise NightError("VITRINE_NIGHT_WEBHOOK is no address: it begins with https://.")
    return Settings(
        target=target,
        project=project,
        sources=_words(sources or _INBOX),
        has_sources=bool(sources),
        scorer=os.environ.get("VITRINE_NIGHT_SCORER") or None,
        scores=Path(os.environ.get("VITRINE_NIGHT_SCORES") or "data/scores.parquet").absolute(),
        channel=channel,  # type: ignore[arg-type] # one of _CHANNELS, as checked
        webhook=webhook,
    )


def deadline() -> time | None:
    """Read VITRINE_NIGHT_DEADLINE: a time of the shop's clock (default 07:00), or none."""
    text = os.environ.get("VITRINE_NIGHT_DEADLINE") or "07:00"
    return parse_deadline(text, "VITRINE_NIGHT_DEADLINE")


def parse_deadline(text: str, name: str) -> time | None:
    """Read a time of the shop's clock, or none. Raises NightError, naming who said so."""
    if text == "none":
        return None
    try:
        return time.fromisoformat(text)
    except ValueError as error:
        raise NightError(f"{name} is {text}; write a time such as 07:00, or none.") from error


def warning() -> timedelta:
    """Read VITRINE_NIGHT_WARNING: how long before the deadline it is told (default 60m)."""
    text = os.environ.get("VITRINE_NIGHT_WARNING") or "60m"
    found = _DURATION.fullmatch(text)
    if found is None:
        raise NightError(f"VITRINE_NIGHT_WARNING is {text}; write a duration such as 60m or 2h.")
    return timedelta(**{{"m": "minutes", "h": "hours"}[found[2]]: int(found[1])})


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise NightError(f"VITRINE_NIGHT_SOURCES: {error}; mind its quotes.") from error
