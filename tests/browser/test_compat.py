"""Pages that are marked for another consent tool, as they stand: nothing opens before a yes or after a no, each mark
opens for its own purpose alone, once and in order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from .test_gate import ran, saves
from .visitor import Visitor, until
from .workshop import Workshop

COMPAT = """
[compat]
markers = ["cookiebot", "klaro", "onetrust", "orejime", "tarteaucitron", "vanilla"]
[compat.names]
heatmap = "analytics/brook"
lantern-ads = "marketing/lantern"
youtube = "marketing"
iframe = "marketing"
C0005 = "ai_training"
"""


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """By tag, as most sites will come over; mounted, the very same piece stands in the same script."""
    made = Workshop(tmp_path_factory.mktemp("compat"), tagged=True, more=COMPAT)
    yield made
    made.close()


def script(mark: str, name: str, rest: str = "") -> str:
    return f'<script type="text/plain" nonce="NONCE" {mark} {rest}>ran.push("{name}")</script>'


def outside(mark: str, name: str) -> str:
    return f'<script type="text/plain" nonce="NONCE" {mark} src="VENDOR/{name}.js?slow"></script>'


# of each tool: a mark that means analytics, one that means marketing, one that means both, and some that mean nothing
MARKS = {
    "cookiebot": (
        'data-cookieconsent="statistics"',
        'data-cookieconsent="marketing"',
        'data-cookieconsent="statistics, marketing"',
        ('data-cookieconsent="unclassified"', 'data-cookieconsent="statistics,constructor"', 'data-cookieconsent=""'),
    ),
    "klaro": (
        'data-name="meadow" data-type="application/javascript"',
        'data-name="lantern-ads" data-type="text/javascript"',
        'data-name="meadow,lantern-ads"',
        ('data-name="somebody"', 'data-name="toString"'),
    ),
    "onetrust": (
        'class="optanon-category-C0002 more"',
        'class="a optanon-category-C0004"',
        'class="optanon-category-C0002-C0004"',
        (
            'class="optanon-category-C0009"',
            'class="optanon-category-C0002-C0009"',
            'class="optanon-category-C0002 optanon-category-C0009"',
        ),
    ),
    "vanilla": (
        'data-category="analytics"',
        'data-category="ads" data-service="lantern-ads"',
        'data-category="analytics" data-service="lantern-ads"',
        (
            'data-category="!analytics"',
            'data-category="analytics" data-service="!meadow"',
            'data-category="analytics" data-service="somebody"',
        ),
    ),
}


def body(tool: str) -> str:
    """A page of that tool: what means analytics is `one` and `two`, marketing `three`, both `four`."""
    analytics, marketing, both, nothing = MARKS[tool]
    return (
        outside(analytics, "one")
        + script(analytics, "two")
        + script(marketing, "three")
        + script(both, "four")
        + "".join(script(mark, "never") for mark in nothing)
    )


@pytest.mark.parametrize("tool", MARKS)
def test_nothing_opens_before_a_yes_or_after_a_no(visitor: Visitor, workshop: Workshop, tool: str) -> None:
    url = workshop.put("", body(tool))
    page = visitor.goes(url, banner=True)
    ran(page, [])
    visitor.refuses()
    ran(page, [])
    page = visitor.goes(url, banner=False)
    ran(page, [])
    assert visitor.to_vendor() == []


@pytest.mark.parametrize("tool", MARKS)
def test_a_yes_to_one_purpose_opens_that_one(visitor: Visitor, workshop: Workshop, tool: str) -> None:
    url = workshop.put("", body(tool))
    page = visitor.goes(url, banner=True)
    saves(visitor, "marketing")
    ran(page, ["three"])
    assert visitor.to_vendor() == []
    saves(visitor, "marketing", "analytics")
    ran(page, ["three", "one", "two", "four"])
    page = visitor.goes(url, banner=False)
    ran(page, ["one", "two", "three", "four"])


def test_a_vendor_that_was_refused_alone_stays_shut(visitor: Visitor, workshop: Workshop) -> None:
    marks = script('data-name="heatmap"', "brook") + script('data-name="meadow"', "meadow")
    page = visitor.goes(workshop.put("", marks), banner=True)
    saves(visitor, "analytics", "analytics/brook")  # the latter is ticked to be left out
    ran(page, ["meadow"])


def test_what_asks_for_more_than_accept_all_stays_shut(visitor: Visitor, workshop: Workshop) -> None:
    page = visitor.goes(workshop.put("", script('class="optanon-category-C0005"', "ai")), banner=True)
    visitor.accepts()
    ran(page, [])


def test_an_old_mark_never_reopens_or_outranks_ours(visitor: Visitor, workshop: Workshop) -> None:
    marks = (
        '<iframe data-name="lantern-ads" data-src="VENDOR/frame" title="Frame"></iframe>'
        + script('data-consent="analytics" data-cookieconsent="marketing"', "ours")
        + script('data-consent="profiling" data-cookieconsent="marketing"', "never")
    )
    page = visitor.goes(workshop.put("", marks), banner=True)
    saves(visitor, "marketing")
    expect(page.frame_locator("iframe").locator("p")).to_have_text("Frame")
    ran(page, [])
    saves(visitor, "marketing", "analytics")
    ran(page, ["ours"])
    page.evaluate("document.body.append(document.createElement('p'))")
    ran(page, ["ours"])
    assert visitor.to_vendor() == ["frame"]


def test_frames_pictures_and_templates_wait(visitor: Visitor, workshop: Workshop) -> None:
    head = '<link rel="stylesheet" data-name="lantern-ads" data-href="VENDOR/style.css">'
    marks = (
        '<iframe data-cookieconsent="marketing" data-cookieblock-src="VENDOR/frame?1" title="1"></iframe>'
        '<iframe data-cookieconsent="marketing" data-src="VENDOR/frame?2" title="2"></iframe>'
        '<img data-name="lantern-ads" data-src="VENDOR/dot.svg?3" alt="">'
        '<iframe class="optanon-category-C0004" data-src="VENDOR/frame?4" title="4"></iframe>'
        '<template data-purpose="marketing"><p id="inside">Inside</p></template>'
        '<iframe data-name="somebody" data-src="VENDOR/frame?5" title="5"></iframe>'
        '<div data-name="lantern-ads" data-category="x" class="optanon-category-C0004">A text of the page</div>'
    )
    page = visitor.goes(workshop.put(head, marks), banner=True)
    saves(visitor, "analytics")
    assert visitor.to_vendor() == []
    saves(visitor, "analytics", "marketing")
    expect(page.locator("#inside")).to_be_visible()
    until(page, "[...document.images].every(each => each.naturalWidth === 9)")
    for title in "124":
        expect(page.frame_locator(f"[title='{title}']").locator("p")).to_have_text("Frame")
    expect(page.locator("h1")).to_have_css("color", "rgb(1, 2, 3)")
    assert sorted(visitor.to_vendor()) == ["dot.svg", "frame", "frame", "frame", "style.css"]
    expect(page.get_by_text("A text of the page")).not_to_have_attribute("data-consent", "marketing")


def test_the_empty_elements_of_tarteaucitron_are_filled(visitor: Visitor, workshop: Workshop) -> None:
    marks = (
        '<div class="tac_iframe" url="VENDOR/frame" title="Page" width="320" height="180"></div>'
        '<div class="tac_iframe" url="javascript:ran.push(1)" title="Code"></div>'
        '<div class="vimeo_player" videoID="1"></div>'
        '<div class="youtube_player" videoID="abc_-1"></div>'
    )
    visitor.context.route("https://www.youtube-nocookie.com/**", lambda route: route.fulfill(body="<p>Film"))
    page = visitor.goes(workshop.put("", marks), banner=True)
    frames = page.locator("iframe")
    expect(frames).to_have_count(2)
    assert [frame.get_attribute("src") for frame in frames.all()] == [None, None]
    visitor.accepts()
    expect(page.frame_locator("iframe[title=Page]").locator("p")).to_have_text("Frame")
    assert frames.first.bounding_box() == {**(frames.first.bounding_box() or {}), "width": 324, "height": 184}
    assert frames.nth(1).get_attribute("src") == "https://www.youtube-nocookie.com/embed/abc_-1"
    expect(frames).to_have_count(2)
    assert visitor.to_vendor() == ["frame"]
    visitor.forgive("youtube-nocookie.com")  # the page's own policy names no such host


ADD = """([marks, name]) => {
    const script = document.createElement("script");
    script.type = "text/plain";
    for (const key in marks) script.setAttribute(key, marks[key]);
    script.dataset.src = "http://vendor.localhost:" + location.port + "/" + name + ".js";
    document.querySelector("main").append(script);
}"""


@pytest.mark.parametrize(
    "mark", [{"data-category": "analytics"}, {"data-name": "meadow"}, {"data-cookieconsent": "statistics"}]
)
def test_what_comes_later_counts_too(visitor: Visitor, workshop: Workshop, mark: dict[str, str]) -> None:
    """And its address may stand in `data-src`. (Trusted Types would have the page's own script refused.)"""
    page = visitor.goes(workshop.put("", "", trusted=False), banner=True)
    page.evaluate(ADD, [mark, "early"])
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    assert visitor.to_vendor() == []
    visitor.accepts()
    ran(page, ["early"])
    page.evaluate(ADD, [mark, "late"])
    ran(page, ["early", "late"])
    assert visitor.to_vendor() == ["early.js", "late.js"]


def test_under_trusted_types_an_address_in_data_src_stays_shut(visitor: Visitor, workshop: Workshop) -> None:
    """The gate goes on with what stands after it."""
    mark = '<script type="text/plain" data-category="analytics" data-src="VENDOR/one.js" nonce="NONCE"></script>'
    page = visitor.goes(workshop.put("", mark + script('data-category="analytics"', "two")), banner=True)
    visitor.accepts()
    ran(page, ["two"])
    assert visitor.to_vendor() == []
    assert visitor.complaints and all("TrustedScript" in text for text in visitor.complaints)
    visitor.complaints.clear()


@pytest.mark.parametrize(
    "link",
    [
        '<a href="#" data-cc="show-preferencesModal">Cookies</a>',
        '<button class="ot-sdk-show-settings">Cookies</button>',
        '<a class="optanon-toggle-display" href="#">Cookies</a>',
        '<a href="#tarteaucitron">Cookies</a>',
    ],
)
def test_a_link_to_the_old_settings_opens_ours(visitor: Visitor, workshop: Workshop, link: str) -> None:
    page = visitor.goes(workshop.put("", link), banner=True)
    visitor.refuses()
    page.get_by_text("Cookies", exact=True).click()
    expect(page.locator("#consent-dialog")).to_be_visible()


@pytest.mark.parametrize("call", ["Cookiebot.renew()", "klaro.show()"])
def test_a_call_of_the_old_tool_in_a_link_is_not_made(visitor: Visitor, workshop: Workshop, call: str) -> None:
    page = visitor.goes(workshop.put("", f'<a href="javascript:{call}">Cookies</a>'), banner=True)
    visitor.refuses()
    page.get_by_text("Cookies", exact=True).click()
    expect(page.locator("#consent-dialog")).to_be_visible()
