"""The four layouts: where each stands, on which side, and that what stands in the page covers nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import FloatRect, Page, expect

from .visitor import Visitor, acknowledged, button, first_layer
from .workshop import Workshop

TALL = f"<pre>Long{chr(10) * 150}</pre>"
LOOK = '[look]\nlayout = "inline"\nfont = "Courier New"\nscheme = "dark"\n'


@pytest.fixture(scope="module", params=[False, True], ids=["mounted", "tag"])
def inline(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Workshop]:
    made = Workshop(tmp_path_factory.mktemp("inline"), tagged=request.param, more=LOOK)
    yield made
    made.close()


def box(page: Page) -> FloatRect:
    found = first_layer(page).bounding_box()
    assert found
    return found


def test_where_each_stands(workshop: Workshop, visit: Callable[..., Visitor]) -> None:
    visitor = visit(viewport={"width": 1280, "height": 720})
    page = visitor.goes(workshop.put(body=TALL), banner=True)
    wide = page.evaluate("document.documentElement.clientWidth")
    found = {}
    for layout in ("bar", "corner", "corner-start", "centre"):
        first_layer(page).evaluate("(each, layout) => (each.dataset.layout = layout)", layout)
        found[layout] = box(page)
        assert found[layout]["y"] >= 0 and found[layout]["y"] + found[layout]["height"] <= 720 - 16 + 1
    bar, corner, start, centre = found.values()
    assert abs(bar["x"] * 2 + bar["width"] - wide) < 2 and bar["width"] == 960
    assert corner["x"] + corner["width"] == wide - 16 and corner["width"] == start["width"] == 432
    assert start["x"] == 16
    assert abs(centre["y"] * 2 + centre["height"] - 720) < 2 and abs(centre["x"] * 2 + centre["width"] - wide) < 2

    page.evaluate("document.documentElement.dir = 'rtl'")  # the page's sides are its own, the banner's its language's
    assert box(page) == centre
    first_layer(page).evaluate("each => { each.dir = 'rtl'; each.dataset.layout = 'corner' }")
    assert box(page)["width"] == corner["width"]

    page.set_viewport_size({"width": 390, "height": 800})
    for layout in ("bar", "corner", "corner-start", "centre"):
        first_layer(page).evaluate("(each, layout) => (each.dataset.layout = layout)", layout)
        assert (box(page)["x"], box(page)["width"]) == (8, 374)


def test_inline_stands_in_its_place(inline: Workshop, visit: Callable[..., Visitor]) -> None:
    """It is a part of the page, not a dialog; it takes neither focus nor room, and goes as others go."""
    visitor = visit(viewport={"width": 800, "height": 600})
    body = f"<p>Before</p><div data-consent-banner></div>{TALL}"
    page = visitor.goes(inline.put(body=body))
    banner = page.locator("#consent[role=region]")
    expect(banner).to_be_visible()
    names = ["position", "fontFamily", "backgroundColor"]
    style = banner.evaluate("(each, names) => names.map(name => getComputedStyle(each)[name])", names)
    assert style == ["static", '"Courier New", sans-serif', "rgb(27, 30, 35)"]
    assert page.evaluate("document.activeElement === document.body")
    assert page.evaluate("getComputedStyle(document.documentElement).paddingBlockEnd") == "0px"
    if inline.tagged:  # else a template says where: see tests/web/test_extension.py
        assert page.evaluate("!!document.querySelector('[data-consent-banner] > consent-banner')")
        before, tall = page.get_by_text("Before", exact=True).bounding_box(), page.get_by_text("Long").bounding_box()
        assert before and tall
        assert before["y"] + before["height"] <= box(page)["y"]
        assert box(page)["y"] + box(page)["height"] <= tall["y"]
        page.evaluate(
            "() => { const main = document.createElement('main'); main.append(document.createElement('div'));"
            " main.firstChild.dataset.consentBanner = ''; document.body.replaceChildren(main) }"
        )
        expect(banner).to_be_visible()
        assert page.evaluate("!!document.querySelector('main consent-banner')")
    visitor.opens_centre()
    page.keyboard.press("Escape")
    button(page, "reject_all").click()
    acknowledged(page)
    expect(first_layer(page)).to_be_hidden()


def test_inline_without_a_place(inline: Workshop, visitor: Visitor) -> None:
    """At the page's end."""
    page = visitor.goes(inline.put(body=TALL))
    expect(page.locator("#consent[role=region]")).to_be_visible()
    tall = page.get_by_text("Long").bounding_box()
    assert tall and box(page)["y"] >= tall["y"] + tall["height"]
