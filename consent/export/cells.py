"""Cells that no spreadsheet takes for a formula, and back again without loss. Pure.

What begins with `=`, `+`, `-`, `@`, tab, CR or LF (or a full-width twin, which some spreadsheets take for the same)
gets an apostrophe in front (OWASP, CSV Injection). So does what begins with an apostrophe, so that each cell can be
undone.
"""

from __future__ import annotations

_STARTERS = frozenset("=+-@\t\r\n＝＋－＠'")


def inert(text: str) -> str:
    """The cell of a value."""
    return "'" + text if text[:1] in _STARTERS else text


def original(cell: str) -> str:
    """The value of a cell."""
    return cell[1:] if cell[:1] == "'" else cell
