"""Messages: the columns of Pub/Sub's own BigQuery subscription, read from lines of raw rows.

A table of messages has `subscription_name`, `message_id`, `publish_time`, `attributes` (JSON text),
`data`, the payload: text or, in a table of its own, bytes of those that are not UTF-8, `contract`
(null: nothing says which) and `event_at`.
"""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, NamedTuple, Protocol

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.arrays import binaries
from ingestion.contracts import Contracts
from ingestion.routing import is_utf8, routed
from ingestion.times import timestamps


class Lines(NamedTuple):
    """Whole lines of a file: the number of the first (of the file: 1), how many, and the bytes."""

    first_number: int
    line_count: int
    content: bytearray


class Form(Protocol):
    """A form that lines have."""

    def read(self, lines: Lines) -> list[pa.Table]:
        """Read messages; raises NotAMessageError for the first line that is none, and OSError."""


class NotAMessageError(Exception):
    """A line that is no message: its number, and why."""

    def __init__(self, line_number: int, reason: str) -> None:
        super().__init__(f"line {line_number}: {reason}")


class _Row(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    subscription_name: str
    message_id: Annotated[str, msgspec.Meta(min_length=1)]
    publish_time: str
    attributes: msgspec.Raw
    data: msgspec.Raw


class _TextRow(_Row, forbid_unknown_fields=True, gc=False):
    data: str  # type: ignore[assignment] # where it is one


class _Base64(msgspec.Struct, forbid_unknown_fields=True):
    base64: bytes


class _NotATimeError(Exception):
    """The publish time of the row at this index is none."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


_ROW = msgspec.json.Decoder(_Row)
_TEXT_ROW = msgspec.json.Decoder(_TextRow)
_BASE64 = msgspec.json.Decoder(_Base64)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ESCAPE = re.compile(rb"\\(?:u(d[89ab]..)\\u(d[c-f]..)|u(d[89a-f]..)|.)", re.IGNORECASE | re.DOTALL)
_UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError)


class RawRows:
    """Reads lines in the raw-row form: five keys, `data` a text or {"base64": …}."""

    def __init__(self, contracts: Contracts) -> None:
        self._contracts = contracts

    def read(self, lines: Lines) -> list[pa.Table]:
        """Read messages; raises NotAMessageError for the first line that is none."""
        with suppress(*_UNREADABLE, pa.ArrowInvalid, _NotATimeError):
            rows = _TEXT_ROW.decode_lines(lines.content)
            # As many as lines: no blank line, no two rows in one, no row over two.
            if len(rows) == lines.line_count:
                return [self._table(rows, [row.data.encode() for row in rows], pa.string())]
        # One by one tells which line it is, and keeps what is a message all the same.
        return self._read_each(lines)

    def _read_each(self, lines: Lines) -> list[pa.Table]:
        texts: list[tuple[int, _Row, bytes]] = []
        others: list[tuple[int, _Row, bytes]] = []
        for number, line in enumerate(bytes(lines.content).split(b"\n"), lines.first_number):
            content = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
            if not content.strip():
                continue
            try:
                row = _ROW.decode(_with_raw_surrogates(content))
                payload = _payload(bytes(row.data))
                self._contracts.of_attributes(str(bytes(row.attributes), "utf-8"))
            except _UNREADABLE as error:
                raise NotAMessageError(number, _reason(error)) from error
            (texts if is_utf8(payload) else others).append((number, row, payload))
        return [self._table_of(texts, pa.string()), self._table_of(others, pa.binary())]

    def _table_of(self, read: list[tuple[int, _Row, bytes]], data_type: pa.DataType) -> pa.Table:
        rows, payloads = [row for _, row, _ in read], [payload for _, _, payload in read]
        try:
            return self._table(rows, payloads, data_type)
        except _NotATimeError as error:
            number, row, _ = read[error.index]
            reason = f"publish_time is not an ISO 8601 time: {row.publish_time[:40]!r}"
            raise NotAMessageError(number, reason) from error

    def _table(
        self,
        rows: Sequence[_Row | _TextRow],
        payloads: Sequence[bytes],
        data_type: pa.DataType,
    ) -> pa.Table:
        publish_times = timestamps([row.publish_time for row in rows])
        if publish_times.null_count:
            raise _NotATimeError(pc.index(publish_times.is_null(), value=True).as_py())
        table = pa.table(
            {
                "subscription_name": pa.array([row.subscription_name for row in rows], pa.string()),
                "message_id": pa.array([row.message_id for row in rows], pa.string()),
                "publish_time": publish_times,
                "attributes": binaries([row.attributes for row in rows]).cast(pa.string()),
                "data": binaries(payloads).view(data_type),
            }
        )
        return routed(self._contracts, table, payloads)


def _with_raw_surrogates(line: bytes) -> bytes:
    r"""Replace escaped lone surrogates by their bytes.

    Such an escape ("\ud800") names no character, and readers of JSON refuse it; its bytes, like
    any others that are not UTF-8, are kept.
    """

    def replace(match: re.Match[bytes]) -> bytes:
        lone = match[3]
        return chr(int(lone, 16)).encode("utf-8", "surrogatepass") if lone else match[0]

    return _ESCAPE.sub(replace, line)


def _payload(token: bytes) -> bytes:
    """Give the payload that the JSON value of `data` stands for."""
    if token.startswith(b'"'):
        # Bytes that are not UTF-8 pass through the reader as what "surrogateescape" makes of them.
        text: str = json.loads(token.decode("utf-8", "surrogateescape"))
        return text.encode("utf-8", "surrogateescape")
    return _BASE64.decode(token).base64


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "not a message: nested too deeply"
    if isinstance(error, UnicodeError):
        return "not a message: bytes that are not UTF-8 outside of data"
    return f"not a message: {error}"
