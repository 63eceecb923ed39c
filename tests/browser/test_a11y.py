"""WCAG 2.2 AA beyond what axe-core can see, mounted and by one tag: the keyboard's way and where the focus is, what a
screen reader is told, 400 % zoom, text spacing, forced colours, more contrast, less motion, touch (regulation R3).

One page shows much of it at once: a load costs more than a look.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from markupsafe import Markup
from playwright.sync_api import Page, expect

from consent.web import render

from .test_people import ACTIVE, contrast
from .visitor import Visitor, acknowledged, button, says_age
from .workshop import Workshop

ZOOMED = {"width": 320, "height": 256}  # 1280 × 1024 at 400 % (WCAG 2.2, 1.4.10)
WIDE = {"width": 1280, "height": 720}
LINKS = 6
BODY = "".join(f'<p><a href="#{n}" id="link-{n}">Link {n}</a></p>{"<br>" * 16}' for n in range(LINKS))

# The element that has the focus: its name, whether a ring is drawn, which part of it can be seen.
FOCUSED = f"""() => {{
    const active = {ACTIVE}, box = active.getBoundingClientRect(), style = getComputedStyle(active);
    const deep = (x, y) => {{
        let at = document.elementFromPoint(x, y);
        while (at?.shadowRoot?.elementFromPoint(x, y)) {{
            const inner = at.shadowRoot.elementFromPoint(x, y);
            if (inner === at) break;
            at = inner;
        }}
        return at;
    }};
    const points = [...active.getClientRects()].flatMap(({{ left, top, width, height }}) =>
        [0.1, 0.3, 0.5, 0.7, 0.9].map(part => [left + width / 2, top + height * part]));
    const seen = points.filter(([x, y]) => {{
        const hit = deep(x, y);
        return hit && (active.contains(hit) || hit.contains(active) || hit.closest("label")?.control === active);
    }}).length / points.length;
    return {{ name: active.value || active.id || active.textContent.trim().slice(0, 30), tag: active.localName,
        ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2, seen,
        width: Math.round(box.width), height: Math.round(box.height) }};
}}"""


@pytest.fixture(scope="module", params=[False, True], ids=["mounted", "tag"])
def room(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Workshop]:
    """A site that asks for an age, whose pages have links to the end."""
    made = Workshop(tmp_path_factory.mktemp("room"), tagged=request.param, more="[age]\nminimum = 16\n")
    yield made
    made.close()


def size(page: Page, viewport: dict[str, int]) -> None:
    page.set_viewport_size(viewport)  # type: ignore[arg-type]


def stops(page: Page, most: int = 60) -> list[dict[str, Any]]:
    """What Tab leads to, from here until the page has no more."""
    found: list[dict[str, Any]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop["tag"] == "body" or (found and stop["name"] == found[0]["name"]):
            break
        found.append(stop)
    return found


class TestKeyboard:
    @pytest.mark.parametrize(
        ("layout", "viewport"),
        [("bar", WIDE), ("centre", WIDE), ("corner", ZOOMED), ("centre", ZOOMED)],
        ids=["bar", "centre", "corner-zoomed", "centre-zoomed"],
    )
    def test_everything_in_order_and_in_sight(
        self, room: Workshop, visitor: Visitor, layout: str, viewport: dict[str, int]
    ) -> None:
        """2.1.1, 2.4.3, 2.4.7, 2.4.11: the banner first, which has the focus, then the page, nothing behind it."""
        size(visitor.page, viewport)
        page = visitor.goes(room.put(body=BODY), banner=True)
        page.locator("#consent").evaluate("(each, layout) => (each.dataset.layout = layout)", layout)
        found = stops(page)
        names = [stop["name"] for stop in found]
        first = ["Privacy policy", "reject_all", "accept_all", "choose"]
        assert names[:4] == first
        assert [name for name in names if name.startswith("link-")] in ([], [f"link-{n}" for n in range(LINKS)])
        # What comes after the banner in the document is the page's end; from its start the links are passed as well.
        page.locator("#link-0").focus()
        found += [page.evaluate(FOCUSED) for n in range(LINKS - 1) if page.keyboard.press("Tab") is None]
        names = [stop["name"] for stop in found]
        assert {f"link-{n}" for n in range(1, LINKS)} <= set(names)
        assert [stop for stop in found if stop["seen"] == 0] == []
        assert [stop for stop in found[:4] if not stop["ring"] or stop["seen"] < 0.9] == []

    @pytest.mark.parametrize("viewport", [WIDE, ZOOMED], ids=["wide", "zoomed"])
    def test_the_preference_centre(self, room: Workshop, visitor: Visitor, viewport: dict[str, int]) -> None:
        """The same in the dialog, forwards and back: the buttons at its foot hide nothing that has the focus."""
        size(visitor.page, viewport)
        visitor.goes(room.put(body=BODY), banner=True)
        dialog = visitor.opens_centre()
        dialog.locator("details").evaluate_all("all => all.forEach(each => (each.open = true))")
        page = visitor.page
        found = stops(page)
        names = [stop["name"] for stop in found]
        assert names[0] == "Close" and names[-3:] == ["save", "reject_all", "accept_all"]
        assert {"analytics", "marketing", "ai_training", "analytics/meadow"} <= set(names)
        for _ in range(len(found) - 1):
            page.keyboard.press("Shift+Tab")
            found.append(page.evaluate(FOCUSED))
        assert [stop for stop in found if stop["seen"] == 0 or not stop["ring"]] == []
        small = [stop for stop in found if min(stop["width"], stop["height"]) < 24]
        # Boxes that are smaller are hit by their label as well: what is drawn is not the target (2.5.8)
        assert {stop["tag"] for stop in small} <= {"input", "a"}
        labels = dialog.locator(".consent-check").evaluate_all("all => all.map(each => each.offsetHeight)")
        assert min(labels) >= 24


# The accessibility tree, as Chromium gives it to a screen reader: a line a node, what is plain text left out.
PLAIN = {"StaticText", "InlineTextBox", "generic", "none", "LineBreak", "ListMarker", "paragraph", "LabelText", "form"}
PLAIN |= {"Legend", "strong", "emphasis", "code", "term", "definition", "DescriptionListTerm", "DescriptionListDetail"}
SAID = ("checked", "expanded", "modal", "level", "live", "focused", "disabled")


def tree(page: Page, top: str = "RootWebArea") -> list[str]:
    """What a screen reader is told, from the first node of role `top` on, in order."""
    session = page.context.new_cdp_session(page)
    session.send("Accessibility.enable")
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    by_id = {node["nodeId"]: node for node in nodes}
    lines: list[str] = []

    def walk(node: dict[str, Any], inside: bool) -> None:
        role = node.get("role", {}).get("value", "none")
        inside = inside or role == top
        if inside and not node.get("ignored") and role not in PLAIN:
            lines.append(_line(node, role))
        for child in node.get("childIds", []):
            if child in by_id:
                walk(by_id[child], inside)

    walk(nodes[0], False)
    return lines


def _line(node: dict[str, Any], role: str) -> str:
    said = {each["name"]: each["value"].get("value") for each in node.get("properties", [])}
    words = [f"{name}={said[name]}" for name in SAID if said.get(name) not in (None, False, "off")]
    if description := node.get("description", {}).get("value"):
        words.append(f"about={description}")
    return " ".join([role, repr(node.get("name", {}).get("value", "")), *words])


class TestScreenReader:
    def test_banner_age_and_confirmation(self, room: Workshop, visitor: Visitor) -> None:
        page = visitor.goes(room.put(body=BODY), banner=True)
        assert tree(page, "dialog")[:6] == [
            "dialog 'Your choice about cookies' focused=True",
            "heading 'Your choice about cookies' level=2",
            "link 'Privacy policy'",
            "button 'Refuse all'",
            "button 'Accept all'",
            "button 'Choose'",
        ]
        assert [line for line in tree(page) if line.startswith("status")] == ["status '' live=polite"] * 2
        button(page, "accept_all").click()
        expect(page.locator("#consent .consent-age")).to_be_visible()
        asked = tree(page, "dialog")
        assert asked[2:7] == [
            "group 'How old are you?'",
            "radio 'Under 16' checked=false focused=True",
            "radio '16 or older' checked=false",
            "button 'Continue'",
            "button 'Refuse all'",
        ]
        page.locator("#consent .consent-age button").nth(1).click()
        acknowledged(page)
        status = page.locator("#consent-status")
        expect(status).to_have_text("Saved. Everything optional stays off.")
        assert "dialog" not in " ".join(tree(page)).split()
        assert any(line.startswith("status ") and "live=polite" in line for line in tree(page))

    def test_the_preference_centre(self, room: Workshop, visitor: Visitor) -> None:
        visitor.goes(room.put(body=BODY), banner=True)
        dialog = visitor.opens_centre()
        page = visitor.page
        said = tree(page, "dialog")
        assert said[:3] == [
            "dialog 'Your privacy choices' modal=True",
            "heading 'Your privacy choices' level=1 focused=True",
            "button 'Close'",
        ]
        switches = [line for line in said if line.startswith("checkbox")]
        assert [line.partition(" about=")[0] for line in switches] == [
            "checkbox 'Statistics' checked=false",
            "checkbox 'Advertising' checked=false",
            "checkbox 'Training of our models' checked=false",
            "checkbox 'I object' checked=false",
        ]
        assert all(" about=" in line for line in switches)
        assert "Accept all never includes this." in switches[2]
        groups = [line for line in said if line.startswith("group '") and not line.startswith("group ''")]
        assert [line.split("'")[1] for line in groups] == [
            "Statistics",
            "Advertising",
            "Training of our models",
            "Necessary",
            "Security",
        ]
        assert any(re.match(r"DisclosureTriangle 'Who receives data 2'", line) for line in said)
        dialog.locator("summary", has_text="Who receives data").first.click()
        dialog.locator("[name=purpose][value=analytics]").check()
        said = tree(page, "dialog")
        assert any(line.startswith("checkbox 'Statistics' checked=true") for line in said)
        assert any(line.startswith("DisclosureTriangle") and "expanded=True" in line for line in said)
        assert "link 'Privacy policy: Meadow Analytics'" in said
        assert any(line.startswith("checkbox 'Not Meadow Analytics' checked=false") for line in said)

    def test_a_placeholder(self, room: Workshop, visitor: Visitor) -> None:
        """What waits says who it is from and what it needs, then the way to allow it; and is replaced on a yes."""
        service = room.app.extensions["consent"].service
        base = "/consent/" if not room.tagged else "#"
        held = render.placeholder(service.notice("en"), "marketing", Markup("<h2>The film</h2>"), "Lantern Ads", base)
        page = visitor.goes(room.put(body=str(held)), banner=True)
        visitor.refuses()
        text = "This part of the page comes from Lantern Ads and is off until you allow “Advertising”."
        expect(page.get_by_text(text)).to_be_visible()
        assert "link 'Allow and show it'" in tree(page)
        link = page.locator("[data-consent-ask]")
        box = link.bounding_box()
        assert box and (box["height"] >= 24 or room.tagged)  # by tag the placeholder is the page's own
        link.press("Enter")
        says_age(page.locator("#consent" if not page.locator("#consent-dialog").count() else "#consent-dialog"))
        expect(page.get_by_role("heading", name="The film")).to_be_visible()


# As WCAG 2.2, 1.4.12 has it; into the tag's shadow root too, as people's own tools do it.
SPACING = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
        * { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
        p { margin-block-end: 2em !important }`);
    for (const scope of [document, document.querySelector("consent-banner")?.shadowRoot])
        scope?.adoptedStyleSheets.push(sheet);
}"""
LOST = """place => {
    const box = each => each.getBoundingClientRect(), wrong = [], range = document.createRange();
    if (document.documentElement.scrollWidth > innerWidth) wrong.push("the page scrolls sideways");
    if (place.scrollWidth > place.clientWidth) wrong.push("the place scrolls sideways");
    for (const each of place.querySelectorAll("button, summary, label, legend, h1, h2, p, dt, dd, li")) {
        const outer = box(each);
        range.selectNodeContents(each);
        const inner = box(range);
        if (!outer.width || !inner.width) continue;
        const low = each.matches("button, summary, label") && inner.bottom > outer.bottom + 2;
        if (inner.left < outer.left - 2 || inner.right > outer.right + 2 || low)
            wrong.push("cut off: " + each.textContent.trim().slice(0, 40));
    }
    const buttons = [...place.querySelectorAll("button")].filter(each => box(each).width).map(box),
        meet = (from, to, one, other) => one[from] < other[to] - 1 && other[from] < one[to] - 1;
    for (const [n, one] of buttons.entries())
        for (const other of buttons.slice(n + 1))
            if (meet("left", "right", one, other) && meet("top", "bottom", one, other))
                wrong.push("one button over another");
    return wrong;
}"""


def test_zoom_and_spacing(room: Workshop, visitor: Visitor) -> None:
    """1.4.4, 1.4.10, 1.4.12: at 400 % all is there by scrolling one way, also with wider spacing."""
    size(visitor.page, ZOOMED)
    page = visitor.goes(room.put(body=BODY), banner=True)
    banner = page.locator("#consent")
    assert banner.evaluate(LOST) == []
    page.evaluate(SPACING)
    assert banner.evaluate(LOST) == []
    box = banner.bounding_box()
    assert box and box["height"] <= ZOOMED["height"] - 48, "something of the page stays in sight"
    for choice in ("reject_all", "accept_all", "choose"):
        button(page, choice).click(trial=True)
    button(page, "accept_all").click()
    age = page.locator("#consent .consent-age")
    expect(age).to_be_visible()
    assert banner.evaluate(LOST) == []
    for control in (*age.locator("input").all(), *age.locator("button").all()):
        control.click(trial=True)
    page.keyboard.press("Escape")
    dialog = visitor.opens_centre()
    dialog.locator("details").evaluate_all("all => all.forEach(each => (each.open = true))")
    assert dialog.evaluate(LOST) == []
    for control in dialog.locator("button:visible, input:visible, summary:visible").all():
        control.click(trial=True)


LOOKS = """place => Object.fromEntries(["bg", "ink", "soft", "line", "tone"].map(name => {
    const probe = document.createElement("i");
    probe.style.color = `var(--consent-${name})`;
    place.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return [name, found];
}))"""
MOVES = """place => [...place.querySelectorAll("*"), place].flatMap(each => ["", "::before", "::after"].map(part => {
    const style = getComputedStyle(each, part || undefined);
    return [style.transitionDuration, style.animationName];
})).filter(([time, name]) => time.split(", ").some(each => parseFloat(each)) || name !== "none")"""
SWITCH = "each => [getComputedStyle(each).backgroundColor, getComputedStyle(each, '::before').insetInlineStart]"


def test_what_a_device_asks_for(room: Workshop, visitor: Visitor) -> None:
    """Less motion, more contrast, forced colours: 1.4.1, 1.4.11, 2.3.3, and media queries as CSS has them."""
    page = visitor.goes(room.put(body=BODY), banner=True)
    dialog = visitor.opens_centre()
    centre = dialog.locator(".consent-centre")
    assert centre.evaluate(MOVES), "there is something that moves, where nobody minds"
    page.emulate_media(reduced_motion="reduce")
    assert centre.evaluate(MOVES) == []

    plain = centre.evaluate(LOOKS)
    assert contrast(plain["soft"], plain["bg"]) >= 4.5
    page.emulate_media(contrast="more")
    more = centre.evaluate(LOOKS)
    assert contrast(more["soft"], more["bg"]) >= 7 and contrast(more["line"], more["bg"]) >= 4.5

    page.emulate_media(forced_colors="active", contrast="no-preference")
    switch = dialog.locator("[name=purpose][value=analytics]")
    off = switch.evaluate(SWITCH)
    switch.check()
    on = switch.evaluate(SWITCH)
    assert off[0] != on[0] and off[1] != on[1], "by colour and by place"
    save = dialog.locator("button[value=save]")
    edges = save.evaluate("each => [getComputedStyle(each).borderTopColor, getComputedStyle(each).backgroundColor]")
    assert contrast(*edges) >= 3
    frame = dialog.evaluate("each => [getComputedStyle(each).borderTopColor, getComputedStyle(each).backgroundColor]")
    assert contrast(*frame) >= 3


@pytest.mark.parametrize(
    ("page_scheme", "device", "dark"),
    [("", "dark", False), ("dark", "light", True), ("light dark", "dark", True), ("light dark", "light", False)],
)
def test_light_and_dark_by_the_page(
    room: Workshop, visit: Callable[..., Visitor], page_scheme: str, device: str, dark: bool
) -> None:
    """A page that says nothing is light: so is its banner, whatever the device would like."""
    style = f"<style>:root {{ color-scheme: {page_scheme} }}</style>" if page_scheme else ""
    visitor = visit(color_scheme=device, bypass_csp=True)
    page = visitor.goes(room.put(head=style), banner=True)
    for place in (page.locator("#consent"), visitor.opens_centre()):
        ground = place.evaluate("each => getComputedStyle(each).backgroundColor")
        assert ground == ("rgb(27, 30, 35)" if dark else "rgb(255, 255, 255)")


def test_touch(room: Workshop, visit: Callable[..., Visitor]) -> None:
    """2.5.8 and more: on a phone all that is pressed is 24 px high at least, what matters 44, and a tap is enough."""
    visitor = visit(has_touch=True, is_mobile=True, viewport={"width": 320, "height": 640})
    viewport = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    page = visitor.goes(room.put(head=viewport, body=BODY), banner=True)
    assert page.evaluate("matchMedia('(pointer: coarse)').matches && innerWidth") == 320
    for choice in ("reject_all", "accept_all", "choose"):
        box = button(page, choice).bounding_box()
        assert box and box["height"] >= 44 and box["width"] >= 44
    button(page, "choose").tap()
    dialog = page.locator("#consent-dialog")
    expect(dialog).to_be_visible()
    dialog.locator("details").evaluate_all("all => all.forEach(each => (each.open = true))")
    targets = dialog.locator("button:visible, summary:visible, .consent-check:visible, .consent-row label:visible")
    heights = targets.evaluate_all("all => all.map(each => each.getBoundingClientRect().height)")
    assert min(heights) >= 24 and len(heights) > 10
    dialog.locator("label", has_text="Statistics").tap()
    expect(dialog.locator("[name=purpose][value=analytics]")).to_be_checked()
    dialog.locator("button[value=reject_all]").locator("visible=true").tap()
    acknowledged(page)
    assert page.evaluate("consent.allows('analytics')") is False
