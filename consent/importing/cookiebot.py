"""Cookiebot: the cookies that its API lists as JSON, the tables of its declaration script, and its script tag."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from consent.site.mistakes import short
from consent.site.model import Kind

from . import items, reasons, texts
from .draft import Draft, Imported, Item, Purpose, Service, Text
from .literals import Regex
from .report import Report, Table
from .settle import settle
from .source import Source

CATEGORIES = {"1": "necessary", "2": "preferences", "3": "statistics", "4": "marketing", "5": "unclassified"}
TABLE = re.compile(r"^(?:CookieConsentDialog|CookieDeclaration)\.cookieTable(\w+)$")
SCANNED = """
    Path Value Secure Persistent ExpireSeconds ExpireDays TrackerTypeID TrackerTypeAbbr FirstURL Initiator
    InitiatorSource InitiatorCodeBlockBegin InitiatorCodeBlockEnd InitiatorCodeLineSpecific InitiatorSourceDomain
    InitiatorSourceDomainIP InitiatorSourceDomainCountryID InitiatorSourceDomainCountryName GDPRAdequateCountry
    PriorConsentEnabled Id ID
"""
ACCOUNT = "This belongs to your account there."


def find(source: Source) -> Iterator[dict[str, Any]]:
    """What the file holds of it, as one table."""
    tags = [dict(attributes) for attributes in source.scripts if _is_ours(attributes)]
    tables = {match[1]: value for key, value in source.assigned.items() if (match := TABLE.match(key))}
    if tags or tables:
        yield {"script": tags, "tables": tables}
    for table in source.tables():
        if _is_list(table.get("cookies")):
            yield table
    if _is_list(source.whole):
        yield {"cookies": source.whole}


def _is_ours(attributes: Mapping[str, str]) -> bool:
    return "data-cbid" in attributes or "cookiebot." in attributes.get("src", "")


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(one, dict) and {"Name", "Category"} <= set(one) for one in value)


def convert(config: Mapping[str, Any], language: str = "en") -> Imported:
    """What of it a site file can say."""
    report, draft = Report(), Draft("cookiebot", stored="CookieConsent")
    top = report.table(config)
    for tag in top.tables("script"):
        _tag(tag, draft)
    said = top.take("culture", str)
    if said and said != "default" and (known := texts.language(report, top.at("culture"), said)):
        draft.languages = [known]
    draft.languages = draft.languages or [language]
    top.leave("When and where it was scanned does not matter here.", "domain", "urlpath", "utcscandate")
    for row in top.tables("cookies"):
        _cookie(row, draft)
    if (tables := top.inner("tables")) is not None:
        for key in list(tables.waiting):
            for path, entry in tables.entries(key):
                _line(report, draft, key, path, entry)
    return settle(draft, report)


def _tag(tag: Table, draft: Draft) -> None:
    said = tag.take("data-culture", str)
    if said and (known := texts.language(tag.report, tag.at("data-culture"), said)):
        draft.languages = [known]
    tag.leave(ACCOUNT, "data-cbid", "data-georegions")
    tag.leave("The TCF is not carried over.", "data-framework")
    tag.leave(reasons.LOADING, *tag.raw)


def _purpose(draft: Draft, category: str, path: str) -> Purpose:
    name = CATEGORIES.get(category, category.lower() or "unclassified")
    return draft.purpose({"preference": "preferences"}.get(name, name), path, needed=name == "necessary")


def _kind(said: str) -> Kind | None:
    """What kind of storage is meant; None for what stores nothing by a name, such as a pixel."""
    words = said.lower()
    if "pixel" in words or "tag" in words:
        return None
    found: tuple[tuple[str, Kind], ...] = (("session storage", "session"), ("local", "local"), ("indexed", "indexeddb"))
    return next((kind for word, kind in found if word in words), "local" if words == "html" else "cookie")


def _cookie(row: Table, draft: Draft) -> None:
    """One entry of the JSON list."""
    category = row.take("Category", object)
    purpose = _purpose(draft, str(category) if isinstance(category, str | int) else "", row.path)
    said = row.take("TrackerTypeName", str) or ""
    kind = _kind(said)
    name = row.take("Name", str) or ""
    if kind is None:
        row.leave(f"A {short(said)} stores nothing under a name. Mark the tag in the page: data-consent.", *row.raw)
        row.report.leave(row.at("Name"), f"A {short(said)} stores nothing under a name. Mark the tag in the page.")
        return
    pattern = row.take("NamePattern", str)
    text = texts.take_words(row, "PurposeDescription", not purpose.needed)
    made = _declare(row, purpose, name, pattern, kind, {draft.languages[0]: text} if text else {})
    lasting = _lasting(row, kind)
    http_only = row.take("HTTPOnly", object) in ("1", 1, True)
    for item in made:
        item.duration, item.http_only = lasting, http_only and kind == "cookie"
    third = row.take("ThirdParty", object) in ("1", 1, True)
    _provider(purpose, row.at("Provider"), row.take("Provider", str) or "", third)
    row.leave("This comes from the scan, and is no part of a declaration.", *SCANNED.split())


def _declare(row: Table, purpose: Purpose, name: str, pattern: str | None, kind: Kind, text: Text) -> list[Item]:
    at = row.at("Name")
    if pattern:
        made = items.add(row.report, purpose, row.at("NamePattern"), Regex(pattern), kind=kind, text=text)
        if made:
            return made
    return items.add(row.report, purpose, at, items.open_ended(name), kind=kind, text=text)


def _lasting(row: Table, kind: Kind) -> str:
    if kind == "session" or row.raw.get("Persistent") in ("0", 0, False):
        row.take("ExpireDescription", str)
        return "session"
    if said := row.take("ExpireDescription", str):
        lasting = items.lasting(row.report, row.at("ExpireDescription"), said, kind)
        if lasting:
            return lasting
    days = row.raw.get("ExpireDays")
    return items.days(days)


def _provider(purpose: Purpose, path: str, name: str, third: bool) -> None:
    if third and name and all(service.name != name for service in purpose.services):
        purpose.services.append(Service(short(name), path))


def _line(report: Report, draft: Draft, category: str, path: str, entry: Any) -> None:
    """One entry of a table: name, provider, text, duration, type, and more that only scripts need."""
    if not isinstance(entry, list) or len(entry) < 5 or not all(isinstance(part, str) for part in entry[:5]):
        report.leave(path, "This is no line of a table of cookies.")
        return
    meant = {"advertising": "marketing", "preference": "preferences"}.get(category.lower(), category.lower())
    purpose = _purpose(draft, meant, path)
    name, provider, words, lasting, type_ = entry[:5]
    for index in range(5, len(entry)):
        report.leave(f"{path}[{index}]", "This is for its own script.")
    kind = _kind(type_)
    if kind is None:
        report.leave(path, f"A {short(type_)} stores nothing under a name. Mark the tag in the page: data-consent.")
        return
    text = texts.words(report, f"{path}[2]", words, not purpose.needed)
    stated = {draft.languages[0]: text} if text else {}
    made = items.add(report, purpose, f"{path}[0]", items.open_ended(name), kind=kind, text=stated)
    duration = "session" if kind == "session" else items.lasting(report, f"{path}[3]", lasting, kind)
    for item in made:
        item.duration = duration
    _provider(purpose, f"{path}[1]", provider, True)
