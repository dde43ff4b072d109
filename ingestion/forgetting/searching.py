"""Searching files for identifiers, in every form that they may be written in.

This shares nothing with what scrubs payloads: it looks for bytes, in compressed files for those of
their values, in databases for both. A short id, which anything may be equal to, is not searched.
"""

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from io import BufferedIOBase
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.forgetting.identifiers import Identifier, Kind, Normal, normal_forms

_CHUNK = 8 << 20
# Longer than any identifier.
_OVERLAP = 1 << 10
_NO_DIGIT_BEFORE, _NO_DIGIT_AFTER = rb"(?<![0-9])", rb"(?![0-9])"


class Searched(NamedTuple):
    """What was searched of a file, and whether anything was found."""

    size_bytes: int
    is_found: bool


class Search:
    """Searches files for some identifiers."""

    def __init__(self, identifiers: Iterable[Identifier]) -> None:
        normals = {normal for one in identifiers for normal in normal_forms(one)}
        # By what must be there, the expression that decides.
        self._forms = {
            form: re.compile(pattern) for normal in normals for form, pattern in _written(normal)
        }

    def search(self, path: Path) -> Searched:
        """Search a file; raises OSError, and duckdb.Error or pa.ArrowException if it is damaged."""
        with path.open("rb") as file:
            found = self._in_stream(file)
        if path.suffix == ".parquet":
            more = self._in_parquet(path)
        elif path.suffix == ".duckdb":
            more = Searched(0, self._in_tables(path))
        elif path.suffix == ".gz":
            with gzip.open(path) as file:
                more = self._in_stream(file)
        else:
            return found
        return Searched(found.size_bytes + more.size_bytes, found.is_found or more.is_found)

    def has(self, content: bytes) -> bool:
        """Tell whether bytes have any of them."""
        lower = content.lower()
        return any(form in lower and pattern.search(lower) for form, pattern in self._forms.items())

    def _in_stream(self, file: BufferedIOBase) -> Searched:
        size, is_found, before = 0, False, b""
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            is_found = is_found or self.has(before + chunk)
            before = chunk[-_OVERLAP:]
        return Searched(size, is_found)

    def _in_parquet(self, path: Path) -> Searched:
        size, is_found = 0, False
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(4096, use_threads=False):
                size += batch.nbytes
                is_found = is_found or any(self.has(text) for text in _texts(batch.columns))
        return Searched(size, is_found)

    def _in_tables(self, path: Path) -> bool:
        with duckdb.connect() as connection:
            quoted = str(path).replace("'", "''")
            connection.execute(f"attach '{quoted}' as searched (read_only)")
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables()"
                " where database_name = 'searched'"
            ).fetchall()
            for schema, name in tables:
                rows = connection.execute(f'from searched."{schema}"."{name}"')
                for batch in rows.to_arrow_reader(4096):
                    if any(self.has(text) for text in _texts(batch.columns)):
                        return True
        return False


def _texts(columns: Iterable[Any]) -> Iterator[bytes]:
    """Give all texts and bytes of columns, however deep, a line each."""
    for column in columns:
        kind = column.type
        if pa.types.is_dictionary(kind):
            yield from _texts([column.dictionary])
        elif pa.types.is_struct(kind):
            yield from _texts(column.flatten())
        elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_map(kind):
            yield from _texts([column.values])
        elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
            yield "\n".join(filter(None, column.to_pylist())).encode("utf-8", "surrogatepass")
        elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            yield b"\n".join(filter(None, column.to_pylist()))


def _written(normal: Normal) -> Iterator[tuple[bytes, bytes]]:
    """Give the forms of an identifier, in lower case: what is in them, and how they are bounded."""
    if normal.kind is Kind.TEXT:
        written = {normal.value, normal.value.replace("@", "\\u0040"), quote(normal.value).lower()}
        written.add(json.dumps(normal.value)[1:-1])
        for form in (text.encode() for text in written):
            yield form, _bounded(form, rb"") if form.isdigit() else re.escape(form)
    elif normal.kind is Kind.DOCUMENT:
        digits = normal.value.zfill(11 if len(normal.value) <= 11 else 14)
        cuts = (0, 3, 6, 9, 11) if len(digits) == 11 else (0, 2, 5, 8, 12, 14)
        parts = [digits[start:end] for start, end in pairwise(cuts)]
        dotted = "{}.{}.{}-{}" if len(digits) == 11 else "{}.{}.{}/{}-{}"
        for form in (normal.value.encode(), dotted.format(*parts).encode()):
            yield form, _bounded(form, rb"0*")
    elif normal.kind is Kind.PHONE:
        area, first, last = normal.value[:2], normal.value[2:-4], normal.value[-4:]
        written = {normal.value, f"{area} {first}-{last}", f"{area}) {first}-{last}"}
        written |= {f"{area} {first}{last}", f"{area}) {first}{last}", f"{area}-{first}-{last}"}
        for form in (text.encode() for text in written):
            yield form, _bounded(form, rb"(?:0|55|\(|\+)*")


def _bounded(form: bytes, before: bytes) -> bytes:
    return _NO_DIGIT_BEFORE + before + re.escape(form) + _NO_DIGIT_AFTER
