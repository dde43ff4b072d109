"""Where a replay goes: a raw layer, topics, or a file of raw rows."""

import base64
import gzip
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pyarrow as pa

from ingestion import journal, raw_layer
from ingestion.batches import Batches
from ingestion.contracts import Contracts
from ingestion.forgetting.suppression import Suppression
from ingestion.received import REPLAYED_ID, REPLAYED_TIME
from ingestion.replay import Period, Unit
from ingestion.routing import by_form, routed
from ingestion.sinks import Outgoing, Sink, open_sink
from ingestion.storage import Root, temporary_name
from ingestion.times import event_times

_MESSAGE_COLUMNS = ["subscription_name", "message_id", "publish_time", "attributes", "data"]
# Of messages put into a sink at a time.
_PUT_ROWS = 500


class Output(Protocol):
    """Takes units, one after the other."""

    def put(self, unit: Unit, messages: Iterator[pa.Table]) -> bool:
        """Take a unit's messages; False if they have been taken before.

        Raises OSError, and SinkError where it is not certain that they are kept.
        """

    def finish(self) -> None:
        """Make all that was put last. Raises OSError."""

    def close(self) -> None:
        """Let go of what is held; what was not finished goes."""


class RawOutput:
    """Lands messages in a raw layer, a unit whole or not at all, and only once."""

    def __init__(self, root: Root, known: Contracts, period: Period) -> None:
        """Prepare the raw layer; raises LandingError."""
        self._root = root
        self._contracts = known
        self._period = period
        raw_layer.ensure_raw(root)
        journal.recover(root)

    def put(self, unit: Unit, messages: Iterator[pa.Table]) -> bool:
        """Land them; see Output."""
        key = unit.key(self._period)
        if journal.find_landed(self._root, key) is not None:
            return False
        size_bytes = 0
        with journal.open_staging(self._root) as staging:
            batches = Batches(self._contracts, staging.attempt, Suppression(self._root))
            for batch in batches.gather(_routed(self._contracts, messages)):
                size_bytes += batch.rows.nbytes
                raw_layer.write(batch.rows, staging.new_file(batch.place))
            name = Path(f"replay of {unit.table}, {unit.day}")
            return staging.commit(key, name, size_bytes, batches.counts)

    def finish(self) -> None:
        """Do nothing: each unit lasts."""

    def close(self) -> None:
        """Do nothing: nothing is held."""


class TopicOutput:
    """Publishes messages, with what they were before in attributes; a lander restores it."""

    def __init__(self, name: str) -> None:
        """Publish to a sink that is a topic, or a topic a raw table; see `sinks.open_sink`."""
        self._name = name
        self._sinks: dict[str, Sink] = {}

    def put(self, unit: Unit, messages: Iterator[pa.Table]) -> bool:
        """Publish them; see Output. What a rerun publishes again are redelivered copies."""
        # By the table, not by the attribute `contract`, which a message need not have.
        name = self._name.replace("{table}", unit.table)
        if name not in self._sinks:
            self._sinks[name] = open_sink(name)
        for table in messages:
            for first in range(0, table.num_rows, _PUT_ROWS):
                rows = table.slice(first, _PUT_ROWS).select(_MESSAGE_COLUMNS).to_pylist()
                self._sinks[name].put([_outgoing(row) for row in rows])
        return True

    def finish(self) -> None:
        """Do nothing: what was put is kept."""

    def close(self) -> None:
        """Hang up."""
        for sink in self._sinks.values():
            sink.close()


class FileOutput:
    """Writes raw rows, one a line: what `vitrine land` reads. The file appears when it is whole."""

    def __init__(self, path: Path) -> None:
        """Write aside; raises OSError."""
        self._path = path
        self._aside = path.with_name(f".{path.name}.{temporary_name()}")
        self._file = self._aside.open("wb")
        # No name and no time in it: the same messages are the same bytes.
        self._stream: Any = (
            gzip.GzipFile("", "wb", compresslevel=6, fileobj=self._file, mtime=0)
            if path.suffix == ".gz"
            else self._file
        )

    def put(self, unit: Unit, messages: Iterator[pa.Table]) -> bool:
        """Write them; see Output."""
        for table in messages:
            for row in table.select(_MESSAGE_COLUMNS).to_pylist():
                self._stream.write(_line(row))
        return True

    def finish(self) -> None:
        """Put the file into its place."""
        if self._stream is not self._file:
            self._stream.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._aside.replace(self._path)

    def close(self) -> None:
        """Remove what is not whole."""
        self._file.close()
        self._aside.unlink(missing_ok=True)


def _routed(contracts: Contracts, tables: Iterator[pa.Table]) -> Generator[pa.Table]:
    """Make tables of messages (see `ingestion.message`), of texts and of bytes that are none.

    A message keeps its contract; a dead letter may be of one that is known by now.
    """
    for table in tables:
        messages = table.select(_MESSAGE_COLUMNS)
        payloads: list[Any] = messages["data"].cast(pa.binary()).to_pylist()
        if messages.schema.field("data").type == pa.string():
            messages = messages.append_column("contract", table["contract"])
            yield messages.append_column("event_at", event_times(contracts, messages, payloads))
        else:
            for part in by_form(messages, payloads):
                yield routed(contracts, *part)


def _outgoing(row: dict[str, Any]) -> Outgoing:
    data = row["data"].encode() if isinstance(row["data"], str) else row["data"]
    attributes = {
        name: value if isinstance(value, str) else msgspec.json.encode(value).decode()
        for name, value in msgspec.json.decode(row["attributes"]).items()
    }
    before = {REPLAYED_ID: row["message_id"], REPLAYED_TIME: row["publish_time"].isoformat()}
    return Outgoing(data, attributes | before)


def _line(row: dict[str, Any]) -> bytes:
    data: Any = row["data"] if isinstance(row["data"], str) else _text(row["data"])
    if data is None:
        data = {"base64": base64.b64encode(row["data"]).decode()}
    line = {
        "subscription_name": row["subscription_name"],
        "message_id": row["message_id"],
        "publish_time": row["publish_time"].isoformat().replace("+00:00", "Z"),
        "attributes": msgspec.Raw(row["attributes"].encode()),
        "data": data,
    }
    return msgspec.json.encode(line) + b"\n"


def _text(payload: bytes) -> str | None:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None
