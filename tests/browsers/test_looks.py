"""How banner and preference centre look in Firefox and in WebKit: narrow, dark, from right to left, and plain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .person import BUTTON, Person
from .shop import Shop

# What reaches out of the window, or of the banner or dialog it is in, and what is too small to hit (WCAG 2.2, 1.4.10
# and 2.5.8).
BAD = """(() => {
  const place = one(given[0]), around = place.getBoundingClientRect(), bad = [];
  if (around.left < 0 || around.right > innerWidth || place.scrollWidth > place.clientWidth)
    bad.push(["wide", around.left, around.right, innerWidth, place.scrollWidth, place.clientWidth]);
  for (const element of place.querySelectorAll("*")) {
    if (!element.checkVisibility()) continue;
    const { left, right, width, height } = element.getBoundingClientRect(), name = element.outerHTML.slice(0, 60);
    if (left < around.left - 0.5 || right > around.right + 0.5) bad.push(["out", name, left, right]);
    if (element.matches("button, input, summary") && (width < 24 || height < 24) && !element.closest("label"))
      bad.push(["small", name, width, height]);
  }
  return bad;
})()"""
BOX = "(({ x, y, width, height }) => [x, y, width, height])(one(given[0]).getBoundingClientRect())"
STYLE = "(style => [style.backgroundColor, style.color, style.direction])(getComputedStyle(one(given[0])))"
LINES = "(range => (range.selectNodeContents(one(given[0])), range.getClientRects().length))(new Range())"
CENTRE = "#consent-dialog"


def box(person: Person, selector: str) -> list[float]:
    found: list[float] = person.sees(BOX, selector)
    return found


def luminance(colour: str) -> float:
    """Relative luminance of `rgb(…)` (WCAG 2.2)."""
    parts = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    lights = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * lights[0] + 0.7152 * lights[1] + 0.0722 * lights[2]


def legible(person: Person, selector: str) -> None:
    ground, ink, _ = person.sees(STYLE, selector)
    one, two = sorted((luminance(ground), luminance(ink)), reverse=True)
    assert (one + 0.05) / (two + 0.05) >= 4.5


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_wide(comes: Callable[..., Person], shop: Shop, dark: bool) -> None:
    person = comes(dark=dark)
    person.goes(shop.put('<meta name="color-scheme" content="light dark">'), banner=True)
    assert person.sees("matchMedia('(prefers-color-scheme: dark)').matches") is dark
    reject, accept = (box(person, BUTTON.format(name)) for name in ("reject_all", "accept_all"))
    assert reject[1:] == pytest.approx(accept[1:], abs=0.6)  # in one row, of one size
    person.opens_centre()
    for place in ("#consent", CENTRE):
        assert person.sees(BAD, place) == []
        legible(person, place)
        assert (luminance(person.sees(STYLE, place)[0]) < 0.2) is dark
    # the dialog stands in the middle, and the bar of its buttons at its end
    x, y, width, height = box(person, CENTRE)
    inside: Any = person.sees("[innerWidth, innerHeight]")
    assert [x * 2 + width, y * 2 + height] == pytest.approx(inside, abs=3)
    _, bar, _, tall = box(person, f"{CENTRE} .consent-bar")
    assert bar + tall == pytest.approx(y + height, abs=3)


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("shop", ["tag"], indirect=True)
def test_narrow(person: Person, shop: Shop, language: str) -> None:
    """320 pixels, which is also a window of 1280 at 400 %; in Arabic everything begins at the right."""
    person.wire.call("Navigate", url=shop.narrow(shop.put(options=f'data-lang="{language}"')))
    person.wire.call("SwitchToFrame", id=0)
    person.is_asked()
    assert person.sees("innerWidth") == 320
    assert person.sees(BAD, "#consent") == []
    assert person.sees(STYLE, "#consent")[2] == ("rtl" if language == "ar" else "ltr")
    person.opens_centre()
    assert person.sees(BAD, CENTRE) == []
    assert person.sees(LINES, f"{CENTRE} .consent-close") == 1
    assert person.sees("getComputedStyle(active).outlineStyle") == "none"  # the title has the focus after a click
    title, switch = box(person, f"{CENTRE} h1"), box(person, f"{CENTRE} .consent-switch")
    centre = box(person, CENTRE)
    begins_left = switch[0] + switch[2] / 2 > centre[0] + centre[2] / 2  # the switch is at the line's end
    assert begins_left is (language == "en") and title[2] > 0
