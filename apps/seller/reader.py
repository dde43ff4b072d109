"""The warehouse as the page reads it: in threads of its own, and never for long."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

import click
import duckdb
from duckdb import DuckDBPyConnection as Cursor

_THREADS = 4
_SECONDS = 5.0

_Answer = TypeVar("_Answer")
_Other = TypeVar("_Other")


class Data(Protocol):
    """What was published last, merged with the newest raw: `warehouse.live.Live`."""

    def cursor(self) -> AbstractContextManager[Cursor]:
        """Give a cursor, read-only, on one build's state with the newest raw."""


class UnavailableError(Exception):
    """The warehouse gave no answer; the cause says why."""


class Reader:
    """Asks the warehouse."""

    def __init__(self, data: Data, seconds: float = _SECONDS) -> None:
        self._data = data
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(_THREADS, "seller")

    def stop(self) -> None:
        """End its threads; whoever still waits gets an answer before."""
        self._threads.shutdown()

    async def ask(self, question: Callable[[Cursor], _Answer]) -> _Answer:
        """Answer a question; raises UnavailableError, also if it takes too long."""
        return await self._in_thread(lambda: self._ask(question))

    async def ask_both(
        self, one: Callable[[Cursor], _Answer], other: Callable[[Cursor], _Other]
    ) -> tuple[_Answer, _Other]:
        """Answer two questions to one state, both at the same time; raises what `ask` does."""
        return await self._in_thread(lambda: self._ask_both(one, other))

    async def _in_thread(self, work: Callable[[], _Answer]) -> _Answer:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except (duckdb.Error, click.ClickException, OSError) as error:
            raise UnavailableError from error

    def _ask(self, question: Callable[[Cursor], _Answer]) -> _Answer:
        with self._data.cursor() as cursor:
            return self._in_time(question, cursor)

    def _ask_both(
        self, one: Callable[[Cursor], _Answer], other: Callable[[Cursor], _Other]
    ) -> tuple[_Answer, _Other]:
        # A thread of its own: those of the pool could all be waiting for one another.
        with (
            self._data.cursor() as cursor,
            cursor.cursor() as second,
            ThreadPoolExecutor(1, "seller-beside") as beside,
        ):
            answer = beside.submit(self._in_time, other, second)
            return self._in_time(one, cursor), answer.result()

    def _in_time(self, question: Callable[[Cursor], _Answer], cursor: Cursor) -> _Answer:
        timer = threading.Timer(self._seconds, cursor.interrupt)
        timer.start()
        try:
            return question(cursor)
        finally:
            timer.cancel()
