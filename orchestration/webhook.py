"""Telling somebody: a summary, sent by HTTP. Nobody's night fails because nobody listens."""

import logging
from urllib.parse import urlsplit

import httpx
import msgspec

_log = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 10.0
_ATTEMPTS = 3


def tell(url: str | None, summary: object) -> None:
    """POST it as JSON, a few times at most. The address is not logged: it may hold a secret."""
    if url is None:
        return
    host = urlsplit(url).hostname
    body = msgspec.json.encode(summary)
    headers = {"content-type": "application/json"}
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            answer = httpx.post(url, content=body, headers=headers, timeout=_TIMEOUT_SECONDS)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            _log.warning("webhook at %s, attempt %d: %s", host, attempt, type(error).__name__)
            continue
        if answer.is_success:
            return
        _log.warning("webhook at %s, attempt %d: HTTP %d", host, attempt, answer.status_code)
        if answer.is_client_error:
            return  # It would be refused again.
