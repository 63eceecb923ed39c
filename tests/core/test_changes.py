"""What is different between two notices, in words (promises A7, C8, E13)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from consent import notice
from consent.changes import UNSAID, Change, asked_again, compare, say
from consent.locale import available, translator
from consent.regimes import OPT_IN
from consent.site.model import Duration, Purpose, Site, StoredItem, Vendor
from consent.texts import CHANGES

ALTER = Callable[[Site], Site]


def content(site: Site, locale: str = "en") -> dict[str, Any]:
    return dict(notice.build(site, OPT_IN, locale, translator(locale)).content)


def purpose(name: str, **values: Any) -> ALTER:
    def alter(site: Site) -> Site:
        made = tuple(dataclasses.replace(p, **values) if p.id == name else p for p in site.purposes)
        return dataclasses.replace(site, purposes=made)

    return alter


def vendor(**values: Any) -> ALTER:
    def alter(site: Site) -> Site:
        analytics = site.purpose("analytics")
        assert analytics
        first, *others = analytics.vendors
        return purpose("analytics", vendors=(dataclasses.replace(first, **values), *others))(site)

    return alter


def controller(**values: Any) -> ALTER:
    return lambda site: dataclasses.replace(site, controller=dataclasses.replace(site.controller, **values))


NEW = Purpose("news", {"en": "News"}, {"en": "By e-mail."}, "consent", Duration(1, "year"))
OTHER = Vendor("pond", "Pond", "processor", "FR", "https://pond.example/")
COOKIE = StoredItem("_new", "cookie", Duration(2, "day"))


def with_vendor(site: Site) -> Site:
    analytics = site.purpose("analytics")
    assert analytics
    return purpose("analytics", vendors=(*analytics.vendors, OTHER))(site)


CASES: list[tuple[ALTER, bool, str]] = [
    (lambda site: dataclasses.replace(site, purposes=(*site.purposes, NEW)), True, "New purpose: News"),
    (with_vendor, True, "Statistics: Pond now receives data."),
    (purpose("analytics", items=(COOKIE,)), True, "Statistics: “_new” is now stored on your device (2 days)."),
    (purpose("analytics", retention=Duration(25, "month")), True, "Statistics: kept for 25 months. Before: 13 months."),
    (purpose("analytics", retention=Duration(1, "month")), False, "Statistics: kept for 1 month. Before: 13 months."),
    (purpose("analytics", sensitive=True), True, "Statistics: this now uses sensitive personal information."),
    (purpose("analytics", sale=True), True, "Statistics: this now includes selling or sharing personal information."),
    (purpose("marketing", sale=False), False, ""),
    (purpose("ai_training", explicit=False), True, "Training of our models: this is now part of “Accept all”."),
    (purpose("analytics", explicit=True), True, "Statistics: you now have to tick this on its own."),
    (
        purpose("security", basis="consent"),
        True,
        "Security: the legal basis is now “Your consent”. It was “Our legitimate interest; you may object”.",
    ),
    (
        purpose("analytics", basis="legitimate_interest"),
        True,
        "Statistics: the legal basis is now “Our legitimate interest; you may object”. It was “Your consent”.",
    ),
    (
        vendor(role="controller"),
        True,
        "Statistics: the role of Meadow Analytics is now “Controller (decides for itself)”. "
        "It was “Processor (acts for us)”.",
    ),
    (vendor(country="US"), True, "Statistics: the country of Meadow Analytics is now United States. It was Germany."),
    (vendor(items=()), False, "Statistics: “_mdw*” is no longer stored on your device."),
    (vendor(name="Meadow"), False, "Reworded: “Meadow”. Before: “Meadow Analytics”."),
    (
        vendor(safeguard={"en": "Adequacy"}),
        False,
        "Statistics: the safeguard with Meadow Analytics is now “Adequacy”. It was “–”.",
    ),
    (purpose("analytics", vendors=()), False, "Statistics: Meadow Analytics no longer receives data."),
    (purpose("analytics", text={"en": "We count."}), False, "Reworded: “We count.”. Before: “Shows us which"),
    (lambda site: dataclasses.replace(site, purposes=site.purposes[:-1]), False, "No longer a purpose: Security"),
    (controller(name="Other Ltd"), True, "Responsible for your data is now Other Ltd. It was Demo Ltd."),
    (controller(contact="a@b.example"), False, "The contact is now a@b.example. It was privacy@demo.example."),
    (lambda site: dataclasses.replace(site, policy="/p"), False, "The privacy policy is now at /p."),
    (purpose("security", retention=Duration(2, "year")), False, "Security: kept for 2 years. Before: 30 days."),
    (purpose("analytics", profiling=True), False, ""),
]


@pytest.mark.parametrize(("alter", "material", "sentence"), CASES)
def test_each_change_is_told_and_weighed(site: Site, alter: ALTER, material: bool, sentence: str) -> None:
    changes = compare(content(site), content(alter(site)))
    assert changes and any(change.material for change in changes) is material
    said = [say(change, str, "Accept all") for change in changes]
    assert any(text.startswith(sentence) for text in said if text) if sentence else not any(said)
    assert bool(asked_again(changes, content(alter(site)))) is (
        notice.fingerprints(alter(site)).items() - notice.fingerprints(site).items() != set() and material
    )


def test_what_did_not_change_is_not_told(site: Site) -> None:
    assert compare(content(site), content(site)) == ()
    moved = dataclasses.replace(site, effective=site.effective.replace(year=2027))
    assert compare(content(site), content(moved)) == ()


def test_every_sentence_can_be_said_in_every_language() -> None:
    """With names that a `format` could stumble over."""
    change = Change("", purpose="{p}", vendor="{0}", item="_x", old="%s", new="{")
    for locale in available():
        for kind in CHANGES:
            if kind in ("again_intro", "from", "coming"):
                continue
            text = say(dataclasses.replace(change, kind=kind), translator(locale), "OK")
            assert text.strip(), (locale, kind)
    assert not any(say(dataclasses.replace(change, kind=kind), str, "") for kind in UNSAID)


def test_two_languages_are_compared_by_their_values(site: Site) -> None:
    """Somebody who chose in German reads English now: that is no change. A longer retention is one."""
    assert compare(content(site, "de"), content(site)) == ()
    longer = purpose("analytics", retention=Duration(25, "month"))(site)
    (change,) = compare(content(site, "de"), content(longer))
    assert change.kind == "retention" and change.material


def test_a_notice_without_values_is_compared_by_its_words(site: Site) -> None:
    """Of before there were any: what differs may be more."""
    old = content(site)
    old["purposes"] = [{k: v for k, v in p.items() if k != "retention_value"} for p in old["purposes"]]
    assert compare(old, content(site)) == ()
    shorter = compare(old, content(purpose("analytics", retention=Duration(1, "month"))(site)))
    assert [(change.kind, change.material) for change in shorter] == [("retention", True)]


def test_what_is_asked_comes_first_as_on_the_page(site: Site) -> None:
    both = purpose("necessary", items=(COOKIE,))(purpose("marketing", items=(COOKIE,))(site))
    assert [change.of for change in compare(content(site), content(both)) if change.kind == "item_new"] == [
        "marketing",
        "necessary",
    ]
