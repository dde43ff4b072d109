"""`validation.published_build` on BigQuery: what is published, in one row.

The columns are those of DuckDB's, and two more: `tables`, which were published (or are to be), and
`published_at`, null from the first table's replacement to the last one's.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import msgspec

from warehouse.record import RECORD_TABLE, BuildRecord
from warehouse.tables import NoSuchTableError, Tables

_DESCRIPTION = (
    "The build that is published, in one row. While published_at is null, tables are being replaced"
    " and may be of two builds; each table's label vitrine_build says of which it is."
)


class Publication(NamedTuple):
    """One build, in the published datasets."""

    build: BuildRecord
    # as schema.table
    tables: frozenset[str]
    # None: it has begun and not ended
    published_at: datetime | None


def record_statement(
    tables: Tables, build: BuildRecord, names: Iterable[str], *, is_whole: bool
) -> str:
    """Write the statement that replaces the record."""
    values = [
        *(f"{literal(value)} as {name}" for name, value in msgspec.structs.asdict(build).items()),
        f"[{', '.join(map(literal, sorted(names)))}] as tables",
        f"{'current_timestamp()' if is_whole else 'cast(null as timestamp)'} as published_at",
    ]
    return (
        f"create or replace table {tables.name(*RECORD_TABLE)}"
        f" options (description = {literal(_DESCRIPTION)}) as select {', '.join(values)}"
    )


def read_publication(tables: Tables) -> Publication | None:
    """Read the record; None if nothing was ever published. Raises QueryError."""
    try:
        (row,) = tables.rows(f"select * from {tables.name(*RECORD_TABLE)}")  # noqa: S608 - ours
    except NoSuchTableError:
        return None
    build = msgspec.convert(row, BuildRecord)
    return Publication(build, frozenset(row["tables"]), row["published_at"])


def literal(value: object) -> str:
    """Write a value as GoogleSQL has it."""
    match value:
        case bool() | int():
            return str(value).lower()
        case datetime():
            return f"timestamp '{value.isoformat()}'"
        case _:
            # JSON's escapes are GoogleSQL's.
            return msgspec.json.encode(str(value)).decode()
