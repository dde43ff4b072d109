"""HTTP to VTEX: authenticated, paced, retried where that can help, and in clear words otherwise."""

import logging
import math
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from threading import Event
from typing import NamedTuple, Self
from urllib.parse import urlsplit

import httpx
import msgspec
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_after_attempt,
    stop_when_event_set,
)

from ingestion.sources.vtex.errors import (
    NotFoundError,
    RefusedError,
    UnavailableError,
    UnknownKeyError,
    VtexError,
)
from ingestion.sources.vtex.pacing import Pace
from ingestion.sources.vtex.settings import Settings

_LOG = logging.getLogger(__name__)
_LONGEST_WAIT_SECONDS = 30.0
_LONGEST_ASKED_WAIT_SECONDS = 300.0
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


class Answer(NamedTuple):
    """A good answer: JSON as VTEX wrote it, and the headers, whose names are in lower case."""

    content: bytes
    headers: Mapping[str, str]


class _PassingError(UnavailableError):
    """May be better at the next try; `wait_seconds` if VTEX says when."""

    def __init__(self, message: str, wait_seconds: float | None = None) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds


class Client:
    """Asks VTEX; safe to use from several threads.

    Once `stop` is set nothing is tried again, so that who waits for an end does not wait long.
    """

    def __init__(self, settings: Settings, stop: Event, connections: int) -> None:
        self._settings = settings
        self._pace = Pace(settings.rate)
        self._http = httpx.Client(
            headers={
                "Accept": "application/json",
                "X-VTEX-API-AppKey": settings.app_key,
                "X-VTEX-API-AppToken": settings.app_token,
            },
            timeout=settings.timeout,
            limits=httpx.Limits(max_connections=connections),
        )
        self._retrying = Retrying(
            retry=retry_if_exception_type(_PassingError),
            stop=stop_after_attempt(settings.tries) | stop_when_event_set(stop),
            wait=self._wait_seconds,
            sleep=sleep_using_event(stop),
            before_sleep=_log_retry,
            reraise=True,
        )

    def __enter__(self) -> Self:
        """Use until the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the connections."""
        self._http.close()

    def get(self, path: str, **parameters: str | int) -> Answer:
        """Get a path of the shop, which begins with a slash; raises VtexError."""
        return self._retrying(self._send, "GET", self._settings.url + path, parameters)

    def get_once(self, path: str, **parameters: str | int) -> Answer:
        """Get what must not be asked for twice; raises VtexError."""
        return self._send("GET", self._settings.url + path, parameters)

    def get_price(self, path: str) -> Answer:
        """Get a path of the pricing service; raises VtexError."""
        return self._retrying(self._send, "GET", self._settings.pricing_url + path, {})

    def post(self, path: str, document: object) -> None:
        """Post a document where doing so twice is as good as once; raises VtexError."""
        body = msgspec.json.encode(document)
        self._retrying(self._send, "POST", self._settings.url + path, {}, body)

    def _send(
        self, method: str, url: str, parameters: Mapping[str, str | int], body: bytes | None = None
    ) -> Answer:
        self._pace.wait()
        what = f"{method} {urlsplit(url).path}"
        headers = {"Content-Type": "application/json"} if body else None
        try:
            response = self._http.request(
                method, url, params=parameters or None, content=body, headers=headers
            )
        except httpx.RequestError as error:
            # Also a body that was cut short: its length is not what was announced.
            is_late = isinstance(error, httpx.TimeoutException)
            reason = "no answer in time" if is_late else str(error) or type(error).__name__
            raise _PassingError(f"{what}: {reason}") from error
        self._judge(what, response)
        if method == "GET":
            try:
                msgspec.json.decode(response.content, type=msgspec.Raw)
            except msgspec.DecodeError as error:
                raise _PassingError(f"{what}: the answer is no JSON: {error}") from error
        return Answer(response.content, response.headers)

    def _judge(self, what: str, response: httpx.Response) -> None:
        """Raise what the status of an answer means, if that is not success."""
        status = response.status_code
        if response.is_success:
            return
        if status == HTTPStatus.UNAUTHORIZED:
            raise UnknownKeyError(
                f"{what}: VTEX does not know this key (401): check VITRINE_VTEX_ACCOUNT, "
                "VITRINE_VTEX_APP_KEY and VITRINE_VTEX_APP_TOKEN"
            )
        if status == HTTPStatus.FORBIDDEN:
            raise RefusedError(
                f"{what}: this key may not read there (403): give its role the permission "
                "in VTEX's License Manager"
            )
        if status == HTTPStatus.NOT_FOUND:
            raise NotFoundError(f"{what}: not found (404)")
        if status in _PASSING or response.is_server_error:
            wait_seconds = _asked_wait(response.headers.get("retry-after", ""))
            if status == HTTPStatus.TOO_MANY_REQUESTS and wait_seconds:
                self._pace.pause(wait_seconds)
            raise _PassingError(f"{what}: VTEX answered {status}", wait_seconds)
        raise VtexError(f"{what}: VTEX answered {status}")

    def _wait_seconds(self, state: RetryCallState) -> float:
        """Say how long to wait: as VTEX asks, else longer each time, and never all in step."""
        error = state.outcome and state.outcome.exception()
        asked = error.wait_seconds if isinstance(error, _PassingError) else None
        if asked is not None:
            return asked + random.uniform(0, self._settings.backoff)  # noqa: S311 (no secret)
        most = self._settings.backoff * 2.0 ** (state.attempt_number - 1)
        return random.uniform(0.5, 1) * min(most, _LONGEST_WAIT_SECONDS)  # noqa: S311 (no secret)


def _asked_wait(retry_after: str) -> float | None:
    """Read the header Retry-After: seconds, or a date."""
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            until = parsedate_to_datetime(retry_after)
        except ValueError:
            return None
        seconds = (until.astimezone(UTC) - datetime.now(UTC)).total_seconds()
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0), _LONGEST_ASKED_WAIT_SECONDS)


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome and state.outcome.exception()
    wait = state.next_action.sleep if state.next_action else 0
    _LOG.info("%s; trying again in %.1f s", error, wait)
