"""The terms change while somebody has chosen: they are asked about the new alone, once (R2, R9, R11; B6, E13)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from .test_gate import MARKERS, ran
from .visitor import Visitor, acknowledged, asked, button, first_layer, until
from .workshop import Workshop

POND = """
[vendors.pond]
name = "Pond"
country = "FR"
policy = "https://pond.example/privacy"
"""
NEW_VENDOR = ('vendors = ["meadow", "brook"]', 'vendors = ["meadow", "brook", "pond"]')
QUIET = ("We use your pictures", "We use your photos"), ('vendors = ["meadow", "brook"]', 'vendors = ["meadow"]')


def more(text: str) -> str:
    return text.replace(*NEW_VENDOR) + POND


def less(text: str) -> str:
    for pair in QUIET:
        text = text.replace(*pair)
    return text


@pytest.fixture(params=[False, True], ids=["mounted", "tag"])
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Workshop]:
    made = Workshop(tmp_path, tagged=request.param)
    yield made
    made.close()


Visit = Callable[..., Visitor]


def later(visit: Visit, visitor: Visitor) -> Visitor:
    """The same person, when a tag of before has left their browser's caches."""
    return visit(storage_state=visitor.context.storage_state())


def test_a_new_vendor(visit: Visit, visitor: Visitor, place: Workshop) -> None:
    """Asked about it alone (R11), refusing as near as accepting (R2), and never again (R9)."""
    url = place.put("", MARKERS)
    visitor.goes(url, banner=True)
    visitor.accepts()
    place.deploy(more)
    for choice, pond in (("refuse_new", False), ("add", True)):
        each = later(visit, visitor)
        page = each.goes(url, banner=True)
        ran(page, ["marketing"])  # what is not new goes on; what is asked about waits
        layer = first_layer(page)
        expect(layer.get_by_role("heading")).to_have_text("Something new to decide")
        expect(layer.get_by_role("listitem")).to_have_text(["Statistics: Pond now receives data."])
        expect(layer).to_contain_text("You chose on ")
        assert "{" not in layer.inner_text()
        sizes = [button(page, name).bounding_box() for name in ("refuse_new", "add", "choose")]
        assert all(sizes)
        assert len({(round(size["width"]), round(size["height"])) for size in sizes if size}) == 1
        records = place.count()
        page.keyboard.press("Escape")  # records no answer
        expect(layer).to_be_hidden()
        page.reload()
        asked(page)
        assert place.count() == records
        button(page, choice).click()
        acknowledged(page)
        expect(layer).to_be_hidden()
        until(page, "consent.allows('analytics/meadow') && consent.allows('marketing')")
        assert page.evaluate("consent.allows('analytics/pond')") is pond
        assert place.count() == records + 1
        tab = each.context.new_page()
        tab.goto(url)
        expect(first_layer(tab)).to_be_hidden()
        until(tab, "document.documentElement.dataset.consent == 'done'")
        tab.close()
        each.goes(url, banner=False)
        ran(page, ["analytics", "marketing"])
        assert place.count() == records + 1


def test_a_deploy_that_asks_for_no_more(visit: Visit, visitor: Visitor, place: Workshop) -> None:
    """A new process, a typo mended, a vendor gone: the yes goes on, in the gate too, and the centre tells."""
    url = place.put("", MARKERS)
    visitor.goes(url, banner=True)
    visitor.accepts()
    place.deploy(str)
    later(visit, visitor).goes(url, banner=False)
    place.deploy(less)
    visitor = later(visit, visitor)
    page = visitor.goes(url, banner=False)
    ran(page, ["analytics", "marketing"])
    records = place.count()
    centre = visitor.opens_centre()
    expect(centre).to_contain_text("Changed since your choice, with nothing new to decide")
    expect(centre).to_contain_text("Statistics: Brook Heatmaps no longer receives data.")
    expect(centre.locator("input[name=purpose][value=analytics]")).to_be_checked()
    centre.locator("button[value=save]").click()  # now a yes to less
    acknowledged(page)
    until(page, "consent.allows('analytics')")
    assert place.count() == records + 1
    place.deploy(lambda text: text.replace(QUIET[1][1], QUIET[1][0]))  # and the vendor is back
    page = later(visit, visitor).goes(url, banner=True)
    ran(page, ["marketing"])
    expect(first_layer(page).get_by_role("listitem")).to_have_text(["Statistics: Brook Heatmaps now receives data."])


def test_after_back_nobody_is_asked_again(windowed: Browser, tmp_path: Path) -> None:
    """Regulation R9, with a page that the browser had kept."""
    place = Workshop(tmp_path)
    visitor = Visitor(windowed.new_context())
    first, second = place.put("", MARKERS), place.put("", MARKERS)
    visitor.goes(first, banner=True)
    visitor.accepts()
    place.deploy(more)
    page = visitor.goes(first, banner=True)
    page.evaluate("() => { window.same = true; addEventListener('pageshow', event => window.kept = event.persisted) }")
    page.goto(second)
    asked(page)
    button(page, "refuse_new").click()
    acknowledged(page)
    page.evaluate("() => { history.back() }")
    until(page, "window.same")
    assert page.evaluate("window.kept") is True
    ran(page, ["marketing", "analytics"])
    expect(first_layer(page)).to_be_hidden()
    assert visitor.complaints == []
    visitor.context.close()
    place.close()
