"""A request's body: what it claims to be, and its bytes, within the limits."""

import asyncio
import re
from http import HTTPStatus

from starlette.requests import Request

from ingestion.gateway.config import Limits
from ingestion.gateway.limits import Share
from ingestion.gateway.problems import BODY_READ, Refusal

JSON_TYPES = ("application/json", "text/plain")  # The latter is what navigator.sendBeacon sends.
LINES_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl")
_CHARSET = re.compile(r'\bcharset\s*=\s*"?([^\s;"]*)', re.IGNORECASE)


def is_lines(request: Request) -> bool:
    """Tell whether the body is NDJSON rather than JSON; raises Refusal (415) if it is neither."""
    headers = request.headers
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Refusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "Send the body as it is: no Content-Encoding is understood.",
            Accept_Encoding="identity",
        )
    given = headers.get("content-type")
    if given is None or given == "application/json":
        return False
    media_type, _, rest = given.partition(";")
    media_type = media_type.strip().lower()
    charset = _CHARSET.search(rest)
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON as UTF-8.")
    if media_type in LINES_TYPES:
        return True
    if media_type in JSON_TYPES or media_type.endswith("+json"):
        return False
    raise Refusal(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        f"Send one of these as Content-Type: {', '.join(JSON_TYPES + LINES_TYPES)}.",
        Accept=", ".join(JSON_TYPES + LINES_TYPES),
    )


async def read(request: Request, limit_bytes: int, limits: Limits, share: Share) -> bytes:
    """Read a request's body, into its share of the budget.

    Raises Refusal: 413 as soon as it is known to be too long, 408 if it takes too long, 503 if too
    much is waiting already, 400 if the caller hangs up.
    """
    if int(request.headers.get("content-length", 0)) > limit_bytes:
        raise _too_long(limit_bytes)
    chunks: list[bytes] = []
    more = True
    try:
        async with asyncio.timeout(limits.body_seconds):
            while more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise Refusal(HTTPStatus.BAD_REQUEST, "The body ended before its end.")
                chunk = message.get("body", b"")
                more = message.get("more_body", False)
                if share.size_bytes + len(chunk) > limit_bytes:
                    raise _too_long(limit_bytes)
                share.take(len(chunk))
                chunks.append(chunk)
    except TimeoutError:
        raise Refusal(
            HTTPStatus.REQUEST_TIMEOUT,
            f"The body did not arrive within {limits.body_seconds:g} seconds.",
        ) from None
    request.scope[BODY_READ] = True
    return b"".join(chunks)


def _too_long(limit_bytes: int) -> Refusal:
    return Refusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"The body is longer than {limit_bytes:,} bytes; send it in parts.",
    )
