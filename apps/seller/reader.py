"""The warehouse as the page reads it: in threads of its own, and never for long."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

import click
import duckdb

_THREADS = 4
_SECONDS = 5.0

_Answer = TypeVar("_Answer")


class Data(Protocol):
    """What was published last, merged with the newest raw: `warehouse.live.Live`."""

    def cursor(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
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

    async def ask(self, question: Callable[[duckdb.DuckDBPyConnection], _Answer]) -> _Answer:
        """Answer a question; raises UnavailableError, also if it takes too long."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._ask, question)

    def _ask(self, question: Callable[[duckdb.DuckDBPyConnection], _Answer]) -> _Answer:
        try:
            with self._data.cursor() as cursor:
                timer = threading.Timer(self._seconds, cursor.interrupt)
                timer.start()
                try:
                    return question(cursor)
                finally:
                    timer.cancel()
        except (duckdb.Error, click.ClickException, OSError) as error:
            raise UnavailableError from error
