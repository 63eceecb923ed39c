"""Orejime, version 3: `window.orejimeConfig = { purposes: […], privacyPolicyUrl }`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from consent.site.values import MOST_WORDS

from . import items, reasons, texts
from .draft import Draft, Imported
from .names import cookie_name
from .report import Report, Table
from .settle import settle
from .source import Source

LOOKS = ("theme", "logo", "orejimeElement", "contextual")
EXEMPT = "Nothing loads before a yes here, unless it is mandatory. Make it mandatory if it may. [ePrivacy 5(3); R5]"


def find(source: Source) -> Iterator[dict[str, Any]]:
    """Tables that are such a configuration."""
    yield from source.named("orejimeConfig")
    yield from source.passed("Orejime.init", "loadOrejime")
    for table in source.tables():
        purposes = table.get("purposes")
        if isinstance(purposes, list) and "services" not in table and any(map(_has_id, purposes)):
            yield table


def _has_id(entry: Any) -> bool:
    return isinstance(entry, dict) and "id" in entry


def convert(config: Mapping[str, Any], language: str = "en") -> Imported:
    """What of it a site file can say."""
    report, draft = Report(), Draft("orejime")
    top = report.table(config)
    texts.policy(draft, top, "privacyPolicyUrl")
    top.leave(reasons.LOOK, *LOOKS)
    top.leave(reasons.BUILT_IN, "translations")
    top.same("forceModal", False, otherwise=reasons.WALL)
    top.same("forceBanner", False, otherwise=reasons.WALL)
    said = top.take("lang", str)
    tag = (texts.language(report, top.at("lang"), said) if said else "") or language
    draft.languages = [tag]
    draft.stored = "orejime"
    _cookie(top.inner("cookie"), draft)
    for table in top.tables("purposes"):
        _purpose(table, draft, tag)
    return settle(draft, report)


def _cookie(cookie: Table | None, draft: Draft) -> None:
    if cookie is None:
        return
    texts.domain(draft, cookie, "domain")
    draft.stored = cookie_name(cookie.raw.get("name"), draft.stored)
    cookie.leave(reasons.OLD_COOKIE, "name", "path", "sameSite", "parse", "stringify")
    cookie.leave(reasons.LIFETIME, "duration")


def _purpose(table: Table, draft: Draft, tag: str) -> None:
    id_ = table.take("id", str) or table.path
    if "purposes" in table:
        table.leave("There are no groups of purposes; each of its purposes stands alone.", "title", "description")
        for inner in table.tables("purposes"):
            _purpose(inner, draft, tag)
        return
    purpose = draft.purpose(id_, table.path, needed=bool(table.take("isMandatory", bool)))
    draft.marks[id_] = purpose, None
    for key, most, into in (("title", MOST_WORDS, purpose.name), ("description", 2000, purpose.text)):
        if words := texts.take_words(table, key, not purpose.needed, most):
            into.setdefault(tag, words)
    table.same("isExempt", False, otherwise=EXEMPT)
    table.same("default", *([True, False] if purpose.needed else [False]), otherwise=reasons.DEFAULT_ON)
    table.leave(reasons.LOADING, "runsOnce")
    for path, entry in table.entries("cookies"):
        if isinstance(entry, list):
            for index in range(1, len(entry)):
                table.report.leave(f"{path}[{index}]", reasons.PLACE)
            path, entry = f"{path}[0]", entry[0] if entry else None
        items.add(table.report, purpose, path, entry, text={})
