"""Batches: messages gathered by contract, into files of bounded size.

A batch is what one file holds: messages of one contract (or dead letters) with one `landed_at`.
"""

import hashlib
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from ingestion import raw_layer
from ingestion.account import NO_CONTRACT, Count, Counts
from ingestion.contracts import DEAD_LETTERS, Contracts
from ingestion.forgetting.suppression import Suppression
from ingestion.times import TIMESTAMP


class Limits(NamedTuple):
    """When a batch is large or old enough to be written; bytes are in memory, uncompressed."""

    batch_bytes: int = 8 << 20
    batch_rows: int = 1_000_000
    batch_seconds: float = float("inf")
    # An input of many contracts has many batches open at once.
    open_bytes: int = 16 << 20


LIMITS = Limits()


class Batch(NamedTuple):
    """The rows of one file, its place in the raw layer, and who waits for it to be there."""

    rows: pa.Table
    place: Path
    # subscription_name, ack_id and the size of each message; none if it came from no subscription
    received: pa.Table | None = None


class _Open:
    """Messages that have not been written yet."""

    def __init__(self) -> None:
        self.tables: list[pa.Table] = []
        self.rows = 0
        self.bytes = 0
        self.since = time.monotonic()

    def add(self, messages: pa.Table) -> None:
        self.tables.append(messages)
        self.rows += messages.num_rows
        self.bytes += messages.nbytes


class Batches:
    """Makes batches of messages, and counts them."""

    def __init__(
        self,
        contracts: Contracts,
        attempt: str,
        suppression: Suppression,
        limits: Limits = LIMITS,
    ) -> None:
        """Make batches that no other attempt makes; `counts` is complete at the end."""
        self._suppression = suppression
        self._contracts = contracts
        self._attempt = attempt
        self._limits = limits
        # By the contract's name, or DEAD_LETTERS.
        self._open: dict[str, _Open] = {}
        self.counts: Counts = {}

    def gather(self, tables: Generator[pa.Table]) -> Generator[Batch]:
        """Gather tables of messages (see `ingestion.message`) into batches; closes `tables`."""
        with closing(tables):
            for messages in tables:
                self.add(messages)
                yield from self.take_due()
        yield from self.take_all()

    def add(self, messages: pa.Table) -> None:
        """Take messages in."""
        column = messages["contract"]
        names = column.unique().to_pylist()
        for name in names:
            if len(names) == 1:
                self._add_of_contract(name, messages)
            elif name is None:
                self._add_of_contract(name, messages.filter(column.is_null()))
            else:
                self._add_of_contract(name, messages.filter(pc.equal(column, name)))

    def take_due(self) -> Iterator[Batch]:
        """Take the batches that are large or old enough, and more while too much is open."""
        limits, now = self._limits, time.monotonic()
        for name, batch in list(self._open.items()):
            if (
                batch.bytes >= limits.batch_bytes
                or batch.rows >= limits.batch_rows
                or now - batch.since >= limits.batch_seconds
            ):
                yield self._take(name)
        while sum(batch.bytes for batch in self._open.values()) >= limits.open_bytes:
            yield self._take(max(self._open, key=lambda name: self._open[name].bytes))

    def take_all(self) -> Iterator[Batch]:
        """Take every batch there is."""
        for name in list(self._open):
            yield self._take(name)

    def seconds_to_due(self) -> float | None:
        """Say in how many seconds the oldest batch is due; None if there is no batch."""
        if not self._open:
            return None
        oldest = min(batch.since for batch in self._open.values())
        return max(0, oldest + self._limits.batch_seconds - time.monotonic())

    def _add_of_contract(self, name: str | None, messages: pa.Table) -> None:
        is_known = name in self._contracts.by_name
        count = self.counts.setdefault(name if name and is_known else NO_CONTRACT, Count())
        if name and is_known and pa.binary() not in messages.schema.types:
            count.landed += messages.num_rows
            batch = name
        else:
            count.dead_letters += messages.num_rows
            batch = DEAD_LETTERS
            messages = messages.set_column(4, "data", messages["data"].cast(pa.binary()))
        self._open.setdefault(batch, _Open()).add(messages)

    def _take(self, batch: str) -> Batch:
        messages = pa.concat_tables(self._open[batch].tables)
        contract = self._contracts.by_name.get(batch)
        # Now, not when they came: whoever was forgotten meanwhile is known by now.
        messages = self._suppression.scrub(contract.name if contract else None, messages)
        del self._open[batch]
        table = contract.table if contract else DEAD_LETTERS
        schema = raw_layer.schema(table)
        landed_at = _next_landed_at()
        columns = dict(zip(messages.column_names, messages.columns, strict=True))
        columns["landed_at"] = pa.chunked_array(
            [pa.repeat(pa.scalar(landed_at, TIMESTAMP), messages.num_rows)]
        )
        rows = pa.table([columns[name] for name in schema.names], schema=schema)
        name = _hash(messages["message_id"], landed_at, self._attempt)
        received = None
        if "ack_id" in columns:
            received = messages.select(["subscription_name", "ack_id", "size_bytes"])
        return Batch(rows, raw_layer.place(table, landed_at, name), received)


_last_landed_at = datetime.fromtimestamp(0, UTC)
# A clock that is set back by more than this is believed; by less, it is only uneven.
_UNEVEN = timedelta(seconds=1)


def _next_landed_at() -> datetime:
    """Take the time, never the same one twice in a row, whatever the clock does."""
    global _last_landed_at  # noqa: PLW0603 (as a clock is: one per process)
    now = datetime.now(UTC)
    if _last_landed_at - _UNEVEN < now <= _last_landed_at:
        now = _last_landed_at + timedelta(microseconds=1)
    _last_landed_at = now
    return now


def _hash(message_ids: "pa.ChunkedArray[Any]", landed_at: datetime, by: str) -> str:
    """Make a file's name of its message ids, and of when and by whom they were landed.

    The same ids may come again, in another input, within the same hour: no file is ever replaced.
    """
    digest = hashlib.sha256(f"{landed_at.isoformat()} {by}".encode())
    for ids in message_ids.chunks:
        for buffer in filter(None, ids.buffers()):
            digest.update(buffer)
    return digest.hexdigest()[:32]
