"""Group commit: requests wait while what they brought is kept together with that of others."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import NamedTuple

from ingestion.sinks import Outgoing, Sink, SinkError

# A group is begun before its time once it is as large as this, and ends there.
_GROUP_BYTES = 4 << 20
_GROUP_MESSAGES = 5_000

_log = logging.getLogger(__name__)


class _Waiting(NamedTuple):
    messages: Sequence[Outgoing]
    size_bytes: int
    kept: "asyncio.Future[None]"


class Writer:
    """Puts messages into a sink, a group at a time; while one is put, the next one gathers."""

    def __init__(
        self,
        sink: Sink,
        commit_seconds: float,
        answer_seconds: float,
        on_put: Callable[[float, bool], None] = lambda _seconds, _is_kept: None,
    ) -> None:
        """`on_put` is called after every group with how long it took, and whether it is kept."""
        self._sink = sink
        self._commit_seconds = commit_seconds
        self._answer_seconds = answer_seconds
        self._on_put = on_put
        self._queue: deque[_Waiting] = deque()
        self._queued_bytes = 0
        self._queued_messages = 0
        self._has_some = asyncio.Event()
        self._has_enough = asyncio.Event()
        self._is_closing = False
        self._is_down = False
        self._thread = ThreadPoolExecutor(1, "sink")
        self._task = asyncio.create_task(self._run())

    async def put(self, messages: Sequence[Outgoing]) -> None:
        """Keep messages; raises SinkError if it is not certain, in time, that they are kept."""
        if self._is_closing:
            raise SinkError("the gateway is stopping")
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[None] = loop.create_future()
        size_bytes = sum(len(message.data) for message in messages)
        self._queue.append(_Waiting(messages, size_bytes, kept))
        self._queued_bytes += size_bytes
        self._queued_messages += len(messages)
        self._has_some.set()
        if self._queued_bytes >= _GROUP_BYTES or self._queued_messages >= _GROUP_MESSAGES:
            self._has_enough.set()
        timer = loop.call_later(self._answer_seconds, self._give_up, kept)
        try:
            await kept
        finally:
            timer.cancel()

    def _give_up(self, kept: "asyncio.Future[None]") -> None:
        """Let somebody wait no longer."""
        # What is being put may be kept all the same: sent again, it will be there twice.
        if not kept.done():
            kept.set_exception(SinkError(f"not kept within {self._answer_seconds:g} seconds"))
        # They waited in their order, so those who are answered stand in front.
        while self._queue and self._queue[0].kept.done():
            self._pop()

    async def close(self) -> None:
        """Keep what is queued, and end."""
        self._is_closing = True
        self._has_some.set()
        self._has_enough.set()
        await self._task
        self._thread.shutdown()

    async def _run(self) -> None:
        began_at = 0.0
        while True:
            await self._has_some.wait()
            await self._gather(until=began_at + self._commit_seconds)
            began_at = time.monotonic()
            if group := self._take():
                await self._put(group)
            elif self._is_closing:
                return

    async def _gather(self, until: float) -> None:
        """Wait for the time of the next group, or until it is large enough."""
        seconds = until - time.monotonic()
        if seconds <= 0 or self._has_enough.is_set():
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._has_enough.wait()

    def _take(self) -> list[_Waiting]:
        """Take the next group; those who have been answered already are not in it."""
        group = []
        size_bytes = count = 0
        while self._queue and size_bytes < _GROUP_BYTES and count < _GROUP_MESSAGES:
            waiting = self._pop()
            if not waiting.kept.done():
                group.append(waiting)
                size_bytes += waiting.size_bytes
                count += len(waiting.messages)
        if self._queued_bytes < _GROUP_BYTES and self._queued_messages < _GROUP_MESSAGES:
            self._has_enough.clear()
        if not self._queue:
            self._has_some.clear()
        if self._is_closing:
            self._has_some.set()
            self._has_enough.set()
        return group

    def _pop(self) -> _Waiting:
        waiting = self._queue.popleft()
        self._queued_bytes -= waiting.size_bytes
        self._queued_messages -= len(waiting.messages)
        return waiting

    async def _put(self, group: list[_Waiting]) -> None:
        messages = [message for waiting in group for message in waiting.messages]
        started = time.perf_counter()
        error = None
        try:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._thread, self._sink.put, messages)
        except SinkError as refused:
            error = refused
        except Exception as failure:  # Whatever it is, nobody may be told that it is kept.
            _log.exception("a sink failed as no sink should")
            error = SinkError(type(failure).__name__)
        self._on_put(time.perf_counter() - started, error is None)
        self._tell(error)
        for waiting in group:
            if waiting.kept.done():
                continue
            if error:
                waiting.kept.set_exception(SinkError(*error.args))
            else:
                waiting.kept.set_result(None)

    def _tell(self, error: SinkError | None) -> None:
        """Log when the sink goes down, and when it is back."""
        if error and not self._is_down:
            _log.error("sink down, answering 503: %s", error)
        elif self._is_down and not error:
            _log.warning("sink back")
        self._is_down = error is not None
