"""The page itself: HTML with everything in it, and nothing that would be fetched."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files

import jinja2
from markupsafe import Markup

from warehouse.record import BuildRecord
from warehouse.report.parts import Column, Kind, Plot, Section, Table, Tile, Value
from warehouse.report.plots import draw

_WIDE, _NARROW = (1000, 280), (360, 230)
_DASH = "\N{EN DASH}"


def render(build: BuildRecord, sections: Sequence[Section]) -> str:
    """Write the page."""
    here = files("warehouse.report") / "templates"
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters |= {
        "written": written,
        "machine": _machine,
        "change": _change,
        "bar": _bar,
        "plots": _plots,
    }
    template = environment.from_string((here / "report.html").read_text("utf-8"))
    style = Markup((here / "report.css").read_text("utf-8"))  # noqa: S704 (our own)
    return template.render(build=build, sections=sections, style=style)


def written(value: Value, kind: Kind) -> str:
    """Write a figure for people: grouped thousands, a fixed number of decimals, UTC."""
    match value:
        case None:
            return _DASH
        case datetime():
            return f"{value:%-d %b %Y, %H:%M}"
        case date():
            return f"{value:%-d %b %Y}"
        case str():
            return value
    formats: dict[Kind, Callable[[Decimal], str]] = {
        "count": "{:,.0f}".format,
        "amount": "{:,.2f}".format,
        "units": "{:,.0f}".format,
        "share": "{:.1%}".format,
        "hours": "{:,.1f}".format,
        "seconds": "{:,.1f}".format,
    }
    return formats[kind](Decimal(str(value))).replace("-", "\N{MINUS SIGN}")


def _machine(value: Value) -> str:
    """Write a figure for machines, whole."""
    match value:
        case datetime():
            return value.replace(tzinfo=UTC).isoformat()  # All are UTC.
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value.normalize():f}"
    return str(value)


def _change(tile: Tile) -> tuple[str, str] | None:
    """Give how much more or less it is than before, and a word for its colour; None if unknown."""
    if not tile.before or tile.value is None:
        return None
    share = Decimal(str(tile.value)) / Decimal(str(tile.before)) - 1
    if abs(share) < Decimal("0.0005"):
        return "as before", "same"
    sign = "+" if share > 0 else "\N{MINUS SIGN}"
    return f"{sign}{abs(share):.1%}", "more" if share > 0 else "less"


def _bar(value: Value, table: Table, column: Column) -> str | None:
    """Give how long a cell's bar is, in per cent of the cell; None if it has none."""
    if not column.bars or value is None:
        return None
    place = list(table.columns).index(column)
    greatest = max(Decimal(str(row[place] or 0)) for row in table.rows)
    if column.kind == "share":
        greatest = Decimal(1)
    length = max(Decimal(str(value)), Decimal(0)) / greatest if greatest > 0 else 0
    return f"{100 * length:.1f}%"


def _plots(plot: Plot) -> list[tuple[str, Markup]]:
    """Draw it twice, since what is legible on a desk is not on a phone: class and SVG."""

    def write(value: Decimal) -> str:
        return f"{written(value, plot.kind)} {plot.unit}".rstrip()

    return [
        (name, Markup(draw(plot, *size, write)))  # noqa: S704 (escaped by its writer)
        for name, size in (("wide", _WIDE), ("narrow", _NARROW))
    ]
