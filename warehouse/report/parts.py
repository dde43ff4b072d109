"""What a report is made of: sections of sentences, tiles, plots and tables, and nothing of HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import duckdb

from warehouse.record import BuildRecord

# Nothing was sold before: a clock that says so is wrong.
EARLIEST = "1900-01-01"
# How a figure is written: `amount` with cents, `hours` and `seconds` with one decimal.
Kind = Literal["text", "count", "amount", "units", "share", "hours", "seconds", "day", "time"]
Value = str | int | float | Decimal | date | datetime | bool | None


@dataclass(frozen=True)
class Column:
    """A column of a table; of one with `bars`, cells have a bar as long as the greatest of them."""

    name: str
    kind: Kind = "text"
    bars: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under a caption; `is_long` ones are folded away."""

    table_id: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    is_long: bool = False


@dataclass(frozen=True)
class Tile:
    """One figure that is seen first; `before` is the same figure of the period before."""

    tile_id: str
    name: str
    kind: Kind
    value: Value
    unit: str = ""
    before: Value = None


@dataclass(frozen=True)
class Layer:
    """What is stacked in one colour of a plot: values by day."""

    name: str
    values: Mapping[date, Decimal]


@dataclass(frozen=True)
class Plot:
    """Columns by day, stacked; `figures` is the id of the table that has what it shows."""

    plot_id: str
    title: str
    kind: Kind
    unit: str
    days: Sequence[date]
    layers: Sequence[Layer]


@dataclass(frozen=True)
class Section:
    """One subject."""

    section_id: str
    title: str
    sentences: Sequence[str] = ()
    tiles: Sequence[Tile] = ()
    plots: Sequence[Plot] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True)
class Facts:
    """What sections are written from: an opened published file, and the builds that are kept."""

    connection: duckdb.DuckDBPyConnection
    # the "now" of the build, UTC
    as_of: datetime
    builds: Sequence[BuildRecord]

    def rows(self, sql: str, **parameters: Value) -> list[tuple[Any, ...]]:
        """Ask a query whose parameters are `$name`. Raises duckdb.Error."""
        return self.connection.execute(sql, parameters).fetchall()
