"""The page "My data" as people meet it: mounted and by tag, without script, small, from right to left, on paper."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import Page, expect

from .demo import Demo, both_ways
from .test_axe import NARROW, problems
from .visitor import Visitor

SITE = "gempix2"


def wide(page: Page) -> bool:
    """Whether something sticks out at the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def unfolded(page: Page) -> None:
    page.locator("details").evaluate_all("all => all.forEach(each => (each.open = true))")


@both_ways
def test_from_the_preference_centre(sites: Demo, visit: Callable[..., Visitor]) -> None:
    """A link where the site is mounted; by tag one into a tab of its own, which brings the token along."""
    visitor = visit(accept_downloads=True)
    page = visitor.goes(sites.url(SITE), banner=True)
    visitor.accepts()
    dialog = visitor.opens_centre()
    way = dialog.get_by_text("My data", exact=True)
    if way.get_attribute("target"):
        with visitor.context.expect_page() as opened:
            way.click()
        page = opened.value
        page.wait_for_load_state()
        expect(page.locator(".consent-receipt")).to_be_visible()
        assert page.evaluate("opener") is None and "#" not in page.url
    else:
        way.click()
    expect(page.locator("h1")).to_have_text("My data")
    expect(page.locator(".consent-receipt")).to_contain_text("Accepted all")
    with page.expect_download() as loading:
        page.get_by_text("Download everything").click()
    lines = loading.value.path().read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["leaf"]["method"] for line in lines] == ["accept_all"]
    page.get_by_text("Erase my data …").click()
    expect(page.locator("h1")).to_have_text("Erase my data")
    page.get_by_text("Erase it now").click()
    expect(page.locator(".consent-now")).to_contain_text("Nothing here leads to you any more")
    *_, entry = sites.store(SITE).stream(SITE)
    assert entry.sealed is None


def test_without_script(demo: Demo, visit: Callable[..., Visitor]) -> None:
    visitor = visit(java_script_enabled=False)
    page = visitor.goes(demo.url("imagegpt", "/pricing"))
    page.locator("#consent button[value=accept_all]").click()
    page.goto(demo.url("imagegpt", "/consent/"))
    page.get_by_text("My data", exact=True).first.click()
    expect(page.locator(".consent-receipt li", has_text="Statistics")).to_contain_text("Allowed")
    page.locator(".consent-receipt summary").first.click()
    expect(page.locator(".consent-shown").get_by_text("Accept all", exact=True)).to_be_visible()
    page.get_by_text("Withdraw everything").click()
    expect(page.locator(".consent-now")).to_contain_text("nothing here leads to you")
    assert page.url.endswith("/consent/me")
    *_, entry = demo.store("imagegpt").stream("imagegpt")
    assert entry.record.fields["method"] == "withdraw"


def test_looks(demo: Demo, visit: Callable[..., Visitor]) -> None:
    """axe-core, nothing wider than the screen at 320 px, and the languages' own directions: also that of a notice
    which was shown in another."""
    visitor = visit(bypass_csp=True, reduced_motion="reduce", viewport=NARROW)
    page = visitor.goes(demo.url("image2", "/?lang=ar"), banner=True)
    visitor.accepts()
    visitor.opens_centre().locator("button[value=save]").click()
    page.goto(demo.url("image2", "/consent/me?locale=en"))
    for language, direction in (("en", "ltr"), ("ar", "rtl")):
        page.goto(demo.url("image2", f"/consent/me?locale={language}"))
        unfolded(page)
        assert page.evaluate("getComputedStyle(document.body).direction") == direction
        expect(page.locator(".consent-shown").first).to_have_css("direction", "rtl")
        assert not wide(page) and problems(page) == []
    page.emulate_media(color_scheme="dark")
    assert problems(page) == []
    page.goto(demo.url("image2", "/consent/me/erase?locale=ar"))
    assert not wide(page) and problems(page) == []


def test_on_paper(demo: Demo, visit: Callable[..., Visitor]) -> None:
    visitor = visit(color_scheme="dark")
    page = visitor.goes(demo.url("gptimage2"), banner=True)
    visitor.accepts()
    page.goto(demo.url("gptimage2", "/consent/me"))
    expect(page.get_by_text("Withdraw everything")).to_be_visible()
    page.emulate_media(media="print")
    for away in ("Withdraw everything", "Erase my data …", "Download the receipt"):
        expect(page.get_by_text(away).first).to_be_hidden()
    receipt = page.locator(".consent-receipt")
    expect(receipt).to_be_visible()
    assert receipt.evaluate("each => getComputedStyle(each).color") == "rgb(0, 0, 0)"
