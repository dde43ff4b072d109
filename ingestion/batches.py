"""Batches: messages gathered by contract, into files of bounded size.

A batch is what one file holds: messages of one contract (or dead letters) with one `landed_at`.
"""

import hashlib
from collections import defaultdict
from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ingestion import engine, raw_layer
from ingestion.account import NO_CONTRACT, Count, Counts
from ingestion.contracts import DEAD_LETTERS, Contracts
from ingestion.message import payloads_of

# In memory, uncompressed. An input of many contracts has many batches open at once.
BATCH_BYTES = 16 << 20
OPEN_BYTES = 48 << 20


class Batch(NamedTuple):
    """The rows of one file, and its place in the raw layer."""

    rows: pa.Table
    place: Path


class Batches:
    """Makes batches of the messages of one input, and counts them."""

    def __init__(
        self, contracts: Contracts, attempt: str, connection: duckdb.DuckDBPyConnection
    ) -> None:
        """Make batches that no other attempt at an input makes; `counts` is complete at the end."""
        self._contracts = contracts
        self._attempt = attempt
        self._connection = connection
        # By the contract's name, or DEAD_LETTERS.
        self._open: dict[str, list[pa.Table]] = defaultdict(list)
        self._open_bytes: dict[str, int] = defaultdict(int)
        self.counts: Counts = {}

    def gather(self, tables: Generator[pa.Table]) -> Iterator[Batch]:
        """Gather tables of messages (see `ingestion.message`) into batches; closes `tables`."""
        with closing(tables):
            for messages in tables:
                self._add(messages)
                yield from self._take_large()
        for batch in list(self._open):
            yield self._take(batch)

    def _add(self, messages: pa.Table) -> None:
        column = messages["contract"]
        names = column.unique().to_pylist()
        for name in names:
            if len(names) == 1:
                self._add_of_contract(name, messages)
            elif name is None:
                self._add_of_contract(name, messages.filter(column.is_null()))
            else:
                self._add_of_contract(name, messages.filter(pc.equal(column, name)))

    def _add_of_contract(self, name: str | None, messages: pa.Table) -> None:
        is_known = name in self._contracts.by_name
        count = self.counts.setdefault(name if name and is_known else NO_CONTRACT, Count())
        if name and is_known and pa.binary() not in messages.schema.types:
            count.landed += messages.num_rows
            batch = name
        else:
            count.dead_letters += messages.num_rows
            batch = DEAD_LETTERS
            data = pa.array(payloads_of(messages), pa.binary())
            messages = messages.set_column(4, "data", data)
        self._open[batch].append(messages)
        self._open_bytes[batch] += messages.nbytes

    def _take_large(self) -> Iterator[Batch]:
        for batch in [name for name, size in self._open_bytes.items() if size >= BATCH_BYTES]:
            yield self._take(batch)
        while sum(self._open_bytes.values()) >= OPEN_BYTES:
            yield self._take(max(self._open_bytes, key=self._open_bytes.__getitem__))

    def _take(self, batch: str) -> Batch:
        messages = pa.concat_tables(self._open.pop(batch))
        del self._open_bytes[batch]
        contract = self._contracts.by_name.get(batch)
        table = contract.table if contract else DEAD_LETTERS
        schema = raw_layer.schema(table)
        landed_at = _next_landed_at()
        columns = dict(zip(messages.column_names, messages.columns, strict=True))
        payloads = engine.payloads(
            self._connection, messages, contract.event_time if contract else ()
        )
        columns["data"] = payloads["data"]
        columns["event_at"] = payloads["event_at"]
        columns["landed_at"] = pa.chunked_array(
            [pa.repeat(pa.scalar(landed_at, engine.TIMESTAMP), messages.num_rows)]
        )
        rows = pa.table([columns[name] for name in schema.names], schema=schema)
        name = _hash(messages["message_id"], landed_at, self._attempt)
        return Batch(rows, raw_layer.place(table, landed_at, name))


_last_landed_at = datetime.min.replace(tzinfo=UTC)


def _next_landed_at() -> datetime:
    """Take the time, always after the last one, whatever the clock does."""
    global _last_landed_at  # noqa: PLW0603 (as a clock is: one per process)
    _last_landed_at = max(datetime.now(UTC), _last_landed_at + timedelta(microseconds=1))
    return _last_landed_at


def _hash(message_ids: "pa.ChunkedArray[pa.StringScalar]", landed_at: datetime, by: str) -> str:
    """Make a file's name of its message ids, and of when and by whom they were landed.

    The same ids may come again, in another input, within the same hour: no file is ever replaced.
    """
    digest = hashlib.sha256(f"{landed_at.isoformat()} {by}".encode())
    for ids in message_ids.chunks:
        for buffer in filter(None, ids.buffers()):
            digest.update(buffer)
    return digest.hexdigest()[:32]
