"""Strict blocking: pages that reach for vendors by every way, early and late. The witness is the vendors' own log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .stand import CDN, DONE, HOST, LANTERN, MEADOW, ONCE, OWN_WAYS, PARCEL, STATIC, STRANGER, Stand
from .visitor import Visitor, acknowledged, button, first_layer, until

VENDORS = ((MEADOW, "mdw"), (LANTERN, "ltn"), (STRANGER, "str"))
ALL = STATIC | {f"{when}-{what}" for when in ("early", "loaded", "later") for what in DONE}
ORDER = ["meadow head.js", "meadow body.js", "meadow written.js", "meadow early-made.js", "meadow early-attribute.js"]


@pytest.fixture(scope="module", params=[False, True], ids=["mounted", "tag"])
def stand(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Stand]:
    made = Stand(tmp_path_factory.mktemp("stand"), request.param)
    yield made
    made.close()


@pytest.fixture
def visitor(visit: Callable[..., Visitor], stand: Stand) -> Iterator[Visitor]:
    stand.asked.clear()
    made = visit()
    yield made
    made.complaints.clear()  # the browser tells of each thing that it kept out, and of made-up fonts and scripts


def settled(page: Page, stand: Stand) -> None:
    """The page has done all that it does by itself, and for a while nobody was asked for anything."""
    until(page, "window.ran?.includes('mdw late') && window.ran.includes('str late')")
    quiet, before = 0, -1
    while quiet < 3:
        quiet, before = (quiet + 1 if len(stand.asked) == before else 0), len(stand.asked)
        page.wait_for_timeout(200)


def own_requests_went_out(stand: Stand) -> None:
    assert set(stand.ways(HOST)) == OWN_WAYS
    assert set(stand.ways(CDN)) == {"script.js", "style.css", "fetch", "socket"}
    assert set(stand.ways(PARCEL)) == {"script.js", "fetch"}


def nothing_went_out(stand: Stand, *vendors: str) -> None:
    own_requests_went_out(stand)
    for vendor in vendors:
        assert stand.ways(vendor) == [], vendor


def all_went_out(stand: Stand, vendor: str) -> None:
    ways = Counter(stand.ways(vendor))
    assert ALL - set(ways) == set()
    again = {f"{when}-{what}" for when in ("early", "loaded", "later") for what in ONCE} | {"head.js", "body.js"}
    assert {way: ways[way] for way in again if ways[way] != 1} == {}


def stored(visitor: Visitor, mark: str) -> set[str]:
    found = visitor.stored()
    return {f"{kind} {name}" for kind, names in found.items() for name in names if name.startswith(mark)}


def saves(visitor: Visitor, *purposes: str) -> None:
    """Save these, and nothing else; ends on the page that is loaded again."""
    dialog = visitor.opens_centre()
    for box in dialog.locator("[name=purpose]").all():
        box.set_checked(box.get_attribute("value") in purposes)
    with visitor.page.expect_navigation():
        dialog.locator("button[value=save]").click()
    acknowledged(visitor.page)


def test_nothing_before_a_yes_nor_after_a_no(visitor: Visitor, stand: Stand) -> None:
    url = stand.everything(*VENDORS)
    page = visitor.goes(url, banner=True)
    settled(page, stand)
    nothing_went_out(stand, MEADOW, LANTERN, STRANGER)
    assert stored(visitor, "mdw") == stored(visitor, "ltn") == set()
    loads: list[Any] = []
    page.on("load", lambda page: loads.append(page))
    visitor.refuses()
    expect(first_layer(page)).to_be_hidden()
    for host, mark in VENDORS:
        page.evaluate(f"tries_{mark}('{stand.at(host)}', 'refused')")
    page.wait_for_timeout(500)
    nothing_went_out(stand, MEADOW, LANTERN, STRANGER)
    assert stored(visitor, "mdw") == stored(visitor, "ltn") == set()
    assert loads == []  # a no takes nothing away that the page had
    stand.asked.clear()
    visitor.goes(url, banner=False)
    settled(page, stand)
    nothing_went_out(stand, MEADOW, LANTERN, STRANGER)
    assert stored(visitor, "mdw") == stored(visitor, "ltn") == set()


def test_all_that_was_granted_after_a_yes_and_nothing_else(visitor: Visitor, stand: Stand) -> None:
    page = visitor.goes(stand.everything(*VENDORS), banner=True)
    settled(page, stand)
    nothing_went_out(stand, MEADOW, LANTERN, STRANGER)
    stand.asked.clear()
    saves(visitor, "analytics")
    settled(page, stand)
    all_went_out(stand, MEADOW)
    nothing_went_out(stand, LANTERN, STRANGER)
    ran = [name for name in page.evaluate("window.ran") if name in ORDER]
    assert ran == ORDER
    wanted = {f"cookies mdw_{when}" for when in ("early", "loaded", "later")}
    assert wanted | {"local mdw_early", "session mdw_early", "databases mdw_db"} <= stored(visitor, "mdw")
    assert stored(visitor, "ltn") == set()


def test_from_the_moment_of_a_withdrawal(visitor: Visitor, stand: Stand) -> None:
    page = visitor.goes(stand.everything(*VENDORS), banner=True)
    with page.expect_navigation():
        button(page, "accept_all").click()
    acknowledged(page)
    settled(page, stand)
    all_went_out(stand, LANTERN)
    assert stand.ways(STRANGER) == []
    stand.asked.clear()
    visitor.withdraws()
    settled(page, stand)
    nothing_went_out(stand, MEADOW, LANTERN, STRANGER)
    assert stored(visitor, "mdw") == stored(visitor, "ltn") == set()
