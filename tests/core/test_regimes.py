"""region → regime → decision: what the law of a region asks, and what a site may make of it."""

from __future__ import annotations

import dataclasses
from types import MappingProxyType

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from consent import notice, record, token
from consent.decision import Answer, Decision, Standing, decide
from consent.errors import AgeRequired, UnknownChoice
from consent.keys import Keys
from consent.regimes import OPT_IN, REGIONS, at, for_region, named
from consent.signals import Signals
from consent.site import values
from consent.site.model import Site

GPC = Signals(gpc="1")
ALL = {"analytics": True, "marketing": True, "ai_training": False, "security": True}


def answered(site: Site, region: str | None, answer: Answer, standing: Standing | None = None) -> Decision:
    return decide(site, at(site, region), "n" * 43, "en", notice.fingerprints(site), answer, standing)


def test_every_row_names_its_law_and_authority() -> None:
    for code, row in REGIONS.items():
        assert code == row.code and row.law and row.regime.source and row.authority, code
        assert row.url.startswith("https://"), code
        assert code[:2] in values.COUNTRIES, code
        assert bool(row.age) == bool(row.age_source), code
        assert named(row.regime.id) is row.regime
        assert "reject_all" in row.regime.first_layer


def test_a_regime_that_presumes_nothing_shows_refuse_all_beside_accept_all() -> None:  # R2
    for row in REGIONS.values():
        first, second, *_ = row.regime.first_layer
        assert first == "reject_all" and second in ("accept_all", "told")


@pytest.mark.parametrize("code", ["CA", "CO", "CT", "DE", "MD", "MT", "NE", "NH", "NJ", "OR", "TX"])
def test_the_universal_opt_out_is_obeyed_in_each_state_that_has_it(code: str) -> None:  # R25
    assert for_region(f"US-{code}").obeys_gpc


@pytest.mark.parametrize(
    "code", [None, "", "ZZ", "T1", "XX", "fr\x00", "F", "FRA", "US-", "US-ABCD", "٣٣", "EU", "-", "FR\n", "A" * 10_000]
)
def test_an_unknown_region_is_the_strictest(code: str | None) -> None:  # design, decision 9
    if code != "US-":
        assert for_region(code) is OPT_IN


def test_a_state_of_its_own_comes_before_its_country() -> None:
    assert [for_region(code).id for code in ("CA", "CA-QC", "ca-qc", "CA-ON", "US", "us-tx", "US-ZZ", "FR-75")] == [
        "ca", "ca-qc", "ca-qc", "ca", "us-ca", "us-signal", "us-ca", "eu"
    ]  # fmt: skip


@given(st.text(max_size=8))
def test_any_text_is_a_regime(code: str) -> None:
    assert for_region(code).id in {row.regime.id for row in REGIONS.values()} | {"opt-in"}


def test_told_is_no_answer_where_consent_is_needed(site: Site) -> None:  # R1
    for region in (None, "FR", "GB", "CH", "BR", "CA-QC"):
        with pytest.raises(UnknownChoice):
            answered(site, region, Answer("told"))


@pytest.mark.parametrize("region", ["US-CA", "US-VA", "CA", "JP"])
def test_who_was_told_and_said_nothing_has_what_the_regime_presumes(site: Site, region: str) -> None:
    made = answered(site, region, Answer("told"))
    assert (made.method, made.answers) == ("told", ALL)
    refused = answered(site, region, Answer("reject_all"))
    assert not refused.grants


def test_told_never_takes_back_a_no(site: Site) -> None:  # R24
    standing = Standing(granted=frozenset(), refused=frozenset({"marketing"}))
    made = answered(site, "US-CA", Answer("told"), standing)
    assert made.answers == {**ALL, "marketing": False}


def test_sensitive_data_need_a_yes_where_the_law_says_so(site: Site) -> None:
    kept = tuple(dataclasses.replace(p, sensitive=p.id == "analytics") for p in site.purposes)
    careful = dataclasses.replace(site, purposes=kept)
    assert answered(careful, "US-CO", Answer("told")).answers["analytics"] is False
    assert answered(careful, "US-CA", Answer("told")).answers["analytics"] is True  # the right to limit
    assert at(site, "US-CA").links == ("do_not_sell", "limit_sensitive")


def test_a_signal_opts_out_of_sale_and_sharing(site: Site) -> None:  # R20
    for seen in (GPC, Signals(js_gpc="true"), Signals(js_gpc="1")):
        made = answered(site, "US-CA", Answer("told", signals=seen))
        assert (made.method, made.answers, made.yields) == ("signal", {**ALL, "marketing": False}, ())
    assert answered(site, "US-CA", Answer("told", signals=Signals(dnt="1", js_gpc="false"))).method == "told"


def test_accept_all_does_not_outrank_the_signal_and_a_yes_of_its_own_does(site: Site) -> None:  # R33
    assert answered(site, "US-CA", Answer("accept_all", signals=GPC)).answers["marketing"] is False
    own = answered(site, "US-CA", Answer("save", purposes=frozenset({"marketing"}), signals=GPC))
    assert own.answers["marketing"] is True and own.signals.gpc == "1" and own.yields == ()
    # For purposes that the law lets people opt in to, the later choice counts, with the signal beside it.
    french = answered(site, "FR", Answer("accept_all", signals=GPC))
    assert french.answers == ALL and french.signals.gpc == "1" and french.yields == ()


def test_a_yes_from_before_the_signal_gives_way_to_it(site: Site, keys: Keys) -> None:  # R20
    before = answered(site, "US-CA", Answer("accept_all"))
    assert before.yields == ("marketing",)
    made = record.make(before, keys, record.uuid7(1_700_000_000_000, bytes(10)), 1_700_000_000, None)
    held = token.issue(made.record, keys, made)
    assert held.yields and token.issue(made.record, keys) == held
    assert record.verify(made.record, keys.live) is None
    standing = token.standing(held, notice.wanted(site))
    after = answered(site, "US-CA", Answer("told", signals=GPC), standing)
    assert (after.method, after.answers["marketing"], after.answers["analytics"]) == ("signal", False, True)


def test_a_site_may_note_the_signal_only_where_no_law_obeys_it(site: Site) -> None:
    noting = dataclasses.replace(site, gpc="note")
    assert answered(noting, "US-CA", Answer("told", signals=GPC)).method == "signal"
    assert answered(noting, "US-VA", Answer("told", signals=GPC)).method == "told"
    assert answered(site, "US-VA", Answer("told", signals=GPC)).method == "signal"


def test_in_quebec_profiling_is_off_until_it_is_switched_on(site: Site) -> None:  # R14
    kept = tuple(dataclasses.replace(p, profiling=p.id == "analytics") for p in site.purposes)
    profiling = dataclasses.replace(site, purposes=kept)
    regime = at(profiling, "CA-QC")
    assert not regime.presumes and "told" not in regime.first_layer
    with pytest.raises(UnknownChoice):
        answered(profiling, "CA-QC", Answer("told"))
    content = notice.build(profiling, regime, "en", str).content
    assert [purpose["id"] for purpose in content["purposes"] if purpose["profiling"]] == ["analytics"]
    assert "off until you switch it on" in content["texts"]["profiling_note"]


def test_a_site_may_be_stricter_and_never_laxer_without_advice(site: Site, keys: Keys) -> None:
    strict = dataclasses.replace(site, regions=MappingProxyType({"*": "opt-in"}))
    assert (at(strict, "US-CA").kind, at(strict, "US-CA").id) == ("opt-in", "us-ca+opt-in")
    assert at(strict, "FR").id == "eu"
    lax = dataclasses.replace(site, regions=MappingProxyType({"FR": "opt-out"}))
    assert at(lax, "FR").kind == "opt-in"
    advised = dataclasses.replace(lax, legal_advice="Dr. A. Bee, 2026-10-01")
    made = answered(advised, "FR", Answer("told"))
    assert made.grants and made.advice == "Dr. A. Bee, 2026-10-01"
    leaf = record.make(made, keys, record.uuid7(1, bytes(10)), 1, None).record.fields
    assert (leaf["advice"], leaf["regime"]) == ("Dr. A. Bee, 2026-10-01", "eu+opt-out")
    assert notice.build(advised, at(advised, "FR"), "en", str).content["advice"] == "Dr. A. Bee, 2026-10-01"
    assert answered(advised, "DE", Answer("accept_all")).advice == ""


def test_each_region_has_its_own_age_where_the_site_asks_for_it(site: Site) -> None:  # promise E9
    local = dataclasses.replace(site, age_local=True, age_regions=MappingProxyType({"FR": 17}))
    ages = {code: at(local, code).age for code in ("FR", "DE", "ES", "US-CA", "US-TX", "CA-QC", "CH", None)}
    assert ages == {"FR": 17, "DE": 16, "ES": 14, "US-CA": 16, "US-TX": 13, "CA-QC": 14, "CH": 16, None: 18}
    assert at(site, "FR").age is None
    with pytest.raises(AgeRequired):
        answered(local, "US-CA", Answer("told"))
    # Nothing is on before the answer, and the notice does not say so.
    shown = notice.build(local, at(local, "JP"), "en", str)
    assert shown.texts["intro"] == notice.build(local, at(local, "FR"), "en", str).texts["intro"]
    assert shown.content["first_layer"] == ["reject_all", "accept_all", "choose"]
    signalled = answered(local, "US-CA", Answer("told", signals=GPC))
    assert signalled.method == "signal" and not signalled.grants  # an opt-out waits for no answer
    assert not answered(local, "US-CA", Answer("accept_all", age="under")).grants  # R26


@given(
    st.sampled_from([None, *REGIONS]),
    st.sampled_from(["accept_all", "reject_all", "save", "add", "withdraw", "told"]),
    st.sampled_from([None, "1"]),
)
def test_nothing_is_ever_on_that_no_rule_allows(site: Site, region: str | None, choice: str, gpc: str | None) -> None:
    regime = at(site, region)
    try:
        made = answered(site, region, Answer(choice, signals=Signals(gpc=gpc)))
    except UnknownChoice:
        assert choice == "told" and not regime.presumes
        return
    if choice not in ("accept_all", "told"):
        assert not made.grants
    assert made.answers["ai_training"] is False
    if gpc and regime.presumes:
        assert made.answers["marketing"] is False


def test_country_names_exist_in_every_language() -> None:
    territories = Locale("en").territories
    assert all(row.code[:2] in territories for row in REGIONS.values())
