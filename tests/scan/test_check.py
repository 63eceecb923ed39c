"""What was seen against what is declared."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.regimes import REGIONS, at
from consent.scan.check import Seen, Stored, accepted, below, check, matches, presumed, unasked
from consent.site.model import Site

NOTHING: frozenset[Stored] = frozenset()
OWN = ("shop.example",)


@pytest.fixture
def shop(site: Site) -> Site:
    """Meadow's scripts come from hosts of its own."""

    def with_hosts(purpose: str) -> object:
        found = site.purpose(purpose)
        assert found
        vendors = tuple(dataclasses.replace(v, hosts=(f"{v.id}.example",)) for v in found.vendors)
        return dataclasses.replace(found, vendors=vendors)

    return dataclasses.replace(site, purposes=tuple(with_hosts(p.id) for p in site.purposes))  # type: ignore[misc]


def problems(site: Site, seen: Seen, allowed: frozenset[str]) -> list[str]:
    return [each.problem for each in check(site, OWN, "here", seen, allowed)]


def test_what_is_declared_and_allowed_is_right(shop: Site) -> None:
    seen = Seen(
        frozenset({"shop.example", "cdn.shop.example", "eu.meadow.example"}),
        frozenset({Stored("cookie", "_mdw_1"), Stored("local", "mdw_x"), Stored("cookie", "consent_demo")}),
    )
    assert problems(shop, seen, accepted(shop)) == []
    off = problems(shop, seen, unasked(shop))
    assert len(off) == 3 and all("off at this point" in each for each in off)


@pytest.mark.parametrize(
    "seen",
    [
        Seen(frozenset({"evil.example"}), NOTHING),
        Seen(frozenset({"meadow.example.evil"}), NOTHING),
        Seen(frozenset({"xmeadow.example"}), NOTHING),
        Seen(frozenset(), frozenset({Stored("cookie", "_unknown")})),
        Seen(frozenset(), frozenset({Stored("local", "_mdw_1")})),  # another kind
        Seen(frozenset(), frozenset({Stored("indexeddb", "mdw_x")})),
    ],
)
def test_what_nobody_declares_is_named(shop: Site, seen: Seen) -> None:
    (problem,) = problems(shop, seen, accepted(shop))
    assert "declares" in problem


def test_what_an_explicit_purpose_stores_waits_for_its_own_yes(site: Site) -> None:  # promises D4, E3
    assert "ai_training" not in accepted(site)


def test_what_a_region_presumes_may_run_before_an_answer(site: Site) -> None:
    assert presumed(site, at(site, "FR"), False) == unasked(site)
    assert presumed(site, at(site, "US-CA"), False) == accepted(site)
    assert presumed(site, at(site, "US-CA"), True) == accepted(site) - {"marketing"}  # R20
    asks = dataclasses.replace(site, age_minimum=16)
    assert presumed(asks, at(asks, "US-CA"), False) == unasked(site)


@given(st.sampled_from([None, *REGIONS]), st.booleans())
def test_nothing_explicit_is_ever_presumed(site: Site, region: str | None, signal: bool) -> None:
    assert "ai_training" not in presumed(site, at(site, region), signal)


def test_patterns_and_hosts() -> None:
    assert matches("_ga_*", "_ga_1") and not matches("_ga_*", "_ga") and matches("_ga", "_ga")
    assert below("a.b.c", "b.c") and below("b.c", "b.c") and not below("ab.c", "b.c") and not below("c", "b.c")
