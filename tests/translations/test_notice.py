"""The notice in each language of the product: nothing of it is left in English, nothing is left to fill in."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from babel import Locale

from consent import locale as locales
from consent.notice import Notice, build
from consent.regimes import OPT_IN, Regime, for_region
from consent.site.load import loads
from consent.texts import BASIS, CHANGES, DURATION, KIND, ME, RECEIPT, ROLE, TEXTS
from consent.units import duration

# What English and a language have in common.
COOKIE = "cs da de el es es_419 fil fr gl id it ja mt nl pt pt_BR ro sk sq vi zh_Hans zh_Hant"
SAME = {
    ("af", "My data"),
    ("cs", "Role"),
    ("de", "Name"),
    *((locale, "Contact") for locale in ("fr", "nl", "ro")),
    *((locale, "Page") for locale in ("fr", "fr_CA")),
    *((locale, "Cookie") for locale in COOKIE.split()),
}
ALL = locales.available()
OTHERS = tuple(tag for tag in ALL if tag != "en")
KINDS = (OPT_IN, for_region("US-CA"), for_region("JP"))
RIGHT_TO_LEFT = {"ar", "fa", "he", "ur"}
LATIN = re.compile("[A-Za-z]")
GLOSSARY = tomllib.loads((Path(__file__).parents[2] / "translations" / "glossary.toml").read_text(encoding="utf-8"))
SPOKEN = {  # where the regulator's own words have to stand
    "accept": {TEXTS["accept_all"]},
    "refuse": {TEXTS["reject_all"]},
    "withdraw": {TEXTS["withdraw"], TEXTS["method_withdraw"], TEXTS["withdraw_note"], ME["withdraw_title"]},
    "legitimate_interest": {BASIS["legitimate_interest"]},
    "controller": {ROLE["controller"], TEXTS["controller"]},
}
LATER = re.compile(r"\{\w*\}")
FILLED = {"intro", "effective", "age_under", "age_over"}  # by the notice; the page fills the others

SITE = """
[site]
id = "sample"
name = "Beispiel"
policy = "https://sample.example/privacy"
effective = 2026-04-06
languages = "all"
[controller]
name = "Beispiel GmbH"
contact = "privacy@sample.example"
country = "DE"
[age]
minimum = 13
[purposes.necessary]
[purposes.functional]
retention = "2 weeks"
items = [
    { name = "a", kind = "local", duration = "forever" },
    { name = "b", kind = "session", duration = "session" },
    { name = "c", kind = "indexeddb", duration = "3 days" },
]
[purposes.analytics]
retention = "13 months"
vendors = ["bach", "wiese", "feld"]
[purposes.marketing]
retention = "1 year"
items = [{ name = "d", kind = "cookie", duration = "90 minutes" }]
[purposes.order]
name = { en = "Bestellung", de = "Bestellung", ar = "الطلب" }
text = { en = "…", de = "…", ar = "…" }
basis = "contract"
retention = "10 years"
[purposes.abuse]
name = { en = "Schutz", de = "Schutz", ar = "الحماية" }
text = { en = "…", de = "…", ar = "…" }
basis = "legitimate_interest"
retention = "36 hours"
[purposes.books]
name = { en = "Belege", de = "Belege", ar = "السجلات" }
text = { en = "…", de = "…", ar = "…" }
basis = "legal_obligation"
retention = "10 years"
[vendors.bach]
name = "Bach"
role = "processor"
country = "DE"
policy = "https://bach.example/privacy"
[vendors.wiese]
name = "Wiese"
role = "controller"
country = "FR"
policy = "https://wiese.example/privacy"
[vendors.feld]
name = "Feld"
role = "joint_controller"
country = "ES"
policy = "https://feld.example/privacy"
"""


@lru_cache(maxsize=256)
def made(site: str, locale: str, regime: Regime) -> Notice:
    return build(loads(site), regime, locale, locales.translator(locale))


def notice(locale: str, regime: Regime = OPT_IN) -> Notice:
    return made(SITE, locale, regime)


def walk(value: Any) -> Iterator[str]:
    """Every string in a notice."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from walk(part)
    elif isinstance(value, list):
        for part in value:
            yield from walk(part)


@pytest.mark.parametrize("locale", ALL)
def test_direction(locale: str) -> None:
    assert notice(locale).content["dir"] == locales.direction(locale) == ("rtl" if locale in RIGHT_TO_LEFT else "ltr")


@pytest.mark.parametrize("locale", OTHERS)
def test_nothing_of_the_product_stays_english(locale: str) -> None:
    words = (*TEXTS.values(), *BASIS.values(), *KIND.values(), *ROLE.values(), *DURATION.values())
    for regime in KINDS:
        english, spoken = notice("en", regime).content, notice(locale, regime).content
        for name, text in spoken["texts"].items():
            assert text != english["texts"][name] or (locale, text) in SAME, name
        built_in = {"necessary", "functional", "analytics", "marketing"}
        named = {p[key] for p in english["purposes"] if p["id"] in built_in for key in ("name", "text")}
        forbidden = {*words, *named}
        left = {text for text in walk(spoken) if text in forbidden and (locale, text) not in SAME}
        assert not left


@pytest.mark.parametrize("locale", OTHERS)
def test_no_table_of_words_is_left_in_english(locale: str) -> None:
    """Those beside the notice as well: pages about records, receipts, changes."""
    translate = locales.translator(locale)
    for table in (ME, RECEIPT, CHANGES):
        for text in table.values():
            assert translate(text) != text or (locale, text) in SAME, text
            assert set(LATER.findall(translate(text))) == set(LATER.findall(text)), text


@pytest.mark.parametrize("locale", OTHERS)
def test_the_regulators_own_words_are_used(locale: str) -> None:
    translate = locales.translator(locale)
    entry = GLOSSARY[locale]
    assert entry["source"] and set(entry["stems"]) == set(SPOKEN)
    for concept, stem in entry["stems"].items():
        said = [translate(text).casefold() for text in SPOKEN[concept]]
        assert any(stem.casefold() in text for text in said), (concept, stem, said)


@pytest.mark.parametrize("locale", OTHERS)
def test_numbers_dates_and_countries_speak_the_language(locale: str) -> None:
    """By CLDR: nothing of it is English, or an abbreviation of a code."""
    content, english = notice(locale).content, notice("en").content
    spans, theirs = ([purpose["retention"] for purpose in each["purposes"][1:]] for each in (content, english))
    assert spans != theirs and all(spans)
    vendors = [vendor for purpose in content["purposes"] for vendor in purpose["vendors"]]
    countries = [content["controller"]["country"], *(vendor["country_text"] for vendor in vendors)]
    assert len(set(countries)) == 3 and not {"DE", "FR", "ES"} & set(countries)
    effective = content["texts"]["effective"]
    assert "2026" in effective and "{" not in effective and effective != english["texts"]["effective"]
    if locales._likely(locales._tags(locale))[1] != "Latn":
        own = [*spans, *countries, effective]
        assert not [text for text in own if LATIN.search(text)]
    for purpose in content["purposes"]:
        if purpose["asked"]:  # in the sentence they stand as a list
            assert purpose["name"] in content["texts"]["intro"]


def test_every_word_of_the_product_is_shown_by_the_sample() -> None:
    """So that the test above leaves none out."""
    shown = set(walk(notice("en").content))
    for table in (BASIS, KIND, ROLE, DURATION):
        assert not set(table.values()) - shown


@pytest.mark.parametrize("locale", ALL)
def test_placeholders_are_filled(locale: str) -> None:
    for regime in KINDS:
        content = notice(locale, regime).content
        for name, text in content["texts"].items():
            later = set() if name in FILLED else set(LATER.findall(TEXTS[name]))
            assert set(LATER.findall(text)) == later, name
        assert not [text for text in walk({**content, "texts": {}}) if LATER.search(text)]
        assert "Beispiel GmbH" in content["texts"]["intro"]
    asked = notice(locale, dataclasses.replace(OPT_IN, age=13)).texts
    assert "13" in asked["age_under"] and "13" in asked["age_over"] and asked["age_under"] != asked["age_over"]


@pytest.mark.parametrize("locale", ALL)
def test_accept_and_refuse_are_equally_plain(locale: str) -> None:  # R2, R13
    texts = notice(locale).texts
    lengths = sorted((len(texts["accept_all"]), len(texts["reject_all"])))
    assert lengths[1] <= max(1.6 * lengths[0], lengths[0] + 2)
    assert len(texts["choose"]) <= 16


@pytest.mark.parametrize("locale", ALL)
def test_each_count_of_time_is_a_word(locale: str) -> None:
    english = []
    for unit in ("minute", "hour", "day", "week", "month", "year"):
        counts = (*range(1, 32), 90, 100, 101, 365, 1_000_000)
        said = [duration(count, unit, Locale.parse(locale)) for count in counts]
        assert all(said) and not [text for text in said if re.search(r"duration|[{}]", text)]
        if said == [duration(count, unit, Locale.parse("en")) for count in counts]:
            english.append(unit)
    assert english == [] or locale == "en" or (locale in {"fr", "fr_CA"} and english == ["minute"])


def test_durations_that_cldr_does_not_spell_out() -> None:
    def said(locale: str, unit: str, *counts: int) -> list[str]:
        return [duration(count, unit, Locale.parse(locale)) for count in counts]

    assert said("mt", "month", 1, 2, 6, 13, 24) == ["1 xahar", "xahrejn", "6 xhur", "13-il xahar", "24 xahar"]
    assert said("ga", "year", 1, 2, 3, 7, 12) == ["1 bhliain", "2 bhliain", "3 bliana", "7 mbliana", "12 bliain"]
    assert said("ar", "month", 1, 2, 13) == ["شهر", "شهران", "13 شهرًا"]
    assert said("ar", "week", 2) == ["أسبوعان"] and said("ar", "day", 3) == ["3 أيام"]
    assert said("sq", "year", 1, 2) == ["1 vit", "2 vjet"]
    assert said("pl", "month", 1, 2, 5) == ["1 miesiąc", "2 miesiące", "5 miesięcy"]


def test_texts_of_the_site_fall_back_within_the_language() -> None:
    own = SITE.replace('en = "Bestellung", de', 'en = "Order", fr = "Commande", de')
    site = loads(own.replace('"all"', '["en", "fr_CA", "es"]'))
    names = {tag: build(site, OPT_IN, tag, locales.translator(tag)).content["purposes"] for tag in site.languages}
    order = {tag: next(p["name"] for p in purposes if p["id"] == "order") for tag, purposes in names.items()}
    assert order == {"en": "Order", "fr_CA": "Commande", "es": "Order"}
