"""Pulling from the served shop: by the command, as a user does, and in this process."""

import json
import os
import sys
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from ingestion.sinks import Outgoing
from ingestion.sources.vtex.run import Run
from ingestion.sources.vtex.settings import Settings
from ingestion.sources.vtex.state import State
from tests.ingestion.support import landed
from tests.vtex.forked import fork
from tests.vtex.server import Server
from tests.vtex.shop import KEY, TOKEN


class ListSink:
    """Keeps messages in a list."""

    def __init__(self) -> None:
        self.messages: list[Outgoing] = []

    def put(self, messages: Sequence[Outgoing]) -> None:
        self.messages.extend(messages)

    def check(self) -> None: ...

    def close(self) -> None: ...

    def of(self, contract: str) -> list[bytes]:
        return [each.data for each in self.messages if each.attributes["contract"] == contract]


def shop_settings(server: Server, **others: Any) -> Settings:
    settings = Settings(
        account="shop",
        url=server.url,
        pricing_url=f"{server.url}/pricing",
        app_key=KEY,
        app_token=TOKEN,
        rate=100_000,
        tries=8,
        backoff=0.001,
        # Whoever tests lateness gives another: of a feed's answer that is thought lost on a busy
        # machine, the events stay hidden.
        timeout=30.0,
    )
    return settings._replace(**others)


@contextmanager
def running(server: Server, folder: Path, sink: Any, **others: Any) -> Iterator[Run]:
    """Begin a run against the served shop, with its state in a folder."""
    with (
        State(folder, "shop", "test") as state,
        Run(shop_settings(server, **others), sink, state, threading.Event()) as run,
    ):
        yield run


def environment(server: Server, folder: Path, **others: str) -> dict[str, str]:
    """The settings of a shop, as environment variables; raw and state lie in a folder."""
    return os.environ | {
        "VITRINE_RAW": str(folder / "raw"),
        "VITRINE_STATE": str(folder / "state"),
        "VITRINE_VTEX_ACCOUNT": "shop",
        "VITRINE_VTEX_APP_KEY": KEY,
        "VITRINE_VTEX_APP_TOKEN": TOKEN,
        "VITRINE_VTEX_URL": server.url,
        "VITRINE_VTEX_PRICING_URL": f"{server.url}/pricing",
        "VITRINE_VTEX_RATE": "10000",
        "VITRINE_VTEX_BACKOFF": "0.01",
        "VITRINE_VTEX_TIMEOUT": "2",
        **others,
    }


class Done(NamedTuple):
    """What a command that has ended left."""

    returncode: int
    stdout: str
    stderr: str


def pull(server: Server, folder: Path, *words: str, **others: str) -> Done:
    """Run `vitrine pull vtex …` to its end."""
    log = folder / f"{uuid.uuid4().hex}.err"
    process = fork(list(words), environment(server, folder, **others), log)
    process.join(60)
    assert process.exitcode is not None, log.read_text()
    return Done(process.exitcode, log.with_suffix(".out").read_text(), log.read_text())


def documents(folder: Path, table: str) -> list[bytes]:
    """The payloads of a raw table."""
    return [row["data"].encode() for row in landed(folder / "raw", table)]


def account(done: Done) -> Any:
    """What a command printed with --json."""
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        sys.stderr.write(done.stderr)
        raise
