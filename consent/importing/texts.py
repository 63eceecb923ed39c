"""Sentences and addresses of another tool, as they may stand in a site file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from consent.site import values
from consent.site.mistakes import Bad, short
from consent.site.wording import FORBIDDEN

from .draft import Draft
from .markup import plain
from .report import Report, Table, why_not

LINK = "Only its words are carried over, not their markup and links."


def words(report: Report, path: str, raw: Any, optional: bool, most: int = values.MOST_TEXT) -> str:
    """A sentence without markup, or "" (reported) where it cannot be shown. `optional`: it speaks of a choice."""
    if not isinstance(raw, str):
        report.leave(path, why_not(raw))
        return ""
    text, marked = plain(raw)
    if not text:
        report.carry(path)
        return ""
    try:
        text = values.words(text, most)
    except Bad as wrong:
        report.leave(path, f"{wrong.problem} {wrong.remedy}")
        return ""
    for rule in FORBIDDEN:
        if (match := rule.pattern.search(text)) and (optional or not rule.only_optional):
            report.leave(path, f"“{short(match[0])}” {rule.problem} [{rule.source}]")
            return ""
    if marked:
        report.leave(path, LINK)
    else:
        report.carry(path)
    return text


def take_words(table: Table, key: str, optional: bool, most: int = values.MOST_TEXT) -> str:
    """The same for a key of a table."""
    raw = table.take(key, str)
    return "" if raw is None else words(table.report, table.at(key), raw, optional, most)


def language(report: Report, path: str, raw: str) -> str:
    """A language as Babel writes it, or "" (reported)."""
    return _checked(report, path, raw, values.language)


def policy(draft: Draft, table: Table, key: str) -> None:
    """The address of the privacy policy. The first one that is found counts."""
    raw = table.take(key, str)
    if not raw:
        return
    found = _checked(table.report, table.at(key), raw.strip(), values.page)
    if draft.policy and found and found != draft.policy:
        table.report.leave(table.at(key), f"A site has one address of its policy; {short(draft.policy)} is taken.")
    draft.policy = draft.policy or found


def domain(draft: Draft, table: Table, key: str) -> None:
    """The domain that the choice is shared on."""
    raw = table.take(key, str)
    if raw:
        draft.domain = _checked(table.report, table.at(key), raw.strip(), values.cookie_domain)


def _checked(report: Report, path: str, raw: str, read: Callable[[Any], Any]) -> str:
    try:
        return str(read(raw))
    except Bad as wrong:
        report.leave(path, f"{wrong.problem} {wrong.remedy}")
        return ""
