"""vanilla-cookieconsent, version 3: `CookieConsent.run({ categories, language, … })`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from consent.site.model import Layout
from consent.site.values import MOST_WORDS

from . import items, reasons, texts
from .draft import Draft, Imported, Purpose, Service
from .literals import Regex
from .names import cookie_name
from .report import Report, Table
from .settle import settle
from .source import Source

PAGE_LOADING = ("root", "autoShow", "manageScriptTags", "autoClearCookies", "hideFromBots", "lazyHtmlGeneration")
CALLBACKS = ("onFirstConsent", "onConsent", "onChange", "onModalShow", "onModalHide", "onModalReady")
BUTTONS = ("title", "acceptAllBtn", "acceptNecessaryBtn", "savePreferencesBtn", "closeIconLabel", "serviceCounterLabel")
POSITIONS: Mapping[str, Layout] = {
    "bottom": "bar",
    "bottom center": "bar",
    "bottom left": "corner-start",
    "bottom right": "corner",
    "middle": "centre",
    "middle left": "centre",
    "middle center": "centre",
    "middle right": "centre",
}


def find(source: Source) -> Iterator[dict[str, Any]]:
    """Tables that are such a configuration."""
    yield from source.passed("CookieConsent.run", "cookieconsent.run", "cc.run")
    for table in source.tables():
        if isinstance(table.get("categories"), dict) and isinstance(table.get("language", {}), dict):
            yield table


def convert(config: Mapping[str, Any], language: str = "en") -> Imported:
    """What of it a site file can say."""
    report, draft = Report(), Draft("vanilla")
    top = report.table(config)
    top.leave(reasons.LOADING, *PAGE_LOADING)
    top.leave(reasons.CODE, *CALLBACKS)
    top.leave("A change of purposes or words is noticed by itself, and only what changed is asked again.", "revision")
    top.same("mode", "opt-in", otherwise=reasons.DEFAULT_ON)
    top.same("disablePageInteraction", False, otherwise=reasons.WALL)
    draft.stored = "cc_cookie"
    _cookie(top.inner("cookie"), draft)
    _gui(top.inner("guiOptions"), draft)
    named = _categories(top.inner("categories"), draft)
    _languages(top.inner("language"), draft, named, language)
    return settle(draft, report)


def _cookie(cookie: Table | None, draft: Draft) -> None:
    if cookie is None:
        return
    texts.domain(draft, cookie, "domain")
    draft.stored = cookie_name(cookie.raw.get("name"), draft.stored)
    cookie.leave(reasons.OLD_COOKIE, "name", "path", "sameSite", "secure", "useLocalStorage")
    cookie.leave(reasons.LIFETIME, "expiresAfterDays")


def _gui(gui: Table | None, draft: Draft) -> None:
    if gui is None:
        return
    for key, modal in gui.named():
        modal.same("equalWeightButtons", True, otherwise=reasons.EQUAL)
        modal.same("flipButtons", False, otherwise=reasons.EQUAL)
        if key == "consentModal" and (position := modal.take("position", str)) is not None:
            draft.layout = POSITIONS.get(position)
            if draft.layout is None:
                modal.report.leave(modal.at("position"), reasons.LOOK)
        modal.leave(reasons.LOOK, "layout", "position")


def _categories(categories: Table | None, draft: Draft) -> dict[str, Purpose]:
    named: dict[str, Purpose] = {}
    for key, table in categories.named() if categories else ():
        needed = bool(table.take("readOnly", bool))
        purpose = named[key] = draft.purpose(key, table.path, needed)
        draft.marks[key] = purpose, None
        if purpose.needed:
            table.take("enabled", bool)
        table.same("enabled", False, otherwise=reasons.DEFAULT_ON)
        if (clear := table.inner("autoClear")) is not None:
            clear.same("reloadPage", True, otherwise='The page is reloaded; withdrawal.then = "event" changes it.')
            _cookies(clear, purpose)
        for name, service in services.named() if (services := table.inner("services")) else ():
            label = texts.take_words(service, "label", False, MOST_WORDS)
            made = Service(label or name, service.path, key=name)
            purpose.services.append(made)
            draft.marks[name] = purpose, made
            service.leave(reasons.CODE, "onAccept", "onReject")
            _cookies(service, purpose)
    return named


def _cookies(table: Table, purpose: Purpose) -> None:
    for cookie in table.tables("cookies"):
        name: Any = cookie.take("name", object)
        if isinstance(name, str | Regex):
            items.add(cookie.report, purpose, cookie.at("name"), name, text={})
        elif name is not None:
            cookie.report.leave(cookie.at("name"), reasons.PATTERN)
        cookie.leave(reasons.PLACE, "path", "domain")


def _languages(table: Table | None, draft: Draft, named: Mapping[str, Purpose], default: str) -> None:
    if table is None:
        draft.languages = [default]
        return
    first = table.take("default", str) or default
    table.leave("The language of the page decides, and how it is written follows from it.", "autoDetect", "rtl")
    translations = table.inner("translations")
    if translations is None:
        draft.languages = [texts.language(table.report, table.at("default"), first) or default]
        return
    for key in sorted(translations.raw, key=lambda key: key != first):
        if isinstance(translations.raw[key], str):
            translations.leave("These words stand in another file. Write them here, and import again.", key)
            continue
        words = translations.inner(key)
        if words is None or not (tag := texts.language(table.report, translations.at(key), key)):
            continue
        if tag not in draft.languages:
            draft.languages.append(tag)
        _words(words, tag, named)


def _words(words: Table, tag: str, named: Mapping[str, Purpose]) -> None:
    words.leave(reasons.BUILT_IN, "consentModal")
    modal = words.inner("preferencesModal")
    if modal is None:
        return
    modal.leave(reasons.BUILT_IN, *BUTTONS)
    for section in modal.tables("sections"):
        linked = section.take("linkedCategory", str)
        purpose = named.get(linked or "")
        if purpose is None:
            why = "This section belongs to no category. Say it on the page of your policy."
            section.leave(why, "title", "description", "cookieTable")
            if linked:
                section.report.leave(section.at("linkedCategory"), "There is no such category.")
            continue
        if name := texts.take_words(section, "title", not purpose.needed, MOST_WORDS):
            purpose.name.setdefault(tag, name)
        if text := texts.take_words(section, "description", not purpose.needed):
            purpose.text.setdefault(tag, text)
        if (table := section.inner("cookieTable")) is not None:
            table.leave("The declaration has columns of its own.", "caption", "headers")
            for row in table.tables("body"):
                _row(row, tag, purpose)


def _row(row: Table, tag: str, purpose: Purpose) -> None:
    """One line of a table for people. Its columns are free, so only usual names are understood."""
    name_key = next((key for key in ("name", "cookie") if key in row), "name")
    name = row.take(name_key, str)
    if name is None:
        return
    found = next((item for item in purpose.items if item.name == name), None)
    made = [found] if found else items.add(row.report, purpose, row.at(name_key), name, text={})
    for key in ("duration", "expiration", "expiry"):
        if (raw := row.take(key, str)) is not None and (lasting := items.lasting(row.report, row.at(key), raw)):
            for item in made:
                item.duration = item.duration or lasting
    for key in ("description", "desc"):
        if text := texts.take_words(row, key, not purpose.needed):
            for item in made:
                item.text.setdefault(tag, text)
    row.leave("Who sets it is said by the vendors of a purpose.", "domain", "provider", "service")
