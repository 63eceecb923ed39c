"""The words of a tag's settings link are in the language that the banner speaks on the same page."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.locale import available, pick, translator
from consent.web.linkwords import by_tag

ALL = available()
PAGES = (
    *("de", "de-AT", "zh", "zh-TW", "zh-HK", "zh-Hant-HK", "zh-CN", "no", "nn-NO", "iw", "tl", "pt", "pt-BR", "pt-PT"),
    *("es-MX", "es", "sr-ME", "sr-Latn-RS", "sr", "fil", "fi", "fi-FI", "en-GB", "sh", "mo", "xx", "fr-CA", "fr-CH"),
)


def looked_up(words: dict[str, str], tag: str) -> str:
    """As tag.js does it."""
    return next((said for known, said in words.items() if f"{tag}-".startswith(f"{known}-")), list(words.values())[-1])


def said(locales: tuple[str, ...]) -> dict[str, str]:
    return {locale: translator(locale)("Cookie settings") for locale in locales}


@pytest.mark.parametrize("tag", PAGES)
def test_in_a_site_with_all_languages(tag: str) -> None:
    words = said(("en", *ALL))
    assert looked_up(by_tag(words), tag) == words[pick(tuple(words), [tag])]


@settings(max_examples=25)
@given(st.lists(st.sampled_from(ALL), min_size=1, max_size=5, unique=True), st.sampled_from(PAGES))
def test_in_any_site(offered: list[str], tag: str) -> None:
    words = said(tuple(offered))
    assert looked_up(by_tag(words), tag) == words[pick(offered, [tag])]


def test_a_site_of_few_languages_pays_for_few() -> None:
    assert list(by_tag(said(("en", "de", "ar")))) == ["ar", "de", "en"]
