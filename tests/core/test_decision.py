from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import notice
from consent.decision import CHOICES, Answer, Decision, Standing, decide
from consent.errors import AgeRequired, UnknownChoice, UnknownPurpose
from consent.regimes import at
from consent.site.model import Site

ASKED = ["analytics", "marketing", "ai_training"]


def make(site: Site, answer: Answer, standing: Standing | None = None) -> Decision:
    return decide(site, at(site, None), "n", "en", notice.fingerprints(site), answer, standing)


def test_accept_all_grants_what_is_asked_but_nothing_explicit(site: Site) -> None:  # promises D4, E3
    made = make(site, Answer("accept_all"))
    assert made.answers == {"analytics": True, "marketing": True, "ai_training": False, "security": True}
    assert set(made.fingerprints) == {"analytics", "marketing"}


def test_accept_all_leaves_an_explicit_yes_as_it_was(site: Site) -> None:
    assert make(site, Answer("accept_all"), Standing(frozenset({"ai_training"}))).answers["ai_training"]


def test_refuse_all_grants_nothing(site: Site) -> None:
    made = make(site, Answer("reject_all"))
    assert not made.grants and made.method == "reject_all"
    assert not any(made.answers[name] for name in ASKED)


def test_save_grants_exactly_what_was_ticked(site: Site) -> None:
    made = make(site, Answer("save", frozenset({"marketing"})))
    assert [name for name in ASKED if made.answers[name]] == ["marketing"]


def test_a_vendor_can_be_left_out_of_a_purpose(site: Site) -> None:
    made = make(site, Answer("save", frozenset({"analytics"}), frozenset({"analytics/brook"})))
    assert made.vendors == {"analytics/brook": False}


def test_an_exception_to_what_was_not_granted_is_no_exception(site: Site) -> None:
    assert make(site, Answer("save", frozenset(), frozenset({"analytics/brook"}))).vendors == {}


def test_adding_keeps_what_holds(site: Site) -> None:
    standing = Standing(frozenset({"analytics"}), frozenset({"analytics/brook"}))
    made = make(site, Answer("add", frozenset({"marketing"})), standing)
    assert set(made.fingerprints) == {"analytics", "marketing"} and made.vendors == {"analytics/brook": False}


def test_taking_back_a_yes_is_a_withdrawal_whatever_button_did_it(site: Site) -> None:
    standing = Standing(frozenset({"analytics"}))
    for choice in ("withdraw", "reject_all", "save"):
        assert make(site, Answer(choice), standing).method == "withdraw"


def test_objecting_is_recorded_as_such(site: Site) -> None:  # promise D2, GDPR Art. 21
    made = make(site, Answer("save", objections=frozenset({"security"})))
    assert made.answers["security"] is False and made.method == "object"


@pytest.mark.parametrize(
    "answer",
    [
        Answer("save", frozenset({"nope"})),
        Answer("save", frozenset({"necessary"})),
        Answer("save", frozenset({"security"})),
        Answer("save", frozenset({"analytics"}), frozenset({"analytics/nobody"})),
        Answer("save", frozenset({"analytics"}), frozenset({"marketing/brook"})),
        Answer("save", objections=frozenset({"analytics"})),
        Answer("reject_all", frozenset({"\u202enope"})),
    ],
)
def test_what_was_not_asked_cannot_be_answered(site: Site, answer: Answer) -> None:
    with pytest.raises(UnknownPurpose):
        make(site, answer)


@pytest.mark.parametrize("choice", ["", "yes", "ACCEPT_ALL", "choose", "accept_all "])
def test_an_unknown_choice_is_none(site: Site, choice: str) -> None:
    with pytest.raises(UnknownChoice):
        make(site, Answer(choice))


def test_under_the_age_nothing_optional_can_be_granted(site: Site) -> None:  # promises C7, E9
    young = dataclasses.replace(site, age_minimum=13)
    with pytest.raises(AgeRequired):
        make(young, Answer("accept_all"))
    assert not make(young, Answer("accept_all", age="under")).grants
    assert make(young, Answer("accept_all", age="over")).grants
    assert make(young, Answer("reject_all")).age is None


def test_an_age_that_was_not_asked_is_not_kept(site: Site) -> None:
    assert make(site, Answer("accept_all", age="over")).age is None


@given(
    st.sampled_from(sorted(CHOICES)),
    st.frozensets(st.sampled_from(ASKED)),
    st.frozensets(st.sampled_from(ASKED)),
    st.sampled_from([None, "under", "over"]),
)
def test_nothing_is_granted_that_was_neither_ticked_nor_accepted(
    site: Site, choice: str, ticked: frozenset[str], held: frozenset[str], age: str | None
) -> None:
    if choice == "told":  # no answer to a question; see test_regimes
        with pytest.raises(UnknownChoice):
            make(site, Answer(choice, ticked), Standing(held))
        return
    made = make(site, Answer(choice, ticked, age=age), Standing(held))  # type: ignore[arg-type]
    granted = set(made.fingerprints)
    assert granted == {name for name in ASKED if made.answers[name]}
    allowed = {
        "accept_all": {"analytics", "marketing"} | held,
        "save": ticked,
        "add": ticked | held,
        "refuse_new": held,
    }.get(choice, set())
    assert granted <= allowed
    if choice in ("reject_all", "withdraw"):
        assert not granted
