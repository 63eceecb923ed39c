"""What the browser says, and what it counts for: the rules R30, R32 and R33."""

from __future__ import annotations

import dataclasses
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import notice, record
from consent.decision import Answer, Decision, Standing, decide
from consent.keys import Keys
from consent.regimes import at
from consent.signals import Signals, read
from consent.site.model import Site

ALL = {"analytics": True, "marketing": True, "ai_training": False, "security": True}
DNT = Signals(dnt="1")
GPC = Signals(gpc="1")


def answered(site: Site, region: str | None, answer: Answer, standing: Standing | None = None) -> Decision:
    return decide(site, at(site, region), "n", "en", notice.fingerprints(site), answer, standing)


_almost = st.sampled_from(
    ["1 ", " 1", "01", "1,1", "1, 1", "１", "true", "TRUE", "yes", "on", "0", "", "2", "1;", '"1"']
)


@given(_almost | st.text(max_size=40))
def test_only_exactly_1_is_the_signal(value: str) -> None:  # R30
    said = read({"Sec-GPC": value})
    assert said.gpc == ("1" if value == "1" else None)
    assert said.opts_out is (value == "1")


def test_a_script_says_the_same_as_the_header() -> None:  # R30
    assert all(read({}, js_gpc=said).opts_out for said in ("true", "1"))
    assert not any(read({}, js_gpc=said).opts_out for said in ("false", "0", "", "null", "undefined", "True", "yes"))


@given(st.text(max_size=40), st.text(max_size=40))
def test_do_not_track_is_1_or_0_or_nothing(header: str, script: str) -> None:  # R32
    said = read({"DNT": header}, js_dnt=script)
    assert said.dnt == (header if header in ("0", "1") else None)
    assert said.js_dnt == (script if script in ("0", "1", "yes", "no", "unspecified") else None)
    assert said.declines is (header == "1" or script in ("1", "yes"))


def test_both_are_on_every_record(site: Site, keys: Keys) -> None:  # R32, R33
    seen = Signals(dnt="1", gpc="1", js_dnt="unspecified", js_gpc="true")
    for choice, region in product(("accept_all", "reject_all", "save", "add", "withdraw"), (None, "FR", "US-CA", "JP")):
        made = answered(site, region, Answer(choice, signals=seen))
        leaf = record.make(made, keys, record.uuid7(1, bytes(10)), 1, None).record.fields
        assert leaf["signals"] == {"dnt": "1", "gpc": "1", "js_dnt": "unspecified", "js_gpc": "true"}


@pytest.mark.parametrize("region", ["US-CA", "US-VA", "CA", "JP"])
def test_where_do_not_track_is_honoured_nothing_is_presumed(site: Site, region: str) -> None:  # R32
    honouring = dataclasses.replace(site, dnt="honour")
    for seen in (DNT, Signals(js_dnt="1"), Signals(js_dnt="yes"), Signals(dnt="1", gpc="1")):
        made = answered(honouring, region, Answer("told", signals=seen))
        assert (made.method, made.grants, made.vendors) == ("signal", False, {})
    for seen in (Signals(), Signals(dnt="0"), Signals(js_dnt="unspecified")):
        assert answered(honouring, region, Answer("told", signals=seen)).answers == ALL
    assert answered(site, region, Answer("told", signals=DNT)).answers == ALL, "where it is only noted, it is noted"


@pytest.mark.parametrize("region", [None, "FR", "US-CA", "JP"])
@pytest.mark.parametrize("dnt", ["note", "honour"])
def test_a_later_choice_outranks_do_not_track(site: Site, region: str | None, dnt: str) -> None:  # R33
    there = dataclasses.replace(site, dnt=dnt)  # type: ignore[arg-type]
    made = answered(there, region, Answer("accept_all", signals=DNT))
    assert made.answers == ALL and made.signals == DNT and made.method == "accept_all"
    held = Standing(frozenset({"analytics"}))
    if at(there, region).presumes and dnt == "honour":  # what somebody has chosen stays, and nothing comes to it
        assert set(answered(there, region, Answer("told", signals=DNT), held).fingerprints) == {"analytics"}


@pytest.mark.parametrize("region", [None, "FR", "GB", "BR", "CA-QC"])
def test_a_later_choice_outranks_global_privacy_control_where_consent_is_asked(
    site: Site, region: str | None
) -> None:  # R33
    made = answered(site, region, Answer("accept_all", signals=GPC))
    assert made.answers == ALL and made.signals == GPC and made.yields == ()


@given(
    st.sampled_from(["accept_all", "save", "add", "told"]), st.frozensets(st.sampled_from(["analytics", "ai_training"]))
)
def test_for_sale_and_sharing_only_a_separate_yes_outranks_the_signal(
    site: Site, choice: str, ticked: frozenset[str]
) -> None:  # R33, CCPA regs §7025(c)
    made = answered(site, "US-CA", Answer(choice, ticked, signals=GPC))
    assert made.answers["marketing"] is False, "it was not ticked on its own"
    for separate in ("save", "add"):
        own = answered(site, "US-CA", Answer(separate, ticked | {"marketing"}, signals=GPC))
        assert own.answers["marketing"] is True and own.signals == GPC
