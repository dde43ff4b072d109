"""Refusals: why, in a form that machines read (RFC 9457), and what the caller may do."""

import asyncio
from contextlib import suppress
from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

# After an answer to a request that was not read to its end, what still comes is thrown away for so
# long: were the connection cut at once, the caller might never see the answer.
_LINGER_SECONDS = 2.0
RETRY_AFTER_SECONDS = 5
# In a request's scope: whether its body has been read.
BODY_READ = "vitrine.body_read"


class Refusal(HTTPException):
    """A request that is not accepted; nothing of it is certain to be kept."""

    def __init__(self, status: HTTPStatus, reason: str, **headers: str) -> None:
        """Say why in one sentence, without a word of the request's content."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        super().__init__(status, reason, named)


def unavailable(reason: str) -> Refusal:
    """Make the refusal of a request that may be sent again."""
    return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, reason, Retry_After=str(RETRY_AFTER_SECONDS))


class ProblemResponse(Response):
    """The answer that says why a request is refused."""

    media_type = "application/problem+json"

    def __init__(self, status: int, reason: str, headers: dict[str, str] | None = None) -> None:
        problem = {"title": HTTPStatus(status).phrase, "status": status, "detail": reason}
        super().__init__(msgspec.json.encode(problem), status, headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; where the request has not been read, close the connection, but gently."""
        if scope.get(BODY_READ) or not _may_have_body(scope):
            await super().__call__(scope, receive, send)
            return
        self.headers["connection"] = "close"

        async def send_all_but_the_end(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "more_body": True}
            await send(message)

        await super().__call__(scope, receive, send_all_but_the_end)
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                while (await receive()).get("more_body"):
                    continue
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def answer_problem(_request: Request, error: HTTPException) -> Response:
    """Answer a refusal, the framework's own ones too."""
    return ProblemResponse(error.status_code, error.detail, dict(error.headers or {}))


async def answer_failure(_request: Request, _error: Exception) -> Response:
    """Answer what should not have happened; the server logs it."""
    return ProblemResponse(500, "The gateway failed; its log says why.")


def _may_have_body(scope: Scope) -> bool:
    names = dict(scope["headers"])
    return names.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in names
