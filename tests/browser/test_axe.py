"""axe-core finds nothing: WCAG 2.2 AA and best practice, in every look that a person's settings can give."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .demo import ASKS_AGE, PAGES, PLACES, SITES, Demo
from .visitor import Visitor, asked, button, first_layer

SOURCE = Path(__file__).parents[2] / "static" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "forced_colors": "none"},
    "dark": {"color_scheme": "dark", "forced_colors": "none"},
    "forced": {"color_scheme": "light", "forced_colors": "active"},
}
WIDE, NARROW = {"width": 1280, "height": 720}, {"width": 320, "height": 640}

each_site = pytest.mark.parametrize("site", SITES)


@lru_cache(maxsize=1)
def source() -> str:
    assert SOURCE.is_file(), "axe-core is not there: npm ci in static/"
    return SOURCE.read_text(encoding="utf-8")


def problems(page: Page) -> list[str]:
    """What axe-core has to say about a page: rule, and each element."""
    page.evaluate(source())
    found = page.evaluate(
        "tags => axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] })"
        ".then(({ violations }) => violations)",
        TAGS,
    )
    return [
        f"{each['id']}: {node['html'][:120]} {[check['message'] for check in node['any'] + node['all']]}"
        for each in found
        for node in each["nodes"]
    ]


def each_problem(page: Page, *looks: str) -> list[str]:
    """The same in each of the looks, and in the first of them 320 pixels wide."""
    found = []
    for look in looks:
        page.emulate_media(**LOOKS[look])
        found += [f"{look}: {each}" for each in problems(page)]
    page.emulate_media(**LOOKS[looks[0]])
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    found += [f"narrow: {each}" for each in problems(page)]
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    return found


IN_ARABIC = [("demo", "image2ai", "ar", ("light",)), ("twins", "gempix2", "ar", ("light",))]


@pytest.mark.parametrize(
    ("sites", "site", "language", "looks"),
    [*((way, site, "en", tuple(LOOKS)) for way, site in PLACES), *IN_ARABIC],
    indirect=["sites"],
)
def test_banner_and_preference_centre(
    sites: Demo, visit: Callable[..., Visitor], site: str, language: str, looks: tuple[str, ...]
) -> None:
    visitor = visit(bypass_csp=True, reduced_motion="reduce")
    page = visitor.goes(sites.url(site, f"/?lang={language}"), banner=True)
    assert each_problem(page, *looks) == []

    button(page, "choose").click()
    dialog = page.locator("#consent-dialog")
    expect(dialog).to_be_visible()
    dialog.locator("details").evaluate_all("all => all.forEach(each => (each.open = true))")
    assert each_problem(page, *looks) == []

    for own in sites.own_pages(site, f"?locale={language}"):
        page.goto(own)
        page.locator("details").evaluate_all("all => all.forEach(each => (each.open = true))")
        assert each_problem(page, *looks) == []


@pytest.mark.parametrize(
    ("sites", "site", "look"),
    [*((way, site, "light") for way, site in PLACES), ("demo", "imagegpt", "dark"), ("twins", "gempix2", "dark")],
    indirect=["sites"],
)
def test_after_a_choice(sites: Demo, visit: Callable[..., Visitor], site: str, look: str) -> None:
    """The pages with their settings link, the centre with its state and history, and the note of what was saved."""
    visitor = visit(bypass_csp=True, reduced_motion="reduce", **LOOKS[look])
    page = visitor.goes(sites.url(site, "/create"), banner=True)
    visitor.accepts()
    expect(page.locator("#consent-status")).not_to_be_empty()
    assert problems(page) == []
    for own in sites.own_pages(site, "", *(["declaration"] if look == "light" else [])):
        page.goto(own)
        page.locator("details").evaluate_all("all => all.forEach(each => (each.open = true))")
        assert problems(page) == []


@each_site
def test_the_sites_own_pages(demo: Demo, visit: Callable[..., Visitor], site: str) -> None:
    visitor = visit(bypass_csp=True, reduced_motion="reduce")
    for path in (*PAGES[1:], "/for-you"):
        page = visitor.goes(demo.url(site, path))
        if path != "/for-you":
            asked(page)
        assert problems(page) == []
    visitor.forgive("403 (")


@pytest.mark.parametrize("site", ASKS_AGE)
def test_the_age_question(demo: Demo, visit: Callable[..., Visitor], site: str) -> None:
    visitor = visit(bypass_csp=True, reduced_motion="reduce")
    page = visitor.goes(demo.url(site), banner=True)
    button(page, "accept_all").click()
    expect(page.locator("#consent .consent-age")).to_be_visible()
    expect(first_layer(page)).to_be_visible()
    assert problems(page) == []

    plain = visit(bypass_csp=True)
    plain.context.route("**/banner.js*", lambda route: route.abort())  # axe-core runs, our script does not
    page = plain.goes(demo.url(site))
    button(page, "accept_all").click()
    expect(page.locator("main .consent-age")).to_be_visible()
    assert problems(page) == []
    plain.forgive("422 (")
    plain.forgive("ERR_FAILED")
