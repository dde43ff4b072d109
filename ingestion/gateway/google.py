"""Tokens that Pub/Sub signs its pushes with, checked against Google's certificates."""

import asyncio
import logging
import math
import time
from typing import Any

import google.auth.exceptions
import httpx
from google.auth import jwt

from ingestion.gateway.config import Source
from ingestion.gateway.problems import unavailable

_ISSUERS = ("https://accounts.google.com", "accounts.google.com")
_KEEP_SECONDS = 3_600
# At most so often are they asked for because of a token they do not explain.
_ASK_SECONDS = 30
_FETCH_SECONDS = 3.0
_RETRY_SECONDS = 5.0
_SKEW_SECONDS = 10

_log = logging.getLogger(__name__)


class GoogleTokens:
    """Tells whose a signed token is."""

    def __init__(self, sources: tuple[Source, ...], url: str) -> None:
        self._sources = [source for source in sources if source.google_service_account]
        self._url = url
        self._certificates: dict[str, str] = {}
        self._fetched_at = self._failed_at = -math.inf
        self._fetching = asyncio.Lock()

    async def find(self, token: str) -> Source | None:
        """Find the source of a token; raises Refusal (503) if Google cannot be asked."""
        if not self._sources or token.count(".") != 2:
            return None
        try:
            key_id = jwt.decode_header(token).get("kid")  # type: ignore[no-untyped-call]
        except (google.auth.exceptions.GoogleAuthError, ValueError):
            return None
        await self._fetch(is_known=key_id in self._certificates)
        for source in self._sources:
            claims = self._verified(token, source.google_audience)
            if (
                claims.get("iss") in _ISSUERS
                and claims.get("email") == source.google_service_account
                and claims.get("email_verified") is True
            ):
                return source
        return None

    def _verified(self, token: str, audience: str | None) -> dict[str, Any]:
        try:
            return dict(
                jwt.decode(  # type: ignore[no-untyped-call]
                    token,
                    certs=self._certificates,
                    audience=audience,
                    clock_skew_in_seconds=_SKEW_SECONDS,
                )
            )
        except (google.auth.exceptions.GoogleAuthError, ValueError):
            return {}

    async def _fetch(self, *, is_known: bool) -> None:
        """Fetch the certificates if they are old, or do not have the one that is asked for."""
        async with self._fetching:
            now = time.monotonic()
            if now - self._fetched_at < (_KEEP_SECONDS if is_known else _ASK_SECONDS):
                return
            if now - self._failed_at > _RETRY_SECONDS:
                try:
                    async with httpx.AsyncClient(timeout=_FETCH_SECONDS) as client:
                        response = await client.get(self._url)
                    self._certificates = dict(response.raise_for_status().json())
                    self._fetched_at = now
                    return
                except (httpx.HTTPError, ValueError) as error:
                    self._failed_at = now
                    _log.error("Google's certificates cannot be fetched: %s", error)
        raise unavailable("Google's certificates cannot be fetched now.")
