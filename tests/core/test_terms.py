"""A yes to less never covers more, whatever the terms; a yes to more covers less (regulation R11; promises B6, E13)."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import notice
from consent.changes import asked_again, compare
from consent.regimes import OPT_IN
from consent.site.model import Controller, Duration, Purpose, Site, StoredItem, Unit, Vendor
from consent.terms import longer, terms_in, terms_of

UNITS: list[Unit] = ["minute", "hour", "day", "week", "month", "year"]
DURATIONS = st.one_of(
    st.builds(Duration, st.integers(1, 40), st.sampled_from(UNITS)),
    st.sampled_from([Duration(0, "session"), Duration(0, "forever")]),
)
ITEMS = st.lists(
    st.builds(StoredItem, st.sampled_from(["_a", "_b*"]), st.sampled_from(["cookie", "local"]), DURATIONS),
    max_size=2,
    unique_by=lambda item: (item.kind, item.name),
).map(tuple)
VENDORS = st.lists(
    st.builds(
        Vendor,
        id=st.sampled_from(["v", "w"]),
        name=st.sampled_from(["Vee", "Double"]),
        role=st.sampled_from(["processor", "controller"]),
        country=st.sampled_from(["DE", "US"]),
        policy=st.just("https://v.example/"),
        items=ITEMS,
    ),
    max_size=2,
    unique_by=lambda vendor: vendor.id,
).map(tuple)
PURPOSES = st.builds(
    Purpose,
    id=st.just("p"),
    name=st.sampled_from([{"en": "Statistics"}, {"en": "Statisticz"}]),
    text=st.sampled_from([{"en": "We count."}, {"en": "We cuont."}]),
    basis=st.just("consent"),
    retention=st.one_of(DURATIONS, st.sampled_from([{"en": "As long as it lasts."}, {"en": "For long."}])),
    explicit=st.booleans(),
    sale=st.booleans(),
    sensitive=st.booleans(),
    vendors=VENDORS,
    items=ITEMS,
)


def site_of(purpose: Purpose, controller: str = "Demo Ltd") -> Site:
    who = Controller(controller, "privacy@demo.example")
    day = dt.date(2026, 4, 6)
    return Site("demo", "Demo", who, "/privacy", day, (purpose,))


def seconds(duration: Duration) -> float:
    """About how long, by the length that a month and a year mostly have."""
    units = {"session": 0.0, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
    units |= {"month": 30.4 * 86_400, "year": 365.2 * 86_400}
    return float("inf") if duration.unit == "forever" else duration.count * units[duration.unit]


def is_more(new: Purpose, old: Purpose) -> bool:
    """Whether `new` does anything that `old` does not, told by other means than the code's."""

    def kept(purpose: Purpose) -> dict[tuple[str, ...], float]:
        own = {(item.kind, item.name): seconds(item.duration) for item in purpose.items}
        return own | {
            (vendor.id, item.kind, item.name): seconds(item.duration)
            for vendor in purpose.vendors
            for item in vendor.items
        }

    def parties(purpose: Purpose) -> set[tuple[str, str, str]]:
        return {(vendor.id, vendor.role, vendor.country) for vendor in purpose.vendors}

    stored, before = kept(new), kept(old)
    return (
        bool(parties(new) - parties(old))
        or any(name not in before or length > before[name] for name, length in stored.items())
        or (new.sale and not old.sale)
        or (new.sensitive and not old.sensitive)
        or new.explicit != old.explicit
        or (isinstance(new.retention, Duration) != isinstance(old.retention, Duration))
        or (isinstance(new.retention, Duration) and isinstance(old.retention, Duration)
            and seconds(new.retention) > seconds(old.retention))
    )  # fmt: skip


@given(PURPOSES, PURPOSES)
def test_a_yes_to_less_never_covers_more(old: Purpose, new: Purpose) -> None:
    """Regulation R11."""
    before, after = terms_of(site_of(old))["p"], terms_of(site_of(new))["p"]
    if before.fingerprint == after.fingerprint or before.covers(after):
        assert not is_more(new, old)


@given(PURPOSES, PURPOSES)
def test_what_is_said_and_what_counts_agree(old: Purpose, new: Purpose) -> None:
    """A change that is called material asks, and nothing else does."""
    contents = [notice.build(site_of(each), OPT_IN, "en", str).content for each in (old, new)]
    terms = [terms_in(content)["p"] for content in contents]
    assert terms == [terms_of(site_of(each))["p"] for each in (old, new)]
    changes = compare(*contents)
    assert terms[0].covers(terms[1]) == (not any(change.material for change in changes))
    assert asked_again(changes, contents[1]) == (set() if terms[0].covers(terms[1]) else {"p"})


@given(PURPOSES, st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_a_typo_never_asks_again(purpose: Purpose, name: str, text: str, vendor: str) -> None:
    vendors = tuple(
        dataclasses.replace(each, name=vendor, policy="https://elsewhere.example/") for each in purpose.vendors
    )
    mended = dataclasses.replace(purpose, name={"en": name}, text={"en": text}, vendors=vendors)
    assert notice.fingerprints(site_of(mended)) == notice.fingerprints(site_of(purpose))


@given(PURPOSES, PURPOSES, PURPOSES)
def test_covering_goes_on(one: Purpose, two: Purpose, three: Purpose) -> None:
    a, b, c = (terms_of(site_of(each))["p"] for each in (one, two, three))
    assert a.covers(a)
    if a.covers(b) and b.covers(c):
        assert a.covers(c)


@given(PURPOSES, VENDORS)
def test_without_what_is_new_an_earlier_yes_covers_it(purpose: Purpose, more: tuple[Vendor, ...]) -> None:
    known = {vendor.id for vendor in purpose.vendors}
    added = tuple(vendor for vendor in more if vendor.id not in known)
    before = terms_of(site_of(purpose))["p"]
    after = terms_of(site_of(dataclasses.replace(purpose, vendors=purpose.vendors + added)))["p"]
    assert before.new_vendors(after) == {vendor.id for vendor in added}
    assert before.covers(after.without(before.new_vendors(after)))
    assert after.covers(before) and before.covers(after) == (not added)


def test_another_controller_is_another_question(site: Site) -> None:
    other = dataclasses.replace(site, controller=dataclasses.replace(site.controller, name="Somebody Else Ltd"))
    moved = dataclasses.replace(site, controller=dataclasses.replace(site.controller, contact="dpo@demo.example"))
    for name, terms in terms_of(site).items():
        assert not terms.covers(terms_of(other)[name]) and terms.fingerprint != terms_of(other)[name].fingerprint
        assert terms.covers(terms_of(moved)[name]) and terms.fingerprint == terms_of(moved)[name].fingerprint


@pytest.mark.parametrize(
    ("new", "old", "more"),
    [
        ((13, "month"), (12, "month"), True),
        ((12, "month"), (1, "year"), False),
        ((1, "year"), (365, "day"), True),  # 366 in some years
        ((365, "day"), (1, "year"), False),
        ((30, "day"), (1, "month"), True),  # a February has 28
        ((28, "day"), (1, "month"), False),
        ((1, "month"), (31, "day"), False),
        ((0, "session"), (1, "minute"), False),
        ((1, "minute"), (0, "session"), True),
        ((0, "forever"), (40, "year"), True),
        ((40, "year"), (0, "forever"), False),
        ("for long", "for long", False),
        ("for long", "for longer", True),
        ("for long", (1, "day"), True),
        ((1, "day"), "for long", True),
    ],
)
def test_longer(new: tuple[int, str] | str, old: tuple[int, str] | str, more: bool) -> None:
    assert longer(new, old) is more


def test_a_notice_from_before_there_were_values_covers_nothing(site: Site) -> None:
    content = dict(notice.build(site, OPT_IN, "en", str).content)
    content["purposes"] = [{k: v for k, v in p.items() if k != "retention_value"} for p in content["purposes"]]
    assert terms_in(content) == {}
