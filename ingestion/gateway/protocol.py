"""uvicorn's HTTP protocol, with limits on what it leaves unlimited: heads and connections."""

import asyncio

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ingestion.gateway.config import Limits
from ingestion.gateway.problems import RETRY_AFTER_SECONDS, ProblemResponse

_HEAD_BYTES = 64 << 10
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


async def _busy(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer where there are more connections than there may be."""
    headers = {"retry-after": str(RETRY_AFTER_SECONDS), "connection": "close"}
    response = ProblemResponse(503, "Too many connections; come again later.", headers)
    await response(scope, receive, send)


async def _no_upgrade(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer whoever offers to change the protocol (`curl --http2`)."""
    reason = "This is HTTP/1.1 and stays so: leave out the header Upgrade."
    await ProblemResponse(400, reason, {"connection": "close"})(scope, receive, send)


def make_protocol(limits: Limits) -> type[asyncio.Protocol]:
    """Make the protocol of a server with these limits."""

    class Limited(HttpToolsProtocol):
        """One connection."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._head_bytes = 0
            self._is_in_head = True
            self._head_timer: asyncio.TimerHandle | None = None
            if len(self.connections) > 2 * limits.connections:
                transport.abort()
            self._watch_head()

        def connection_lost(self, exc: Exception | None) -> None:
            self._forget_head()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.transport.is_closing():
                return
            if self._is_in_head or self.cycle.response_complete:
                # The head of a request is not complete: neither endless nor for ever.
                self._head_bytes += len(data)
                if self._head_bytes > _HEAD_BYTES:
                    self.transport.write(_TOO_LARGE)
                    self.transport.close()
                self._watch_head()

        def on_message_begin(self) -> None:
            self._is_in_head = True
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            self._is_in_head = False
            self._forget_head()
            if len(self.connections) > limits.connections:
                self.app = _busy
            if self.parser.should_upgrade():
                self.app = _no_upgrade  # The parser reads no body after such an offer.
            super().on_headers_complete()

        def _watch_head(self) -> None:
            if self._head_timer is None:
                self._head_timer = self.loop.call_later(limits.head_seconds, self._end)

        def _forget_head(self) -> None:
            self._head_bytes = 0
            if self._head_timer is not None:
                self._head_timer.cancel()
                self._head_timer = None

        def _end(self) -> None:
            self._head_timer = None
            self.transport.close()

    return Limited
