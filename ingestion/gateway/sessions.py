"""The session of a page that has none of its own: a cookie of the gateway."""

import re
import secrets
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from ingestion.gateway.stamps import SESSION, STAMPED
from ingestion.sinks import Outgoing

COOKIE = "vitrine_session"
# A session ends after half an hour without an event.
_SECONDS = 1_800
_VALUE = re.compile(r"[0-9a-f]{32}")


def of(request: Request) -> str:
    """Give the session that the request's cookie names, or a new one."""
    value = request.cookies.get(COOKIE, "") if "cookie" in request.headers else ""
    return value if _VALUE.fullmatch(value) else secrets.token_hex(16)


def remember(
    response: Response, request: Request, session: str, messages: Sequence[Outgoing]
) -> None:
    """Set the cookie, if any of the messages was given the session."""
    if not any(SESSION in message.attributes.get(STAMPED, "") for message in messages):
        return
    # The page and the gateway may be of two sites; browsers then ask for a secure cookie.
    is_secure = request.headers.get("origin", "").startswith("https:")
    response.set_cookie(
        COOKIE,
        session,
        max_age=_SECONDS,
        secure=is_secure,
        httponly=True,
        samesite="none" if is_secure else "lax",
    )
