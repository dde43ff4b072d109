"""Twilio, by its own client: sending a message, and asking whether one was taken."""

import logging
from datetime import datetime, timedelta
from typing import Protocol

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from delivery.config import Channel, Config, Credentials

_BUSY = "429 Too Many Requests"
# Of a person's messages, in one answer.
_PAGE = 50
# Clocks differ: a message taken after an intent may bear an earlier time.
_CLOCKS = timedelta(hours=1)
# What Twilio has against a recipient, not against who sends: no such number, no mobile, country not
# allowed, opted out there, cannot be reached, no WhatsApp.
_OF_RECIPIENTS = {
    21211,
    21214,
    21217,
    21408,
    21421,
    21610,
    21612,
    21614,
    21635,
    63003,
    63024,
    63032,
}

# Twilio's client, and the one below it, would log whom it writes to, and what.
_SILENT = logging.getLogger("delivery.twilio")
_SILENT.setLevel(logging.CRITICAL + 1)
logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)


class RefusedError(Exception):
    """Twilio does not take this message to this recipient; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class StoppedError(Exception):
    """Twilio takes nothing from this account, or not so; the message has no personal data."""


class BusyError(Exception):
    """Twilio has surely not taken it, and may later."""


class UnknownError(Exception):
    """Nobody knows whether Twilio has taken it; the message has no personal data."""


class Messages(Protocol):
    """Who takes messages."""

    def send(self, phone: str, text: str, delivery_id: str) -> str:
        """Hand a message over; gives its SID.

        Raises RefusedError, StoppedError, BusyError, UnknownError.
        """

    def find(self, phone: str, reference: str, since: datetime) -> str | None:
        """Give the SID of the message to a phone that has a reference; None if there is none.

        Raises StoppedError, BusyError, UnknownError.
        """


class Twilio:
    """An account, for one channel; see Messages."""

    def __init__(self, config: Config, credentials: Credentials, channel: Channel) -> None:
        """Prepare requests; none is made yet. Raises DeliveryError if nobody is there to send."""
        self._prefix = "whatsapp:" if channel == "whatsapp" else ""
        sender = config.sender(channel)
        self._sender: dict[str, str] = (
            {"messaging_service_sid": sender}
            if sender.startswith("MG")
            else {"from_": f"{self._prefix}{sender}"}
        )
        self._status_callback = config.status_callback
        self._client = Client(
            credentials.account_sid,
            credentials.auth_token,
            http_client=TwilioHttpClient(timeout=config.timeout_seconds, logger=_SILENT),
        )
        self._client.api.base_url = config.twilio_url.rstrip("/")

    def send(self, phone: str, text: str, delivery_id: str) -> str:
        """Hand a message over; see Messages."""
        arguments = dict(self._sender)
        if self._status_callback:
            arguments["status_callback"] = f"{self._status_callback}?delivery={delivery_id}"
        try:
            message = self._client.messages.create(
                to=f"{self._prefix}{phone}",
                body=text,
                **arguments,
            )
        except TwilioRestException as error:
            raise _told(error) from error
        except (requests.RequestException, TwilioException, ValueError, KeyError) as error:
            raise UnknownError(type(error).__name__) from error
        if not message.sid:
            raise UnknownError("an answer without a SID")
        return str(message.sid)

    def find(self, phone: str, reference: str, since: datetime) -> str | None:
        """Look through what was sent to a phone, the newest first; see Messages.

        Not by Twilio's filter of dates: it is of when messages were sent, and one that is queued
        has not been.
        """
        try:
            for message in self._client.messages.stream(
                to=f"{self._prefix}{phone}", page_size=_PAGE
            ):
                if reference in (message.body or ""):
                    return str(message.sid)
                if message.date_created and message.date_created < since - _CLOCKS:
                    return None
        except (requests.RequestException, TwilioException, ValueError, KeyError) as error:
            # A page that is refused is told with its answer, not as TwilioRestException.
            status = getattr(error.args[-1], "status_code", None) if error.args else None
            if status == 429:
                raise BusyError(_BUSY) from error
            if status is not None and 400 <= status < 500 and status != 408:
                raise StoppedError(f"HTTP {status} when asked for messages") from error
            raise UnknownError(f"HTTP {status}" if status else type(error).__name__) from error
        return None


def _told(error: TwilioRestException) -> Exception:
    """Say what an answer means. Its own text names phones, and is left out."""
    status, code = error.status, error.code
    if status == 429:
        return BusyError(_BUSY)
    if status >= 500 or status < 400 or status == 408:
        return UnknownError(f"HTTP {status}")
    if code in _OF_RECIPIENTS:
        return RefusedError(str(code))
    return StoppedError(f"HTTP {status}, code {code}: https://www.twilio.com/docs/errors/{code}")
