"""OneTrust: the JSON of a domain (`DomainData.Groups` with their cookies and hosts), and its script tag."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from consent.site.mistakes import short
from consent.site.values import MOST_WORDS

from . import items, reasons, texts
from .draft import Draft, Imported, Purpose, Service
from .report import Report, Table
from .settle import settle
from .source import Source

GROUPS = {"C0001": "necessary", "C0002": "performance", "C0003": "functional", "C0004": "targeting", "C0005": "social"}
ACCOUNT = "This belongs to your account there."
TEXTS = "Texts, looks and rules of its own banner. What a site may say and set here is in docs/site-file.md."
SHOWN = "How the group is shown and counted there has no counterpart here."


def find(source: Source) -> Iterator[dict[str, Any]]:
    """What the file holds of it, as one table."""
    tags = [dict(attributes) for attributes in source.scripts if _is_ours(attributes)]
    if tags:
        yield {"script": tags}
    for table in source.tables():
        inner = table.get("DomainData")
        if isinstance(table.get("Groups"), list) or (isinstance(inner, dict) and isinstance(inner.get("Groups"), list)):
            yield table
    if isinstance(source.whole, list) and any(isinstance(one, dict) and "GroupName" in one for one in source.whole):
        yield {"Groups": source.whole}


def _is_ours(attributes: Mapping[str, str]) -> bool:
    return "data-domain-script" in attributes or "otSDKStub" in attributes.get("src", "")


def convert(config: Mapping[str, Any], language: str = "en") -> Imported:
    """What of it a site file can say."""
    report, draft = Report(), Draft("onetrust", stored="OptanonConsent")
    top = report.table(config)
    for tag in top.tables("script"):
        tag.leave(ACCOUNT, "data-domain-script")
        tag.leave("The language of the page decides.", "data-document-language", "data-language")
        tag.leave(reasons.LOADING, *tag.raw)
    tables = [top, domain] if (domain := top.inner("DomainData")) is not None else [top]
    for table in tables:
        _culture(table, draft)
        texts.policy(draft, table, "AboutLink")
    draft.languages = draft.languages or [language]
    for table in tables:
        for group in table.tables("Groups"):
            _group(group, draft)
    for table in tables:
        for key in list(table.waiting):
            table.leave(TEXTS, key)
    return settle(draft, report)


def _culture(table: Table, draft: Draft) -> None:
    """`Language: {Culture: "de"}`."""
    inner = table.inner("Language") if isinstance(table.raw.get("Language"), dict) else None
    if inner is None:
        return
    said = inner.take("Culture", str)
    if said and (known := texts.language(table.report, inner.at("Culture"), said)):
        draft.languages = [known]
    inner.leave(TEXTS, *inner.raw)


def _group(table: Table, draft: Draft) -> None:
    if str(table.raw.get("Type", "COOKIE")).startswith(("IAB", "TCF")) or table.raw.get("IsIabPurpose") is True:
        table.leave("Purposes of the TCF are not carried over.", *table.raw)
        return
    id_ = table.take("CustomGroupId", str) or table.take("OptanonGroupId", str) or ""
    table.take("OptanonGroupId", str)
    status = (table.take("Status", str) or "").lower()
    tag = draft.languages[0]
    needed = status.startswith("always")
    said = table.raw.get("GroupName")
    meant = GROUPS.get(id_.upper(), said if isinstance(said, str) else id_ or "unsorted")
    purpose = draft.purpose(meant, table.path, needed)
    if id_:
        draft.marks[id_] = purpose, None
    if status not in ("inactive", "always active", ""):
        table.report.leave(table.at("Status"), reasons.DEFAULT_ON)
    for key, most, into in (("GroupName", MOST_WORDS, purpose.name), ("GroupDescription", 2000, purpose.text)):
        if words := texts.take_words(table, key, not purpose.needed, most):
            into.setdefault(tag, words)
    for key in ("FirstPartyCookies", "Cookies"):
        for cookie in table.tables(key):
            _cookie(cookie, purpose, tag)
    for host in table.tables("Hosts"):
        _host(host, purpose, tag)
    for key in list(table.waiting):
        table.leave(SHOWN, key)


def _host(table: Table, purpose: Purpose, tag: str) -> None:
    name = table.take("DisplayName", str) or table.take("HostName", str) or "?"
    table.take("HostName", str)
    purpose.services.append(Service(short(name), table.path, (table.take("PrivacyPolicy", str) or "").strip()))
    for cookie in table.tables("Cookies"):
        _cookie(cookie, purpose, tag)
    table.leave(reasons.SERVICE, "Description")
    for key in list(table.waiting):
        table.leave(ACCOUNT, key)


def _cookie(table: Table, purpose: Purpose, tag: str) -> None:
    key = "Name" if "Name" in table else "name"
    name = table.take(key, str)
    text = ""
    for words in ("description", "Description", "thirdPartyDescription"):
        text = text or texts.take_words(table, words, not purpose.needed)
    made = []
    if name is not None:
        stated = {tag: text} if text else {}
        made = items.add(table.report, purpose, table.at(key), items.open_ended(name), text=stated)
    lasting = _lasting(table)
    for item in made:
        item.duration = lasting
    for rest in list(table.waiting):
        table.leave("This comes from the scan, and is no part of a declaration.", rest)


def _lasting(table: Table) -> str:
    """`Length` counts days; with `IsSession`, or none, it goes with the browser."""
    session = table.take("IsSession", bool)
    length: Any = table.take("Length", object)
    if session:
        return "session"
    if str(length) == "0":
        return "session"
    found = items.days(length)
    if length is not None and not found:
        table.report.leave(table.at("Length"), "This is no number of days.")
    return found
