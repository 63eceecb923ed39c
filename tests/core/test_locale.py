"""Which language is spoken to whom: what browsers and pages send, and what we have."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from consent import locale as locales

ALL = locales.available()
SENT = {
    **dict.fromkeys(("zh", "zh-CN", "zh-SG", "zh-Hans", "zh_Hans_HK", "cmn"), "zh_Hans"),
    **dict.fromkeys(("zh-TW", "zh-HK", "zh-MO", "zh-Hant", "zh-hant-cn"), "zh_Hant"),
    **dict.fromkeys(("no", "nb", "no-NO", "nb-NO"), "nb"),
    **dict.fromkeys(("sh", "sr-Latn", "sr-ME", "sr-Latn-RS"), "sr_Latn"),
    **dict.fromkeys(("sr", "sr-RS", "sr-Cyrl-BA"), "sr"),
    **dict.fromkeys(("pt", "pt-PT", "pt-AO", "pt-MZ"), "pt"),
    **dict.fromkeys(("es-419", "es-MX", "es-AR", "es-US"), "es_419"),
    **dict.fromkeys(("es", "es-ES"), "es"),
    **dict.fromkeys(("fr", "fr-BE", "fr-CH"), "fr"),
    **dict.fromkeys(("en", "en-GB", "en-AU", "en-US"), "en"),
    **dict.fromkeys(("mo", "ro-MD", "ro"), "ro"),
    **dict.fromkeys(("DE", "de-AT", "de_CH", "de-AT-1996", "de-DE-u-co-phonebk", "de-Latn-DE-x-us"), "de"),
    "nn-NO": "nn",
    "pt-BR": "pt_BR",
    "fr-CA": "fr_CA",
    "iw": "he",
    "iw-IL": "he",
    "in": "id",
    "in-ID": "id",
    "tl": "fil",
    "tl-PH": "fil",
    "prs": "fa",
    "ms-MY": "ms",
    "ur-IN": "ur",
}


@pytest.mark.parametrize(("sent", "spoken"), SENT.items())
def test_what_browsers_send_is_what_we_speak(sent: str, spoken: str) -> None:
    assert locales.pick(("de" if spoken != "de" else "fr", *ALL), [sent]) == spoken


@pytest.mark.parametrize(
    "tag", ["", "*", "und", "x-klingon", "i-klingon", "tlh", "1", "d", "../../etc", "de\0", "\0de", "деу"]
)
def test_what_is_no_language_of_ours_is_passed_over(tag: str) -> None:
    assert locales.pick(("fr", *ALL), [tag]) == "fr"
    assert locales.pick(("fr", *ALL), [tag, "pl"]) == "pl"


@pytest.mark.parametrize(
    ("offered", "sent", "spoken"),
    [
        (("fr", "es"), "es-MX", "es"),
        (("fr", "es_419"), "es", "es_419"),
        (("fr", "pt_BR"), "pt-PT", "pt_BR"),
        (("fr", "zh_TW", "zh_CN"), "zh", "zh_CN"),
        (("fr", "zh_TW", "zh_CN"), "zh-HK", "zh_TW"),
        (("fr", "de_CH"), "de-AT", "de_CH"),
        (("fr", "de_CH", "de"), "de-AT", "de"),
        (("fr", "sr"), "sr-Latn", "sr"),  # rather in another script than in another language
        (("de", "fr_CA"), "fr-FR", "fr_CA"),
    ],
)
def test_the_nearest_form_of_a_language_is_spoken(offered: tuple[str, ...], sent: str, spoken: str) -> None:
    assert locales.pick(offered, [sent]) == spoken


def test_the_page_comes_before_the_person_and_both_before_the_site() -> None:  # R10
    assert locales.pick(("en", "de", "fr"), ["fr", "de"]) == "fr"
    assert locales.pick(("en", "de", "fr"), ["xx", "de"]) == "de"
    assert locales.pick(("en", "de", "fr"), []) == "en"


_any_tag = st.text(max_size=40) | st.from_regex(r"[A-Za-z]{2,3}([-_][A-Za-z]{4})?([-_][A-Za-z]{2})?", fullmatch=True)


@given(st.lists(st.sampled_from(ALL), min_size=1, max_size=6, unique=True), st.lists(_any_tag, max_size=4))
@example(["en"], ["a" * 1_000_000])
@example(["en", "de"], ["x"] * 32 + ["de"])
def test_whatever_is_sent_something_offered_is_spoken(offered: list[str], sent: list[str]) -> None:
    spoken = locales.pick(offered, sent)
    assert spoken in offered
    if spoken != offered[0]:
        language = spoken.split("_")[0]
        assert any(locales._tags(tag)[0] == language for tag in sent[: locales.MOST_WANTED])


@given(st.lists(st.sampled_from(ALL), min_size=1, max_size=8, unique=True), st.data())
def test_what_is_offered_exactly_is_spoken_exactly(offered: list[str], data: st.DataObject) -> None:
    wanted = data.draw(st.sampled_from(offered))
    assert locales.pick(offered, [wanted]) == wanted
    assert locales.pick(offered, [wanted.replace("_", "-").lower()]) == wanted


@pytest.mark.parametrize("tag", ["de_AT", "es_MX", "zh_TW", "no", "sr_ME", "tl", "pt_BR"])
def test_a_variant_has_the_words_of_its_language(tag: str) -> None:
    spoken = locales.translator(locales.pick(ALL, [tag]))
    assert locales.translator(tag)("Accept all") == spoken("Accept all") != "Accept all"


def test_a_language_that_we_do_not_speak_gets_english() -> None:
    assert locales.translator("yi")("Accept all") == "Accept all"
    assert locales.translator("en_GB")("Accept all") == "Accept all"


def test_languages_are_named_in_themselves() -> None:
    assert [locales.own_name(tag) for tag in ("de", "ar", "ka", "zh_Hant", "sr_Latn", "pt_BR")] == [
        "Deutsch",
        "العربية",
        "ქართული",
        "中文 (繁體)",
        "Srpski (latinica)",
        "Português (Brasil)",
    ]
    assert len({locales.own_name(tag) for tag in ALL}) == len(ALL)
