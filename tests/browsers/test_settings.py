"""How people set up their browsers: signals, cookies, frames, networks that fail, and the way Back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .engine import Engine
from .pages import ALL, EVERYTHING, gated
from .person import BUTTON, Person
from .shop import Shop

only_mounted = pytest.mark.parametrize("shop", ["mounted"], indirect=True)
only_tag = pytest.mark.parametrize("shop", ["tag"], indirect=True)


@only_mounted
def test_signals_are_on_every_record(comes: Callable[..., Person], engine: Engine, shop: Shop) -> None:
    """Firefox has both; WebKit has neither, and its record says nothing of them."""
    speaks = engine.name == "firefox"
    person = comes(gpc=speaks, dnt=speaks)
    person.goes(shop.put(body=EVERYTHING), banner=True)
    assert person.sees("navigator.globalPrivacyControl ?? null") == (True if speaks else None)
    assert {each.signals for each in shop.asked} == {("1", "1") if speaks else (None, None)}
    person.accepts()
    wanted = {"dnt": "1", "gpc": "1", "js_dnt": "1", "js_gpc": "true"} if speaks else {}
    assert shop.records()[-1]["signals"] == wanted
    person.ran(*ALL)  # in an opt-in region an explicit yes is one (R33)
    person.opens_centre()
    assert person.sees("!!one('#consent-dialog .consent-signals')") is speaks


def test_where_cookies_are_blocked(comes: Callable[..., Person], engine: Engine, shop: Shop) -> None:
    person = comes(cookies=False)
    one, two = (gated("analytics", attributes=f'src="VENDOR/{name}.js"') for name in ("meadow", "brook"))
    url = shop.put(body=one + two)
    person.goes(url, banner=True)
    person.clicks(BUTTON.format("accept_all"))
    person.until("consent.allows('analytics') && consent.allows('marketing')")
    shop.sends_out("brook.js", "meadow.js")  # it holds for this page
    assert shop.records()[-1]["method"] == "accept_all"


@only_mounted
def test_the_way_back(person: Person, shop: Shop) -> None:
    """A page that the browser had kept follows the choice that was made on the next one."""
    first, second = shop.put(body=EVERYTHING), shop.put()
    person.goes(first, banner=True)
    person.sees("(window.kept = true)")
    person.goes(second, banner=True)
    person.accepts()
    shop.asked.clear()
    person.goes_back()
    person.ran(*ALL)
    person.is_left_alone()
    kept = person.sees("window.kept === true")
    assert person.sees("document.querySelector('h1').isConnected")
    person.goes(second, banner=False)
    person.opens_centre()
    person.clicks("#consent-dialog button[value=withdraw]")
    person.is_acknowledged()
    person.goes_back()
    person.until("!consent.allows('analytics') && document.readyState === 'complete' && !window.ran.length")
    assert kept, "the browser did not keep the page"


@only_tag
def test_while_nobody_answers(person: Person, shop: Shop) -> None:
    url, before = shop.put(body=EVERYTHING), shop.count()
    person.goes(url, banner=True)
    shop.away = True
    person.clicks(BUTTON.format("accept_all"))
    words = "one('#consent .consent-note').textContent === one('#consent-status').dataset.offlineYes"
    person.until(words)
    person.goes(url)  # the tag is in the browser's cache
    person.settles()
    assert (person.sees("window.ran"), shop.to_vendor(), shop.count()) == ([], [], before)
    assert person.sees("!!localStorage.consent_pending")
    shop.away = False
    person.sees("dispatchEvent(new Event('online'))")
    person.is_acknowledged()
    person.ran(*ALL)
    assert [each["method"] for each in shop.records()[before:]] == ["accept_all"]


@only_tag
def test_in_a_frame_of_somebody_else(person: Person, shop: Shop) -> None:
    person.wire.call("Navigate", url=shop.framed(shop.put(body=EVERYTHING)))
    person.wire.call("SwitchToFrame", id=0)
    person.is_asked()
    person.settles()
    assert (person.sees("window.ran"), shop.to_vendor()) == ([], [])
    person.clicks(BUTTON.format("accept_all"))
    person.until("consent.allows('analytics')")
    person.is_left_alone()
    person.until("ran.includes('meadow') && ran.includes('brook')")


UNMARKED = """<script nonce="NONCE">
const made = (name, src) => document.body.append(Object.assign(document.createElement(name), { src, title: "Made" }));
made("img", "VENDOR/dot.svg");
made("iframe", "VENDOR/frame");
</script><script src="VENDOR/harbour.js"></script>"""


@pytest.mark.parametrize("shop", ["strict"], indirect=True)
def test_strict_blocking(person: Person, engine: Engine, shop: Shop) -> None:
    """Nothing in this page is marked: the browser itself holds it back, and after a yes loads the page again.

    Firefox looks ahead in a page's own markup before any script runs: it may ask for that script, but runs it not.
    """
    url = shop.put(body=UNMARKED)
    person.goes(url, banner=True)
    person.settles()
    assert person.sees("window.ran") == []
    assert set(shop.to_vendor()) <= ({"harbour.js"} if engine.name == "firefox" else set())
    shop.asked.clear()
    person.sees("(window.old = true)")
    person.clicks(BUTTON.format("accept_all"))
    person.until("!window.old && document.readyState === 'complete'")
    person.is_acknowledged()
    person.ran("harbour")
    shop.sends_out("dot.svg", "frame", "harbour.js")
    assert any("vendor.localhost" in text for text in shop.said)  # the browser told of what it held back
    shop.said.clear()
