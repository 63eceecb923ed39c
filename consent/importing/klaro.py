"""Klaro: `klaroConfig = { services: […], translations: {…} }`. A service becomes items of its first purpose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from consent.site import trackers
from consent.site.mistakes import short
from consent.site.model import Layout
from consent.site.values import MOST_WORDS

from . import items, reasons, texts
from .draft import Draft, Imported, Item, Purpose, Service
from .literals import Regex
from .names import cookie_name, slug, standard
from .report import Report, Table
from .settle import settle
from .source import Source

PAGE_LOADING = ("version", "elementID", "noAutoLoad", "embedded", "storageMethod", "htmlTexts", "testing", "onlyOnce")
LOOKS = """
    groupByPurpose hideToggleAll hideLearnMore noticeAsModal disablePoweredBy poweredBy additionalClass autoFocus
    showNoticeTitle showDescriptionEmptyStore learnMoreAsButton
"""
CALLBACKS = ("callback", "onInit", "onAccept", "onDecline", "vars", "acceptCallback")
OLD = ("cookieName", "storageName", "cookiePath")
OPEN = "zz"  # the language of words for every language


def find(source: Source) -> Iterator[dict[str, Any]]:
    """Tables that are such a configuration."""
    yield from source.named("klaroConfig")
    yield from source.passed("klaro.setup", "klaro.show", "klaro.render")
    for table in source.tables():
        if isinstance(table.get("services", table.get("apps")), list):
            yield table


def convert(config: Mapping[str, Any], language: str = "en") -> Imported:
    """What of it a site file can say."""
    report, draft = Report(), Draft("klaro")
    top = report.table(config)
    top.leave(reasons.LOADING, *PAGE_LOADING)
    top.leave(reasons.LOOK, *LOOKS.split())
    top.leave(reasons.CODE, *CALLBACKS)
    draft.stored = cookie_name(config.get("storageName"), config.get("cookieName"), "klaro")
    top.leave(reasons.OLD_COOKIE, *OLD)
    top.leave(reasons.LIFETIME, "cookieExpiresAfterDays")
    for key, reason in (
        ("default", reasons.DEFAULT_ON),
        ("optOut", reasons.DEFAULT_ON),
        ("required", reasons.NEED),
        ("mustConsent", reasons.WALL),
        ("hideDeclineAll", reasons.EQUAL),
    ):
        top.same(key, False, otherwise=reason)
    top.same("acceptAll", True, otherwise=reasons.EQUAL)
    texts.domain(draft, top, "cookieDomain")
    _styling(top.inner("styling"), draft)
    _policy(top, draft)
    first = top.take("lang", str) or language
    services: dict[str, tuple[Purpose, str]] = {}
    for table in [*top.tables("services"), *top.tables("apps")]:
        _service(table, draft, services, first)
    _purposes(top, draft, first)
    _translations(top.inner("translations"), draft, services, first)
    if not draft.languages:
        draft.languages = [texts.language(report, top.at("lang"), first) or "en"]
    return settle(draft, report)


def _styling(styling: Table | None, draft: Draft) -> None:
    if styling is None:
        return
    words: list[str] = []
    for path, word in styling.entries("theme"):
        if word in ("light", "dark"):
            draft.scheme = "light" if word == "light" else "dark"
        elif word in ("bottom", "left", "right"):
            words.append(word)
        else:
            styling.report.leave(path, reasons.LOOK)
    place: Mapping[str, Layout] = {"left": "corner-start", "right": "corner", "bottom": "bar"}
    draft.layout = next((place[word] for word in ("left", "right", "bottom") if word in words), None)
    for key in list(styling.waiting):
        styling.leave(reasons.LOOK, key)


def _policy(table: Table, draft: Draft) -> None:
    texts.policy(draft, table, "privacyPolicyUrl")
    if isinstance(table.raw.get("privacyPolicy"), str):
        texts.policy(draft, table, "privacyPolicy")
    elif (inner := table.inner("privacyPolicy")) is not None:
        texts.policy(draft, inner, "url")
        inner.leave(reasons.BUILT_IN, "name", "text")


def _service(table: Table, draft: Draft, services: dict[str, tuple[Purpose, str]], tag: str) -> None:
    name = table.take("name", str) or f"service_{len(services) + 1}"
    purpose = _its_purpose(table, draft)
    services[name] = purpose, table.path
    title = texts.take_words(table, "title", False, MOST_WORDS)
    service = Service(title or name, table.path, key=name)
    purpose.services.append(service)
    draft.marks[name] = purpose, service
    for key in ("default", "optOut"):
        table.same(key, False, otherwise=reasons.DEFAULT_ON)
    table.leave(reasons.CODE, *CALLBACKS)
    table.leave(reasons.LOADING, "onlyOnce")
    table.same("contextualConsentOnly", False, otherwise="Mark the place in the page: data-consent. docs/mounting.md")
    text = texts.take_words(table, "description", not purpose.needed)
    made = [item for path, entry in table.entries("cookies") for item in _cookie(table.report, purpose, path, entry)]
    for item in made:
        item.text = {tag: text} if text else {}
    if text and not made:
        table.report.leave(table.at("description"), reasons.SERVICE)
    _own_words(table, purpose)


def _its_purpose(table: Table, draft: Draft) -> Purpose:
    required = bool(table.take("required", bool))
    named = [(path, entry) for path, entry in table.entries("purposes") if _is_name(table.report, path, entry)]
    measures = [entry for _, entry in named if trackers.measures(standard(entry) or slug(entry))]
    if required and not measures:
        for path, entry in named:
            table.report.leave(path, f"What is mandatory stands under “necessary”, not under “{short(entry)}”.")
        return draft.purpose("necessary", table.path, needed=True)
    if required:
        table.report.leave(table.at("required"), reasons.NEED)
    for path, _ in named[1:]:
        table.report.leave(path, "One service serves one purpose here, so that withdrawing is clear. The first counts.")
    return draft.purpose(*((named[0][1], named[0][0]) if named else ("unsorted", table.path)))


def _is_name(report: Report, path: str, entry: Any) -> bool:
    if isinstance(entry, str):
        return True
    report.leave(path, "This is no name of a purpose.")
    return False


def _cookie(report: Report, purpose: Purpose, path: str, entry: Any) -> list[Item]:
    """A name, an expression, or a list of name, path and domain."""
    if isinstance(entry, list) and entry:
        for index in range(1, len(entry)):
            report.leave(f"{path}[{index}]", reasons.PLACE)
        return _cookie(report, purpose, f"{path}[0]", entry[0]) if not isinstance(entry[0], list) else []
    if isinstance(entry, dict):
        inner = report.table(entry, path)
        inner.leave(reasons.PLACE, "path", "domain", "expiresAfter")
        for key in ("pattern", "name"):
            if key in inner:
                name: Any = inner.take(key, object)
                return items.add(report, purpose, inner.at(key), name, text={})
        return []
    # A string in a list of patterns may be written as an expression.
    expression = isinstance(entry, str) and entry.startswith("^")
    return items.add(report, purpose, path, Regex(entry) if expression else entry, text={})


def _own_words(table: Table, purpose: Purpose) -> None:
    """Words by language that stand with a service."""
    for key, words in own.named() if (own := table.inner("translations")) else ():
        tag = texts.language(table.report, words.path, key) if key != OPEN else ""
        _describe(words, tag, purpose, table.path)


def _describe(words: Table, tag: str, purpose: Purpose, place: str) -> None:
    """What a service does, as the text of what it stores; the service itself is a vendor to be filled in."""
    words.leave(reasons.SERVICE, "title")
    text = texts.take_words(words, "description", not purpose.needed)
    ours = [item for item in purpose.items if item.path.startswith(f"{place}.")]
    if text and not (tag and ours):
        words.report.leave(words.at("description"), reasons.SERVICE)
    for item in ours if tag and text else ():
        item.text.setdefault(tag, text)


def _purposes(top: Table, draft: Draft, tag: str) -> None:
    for table in top.tables("purposes"):
        name = table.take("name", str)
        if name:
            _name(table, draft.purpose(name, table.path), tag)


def _name(table: Table, purpose: Purpose, tag: str) -> None:
    if name := texts.take_words(table, "title", not purpose.needed, MOST_WORDS):
        purpose.name.setdefault(tag, name)
    if text := texts.take_words(table, "description", not purpose.needed):
        purpose.text.setdefault(tag, text)


def _translations(table: Table | None, draft: Draft, services: Mapping[str, tuple[Purpose, str]], first: str) -> None:
    if table is None:
        return
    for key in sorted(table.raw, key=lambda key: (key != first, key != OPEN)):
        words = table.inner(key)
        if words is None:
            continue
        tag = first if key == OPEN else texts.language(table.report, table.at(key), key)
        _policy(words, draft)
        if not tag:
            continue
        if key != OPEN and tag not in draft.languages:
            draft.languages.append(tag)
        _named_purposes(words.inner("purposes"), draft, tag)
        for name in list(words.waiting):
            if name in services and isinstance(words.raw[name], dict):
                inner = words.inner(name)
                assert inner is not None
                _describe(inner, tag, *services[name])
            else:
                words.leave(reasons.BUILT_IN, name)


def _named_purposes(table: Table | None, draft: Draft, tag: str) -> None:
    if table is None:
        return
    for key in list(table.waiting):
        purpose = draft.purposes.get(standard(key) or slug(key))
        if purpose is None:
            table.leave("No service has this purpose.", key)
        elif isinstance(table.raw[key], dict):
            inner = table.inner(key)
            assert inner is not None
            _name(inner, purpose, tag)
        elif name := texts.take_words(table, key, not purpose.needed, MOST_WORDS):
            purpose.name.setdefault(tag, name)
