"""Who posts: tokens, of which only hashes are known here."""

from http import HTTPStatus

from starlette.requests import Request

from ingestion.gateway.config import Config, Source
from ingestion.gateway.google import GoogleTokens
from ingestion.gateway.problems import Refusal
from ingestion.tokens import holder_of


class Door:
    """Lets requests in by their token."""

    def __init__(self, config: Config, *, is_open: bool = False) -> None:
        """Let in the sources of the file; or anybody, if open, as one who may do everything."""
        self._hashes = [
            (bytes.fromhex(one), source) for source in config.source for one in source.token_sha256
        ]
        self._google = GoogleTokens(config.source, config.google_certificates)
        self._anybody = (
            Source("anybody", contracts=("*",), push=True, metrics=True) if is_open else None
        )

    async def let_in(self, request: Request) -> Source:
        """Find the source of a request; raises Refusal: 401, 403."""
        if self._anybody:
            return self._anybody
        token, is_in_query = _token_of(request)
        source = holder_of(token, self._hashes) or await self._google.find(token)
        if source is None:
            raise _unauthorized("No source has this token." if token else "Send a token.")
        if is_in_query and not source.origins:
            raise _unauthorized("Send this token in a header: Authorization: Bearer.")
        if source.origins and request.headers.get("origin") not in source.origins:
            raise Refusal(HTTPStatus.FORBIDDEN, f"{source.name} posts from other origins.")
        return source


def _token_of(request: Request) -> tuple[str, bool]:
    """Give the token (or nothing), and whether it stood in the query."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip(), False
    if header := request.headers.get("x-vitrine-token"):
        return header, False
    return request.query_params.get("key", ""), True


def _unauthorized(reason: str) -> Refusal:
    return Refusal(HTTPStatus.UNAUTHORIZED, reason, WWW_Authenticate="Bearer")
