"""From each region exactly what its law asks for: first layer, links, and what is on before and after (R20 to R27).

The expectations stand here by hand, apart from the table that the product goes by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from .test_gate import MARKERS, ran
from .visitor import Visitor, acknowledged, asked, button, first_layer, until
from .workshop import SITE_ID, Workshop

BOTH = ["reject_all", "accept_all", "choose"]
TOLD = ["reject_all", "told", "choose"]
SETTINGS, CHOICES = "Cookie settings", "Your Privacy Choices"
SELL = "Do Not Sell or Share My Personal Information"
OPTED_OUT = "You are opted out: your personal information is not sold or shared."
HONOURED = "Opt-out signal honoured"
INTRO = {
    "opt-in": "Nothing optional starts before you say yes",
    "opt-out": "This is on until you say no.",
    "notice": "You can switch off what you do not want",
}
# EU and EEA, other laws that ask for consent, and places that nobody knows anything of
OPT_IN = (
    "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO RE "
    "GB CH BR CA-QC TR IN ZA KR TH AR CN ID UA KE VN AQ XX"
)
LINKS = {"US-CA": [SELL], "US": [SELL], "CA-ON": [CHOICES], "MX": [CHOICES]}
OPT_OUT = "US-CA US US-CO US-CT US-DE US-MD US-MN US-MT US-NE US-NH US-NJ US-OR US-TX US-VA US-UT US-FL CA-ON MX"
NOTICE = "US-NY US-WA JP AU NZ SG HK"
REGIONS = [
    *((code, "opt-in") for code in OPT_IN.split()),
    *((code, "opt-out") for code in OPT_OUT.split()),
    *((code, "notice") for code in NOTICE.split()),
]
BY_TAG = ["FR", "DE", "GB", "BR", "CA-QC", "XX", "US-CA", "US-TX", "US-VA", "MX", "JP", "US-NY"]
# What a browser does whose person has switched it on
GPC = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })"


def test_there_are_enough_of_them() -> None:
    assert len({code for code, _ in REGIONS}) >= 60 and len(BY_TAG) >= 12


@pytest.fixture(scope="module")
def mounted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    made = Workshop(tmp_path_factory.mktemp("regions"), region="header:X-Region")
    made.put("", MARKERS, path="/pages/r")
    yield made
    made.close()


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    made = Workshop(tmp_path_factory.mktemp("regions-tag"), tagged=True)
    for code in BY_TAG:
        made.put("", MARKERS, path=f"/pages/{code}", options=f'data-region="{code}"')
    yield made
    made.close()


def newest(workshop: Workshop) -> dict[str, Any]:
    """The newest record's fields."""
    return dict(list(workshop.app.extensions["consent"].service.store.stream(SITE_ID))[-1].record.fields)


class Held:
    """Answers on their way to the server, until they are let go."""

    def __init__(self, page: Page) -> None:
        self.waiting: list[Route] = []
        self._open = False
        page.context.route("**/decision", lambda route: route.continue_() if self._open else self.waiting.append(route))

    def go(self) -> None:
        self._open = True
        for route in self.waiting:
            route.continue_()


def sees(page: Page, kind: str, links: list[str]) -> None:
    """The first layer of such a law, and its links beside the way to the settings."""
    expect(first_layer(page)).to_be_visible()
    assert INTRO[kind] in first_layer(page).inner_text()
    buttons = page.locator("#consent-form > .consent-buttons button")
    assert buttons.evaluate_all("all => all.map(each => each.value)") == (TOLD if kind == "notice" else BOTH)
    found = page.locator("[data-consent-open]").evaluate_all(
        "all => all.map(each => each.firstChild.textContent.trim())"
    )
    assert sorted(found) == sorted([SETTINGS, *links])


def lives(page: Page, kind: str, again: str) -> None:
    """Nothing is on at first; then what the law presumes, once that is recorded; and after a refusal nothing."""
    held = Held(page)
    page.reload()
    asked(page)
    if kind != "opt-in":
        until(page, "localStorage.consent_pending")
    assert page.evaluate("window.ran") == [] and page.evaluate("consent.record?.i") is None
    assert len(held.waiting) == (kind != "opt-in")
    held.go()
    if kind != "opt-in":
        ran(page, ["analytics", "marketing"])  # not what is asked apart
        expect(first_layer(page)).to_be_visible()  # it stays till the page is left
        if kind == "notice":
            button(page, "told").click()
            expect(first_layer(page)).to_be_hidden()
            page.goto(again)
            assert not first_layer(page).count() or first_layer(page).is_hidden()
            return ran(page, ["analytics", "marketing"])
        with page.expect_navigation():  # what has run ends with its page
            button(page, "reject_all").click()
    else:
        button(page, "reject_all").click()
    acknowledged(page)
    page.goto(again)
    until(page, "document.readyState === 'complete'")
    assert page.evaluate("window.ran") == []
    assert not first_layer(page).count() or first_layer(page).is_hidden()


@pytest.mark.parametrize(("code", "kind"), REGIONS, ids=[code for code, _ in REGIONS])
def test_mounted(visit: Callable[..., Visitor], mounted: Workshop, code: str, kind: str) -> None:
    visitor = visit(extra_http_headers={"X-Region": code})
    url, before = mounted.url("/pages/r"), mounted.count()
    page = visitor.goes(url, banner=True)
    sees(page, kind, LINKS.get(code, [CHOICES] if kind == "opt-out" else []))
    if code in ("FR", "XX", "US-CA", "US-VA", "JP", "CA-ON"):  # of each kind and law one through its whole life
        visitor.context.clear_cookies()
        page.evaluate("localStorage.clear()")
        lives(page, kind, url)
        before = mounted.count() - 1
    elif kind != "opt-in":
        until(page, "consent.record?.i")
        ran(page, ["analytics", "marketing"])
    else:
        assert page.evaluate("window.ran") == [] and mounted.count() == before
        return
    assert mounted.count() > before
    if kind == "opt-out" and code in ("US-CA", "US-VA"):
        assert OPTED_OUT in page.locator("p.consent-settings").inner_text()


@pytest.mark.parametrize("code", BY_TAG)
def test_by_tag(visitor: Visitor, tagged: Workshop, code: str) -> None:
    kind = dict(REGIONS)[code]
    page = visitor.goes(tagged.url(f"/pages/{code}"), banner=True)
    sees(page, kind, LINKS.get(code, [CHOICES] if kind == "opt-out" else []))
    if kind == "opt-in":
        assert page.evaluate("window.ran") == [] and not visitor.holds(SITE_ID)
        return
    until(page, "consent.record?.i")
    ran(page, ["analytics", "marketing"])
    expect(first_layer(page)).to_be_visible()
    assert newest(tagged)["method"] == "told"
    visitor.goes(tagged.url(f"/pages/{code}"), banner=False)
    ran(page, ["analytics", "marketing"])
    if kind == "opt-out":  # on every page
        expect(page.locator(".consent-links a")).to_have_text([SELL if code == "US-CA" else CHOICES + " ✓✕"])


# told


@pytest.mark.parametrize("tag", [False, True], ids=["mounted", "tag"])
def test_told_is_recorded_once(
    browser: Browser, windowed: Browser, mounted: Workshop, tagged: Workshop, tag: bool
) -> None:
    """In two tabs, in a page that is come back to, and when the server answers late: one record."""
    workshop = tagged if tag else mounted
    url = workshop.url("/pages/US-CA" if tag else "/pages/r")
    visitor = Visitor(windowed.new_context(extra_http_headers={} if tag else {"X-Region": "US-CA"}))
    before = workshop.count()
    page = visitor.page
    held = Held(page)
    visitor.goes(url, banner=True)
    until(page, "localStorage.consent_pending")
    second = visitor.context.new_page()
    second.goto(url)
    while len(held.waiting) < 2:
        second.wait_for_timeout(20)
    held.go()
    for tab in (page, second):
        until(tab, "consent.record?.i")
    assert workshop.count() == before + 1 and newest(workshop)["method"] == "told"
    page.bring_to_front()
    page.evaluate("() => { window.same = 1; addEventListener('pageshow', event => window.kept = event.persisted) }")
    expect(first_layer(page)).to_be_visible()
    page.goto(workshop.url("/pages/US-VA" if tag else "/pages/r?2"))
    expect(first_layer(page)).to_be_hidden()
    page.evaluate("() => { history.back() }")
    until(page, "window.same && window.kept")
    expect(first_layer(page)).to_be_hidden()  # nobody is asked again by going back
    assert workshop.count() == before + 1 and visitor.complaints == []
    visitor.context.close()


def test_told_waits_for_an_age_and_says_nothing(tmp_path: Path, visit: Callable[..., Visitor]) -> None:  # R26
    workshop = Workshop(tmp_path, more="[age]\nlocal = true\n", region="JP")
    try:
        visitor = visit()
        page = visitor.goes(workshop.put("", MARKERS), banner=True)
        page.wait_for_timeout(100)
        assert workshop.count() == 0 and page.evaluate("window.ran") == []
        button(page, "accept_all").click()
        page.locator("#consent .consent-age input[value=over]").check()
        page.locator("#consent .consent-age button").first.click()
        until(page, "consent.record?.i")
        ran(page, ["analytics", "marketing"])
        expect(first_layer(page)).to_be_hidden()
        assert (newest(workshop)["method"], newest(workshop)["age"]) == ("accept_all", "over")
    finally:
        workshop.close()


def test_without_script_nothing_is_presumed(visit: Callable[..., Visitor], mounted: Workshop) -> None:
    visitor = visit(java_script_enabled=False, extra_http_headers={"X-Region": "JP"})
    before = mounted.count()
    visitor.page.goto(mounted.url("/pages/r"))
    visitor.page.goto(mounted.url("/pages/r"))
    assert mounted.count() == before and visitor.holds(SITE_ID) is None
    button(visitor.page, "told").click()  # whoever says that they understood has been told
    assert mounted.count() == before + 1 and newest(mounted)["method"] == "told" and newest(mounted)["via"] == "form"


# the signal


def test_california_with_the_signal(visit: Callable[..., Visitor], mounted: Workshop) -> None:  # R20, R21
    """Opted out by the first request, without a click, before any script; record and page say so."""
    before = mounted.count()
    visitor = visit(extra_http_headers={"X-Region": "US-CA", "Sec-GPC": "1"})
    visitor.context.add_init_script(GPC)
    page = visitor.goes(mounted.url("/pages/r"), banner=False)
    record = newest(mounted)
    assert mounted.count() == before + 1 and (record["method"], record["signals"]) == ("signal", {"gpc": "1"})
    ran(page, ["analytics"])
    said = page.locator("p.consent-settings")
    expect(said).to_contain_text(HONOURED)
    expect(said).to_contain_text("it has opted you out of the sale and sharing")
    visitor.goes(mounted.url("/pages/r"), banner=False)
    expect(said).to_have_text(HONOURED)
    assert mounted.count() == before + 1
    dialog = visitor.opens_centre()
    expect(dialog).to_contain_text("We honour Global Privacy Control")
    assert not dialog.locator("[name=purpose][value=marketing]").is_checked()


def test_france_with_the_signal(visit: Callable[..., Visitor], mounted: Workshop) -> None:
    before = mounted.count()
    visitor = visit(extra_http_headers={"X-Region": "FR", "Sec-GPC": "1"})
    visitor.context.add_init_script(GPC)
    page = visitor.goes(mounted.url("/pages/r"), banner=True)
    assert mounted.count() == before and page.evaluate("window.ran") == []
    visitor.refuses()
    assert newest(mounted)["signals"] == {"gpc": "1", "js_gpc": "true"} and newest(mounted)["method"] == "reject_all"
    assert HONOURED not in page.locator("body").inner_text()


def test_california_with_the_signal_by_tag(visit: Callable[..., Visitor], tagged: Workshop) -> None:  # R20, R21
    before = tagged.count()
    visitor = visit()
    visitor.context.add_init_script(GPC)
    page = visitor.goes(tagged.url("/pages/US-CA"))
    until(page, "consent.record?.i")
    ran(page, ["analytics"])
    expect(first_layer(page)).to_be_hidden()
    expect(page.locator("#consent-status")).to_contain_text("it has opted you out of the sale and sharing")
    assert tagged.count() == before + 1 and newest(tagged)["method"] == "signal"
    visitor.goes(tagged.url("/pages/US-CA"), banner=False)
    expect(page.locator(".consent-links p")).to_have_text(HONOURED)
    assert tagged.count() == before + 1


@pytest.mark.parametrize("tag", [False, True], ids=["mounted", "tag"])
def test_a_yes_from_before_opens_nothing_once_the_signal_is_there(
    visit: Callable[..., Visitor], mounted: Workshop, tagged: Workshop, tag: bool
) -> None:  # R20
    """Here by script alone, as where a page comes from a cache: the gate itself goes by it."""
    workshop = tagged if tag else mounted
    visitor = visit(extra_http_headers={} if tag else {"X-Region": "US-CA"})
    page = visitor.goes(workshop.url("/pages/US-CA" if tag else "/pages/r"), banner=True)
    visitor.accepts()
    ran(page, ["analytics", "marketing"])
    visitor.context.add_init_script(GPC)
    held = Held(page)
    page.reload()
    until(page, "localStorage.consent_pending")
    assert page.evaluate("window.ran") == [] and not page.evaluate("consent.allows('marketing')")
    held.go()
    until(page, "consent.record?.i")
    ran(page, ["analytics"])
    expect(first_layer(page)).to_be_hidden()
    assert newest(workshop)["method"] == "signal" and newest(workshop)["answers"]["marketing"] is False
    page.reload()
    ran(page, ["analytics"])


# links and symmetry


@pytest.mark.parametrize("tag", [False, True], ids=["mounted", "tag"])
def test_opting_out_takes_no_more_presses_than_opting_in(
    visit: Callable[..., Visitor], mounted: Workshop, tagged: Workshop, tag: bool
) -> None:  # R22, R23
    workshop = tagged if tag else mounted
    visitor = visit(extra_http_headers={} if tag else {"X-Region": "US-CA"})
    page = visitor.goes(workshop.url("/pages/US-CA" if tag else "/pages/r"), banner=True)
    until(page, "consent.record?.i")
    presses = []

    def press(what: Any) -> None:
        presses.append(what)
        what.click()

    # on the first layer: one press each, of the same size
    boxes = [button(page, choice).bounding_box() or {} for choice in ("reject_all", "accept_all")]
    assert len({(box["width"], box["height"]) for box in boxes}) == 1
    page.keyboard.press("Escape")
    press(page.get_by_text(SELL, exact=True).first)
    go = page.locator("#consent-dialog button#consent-do_not_sell")
    expect(go).to_be_focused()
    with page.expect_navigation():
        press(go)
    out = len(presses)
    acknowledged(page)
    assert newest(workshop)["answers"]["marketing"] is False and newest(workshop)["answers"]["analytics"] is True
    said = page.locator(".consent-links p" if tag else "p.consent-settings")
    expect(said).to_have_text(OPTED_OUT)  # the confirmation
    ran(page, ["analytics"])
    presses.clear()
    press(page.get_by_text(SETTINGS, exact=True).first)
    dialog = page.locator("#consent-dialog")
    expect(dialog.locator("#consent-do_not_sell")).to_contain_text(OPTED_OUT)
    press(dialog.locator("[name=purpose][value=marketing]"))
    press(dialog.locator("button[value=save]"))
    acknowledged(page)
    ran(page, ["analytics", "marketing"])
    assert out == 2 <= len(presses)
    expect(said).to_have_text("")
