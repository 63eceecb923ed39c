"""Accounts: whose subject it is, and which answers hold when a browser is linked to one."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import keys as rings
from consent import notice
from consent.account import SILENT, Answers, Shown, account_subject, answers_of, decision, is_account, together
from consent.encoding import b64
from consent.errors import AccountError
from consent.keys import Keys
from consent.signals import NONE
from consent.site.model import Site
from tests.conftest import NOW

WANTED = {"analytics": "aaaaaa", "marketing": "mmmmmm", "training": "tttttt", "security": 1}
NAMES = ["analytics", "marketing", "training"]
VENDORS = ["analytics/brook", "marketing/fern"]


@st.composite
def sides(draw: st.DrawFn) -> Answers:
    """One side's answers, as a token can hold them."""
    given: dict[str, object] = {}
    for name in NAMES:
        value = draw(st.sampled_from([None, 0, WANTED[name], "older0"]))
        if value is not None:
            given[name] = value
    given.update((name, 0) for name in draw(st.sets(st.sampled_from([*VENDORS, "security"]))))
    return answers_of(given, WANTED)


def test_a_subject_is_the_accounts_for_ever(keys: Keys) -> None:
    subject = account_subject(keys, "ada@example.org")
    assert subject == account_subject(keys, "ada@example.org") and len(subject) == 22
    assert is_account(keys, subject)
    turned = dataclasses.replace(keys, index=b"\x0c" * 32)  # a new index key, as a rotation makes one
    assert account_subject(turned, "ada@example.org") == subject
    kept = rings.from_dict(json.loads(json.dumps(rings.to_dict(turned))))
    assert account_subject(kept, "ada@example.org") == subject


def test_a_ring_from_before_accounts_gets_a_key_and_keeps_it(keys: Keys) -> None:
    old = rings.to_dict(keys)
    del old["accounts"]
    ring = rings.from_dict(old)
    assert len(ring.accounts) == 32 and ring.accounts != ring.index
    kept = rings.from_dict(rings.to_dict(dataclasses.replace(ring, index=b"\x0c" * 32)))
    assert kept.accounts == ring.accounts
    with pytest.raises(rings.KeysError):
        rings.from_dict({**old, "accounts": b64(b"short")})


def test_subjects_differ_by_user_site_and_key(keys: Keys) -> None:
    other = dataclasses.replace(keys, accounts=b"\x04" * 32)
    made = [
        account_subject(keys, "1"),
        account_subject(keys, "2"),
        account_subject(keys, "1 "),
        account_subject(dataclasses.replace(keys, site="shop"), "1"),
        account_subject(other, "1"),
    ]
    assert len(set(made)) == 5
    assert not is_account(other, made[0]) and not is_account(keys, made[4])


@given(st.binary(min_size=16, max_size=16))
def test_a_browsers_subject_is_no_accounts(drawn: bytes) -> None:
    ring = rings.new_ring("demo", NOW, b"\x01" * 32, b"\x02" * 32, b"\x03" * 32)
    assert not is_account(ring, b64(drawn))


@pytest.mark.parametrize("text", ["", "x", "not base64!", "A" * 21 + "B", "é" * 22])
def test_nor_is_anything_else(keys: Keys, text: str) -> None:
    assert not is_account(keys, text)


@pytest.mark.parametrize("user", ["", "x" * 256, "\ud800", 17, None])
def test_what_is_no_user_id(keys: Keys, user: object) -> None:
    with pytest.raises(AccountError):
        account_subject(keys, user)  # type: ignore[arg-type]


@pytest.mark.parametrize("user", ["x", "0", "é" * 255, "\x00", "a b"])
def test_what_is_one(keys: Keys, user: str) -> None:
    assert is_account(keys, account_subject(keys, user))


@given(sides(), sides())
def test_the_stricter_wins(browser: Answers, account: Answers) -> None:
    both = together(browser, account)
    assert both == together(account, browser)
    assert both.no == browser.no | account.no  # every no stays: refusals, vendors left out, objections
    assert not both.yes & both.no
    for name in both.yes:  # somebody said yes, and nobody no
        assert name in browser.yes | account.yes
    for name in NAMES:
        if name in browser.yes and name in account.yes and name not in both.no:
            assert name in both.yes


@given(sides())
def test_where_one_side_says_nothing_the_other_holds(side: Answers) -> None:
    assert together(side, SILENT) == together(SILENT, side) == side == together(side, side)


@given(sides(), sides(), sides())
def test_the_order_of_linking_makes_no_difference(one: Answers, two: Answers, three: Answers) -> None:
    assert together(one, together(two, three)) == together(together(one, two), three)


def test_answers_are_those_to_todays_questions() -> None:
    given = {"analytics": "older0", "marketing": "mmmmmm", "gone": "gggggg", "gone/x": 0, "security": 0, "training": 0}
    assert answers_of(given, WANTED) == Answers(frozenset({"marketing"}), frozenset({"security", "training"}))
    assert not answers_of({}, WANTED)


def test_what_neither_side_answered_stays_open(site: Site) -> None:
    wanted = notice.wanted(site)
    holds = Answers(frozenset({"analytics"}), frozenset({"marketing", "analytics/brook", "security"}))
    made = decision(site, holds, wanted, Shown("n", "opt-in", "de"), 60, NONE)
    assert made.answers == {"analytics": True, "marketing": False, "security": False}
    assert made.vendors == {"analytics/brook": False}
    assert made.fingerprints == {"analytics": wanted["analytics"]}
    assert (made.method, made.via, made.locale, made.lifetime) == ("linked", "api", "de", 60)
    assert made.objections == {"security"}
