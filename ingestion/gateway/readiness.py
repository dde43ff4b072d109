"""Whether messages could be kept now: asked of the sink, but not more often than is good for it."""

import asyncio
import time

from ingestion.sinks import Sink, SinkError

_KEEP_SECONDS = 1.0
_WAIT_SECONDS = 3.0


class Readiness:
    """Asks a sink; all who want to know at one time get one answer."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._asked: asyncio.Task[None] | None = None
        self._asked_at = 0.0

    async def check(self) -> None:
        """Raise SinkError if the sink could keep nothing now, or does not say so in time."""
        is_old = time.monotonic() - self._asked_at > _KEEP_SECONDS
        if self._asked is None or (self._asked.done() and is_old):
            self._asked_at = time.monotonic()
            self._asked = asyncio.create_task(asyncio.to_thread(self._sink.check))
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                await asyncio.shield(self._asked)
        except TimeoutError:
            raise SinkError(f"no answer within {_WAIT_SECONDS:g} seconds") from None
