"""Plots as SVG, drawn by leather: columns by day, stacked, in the page's own colours."""

import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import leather

from warehouse.report.parts import Layer, Plot

# What leather is told of fonts is only to leave room for labels: the page's style sets them.
leather.theme.background_color = "none"
leather.theme.margin = 0.0
leather.theme.tick_font_family = "inherit"
leather.theme.tick_font_size = 12
leather.theme.tick_font_char_height = 12
leather.theme.tick_font_char_width = 7
leather.theme.tick_color = "var(--line)"
leather.theme.zero_color = "var(--soft)"
leather.theme.label_color = "var(--soft)"
# Legends are the page's.
leather.theme.legend_font_char_height = 0
leather.theme.legend_gap = 0

_COLOURS = ("var(--one)", "var(--two)")
# Days between labels, of a plot that is so many days long.
_LABEL_EVERY = ((21, 1), (45, 7), (10_000, 14))


class _Stacked(leather.Columns):  # type: ignore[misc]
    """Columns that begin where those below them end, each with a title of its own."""

    def __init__(self, colour: str, bases: dict[str, Decimal], titles: dict[str, str]) -> None:
        super().__init__(colour)
        self._bases, self._titles = bases, titles

    def to_svg(self, width: int, height: int, *given: Any) -> Any:  # noqa: ANN401 (leather's)
        """Draw one layer."""
        x_scale, y_scale, series, _ = given
        group = ET.Element("g")
        for datum in series.data():
            left, right = x_scale.project_interval(datum.x, 0, width)
            ends = [y_scale.project(one, height, 0) for one in (datum.y, self._bases[datum.x])]
            place = {
                "x": left, "y": min(ends), "width": right - left, "height": abs(ends[0] - ends[1]),
            }  # fmt: skip
            rect = ET.SubElement(group, "rect", {key: f"{one:.2f}" for key, one in place.items()})
            rect.set("fill", self._fill_color)
            ET.SubElement(rect, "title").text = self._titles[datum.x]
        return group

    def legend_to_svg(self, *_: object) -> list[Any]:
        """Leave the legend to the page."""
        return []


def draw(plot: Plot, width: int, height: int, write: Callable[[Decimal], str]) -> str:
    """Draw a plot of columns; `write` writes a value. Gives an `<svg>` that fits its place."""
    chart = leather.Chart()
    ends: dict[bool, dict[str, Decimal]] = {True: defaultdict(Decimal), False: defaultdict(Decimal)}
    for layer, colour in zip(plot.layers, _COLOURS, strict=False):
        points, bases = [], {}
        for day, value in layer.values.items():
            if not value or not plot.days[0] <= day <= plot.days[-1]:
                continue
            of_sign, key = ends[value > 0], day.isoformat()
            bases[key] = of_sign[key]
            of_sign[key] += value
            points.append((key, of_sign[key]))
        if points:
            titles = {key: _title(layer, key, write) for key in bases}
            chart.add_series(leather.Series(points), _Stacked(colour, bases, titles))
    chart.set_x_scale(leather.Ordinal([day.isoformat() for day in plot.days]))
    chart.set_x_axis(leather.Axis(ticks=_labelled(plot.days), tick_formatter=_day_label))
    values = [value for of_sign in ends.values() for value in of_sign.values()]
    chart.set_y_scale(leather.Linear(min(0, *values), max(0, *values, 1)))
    chart.set_y_axis(leather.Axis(tick_formatter=_value_label))
    svg = ET.Element("svg", {"viewBox": f"0 0 {width} {height}", "aria-hidden": "true"})
    svg.append(chart.to_svg_group(width, height))
    return ET.tostring(svg, encoding="unicode")


def _title(layer: Layer, key: str, write: Callable[[Decimal], str]) -> str:
    day = date.fromisoformat(key)
    return f"{day:%-d %b %Y}, {layer.name}: {write(layer.values[day])}"


def _labelled(days: Sequence[date]) -> list[str]:
    every = next(step for length, step in _LABEL_EVERY if len(days) <= length)
    # Not the last days': half of their labels would be outside.
    return [day.isoformat() for day in days[: -1 - every // 4][::-every]][::-1]


def _day_label(key: str, *_: int) -> str:
    return f"{date.fromisoformat(key):%-d %b}"


def _value_label(value: Decimal, *_: int) -> str:
    for size, letter in ((1_000_000, " M"), (1000, " k")):
        if abs(value) >= size:
            return f"{(value / size).normalize():f}{letter}"
    return f"{value.normalize():f}" if value else "0"
