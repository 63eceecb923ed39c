"""What becomes of a site file: a frozen site, or every mistake at once, each with its key and line."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from consent.errors import ConsentError
from consent.site.load import load, loads, read, reads
from consent.site.mistakes import SiteError
from consent.site.model import Duration, Site, say
from consent.site.schema import MOST_BYTES

from .samples import GOOD, changed, mistakes, only

EXAMPLES = Path(__file__).parents[2] / "examples" / "sites"
FIVE = ("gptimage2", "image2", "image2ai", "imagegpt", "gempix2")


def test_a_good_file() -> None:
    site = loads(GOOD)
    assert (site.id, site.name, site.effective) == ("shop", "Example Shop", dt.date(2026, 4, 6))
    assert [purpose.id for purpose in site.purposes] == ["necessary", "analytics"]
    analytics = site.purpose("analytics")
    assert analytics and analytics.asked and analytics.retention == Duration(13, "month")
    assert analytics.vendors[0].items[0].duration == Duration(13, "month")
    assert (site.dnt, site.gpc, site.age_minimum, site.after_withdrawal) == ("note", "honour", None, "reload")
    assert (
        site.keep.ip == "none" and not site.keep.device and not site.keep.page
    )  # nothing optional by default: E12, B3


def test_necessary_is_always_there_and_declares_the_cookie_of_the_choice() -> None:
    text = "\n".join(block for block in GOOD.split("\n\n") if "necessary" not in block)
    first = loads(text).purposes[0]
    assert (first.id, first.basis) == ("necessary", "necessary")
    assert [item.name for item in first.items] == ["consent_shop", "consent_pending"]
    own = loads(text + '\n[cookie]\nname = "choice"\n')
    assert [item.name for item in own.purposes[0].items] == ["choice", "consent_pending"]


TEN = (
    ('id = "shop"', 'id = "The Shop"'),
    ('policy = "https://shop.example/privacy"', 'policy = "http://shop.example/privacy"'),
    ("effective = 2026-04-06", 'effective = "last spring"'),
    ('languages = ["en"]', 'langauges = ["en"]'),
    ('contact = "privacy@shop.example"', 'contact = "call us"'),
    ('retention = "13 months"', 'retention = "13 moths"'),
    ('vendors = ["meadow"]', 'vendors = ["medow"]'),
    ('country = "DE"', 'country = "Germany"'),
    ('name = "session", duration', 'name = "_ga", duration'),
    ('{ name = "_mdw", duration = "13 months" }', '{ name = "_mdw", kind = "coookie", duration = "13 months" }'),
)
TEN_KEYS = {
    "site.id": "the_shop",
    "site.policy": "https://shop.example/privacy",
    "site.effective": "2026-04-06",
    "site.langauges": "languages",
    "controller.contact": "privacy@example.com",
    "purposes.analytics.retention": "13 months",
    "purposes.analytics.vendors[0]": "meadow",
    "vendors.meadow.country": "DE",
    "purposes.necessary.items[0].name": "analytics",
    "vendors.meadow.items[0].kind": "cookie",
}


def test_ten_mistakes_in_one_run() -> None:
    text = changed(*TEN)
    with pytest.raises(SiteError) as caught:
        loads(text, "shop.toml")
    errors = {mistake.key: mistake for mistake in caught.value.mistakes if mistake.severity == "error"}
    assert errors.keys() == TEN_KEYS.keys()
    lines = text.splitlines()
    for key, hint in TEN_KEYS.items():
        mistake = errors[key]
        assert hint in mistake.remedy, mistake
        assert mistake.file == "shop.toml" and mistake.problem and mistake.line
        assert key.split(".")[-1].split("[")[0] in lines[mistake.line - 1]
        assert key in str(caught.value)
    assert isinstance(caught.value, ConsentError)


@pytest.mark.parametrize(
    ("pair", "key", "hint"),
    [
        (('name = "Example Shop"', "name = 7"), "site.name", "quotes"),
        (('name = "Example Shop"', 'name = " "'), "site.name", "read"),
        (('name = "Example Shop"', f'name = "{"x" * 121}"'), "site.name", "120"),
        (('name = "Example Shop"', 'name = "a\\u202Eb"'), "site.name", "Remove"),
        (('languages = ["en"]', "languages = []"), "site.languages", "one at least"),
        (('languages = ["en"]', 'languages = "en"'), "site.languages", "brackets"),
        (('languages = ["en"]', 'languages = ["en", "en"]'), "site.languages[1]", "Remove"),
        (('languages = ["en"]', 'languages = ["en", "xx_YY"]'), "site.languages[1]", "de"),
        (('languages = ["en"]', 'origins = ["https://a.example/x"]'), "site.origins[0]", '"https://a.example"'),
        (('policy = "https://shop.example/privacy"', 'policy = "//evil.example"'), "site.policy", "https"),
        (('policy = "https://shop.example/privacy"', 'policy = "javascript:alert(1)"'), "site.policy", "https"),
        (('policy = "https://shop.example/privacy"', 'policy = "https://u:p@shop.example"'), "site.policy", "https"),
        (("effective = 2026-04-06", "effective = 2026-04-06T10:00:00Z"), "site.effective", "2026-04-06"),
        (('contact = "privacy@shop.example"', 'contact = "a@b"'), "controller.contact", "privacy@"),
        (('retention = "13 months"', 'retention = "0 months"'), "purposes.analytics.retention", "1 to"),
        (('retention = "13 months"', "retention = 13"), "purposes.analytics.retention", "quotes"),
        (('country = "DE"', 'country = "UK"'), "vendors.meadow.country", '"GB"'),
        (('country = "DE"', 'country = "EU"'), "vendors.meadow.country", "ISO 3166-1"),
        (('"_mdw", duration = "13 months"', '"_mdw"'), "vendors.meadow.items[0].duration", "13 months"),
        (('"_mdw", duration', '"_*w", duration'), "vendors.meadow.items[0].name", "end only"),
        (('"_mdw", duration', '"a b", duration'), "vendors.meadow.items[0].name", "spaces"),
        (('"_mdw", duration', '"a;b", duration'), "vendors.meadow.items[0].name", "letters"),
        (('"_mdw", duration', '"_m", kind = "session", duration'), "vendors.meadow.items[0].duration", "session"),
        (('"_mdw", dur', '"m", kind = "local", http_only = true, dur'), "vendors.meadow.items[0].http_only", "Remove"),
        (("[vendors.meadow]", "[vendors.Meadow]"), "vendors.Meadow", "small letter"),
    ],
)
def test_a_wrong_value(pair: tuple[str, str], key: str, hint: str) -> None:
    found = mistakes(pair)
    assert any(mistake.key == key and hint in mistake.remedy for mistake in found), found


@pytest.mark.parametrize(
    ("more", "key", "hint"),
    [
        ("[look]\naccent = 'blue'\n", "look.accent", "#"),
        ("[look]\nradius = 29\n", "look.radius", "28"),
        ("[look]\nradius = true\n", "look.radius", "28"),
        ("[look]\nlayout = 'corners'\n", "look.layout", '"corner"'),
        ("[look]\nlayout = 'center'\n", "look.layout", '"centre"'),
        ("[look]\nposition = 'bottom'\n", "look.position", 'layout = "bar"'),
        ("[look]\nfont = 'Inter; color: red'\n", "look.font", "Helvetica Neue"),
        ("[look]\naccent = '#ff6600'\n", "look.accent", '"#cb4f00"'),
        ("[lok]\n", "lok", '"look"'),
        ("[age]\nminimum = 3\n", "age.minimum", "12"),
        ("[signals]\ndnt = 'ignore'\n", "signals.dnt", '"note"'),
        ("[records]\ndevice = 'yes'\n", "records.device", "true or false"),
        ("[cookie]\nname = 'a b'\n", "cookie.name", "letters"),
        ("[cookie]\ndomain = 'https://a.example'\n", "cookie.domain", "without"),
        ("[cookie]\nname = '__Host-c'\ndomain = 'a.example'\n", "cookie.domain", "Remove"),
        ("[withdrawal]\nthen = 'nothing'\n", "withdrawal.then", '"reload"'),
        ("[purposes.own]\nbasis='consent'\nretention='1 year'\nname='Own'\n", "purposes.own.text", "plain words"),
        ("[purposes.own]\nname='Own'\ntext='x'\nretention='1 year'\n", "purposes.own.basis", "consent"),
        ("[purposes.functional]\n", "purposes.functional.retention", "13 months"),
        ("[purposes.functional]\nretention='1 year'\nname={}\n", "purposes.functional.name", "en"),
        ("[purposes.functional]\nretention='1 year'\nname={qqq='x'}\n", "purposes.functional.name.qqq", "en"),
        ("[purposes.analytics]\n", "", "toml.io"),
    ],
)
def test_a_wrong_addition(more: str, key: str, hint: str) -> None:
    mistake = only(more="\n" + more)
    assert (mistake.key, mistake.severity) == (key, "error")
    assert hint in mistake.remedy


def test_a_colour_that_cannot_be_read_and_the_nearest_that_can() -> None:
    mistake = only(more='\n[look]\naccent = "#9ab"\n')
    assert mistake.key == "look.accent" and "¶14" in mistake.source
    near = mistake.remedy.split('"')[1]
    assert not mistakes(more=f'\n[look]\naccent = "{near}"\n')


def test_a_vendor_without_purpose_is_a_warning() -> None:
    mistake = only(('vendors = ["meadow"]', "vendors = []"))
    assert (mistake.key, mistake.severity) == ("vendors.meadow", "warning")


def test_an_item_declared_twice() -> None:
    twice = '{ name = "_mdw", duration = "13 months" }'
    assert only((twice, f"{twice}, {twice}")).key == "vendors.meadow.items[1]"
    assert only((twice, twice + ', { name = "_mdw", duration = "1 day" }')).key == "vendors.meadow.items[1]"


def test_a_syntax_error_has_its_line() -> None:
    mistake = only(("effective = 2026-04-06", "effective = = 2026"))
    assert mistake.line == 5 and "not TOML" in mistake.problem


@pytest.mark.parametrize("text", ["a=" + "[" * 9000, "a=" + "9" * 9000, "a.b=1\na.b.c=2", "x" * (MOST_BYTES + 1)])
def test_hostile_texts(text: str) -> None:
    assert reads(text).site is None


def test_bounds_of_counts() -> None:
    many = "".join(f'[vendors.v{n}]\nname="V"\ncountry="DE"\npolicy="https://v.example/"\n' for n in range(257))
    assert any(mistake.key == "vendors" and "256" in mistake.remedy for mistake in mistakes(more="\n" + many))
    items = ", ".join(f'{{ name = "i{n}", duration = "1 day" }}' for n in range(257))
    assert any(
        mistake.key == "vendors.meadow.items"
        for mistake in mistakes(('{ name = "_mdw", duration = "13 months" }', items))
    )


def test_files_that_are_none(tmp_path: Path) -> None:
    for bad in (tmp_path / "absent.toml", tmp_path, Path("a\0b")):
        reading = read(bad)
        assert reading.site is None and len(reading.mistakes) == 1
    (tmp_path / "latin.toml").write_bytes(b"[site]\nname = '\xe9'\n")
    assert read(tmp_path / "latin.toml").mistakes[0].line == 2
    (tmp_path / "bom.toml").write_text("\ufeff" + GOOD, encoding="utf-8")
    assert load(tmp_path / "bom.toml").id == "shop"


@pytest.mark.parametrize("name", FIVE)
def test_the_five_examples_are_clean(name: str) -> None:
    reading = read(EXAMPLES / f"{name}.toml")
    assert reading.mistakes == ()
    assert isinstance(reading.site, Site) and reading.site.id == name
    vendors = {vendor.id for purpose in reading.site.purposes for vendor in purpose.vendors}
    assert {"meadow", "lantern"} <= vendors
    kinds = {item.kind for purpose in reading.site.purposes for vendor in purpose.vendors for item in vendor.items}
    assert kinds == {"cookie", "local", "session", "indexeddb"}  # C1
    for purpose in reading.site.purposes:
        assert {"en", "de", "ar"} <= purpose.text.keys()  # R10
        assert say(purpose.name, "de") != say(purpose.name, "ar")


def test_the_examples_keep_their_promises() -> None:
    gptimage2, image2, image2ai, imagegpt, gempix2 = (load(EXAMPLES / f"{name}.toml") for name in FIVE)

    def basis(site: Site, purpose_id: str) -> str:
        purpose = site.purpose(purpose_id)
        assert purpose, (site.id, purpose_id)
        return ("explicit " if purpose.explicit else "") + purpose.basis

    for site in (gptimage2, image2, image2ai, gempix2, imagegpt):  # A4, B4, D6: payment is declared and never gated
        assert any(vendor.id in ("harbour", "stripe") for vendor in site.purposes[0].vendors)
        assert basis(site, "analytics") == basis(site, "marketing") == basis(site, "functional") == "consent"
        assert basis(site, "security") == "legitimate_interest"
        assert not site.purpose("security").items  # type: ignore[union-attr]  # basis() has looked
    assert basis(gptimage2, "social_sign_in") == "consent"  # A8
    assert basis(image2, "product_improvement") == "consent"  # B1
    assert basis(image2, "content_history") == "contract"  # B2
    assert image2.keep.ip == "none"  # B3
    assert image2ai.age_minimum == gempix2.age_minimum == 13  # C7, E9
    assert basis(imagegpt, "product_emails") == "explicit consent"  # D3
    assert basis(imagegpt, "ai_training") == basis(gempix2, "ai_training") == "explicit consent"  # D4, E3
    assert basis(imagegpt, "uploads") == "contract"  # D11
    assert {purpose.basis for purpose in imagegpt.purposes} > {
        "consent",
        "contract",
        "legitimate_interest",
        "legal_obligation",
    }  # D2
    assert basis(gempix2, "accounting") == "legal_obligation"  # E6
    assert gempix2.dnt == "note" and image2.dnt == "honour"  # E11
    looks = [site.look for site in (gptimage2, image2, image2ai, imagegpt, gempix2)]
    assert len({look.accent for look in looks}) == 5 and len({look.layout for look in looks}) == 4
