"""The notice in each language of the product: nothing of it is left in English, nothing is left to fill in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from consent import locale as locales
from consent.notice import Notice, build
from consent.regimes import OPT_IN
from consent.site.load import loads
from consent.site.model import Site
from consent.texts import BASIS, DURATION, KIND, ROLE, TEXTS

SAME = {("de", "Name"), ("de", "Cookie")}  # what English and the language have in common
LATER = re.compile(r"\{\w*\}")
FILLED = {"intro", "effective", "age_under", "age_over"}  # by the notice; the page fills the others

SITE = """
[site]
id = "sample"
name = "Beispiel"
policy = "https://sample.example/privacy"
effective = 2026-04-06
languages = ["en", "de", "ar"]
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


@pytest.fixture(scope="module")
def sample() -> Site:
    return loads(SITE)


def notice(site: Site, locale: str) -> Notice:
    return build(site, OPT_IN, locale, locales.translator(locale))


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


def test_the_product_speaks_three_languages() -> None:
    assert locales.available() == ("ar", "de", "en")


@pytest.mark.parametrize(("locale", "direction"), [("en", "ltr"), ("de", "ltr"), ("ar", "rtl")])
def test_direction(sample: Site, locale: str, direction: str) -> None:
    assert notice(sample, locale).content["dir"] == direction == locales.direction(locale)


@pytest.mark.parametrize("locale", ["de", "ar"])
def test_nothing_of_the_product_stays_english(sample: Site, locale: str) -> None:
    english, spoken = notice(sample, "en").content, notice(sample, locale).content
    for name, text in spoken["texts"].items():
        assert text != english["texts"][name] or (locale, text) in SAME, name
    words = (*TEXTS.values(), *BASIS.values(), *KIND.values(), *ROLE.values(), *DURATION.values())
    built_in = {"necessary", "functional", "analytics", "marketing"}
    named = {p[key] for p in english["purposes"] if p["id"] in built_in for key in ("name", "text")}
    forbidden = {*words, *named, *(p["retention"] for p in english["purposes"])}
    left = {text for text in walk(spoken) if text in forbidden and (locale, text) not in SAME}
    assert not left


def test_every_word_of_the_product_is_shown_by_the_sample(sample: Site) -> None:
    """So that the test above leaves none out."""
    shown = set(walk(notice(sample, "en").content))
    for table in (BASIS, KIND, ROLE, DURATION):
        assert not set(table.values()) - shown


@pytest.mark.parametrize("locale", ["en", "de", "ar"])
def test_placeholders_are_filled(sample: Site, locale: str) -> None:
    content = notice(sample, locale).content
    for name, text in content["texts"].items():
        later = set() if name in FILLED else set(LATER.findall(TEXTS[name]))
        assert set(LATER.findall(text)) == later, name
    assert not [text for text in walk({**content, "texts": {}}) if LATER.search(text)]
    assert "Beispiel GmbH" in content["texts"]["intro"]
    assert "13" in content["texts"]["age_under"] and "13" in content["texts"]["age_over"]
    assert "2026" in content["texts"]["effective"]


@pytest.mark.parametrize("locale", ["en", "de", "ar"])
def test_accept_and_refuse_are_equally_plain(sample: Site, locale: str) -> None:
    texts = notice(sample, locale).texts
    assert abs(len(texts["accept_all"]) - len(texts["reject_all"])) <= 2
    assert len(texts["choose"]) <= 12


def test_durations_in_arabic_are_arabic(sample: Site) -> None:
    content = notice(sample, "ar").content
    spans = {p["id"]: p["retention"] for p in content["purposes"]}
    assert spans["analytics"] == "13 شهرًا"
    assert spans["functional"] == "أسبوعان"
    assert spans["marketing"] == "سنة"
    items = [item["duration"] for p in content["purposes"] for item in p["items"]]
    assert "3 أيام" in items
    assert not [words for words in (*spans.values(), *items) if re.search("[A-Za-z]", words)]


def test_a_variant_of_a_language_speaks_it(sample: Site) -> None:
    assert notice(sample, "de_AT").texts["accept_all"] == "Alle annehmen"
    assert notice(sample, "fr").texts["accept_all"] == "Accept all"
