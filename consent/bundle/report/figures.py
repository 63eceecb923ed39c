"""Numbers as tables, and charts of them as SVG by pygal, without its scripts, styles and ids. Pure.

A group of fewer than FEW people is not told apart (promise E14); where one such group could be worked out from the
rest, the next smallest is left out as well.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from ..errors import BundleError

FEW = 5
_SVG = "{http://www.w3.org/2000/svg}"
_KEPT = ("class", "d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "width", "height", "transform")
_NUMBER = re.compile(r"-?[0-9]+\.[0-9]{3,}")


@dataclass(frozen=True, slots=True)
class Row:
    """A name and its numbers; None is one that is not told."""

    name: str
    values: tuple[int | None, ...]

    @property
    def total(self) -> int | None:
        """Their sum, unless one is not told."""
        known = [value for value in self.values if value is not None]
        return sum(known) if len(known) == len(self.values) else None


@dataclass(frozen=True, slots=True)
class Figure:
    """A table, and the chart of it."""

    title: str
    first: str  # what the names are
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    svg: str
    note: str = ""


def told(counts: Sequence[int]) -> list[int | None]:
    """The counts that may be told."""
    small = {at for at, count in enumerate(counts) if 0 < count < FEW}
    if small and sum(counts[at] for at in small) < FEW:
        rest = [at for at, count in enumerate(counts) if count >= FEW]
        if rest:
            small.add(min(rest, key=lambda at: counts[at]))
    return [None if at in small else count for at, count in enumerate(counts)]


def grid(counts: Mapping[tuple[str, str], int], names: Sequence[str], columns: Sequence[str]) -> list[Row]:
    """Rows of told counts by (name, column)."""
    table = [[counts.get((name, column), 0) for column in columns] for name in names]
    if len(columns) == 1:  # the total of all is known
        return [Row(name, (one,)) for name, one in zip(names, told([row[0] for row in table]), strict=True)]
    return [Row(name, tuple(told(row))) for name, row in zip(names, table, strict=True)]  # that of a row may be


def over_time(title: str, first: str, columns: Sequence[str], rows: Sequence[Row], note: str = "") -> Figure:
    """Upright bars, one on the other."""
    chart = _chart("StackedBar", columns, rows, width=900, height=300)
    chart.x_labels = [row.name for row in rows]
    step = -(-len(rows) // 10)
    chart.x_labels_major = [row.name for at, row in enumerate(rows) if at % step == 0]
    chart.show_minor_x_labels = False
    return Figure(title, first, tuple(columns), tuple(rows), _plain(chart, title), note)


def side_by_side(title: str, first: str, columns: Sequence[str], rows: Sequence[Row], note: str = "") -> Figure:
    """Lying bars, for what has names."""
    chart = _chart("HorizontalStackedBar", columns, rows[::-1], width=900, height=60 + 34 * len(rows))
    chart.x_labels = [row.name for row in rows[::-1]]
    return Figure(title, first, tuple(columns), tuple(rows), _plain(chart, title), note)


def _chart(kind: str, columns: Sequence[str], rows: Sequence[Row], **how: Any) -> Any:
    chart = getattr(_pygal(), kind)(
        js=(), show_legend=False, show_y_guides=True, margin=8, spacing=12,
        value_formatter=lambda value: f"{value:,.0f}", min_scale=2, max_scale=6, truncate_label=-1,
        print_values=False, include_x_axis=True, **how,
    )  # fmt: skip
    for at, column in enumerate(columns):
        chart.add(column, [row.values[at] or 0 for row in rows])
    if not any(value for row in rows for value in row.values):
        chart.range = (0, FEW)
    return chart


def _pygal() -> Any:
    """The library. Its finder of modules is for maps, which we have none of, and of a kind that Python has given up."""
    try:
        import pygal
    except ImportError as error:
        raise BundleError("The report of a bundle needs pygal: pip install 'consent-ledger[bundle]'.") from error
    sys.meta_path[:] = [one for one in sys.meta_path if type(one).__name__ != "PluginImportFixer"]
    return pygal


def _plain(chart: Any, title: str) -> str:
    """The chart's shapes and words alone: the page's style sheet dresses them."""
    tree = ElementTree.fromstring(chart.render())
    view = tree.get("viewBox", "0 0 900 300")
    _strip(tree)
    tree.attrib.clear()
    tree.set("viewBox", view)
    tree.set("role", "img")
    tree.set("aria-label", f"Chart: {title}. The table has the same numbers.")
    ElementTree.register_namespace("", _SVG[1:-1])
    return ElementTree.tostring(tree, encoding="unicode")


def _strip(element: ElementTree.Element) -> None:
    for child in list(element):
        tag = child.tag if isinstance(child.tag, str) else ""
        gone = tag.removeprefix(_SVG) in ("", "defs", "script", "style", "desc", "title", "a")
        unseen = {"tooltip", "tooltip-overlay", "text-overlay"} & set(child.get("class", "").split())
        if gone or unseen:
            element.remove(child)
            continue
        child.attrib = {
            name: _NUMBER.sub(lambda found: f"{float(found[0]):.1f}", value)
            for name, value in child.attrib.items()
            if name in _KEPT
        }
        _strip(child)
    element.tail = None
