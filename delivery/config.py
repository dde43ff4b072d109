"""Delivery's file of settings, all of them optional; and Twilio's credentials, which are not in it.

sms_from = "+551140000000"                  # or a messaging service: "MG…"
whatsapp_from = "+551140000000"
status_callback = "https://shop.example/twilio/status"
hours = ["07:00", "23:00"]                  # of the business time zone
most_messages = 2                           # to one person ...
within_days = 7                             # ... in so many days
"""

import os
import re
import tomllib
from datetime import time
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import msgspec

from delivery.errors import DeliveryError
from ingestion.errors import explain

Channel = Literal["sms", "whatsapp"]

_Sender = Annotated[str, msgspec.Meta(pattern=r"^(\+[1-9][0-9]{6,14}|MG[0-9a-f]{32}|[0-9]{4,6})$")]
_Url = Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s?#]+$")]
_Hour = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]
_Positive = Annotated[int, msgspec.Meta(ge=1)]
_Seconds = Annotated[float, msgspec.Meta(gt=0)]
_SID = re.compile(r"AC[0-9a-zA-Z]{32}")


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    # Who sends: a number, or a messaging service of Twilio's.
    sms_from: _Sender | None = None
    whatsapp_from: _Sender | None = None
    # Where Twilio tells what became of a message: the gateway, as the world sees it.
    status_callback: _Url | None = None
    # Nobody is sent anything outside of these; local to the business time zone.
    hours: tuple[_Hour, _Hour] = ("07:00", "23:00")
    most_messages: _Positive = 2
    within_days: _Positive = 7
    messages_per_second: _Seconds = 1.0
    # Of one request.
    timeout_seconds: _Seconds = 10.0
    # Of one message, while Twilio is busy or fails.
    attempts: _Positive = 5
    # A request that got no answer may take effect so long after; only then is Twilio asked.
    settle_seconds: _Seconds = 60.0
    most_characters: _Positive = 320
    # Templates of one's own, before those that are delivered.
    templates: str | None = None
    twilio_url: _Url = "https://api.twilio.com"

    def sender(self, channel: Channel) -> str:
        """Give who sends on a channel; raises DeliveryError if the file does not say."""
        sender = self.sms_from if channel == "sms" else self.whatsapp_from
        if sender is None:
            raise DeliveryError(
                f"nobody to send from: write {channel}_from, a number of yours at Twilio, into "
                "the file of settings (VITRINE_DELIVERY_CONFIG)."
            )
        return sender

    def is_open(self, local: time) -> bool:
        """Tell whether messages may be sent at a local time."""
        first, end = (int(hour[:2]) * 60 + int(hour[3:]) for hour in self.hours)
        return first <= local.hour * 60 + local.minute < end


class Credentials(NamedTuple):
    """An account of Twilio's."""

    account_sid: str
    auth_token: str


def load(path: Path) -> Config:
    """Read the file, where there is one; raises DeliveryError, naming it, if it does not hold."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeError) as error:
        reason = explain(error, path) if isinstance(error, OSError) else f"{path}: not UTF-8."
        raise DeliveryError(reason) from error
    try:
        config = msgspec.convert(tomllib.loads(text), Config)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise DeliveryError(f"{path}: not a file of settings of delivery: {error}.") from error
    if config.hours[0] >= config.hours[1]:
        raise DeliveryError(f"{path}: hours end before they begin; write two times of one day.")
    return config


def credentials() -> Credentials:
    """Read them from the environment; raises DeliveryError if they are not there."""
    found = Credentials(
        os.environ.get("TWILIO_ACCOUNT_SID", ""), os.environ.get("TWILIO_AUTH_TOKEN", "")
    )
    if not _SID.fullmatch(found.account_sid) or not found.auth_token:
        raise DeliveryError(
            "no credentials: set TWILIO_ACCOUNT_SID (AC…) and TWILIO_AUTH_TOKEN in the "
            "environment, or leave --send out to see what would be sent."
        )
    return found
