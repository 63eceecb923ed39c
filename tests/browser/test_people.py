"""By keyboard alone, in a narrow window, in equal buttons, in the page's language, and without a jump."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from .demo import ASKS_AGE, PLACES, SITES, Demo, each_place
from .twins import Twins
from .visitor import Visitor, acknowledged, button, first_layer, until

each_site = pytest.mark.parametrize("site", SITES)
CHOICES = ("reject_all", "accept_all", "choose")
# also within a shadow root, where the banner of a tag stands
ACTIVE = """(() => {
    let at = document.activeElement;
    while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    return at;
})()"""


def tab_to(page: Page, selector: str, most: int = 60) -> int:
    """Press Tab until something has the focus; how often it took."""
    for pressed in range(most):
        if page.evaluate(f"selector => {ACTIVE}.matches(selector)", selector):
            return pressed
        page.keyboard.press("Tab")
    raise AssertionError(f"{most} times Tab do not lead to {selector}")


class TestKeyboard:
    @each_place
    def test_the_banner_is_a_few_tabs_away(self, sites: Demo, visitor: Visitor, site: str) -> None:  # R2
        page = visitor.goes(sites.url(site), banner=True)
        passed = []
        for choice in CHOICES:
            passed.append(tab_to(page, f"#consent-form > .consent-buttons [value={choice}]", 4))
            outline = button(page, choice).evaluate(
                "each => [getComputedStyle(each).outlineStyle, each.matches(':focus-visible')]"
            )
            assert outline == ["solid", True]
        assert passed[1:] == [1, 1]  # one Tab between each and the next
        for _ in range(2):
            page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")
        acknowledged(page)
        expect(first_layer(page)).to_be_hidden()
        assert page.evaluate("consent.allows('analytics')") is False

    @each_place
    def test_a_yes_with_enter(self, sites: Demo, visitor: Visitor, site: str) -> None:
        page = visitor.goes(sites.url(site), banner=True)
        tab_to(page, "#consent-form > .consent-buttons [value=accept_all]")
        page.keyboard.press("Enter")
        if site in ASKS_AGE:
            until(page, f"{ACTIVE}.name === 'age'")
            page.keyboard.press("ArrowDown")  # to the second answer
            page.keyboard.press("Enter")
        until(page, "window.consent?.record?.i")
        assert page.evaluate("consent.allows('analytics')") is True
        assert page.evaluate(f"!{ACTIVE}.closest('#consent')")

    @each_place
    def test_the_dialog_holds_the_focus_and_gives_it_back(self, sites: Demo, visitor: Visitor, site: str) -> None:
        page = visitor.goes(sites.url(site), banner=True)
        opener = "#consent-form > .consent-buttons [value=choose]"
        tab_to(page, opener)
        page.keyboard.press("Enter")
        expect(page.locator("#consent-dialog")).to_be_visible()
        until(page, f"{ACTIVE}.closest('#consent-dialog')")
        inside = f"{ACTIVE} === document.body || !!{ACTIVE}.closest('#consent-dialog')"
        stops = page.locator("#consent-dialog :is(a, button, input, summary)").count()
        for key in ("Tab", "Shift+Tab"):
            for _ in range(min(stops + 3, 30)):
                page.keyboard.press(key)
                assert page.evaluate(inside)
        page.keyboard.press("Escape")
        expect(page.locator("#consent-dialog")).to_have_count(0)
        assert page.evaluate(f"selector => {ACTIVE}.matches(selector)", opener)
        assert page.evaluate("consent.record") is None

    @each_place
    def test_save_by_keyboard(self, sites: Demo, visitor: Visitor, site: str) -> None:
        page = visitor.goes(sites.url(site), banner=True)
        tab_to(page, "#consent-form > .consent-buttons [value=choose]")
        page.keyboard.press("Enter")
        expect(page.locator("#consent-dialog")).to_be_visible()
        tab_to(page, "#consent-dialog [name=purpose][value=analytics]")
        page.keyboard.press("Space")
        tab_to(page, "#consent-dialog button[value=save]")
        page.keyboard.press("Enter")
        if site in ASKS_AGE:
            until(page, f"{ACTIVE}.name === 'age'")
            page.keyboard.press("ArrowDown")
            tab_to(page, "#consent-dialog .consent-age button", 3)
            page.keyboard.press("Enter")
        until(page, "window.consent?.record?.i")
        assert page.evaluate("['analytics', 'marketing'].map(consent.allows)") == [True, False]

    @each_place
    def test_to_withdraw_takes_no_more_steps_than_to_allow(self, sites: Demo, visitor: Visitor, site: str) -> None:
        """The link on the page, then a button; allowing later takes the same link and a button (R7; GDPR Art. 7(3))."""
        page = visitor.goes(sites.url(site), banner=True)
        visitor.accepts()
        page.locator("[data-consent-open]").first.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#consent-dialog")).to_be_visible()
        expect(page.locator("#consent-dialog .consent-now")).to_contain_text(re.compile(r"\d{4}"))
        tab_to(page, "#consent-dialog button[value=withdraw]")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        acknowledged(page)
        assert page.evaluate("consent.allows('analytics')") is False


class TestNothingIsCovered:
    """While the banner stands, everything in the page can be reached above it (WCAG 2.2, 2.4.11)."""

    @each_place
    def test_the_pages_end(self, sites: Demo, visit: Callable[..., Visitor], site: str) -> None:
        self.reached(sites, visit, site, True)

    @each_site
    def test_the_pages_end_without_script(self, demo: Demo, visit: Callable[..., Visitor], site: str) -> None:
        self.reached(demo, visit, site, False)

    def reached(self, sites: Demo, visit: Callable[..., Visitor], site: str, script: bool) -> None:
        visitor = visit(java_script_enabled=script)
        for width, height in ((320, 640), (1280, 720), (1280, 400)):
            visitor.page.set_viewport_size({"width": width, "height": height})
            self.end(visitor.goes(sites.url(site), banner=script or None))

    def end(self, page: Page) -> None:
        page.evaluate("scrollTo({ top: 1e6, behavior: 'instant' })")
        link = page.locator("a[data-consent-open]:visible").last
        link.click(trial=True)  # what a pointer would hit is the link
        page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
        link.focus()
        banner, box = first_layer(page).bounding_box(), link.bounding_box()
        assert banner and box
        apart = box["x"] + box["width"] <= banner["x"] or banner["x"] + banner["width"] <= box["x"]
        assert apart or (box["y"] >= 0 and box["y"] + box["height"] <= banner["y"] + 1)


class TestNarrow:
    @pytest.mark.parametrize(
        ("sites", "site", "language"),
        [
            *((way, site, "en") for way, site in PLACES),
            *((way, site, language) for way, site in PLACES[-2:] for language in ("de", "ar")),
        ],
        indirect=["sites"],
    )
    def test_nothing_overflows(
        self, sites: Demo, visit: Callable[..., Visitor], site: str, language: str
    ) -> None:  # R3
        visitor = visit(viewport={"width": 320, "height": 640})
        page = visitor.goes(sites.url(site, f"/?lang={language}"), banner=True)
        self.fits(page, first_layer(page))
        for choice in CHOICES:
            self.reachable(button(page, choice))
        button(page, "choose").click()
        dialog = page.locator("#consent-dialog")
        expect(dialog).to_be_visible()
        self.fits(page, dialog)
        dialog.locator("details").evaluate_all("all => all.forEach(each => (each.open = true))")
        self.fits(page, dialog)
        for choice in ("save", "reject_all", "accept_all"):
            self.reachable(dialog.locator(f".consent-bar > .consent-buttons button[value={choice}]"))
        self.reachable(dialog.locator(".consent-close"))
        for own in sites.own_pages(site, f"?locale={language}"):
            page.goto(own)
            self.fits(page, page.locator("main"))

    def fits(self, page: Page, place: Locator) -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert place.evaluate("place => place.scrollWidth <= place.clientWidth")
        outside = place.evaluate(
            """place => [...place.querySelectorAll("*")].filter(each => {
                const box = each.getBoundingClientRect();
                return box.width && (box.left < -1 || box.right > 321) && !each.closest(".consent-table");
            }).map(each => each.outerHTML.slice(0, 80))"""
        )
        assert outside == []

    def reachable(self, target: Locator) -> None:
        target.click(trial=True)
        box = target.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
        assert box["height"] >= 24


class TestEqual:
    STYLES = """each => {
        const style = getComputedStyle(each), box = each.getBoundingClientRect(), names = ["color", "backgroundColor",
            "backgroundImage", "borderTopColor", "borderTopStyle", "borderTopWidth", "borderTopLeftRadius", "boxShadow",
            "fontFamily", "fontSize", "fontStyle", "fontWeight", "letterSpacing", "opacity", "paddingTop",
            "paddingLeft", "textDecorationLine", "textTransform", "cursor", "order"];
        return { ...Object.fromEntries(names.map(name => [name, style[name]])),
            width: Math.round(box.width), height: Math.round(box.height), tabIndex: each.tabIndex, type: each.type };
    }"""

    @each_place
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("width", [320, 1280])
    def test_three_buttons(
        self, sites: Demo, visit: Callable[..., Visitor], site: str, scheme: str, width: int
    ) -> None:  # R2, R3
        visitor = visit(color_scheme=scheme, viewport={"width": width, "height": 800})
        page = visitor.goes(sites.url(site), banner=True)
        looks: list[dict[str, Any]] = [button(page, choice).evaluate(self.STYLES) for choice in CHOICES]
        assert looks[0] == looks[1] == looks[2]
        assert looks[0]["height"] >= 44
        assert contrast(looks[0]["color"], looks[0]["backgroundColor"]) >= 4.5
        tops = {round(box["y"]) for choice in CHOICES if (box := button(page, choice).bounding_box())}
        assert len(tops) in (1, 3)  # one row, or one above the other: none apart
        assert page.locator("#consent [autofocus]").count() == 0


def contrast(first: str, second: str) -> float:
    """The contrast of two computed colours (WCAG 2.2)."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    numbers = [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", colour.replace("srgb", ""))]
    assert len(numbers) == 3, f"{colour} lets something through, or is no sRGB"
    parts = [each if "srgb" in colour else each / 255 for each in numbers]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


class TestPaint:
    WATCH = """
        window.shifts = [];
        window.seen = [];
        // the demo's own panel counts in place, and is none of the product's
        new PerformanceObserver(list => list.getEntries().forEach(each => {
            const moved = each.sources.filter(({ node }) => !(node?.parentElement ?? node)?.closest("#panel"));
            const what = moved.map(({ node }) => node?.outerHTML?.slice(0, 90));
            if (moved.length) shifts.push([each.value, each.startTime, ...what]);
        }))
            .observe({ type: "layout-shift", buffered: true });
        new PerformanceObserver(list => seen.push(...list.getEntries().map(each => each.renderTime)))
            .observe({ type: "element", buffered: true });
        new MutationObserver(() => {
            document.getElementById("consent-title")?.setAttribute("elementtiming", "banner");
            if (document.documentElement.children.length > 2) window.came ??= performance.now();
        }).observe(document, { childList: true, subtree: true });
    """

    @each_site
    def test_it_is_there_at_the_first_paint_and_moves_nothing(self, demo: Demo, visitor: Visitor, site: str) -> None:
        visitor.context.add_init_script(self.WATCH)
        page = visitor.page
        for _ in range(5):
            visitor.goes(demo.url(site), banner=True)
            until(page, "seen.length && performance.getEntriesByName('first-contentful-paint').length")
            late = page.evaluate("seen[0] - performance.getEntriesByName('first-contentful-paint')[0].startTime")
            page.wait_for_load_state("load")
            page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            moved = page.evaluate("shifts")
            if late <= 1 and moved == []:  # milliseconds: both are rounded
                break
        else:  # a browser that has to wait for its turn may paint half a page, but not five times
            raise AssertionError(f"{late} ms after the first contentful paint; moved: {moved}")
        blocking = page.evaluate(
            "performance.getEntriesByType('resource').filter(each => each.name.includes('/consent/')"
            " && each.renderBlockingStatus === 'blocking').map(each => each.name)"
        )
        assert blocking == []
        visitor.refuses()
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert page.evaluate("shifts") == []

    @each_site
    def test_a_tag_moves_nothing(self, twins: Twins, visitor: Visitor, site: str) -> None:
        """From the moment when its banner comes: before that, a slow machine may paint half a page."""
        visitor.context.add_init_script(self.WATCH)
        page = visitor.goes(twins.url(site), banner=True)
        page.wait_for_load_state("load")
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert page.evaluate("came") > 0
        visitor.refuses()
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert page.evaluate("shifts.filter(([, when]) => when >= came)") == []

    @each_site
    def test_it_needs_no_script_to_be_seen(self, demo: Demo, visitor: Visitor, site: str) -> None:
        visitor.context.route("**/banner.js*", lambda route: route.abort())
        page = visitor.goes(demo.url(site))
        expect(first_layer(page)).to_be_visible()
        visitor.forgive("ERR_FAILED")

    @each_site
    def test_who_has_answered_never_sees_it(self, demo: Demo, visitor: Visitor, site: str) -> None:
        page = visitor.goes(demo.url(site), banner=True)
        visitor.refuses()
        visitor.context.add_init_script(self.WATCH)
        page.reload()
        page.wait_for_load_state("load")
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert page.evaluate("[seen, shifts]") == [[], []]


class TestNames:
    @each_place
    def test_what_assistive_technology_is_told(self, sites: Demo, visitor: Visitor, site: str) -> None:
        page = visitor.goes(sites.url(site), banner=True)
        banner = page.get_by_role("dialog", name="Your choice about cookies")
        expect(banner).to_be_visible()
        for name in ("Refuse all", "Accept all", "Choose"):
            expect(banner.get_by_role("button", name=name, exact=True)).to_be_visible()
        assert banner.get_attribute("aria-modal") is None  # the page stays within reach
        button(page, "choose").click()
        dialog = page.get_by_role("dialog", name="Your privacy choices")
        expect(dialog).to_be_visible()
        for box in dialog.locator("[name=purpose]").all():
            expect(box).to_have_accessible_name(re.compile(r"\w"))
            expect(box).to_have_accessible_description(re.compile(r"\w"))
        expect(dialog.get_by_role("heading", level=1)).to_be_focused()
        page.keyboard.press("Escape")
        visitor.refuses()
        expect(page.get_by_role("status").filter(has_text=re.compile("Saved|no|off"))).not_to_have_count(0)
        expect(page.get_by_role("link", name="Cookie settings").first).to_be_visible()

    @each_place
    @pytest.mark.parametrize(
        ("language", "direction", "title", "centre"),
        [("de", "ltr", "Ihre", "Ihre"), ("ar", "rtl", "", "")],
    )
    def test_it_speaks_the_language_of_the_page(
        self, sites: Demo, visitor: Visitor, site: str, language: str, direction: str, title: str, centre: str
    ) -> None:  # R10
        page = visitor.goes(sites.url(site, f"/?lang={language}"), banner=True)
        self.speaks(first_layer(page), language, direction)
        expect(page.locator("#consent-title")).to_contain_text(title)
        assert re.search("[A-Za-z]{4}", page.locator("#consent-title").inner_text()) is None or language == "de"
        button(page, "choose").click()
        self.speaks(page.locator("#consent-dialog .consent-centre"), language, direction)
        expect(page.locator("#consent-centre-title")).to_contain_text(centre)
        for own in sites.own_pages(site, f"?locale={language}"):
            page.goto(own)
            self.speaks(page.locator("html"), language, direction)

    def speaks(self, place: Locator, language: str, direction: str) -> None:
        expect(place).to_have_attribute("lang", language)
        expect(place).to_have_attribute("dir", direction)
        expect(place).to_have_css("direction", direction)
