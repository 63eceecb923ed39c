"""Stored items of another tool → items of a purpose."""

from __future__ import annotations

import re
from typing import Any

from consent.site import durations, values
from consent.site.mistakes import Bad
from consent.site.model import Kind

from .draft import Item, Purpose, Text
from .literals import Regex
from .names import fits, patterns
from .reasons import PATTERN
from .report import Report, why_not


def add(
    report: Report, purpose: Purpose, path: str, name: Any, *, kind: Kind = "cookie", duration: str = "", text: Text
) -> list[Item]:
    """Declare what a name or an expression stands for; report what cannot be said."""
    if not isinstance(name, str | Regex):
        report.leave(path, why_not(name))
        return []
    found = patterns(name) if kind == "cookie" or isinstance(name, Regex) else _key(name)
    if not found:
        report.leave(path, PATTERN if isinstance(name, Regex) else "This cannot be the name of a stored item.")
        return []
    made = [Item(one, path, duration, kind, dict(text)) for one in found]
    purpose.items += made
    report.carry(path)
    return made


def _key(name: str) -> tuple[str, ...]:
    try:
        return (values.item_name(name),)
    except Bad:
        return ()


def lasting(report: Report, path: str, raw: Any, kind: Kind = "cookie") -> str:
    """A duration in our words, or "" (reported) where it is none."""
    words = str(raw).strip().lower() if isinstance(raw, str | int) and not isinstance(raw, bool) else ""
    if words in ("persistent", "never") and kind in ("local", "indexeddb"):
        return "forever"
    try:
        made = durations.parse(words)
    except Bad as wrong:
        report.leave(path, f"{wrong.problem} {wrong.remedy}")
        return ""
    if made.unit == "forever" and kind == "cookie":
        report.leave(path, "No cookie lasts for ever. [RFC 6265bis 5.5]")
        return ""
    return made.unit if made.unit in durations.UNCOUNTED else f"{made.count} {made.unit}{'s' if made.count > 1 else ''}"


def days(raw: Any) -> str:
    """A duration of so many days; "" where it is none."""
    text = str(raw) if isinstance(raw, str | int) else ""
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text):
        return ""
    return f"{text} day{'s' if text != '1' else ''}"


def open_ended(name: str) -> str:
    """A name whose end is written as a placeholder, as a pattern: `_mdw_xxxx` and `_mdw_#` become `_mdw_*`."""
    stem = name.rstrip("#") if name.endswith("#") else name.rstrip("xX") if name.lower().endswith("xxx") else name
    return f"{stem}*" if stem != name and fits(f"{stem}*") else name
