"""Pulls in processes that are forked with everything imported, to be killed at once."""

import multiprocessing
import os
from collections.abc import Sequence
from pathlib import Path

import ingestion.pull_command
from ingestion.cli import main
from ingestion.sinks import Outgoing, Sink, open_sink
from tests.forks import CONTEXT


class Careless:
    """A sink that says "kept" before it is true: the control of the kill tests."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._later: list[Outgoing] = []

    def put(self, messages: Sequence[Outgoing]) -> None:
        self._sink.put(self._later)
        self._later = list(messages)

    def check(self) -> None: ...

    def close(self) -> None:
        self._sink.put(self._later)
        self._sink.close()


def _pull(words: list[str], settings: dict[str, str], log: Path, is_careless: bool) -> None:
    os.environ.update(settings)
    if is_careless:
        ingestion.pull_command.open_sink = lambda spec: Careless(open_sink(spec))
    for stream, path in ((1, log.with_suffix(".out")), (2, log)):
        with path.open("ab", buffering=0) as file:
            os.dup2(file.fileno(), stream)
    main(["pull", "vtex", *words])


def fork(
    words: list[str], settings: dict[str, str], log: Path, is_careless: bool = False
) -> multiprocessing.context.ForkServerProcess:
    """Start `vitrine pull vtex …`; what it prints is added to a file beside that of its errors."""
    process = CONTEXT.Process(target=_pull, args=(words, settings, log, is_careless))
    process.start()
    return process
