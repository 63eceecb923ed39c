"""The notice is exactly what is shown, and a purpose's fingerprint is exactly what a yes is to."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from consent import notice
from consent.locale import translator
from consent.regimes import OPT_IN
from consent.site.model import Duration, Purpose, Site, StoredItem, Vendor


def changed(site: Site, change: Callable[[Purpose], Purpose]) -> Site:
    """The site with another `analytics`."""
    purposes = tuple(change(p) if p.id == "analytics" else p for p in site.purposes)
    return dataclasses.replace(site, purposes=purposes)


def another_vendor(purpose: Purpose) -> Purpose:
    return dataclasses.replace(
        purpose, vendors=(*purpose.vendors, Vendor("new", "New", "processor", "FR", "https://n"))
    )


def another_item(purpose: Purpose) -> Purpose:
    return dataclasses.replace(purpose, items=(StoredItem("_new", "cookie", Duration(1, "day")),))


def longer(purpose: Purpose) -> Purpose:
    return dataclasses.replace(purpose, retention=Duration(25, "month"))


def vendor_abroad(purpose: Purpose) -> Purpose:
    vendors = (dataclasses.replace(purpose.vendors[0], country="US"), *purpose.vendors[1:])
    return dataclasses.replace(purpose, vendors=vendors)


def typo_fixed(purpose: Purpose) -> Purpose:
    return dataclasses.replace(purpose, text={"en": "Other words for the same."}, name={"en": "Counting"})


@pytest.mark.parametrize("change", [another_vendor, another_item, longer, vendor_abroad])
def test_a_yes_ends_where_what_it_was_given_for_changes(site: Site, change: Callable[[Purpose], Purpose]) -> None:
    """Regulation R11; promises B6, E13."""
    before, after = notice.fingerprints(site), notice.fingerprints(changed(site, change))
    assert before["analytics"] != after["analytics"]
    assert {k: v for k, v in before.items() if k != "analytics"} == {k: v for k, v in after.items() if k != "analytics"}


def test_other_words_are_another_notice_but_the_same_question(site: Site) -> None:
    other = changed(site, typo_fixed)
    assert notice.fingerprints(other) == notice.fingerprints(site)
    assert notice.build(other, OPT_IN, "en", str).id != notice.build(site, OPT_IN, "en", str).id


def test_the_order_of_vendors_is_no_change(site: Site) -> None:
    turned = changed(site, lambda p: dataclasses.replace(p, vendors=p.vendors[::-1]))
    assert notice.fingerprints(turned) == notice.fingerprints(site)


def test_the_id_is_that_of_the_content_in_its_language(site: Site) -> None:
    made = {locale: notice.build(site, OPT_IN, locale, translator(locale)) for locale in ("en", "de", "ar")}
    assert len({n.id for n in made.values()}) == 3
    assert made["en"].id == notice.build(site, OPT_IN, "en", translator("en")).id
    assert made["ar"].content["dir"] == "rtl" and made["de"].content["dir"] == "ltr"


def test_the_notice_names_who_what_why_and_how_long(site: Site) -> None:  # R6
    """Promises C3, C6, D1, D2, D11, E8: controller, bases, vendors with role, country, safeguard and policy."""
    content = notice.build(site, OPT_IN, "en", str).content
    assert content["controller"]["name"] == "Demo Ltd" and content["controller"]["country"] == "Germany"
    assert "Demo Ltd" in content["texts"]["intro"]
    purposes = {purpose["id"]: purpose for purpose in content["purposes"]}
    assert purposes["analytics"]["retention"] == "13 months"
    brook = purposes["analytics"]["vendors"][1]
    assert brook["country_text"] == "United States" and brook["safeguard"] == "Standard contractual clauses"
    assert brook["policy"] == "https://brook.example/privacy" and brook["role_text"].startswith("Processor")
    assert purposes["security"]["basis_text"] == "Our legitimate interest; you may object"
    assert purposes["security"]["answerable"] and not purposes["security"]["asked"]
    assert not purposes["necessary"]["answerable"]


def test_the_first_layer_offers_refusing_before_accepting(site: Site) -> None:
    assert notice.build(site, OPT_IN, "en", str).content["first_layer"] == ["reject_all", "accept_all", "choose"]


def test_the_first_layer_names_no_explicit_purpose(site: Site) -> None:
    assert "Training" not in notice.build(site, OPT_IN, "en", str).texts["intro"]
