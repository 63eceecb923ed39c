"""Every language of the product, measured at 320 CSS pixels and wider: nothing overflows, nothing is cut off, no word
on a button is broken, the direction is right, and the buttons are equal (WCAG 2.2, 1.4.10; regulation R2, R10).

The markup is the server's own answer in each language; one page takes them all in turn, so that a language costs a few
milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from consent import Consent, assets
from consent import locale as locales

SITE = """
[site]
id = "tongues"
name = "Tongues"
policy = "https://tongues.example/privacy"
effective = 2026-04-06
languages = [LANGUAGES]
[controller]
name = "Tongues and Daughters International Ltd"
contact = "privacy@tongues.example"
address = "12 Long Example Street, Exampletown"
country = "IE"
[age]
minimum = 16
[purposes.necessary]
items = [{ name = "session", duration = "session", http_only = true }]
[purposes.functional]
retention = "12 months"
items = [{ name = "preferred_colour_scheme_of_the_editor", kind = "local", duration = "forever" }]
[purposes.analytics]
retention = "13 months"
vendors = ["ga4", "hotjar"]
[purposes.marketing]
retention = "6 months"
explicit = true
vendors = ["youtube", "meta"]
[purposes.security]
name = "Security"
text = "We look for abuse."
basis = "legitimate_interest"
retention = "30 days"
"""
LOCALES = locales.available()
WIDTHS = 320, 400, 600, 1280  # at the third all three buttons of a bar come to stand in one row
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>
<style>body { margin: 0; font-family: "Noto Sans", "Noto Sans Tamil", "Droid Sans Fallback", NanumGothic, sans-serif }
STYLES</style></head><body></body></html>"""

# What is wrong with a place, in words. `all`: with every part that opens and closes, open.
MEASURE = """
const wrong = (place, [tag, direction]) => {
    const found = [], wide = innerWidth, root = document.documentElement,
        name = each => each.localName + "." + each.className + " “" + each.textContent.trim().slice(0, 40) + "”",
        box = each => each.getBoundingClientRect();
    if (root.scrollWidth > wide) found.push(`the page is ${root.scrollWidth} wide`);
    if (getComputedStyle(place).direction !== direction) found.push("the direction is not " + direction);
    for (const each of [place, ...place.querySelectorAll("*")]) {
        const { left, right, width, height } = box(each);
        if (!width || !height) continue;
        if (left < -0.5 || right > wide + 0.5) found.push("outside of the window: " + name(each));
        if (each.scrollWidth > each.clientWidth && each.clientWidth && getComputedStyle(each).overflowX !== "visible")
            found.push("wider than its box: " + name(each));
    }
    // What frames a text frames all of it.
    const range = document.createRange();
    for (const each of place.querySelectorAll("button, summary, label, legend")) {
        range.selectNodeContents(each);
        const inner = box(range), outer = box(each);
        if (inner.width && (inner.left < outer.left - 1 || inner.right > outer.right + 1))
            found.push("letters outside: " + name(each));
    }
    // Buttons that stand together: equal, in one row or one column, in the order of reading, and no word is broken.
    const words = new Intl.Segmenter(tag, { granularity: "word" });
    for (const row of place.querySelectorAll(".consent-buttons")) {
        const buttons = [...row.children], boxes = buttons.map(box);
        if (!boxes[0]?.width) continue;
        for (const side of ["width", "height"])
            if (Math.max(...boxes.map(each => each[side])) - Math.min(...boxes.map(each => each[side])) > 1)
                found.push(`unequal ${side}: ` + buttons.map(name));
        const tops = new Set(boxes.map(each => Math.round(each.top))).size;
        if (tops !== 1 && tops !== boxes.length) found.push("one stands apart: " + buttons.map(name));
        if (tops === 1 && boxes.length > 1 && (boxes[0].left < boxes[1].left) !== (direction === "ltr"))
            found.push("against the order of reading: " + buttons.map(name));
    }
    for (const button of place.querySelectorAll("button")) {
        if (!box(button).width) continue;
        if (box(button).height < 44) found.push("too low: " + name(button));
        for (const text of button.childNodes)
            for (const { segment, index, isWordLike } of words.segment(text.data ?? "")) {
                if (!isWordLike) continue;
                range.setStart(text, index);
                range.setEnd(text, index + segment.length);
                const parts = [...range.getClientRects()].filter(each => each.width > 0.5),
                    lines = new Set(parts.map(each => Math.round(each.top)));
                if (lines.size > 1) found.push(`a broken word: ${segment} of ` + name(button));
            }
    }
    return found;
};
"""
BANNERS = (
    MEASURE
    + """
return shown => Object.fromEntries(Object.entries(shown).map(([locale, [tag, direction, banner]]) => {
    document.documentElement.lang = tag;
    document.documentElement.dir = direction;
    document.body.innerHTML = banner;
    const section = document.getElementById("consent"), found = [], age = section.querySelector(".consent-age");
    for (const layout of innerWidth < 480 ? ["bar"] : ["bar", "corner"]) {
        section.dataset.layout = layout;
        found.push(...wrong(section, [tag, direction]).map(each => `${layout}: ${each}`));
    }
    section.querySelector("form").dataset.step = "age";
    age.hidden = age.disabled = false;
    found.push(...wrong(section, [tag, direction]).map(each => `age: ${each}`));
    return [locale, found];
}).filter(([, found]) => found.length));
"""
)
CENTRES = (
    MEASURE
    + """
return shown => Object.fromEntries(Object.entries(shown).map(([locale, [tag, direction, centre]]) => {
    document.documentElement.lang = tag;
    document.documentElement.dir = direction;
    document.body.innerHTML = `<dialog id="consent-dialog">${centre}</dialog>`;
    const dialog = document.querySelector("dialog");
    dialog.querySelector(".consent-close").hidden = false;
    dialog.showModal();
    for (const each of dialog.querySelectorAll("details")) each.open = true;
    const found = wrong(dialog, [tag, direction]);
    dialog.querySelector("form").dataset.step = "age";
    for (const age of dialog.querySelectorAll(".consent-age")) {
        age.hidden = age.disabled = false;
        found.push(...wrong(age, [tag, direction]).map(each => `age: ${each}`));
    }
    return [locale, found];
}).filter(([, found]) => found.length));
"""
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Somebody who has accepted all, and so has a date, a history and a way to withdraw."""
    folder = tmp_path_factory.mktemp("tongues")
    languages = ", ".join(dict.fromkeys(f'"{each.replace("_", "-")}"' for each in ("en", *LOCALES)))
    (folder / "consent.toml").write_text(SITE.replace("LANGUAGES", languages), encoding="utf-8")
    app = Flask(__name__)
    app.config.update(TESTING=True, CONSENT_SITE=str(folder / "consent.toml"), CONSENT_DATA=str(folder / "data"))
    Consent(app)

    @app.get("/")
    def page() -> str:
        return f'<!doctype html><html lang="{request.args["lang"]}"><head><title>A</title></head><body></body></html>'

    return app.test_client()


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()
    styles = assets.text("banner.css") + assets.text("preferences.css")
    page.set_content(PAGE.replace("STYLES", styles))
    yield page
    context.close()


def tags() -> Iterator[tuple[str, str, str]]:
    """Each locale, as a language tag, and its direction."""
    for locale in LOCALES:
        yield locale, locale.replace("_", "-"), locales.direction(locale)


def measure(page: Page, script: str, shown: dict[str, Any], *widths: int) -> dict[str, Any]:
    found = {}
    for width in widths:
        page.set_viewport_size({"width": width, "height": 640})
        wrong = page.evaluate(f"shown => (() => {{ {script} }})()(shown)", shown)
        found |= {f"{width} {locale}": problems for locale, problems in wrong.items()}
    return found


def test_there_are_all_languages() -> None:
    assert len(LOCALES) == 62
    assert {locale for locale, _, direction in tags() if direction == "rtl"} == {"ar", "fa", "he", "ur"}


def test_the_banner(client: FlaskClient, page: Page) -> None:
    banners = {}
    for locale, tag, direction in tags():
        body = client.get(f"/?lang={tag}").get_data(as_text=True)
        found = re.search(r'<section id="consent".*?</section>', body, re.DOTALL)
        assert found and f'lang="{tag}" dir="{direction}"' in found[0], locale
        banners[locale] = (tag, direction, found[0])
    assert measure(page, BANNERS, banners, *WIDTHS) == {}


def test_the_preference_centre(client: FlaskClient, page: Page) -> None:
    body = client.get("/?lang=en").get_data(as_text=True)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', body))
    sent = client.post("/consent/decision", data={**fields, "choice": "accept_all", "age": "over"})
    assert sent.status_code == 303
    centres = {}
    for locale, tag, direction in tags():
        answer = client.get(f"/consent/?fragment=1&locale={tag}", headers={"Sec-GPC": "1", "DNT": "1"})
        text = answer.get_data(as_text=True)
        assert f'lang="{tag}" dir="{direction}"' in text and 'value="withdraw"' in text, locale
        centres[locale] = (tag, direction, text)
    assert measure(page, CENTRES, centres, 320, 768) == {}
