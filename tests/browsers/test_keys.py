"""By keyboard alone, and without script, in Firefox and in WebKit."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from .pages import EVERYTHING, OF_MEADOW
from .person import BOUND, BUTTON, Person
from .shop import Shop

CHOICES = ("reject_all", "accept_all", "choose")
FOCUS = "[getComputedStyle(active).outlineStyle, active.matches(':focus-visible')]"


def test_by_keyboard_alone(person: Person, shop: Shop) -> None:
    url = shop.put(body=EVERYTHING)
    person.goes(url, banner=True)
    passed = []
    for choice in CHOICES:
        passed.append(person.tabs_to(BUTTON.format(choice), 6))
        assert person.sees(FOCUS) == ["solid", True]
    assert passed[1:] == [1, 1]  # one Tab between each and the next

    person.presses("Enter")
    person.until("active?.closest('#consent-dialog') && true")
    for key in ("Tab", "Shift+Tab"):
        for _ in range(12):
            person.presses(key)
            assert person.sees("active === document.body || !!active.closest('#consent-dialog')")
    person.presses("Escape")
    person.until("!one('#consent-dialog')")
    assert person.sees("active.matches(given[0])", BUTTON.format("choose"))  # where the focus was before
    assert (person.sees("consent.record"), shop.to_vendor()) == (None, [])

    person.presses("Enter")
    person.until("active?.closest('#consent-dialog') && true")
    person.tabs_to("#consent-dialog [name=purpose][value=analytics]")
    person.presses("Space")
    person.tabs_to("#consent-dialog details:has([name=except][value='analytics/brook']) > summary")
    person.presses("Enter")
    person.tabs_to("#consent-dialog [name=except][value='analytics/brook']")
    person.presses("Space")
    person.tabs_to("#consent-dialog button[value=save]")
    person.presses("Enter")
    person.is_acknowledged()
    person.is_left_alone()
    person.ran(*OF_MEADOW)
    assert person.sees("!active.closest('#consent, #consent-dialog')")

    person.sees("document.querySelector('[data-consent-open]').focus()")
    person.presses("Enter")
    person.until("one('#consent-dialog[open]') && true")
    person.tabs_to("#consent-dialog button[value=withdraw]")
    person.sees("(window.old = true)")
    person.presses("Enter")
    person.until("!window.old && document.readyState === 'complete'")
    person.is_acknowledged()
    assert person.sees("consent.allows('analytics')") is False


@pytest.mark.parametrize("shop", ["mounted"], indirect=True)
def test_without_script_the_form_is_posted(comes: Callable[..., Person], shop: Shop) -> None:
    """What a tag does is script, so that without it nothing of a vendor opens, and nobody is asked."""
    person, before = comes(javascript=False), shop.count()
    url = shop.put(body=EVERYTHING)
    person.wire.call("Navigate", url=url)
    person.finds_and_clicks(BUTTON.format("reject_all"))
    until_there_are(shop, before + 1)
    assert person.wire.call("GetCurrentURL") == url
    person.wire.call("Navigate", url=shop.url("/consent/"))
    person.finds_and_clicks("[name=purpose][value=analytics]")
    person.finds_and_clicks("button[value=save]")
    until_there_are(shop, before + 2)
    refused, saved = shop.records()[before:]
    assert (refused["method"], refused["via"], refused["fingerprints"]) == ("reject_all", "form", {})
    assert (saved["method"], saved["via"], list(saved["fingerprints"])) == ("save", "form", ["analytics"])
    assert shop.to_vendor() == []
    assert not [path for path in shop.to_us() if path.endswith(".js")]


def until_there_are(shop: Shop, count: int) -> None:
    end = time.monotonic() + BOUND
    while shop.count() < count and time.monotonic() < end:
        time.sleep(0.02)
    assert shop.count() == count
