"""What people choose, in Firefox and in WebKit: nothing before an answer, exactly what was granted after it."""

from __future__ import annotations

import pytest

from .pages import ALL, EVERYTHING, FILES, FILM, NOTHING, OF_LANTERN, OF_MEADOW, gated
from .person import BUTTON, STANDS, Person
from .shop import Shop

OURS = {**NOTHING, "cookies": ["consent_workshop"]}


def test_nothing_before_an_answer_and_nothing_after_a_no(person: Person, shop: Shop) -> None:
    url, before = shop.put(body=EVERYTHING + FILM), shop.count()
    person.goes(url, banner=True)
    person.settles()
    assert (person.sees("window.ran"), shop.to_vendor(), person.stored()) == ([], [], NOTHING)

    # neither does Escape, nor a click beside the banner, nor the wheel, nor another page
    person.opens_centre()
    person.presses("Escape")
    person.until("!one('#consent-dialog')")
    person.is_asked()
    person.presses("Escape")
    person.until(f"!({STANDS})")
    person.clicks("h1")
    person.goes(url, banner=True)
    assert (person.sees("window.ran"), shop.to_vendor(), person.stored()) == ([], [], NOTHING)
    assert shop.count() == before

    person.refuses()
    person.is_left_alone()
    assert shop.records()[-1]["method"] == "reject_all"
    shop.asked.clear()
    person.goes(url, banner=False)
    person.settles()
    assert (person.sees("window.ran"), shop.to_vendor(), person.stored()) == ([], [], OURS)
    assert [path for path in shop.to_us() if not path.endswith(".js")] == []
    assert shop.count() == before + 1


def test_a_yes_opens_when_it_is_stored_and_goes_with_its_withdrawal(person: Person, shop: Shop) -> None:
    url, before = shop.put(body=EVERYTHING), shop.count()
    person.goes(url, banner=True)
    shop.free.clear()
    person.clicks(BUTTON.format("accept_all"))
    person.until("all('.consent-note, #consent-status').some(each => each.textContent)")
    person.settles()
    assert (person.sees("window.ran"), shop.to_vendor(), shop.count()) == ([], [], before)
    shop.free.set()
    person.is_acknowledged()
    person.is_left_alone()
    person.ran(*ALL)
    shop.sends_out(*FILES)
    assert shop.count() == before + 1
    assert person.stored() == {
        "cookies": ["_ltn", "_mdw_id", "consent_workshop"],
        "databases": ["lantern_db"],
        "local": ["mdw_client"],
        "session": ["mdw_visit"],
    }

    shop.asked.clear()
    person.goes(url, banner=False)
    person.ran(*ALL)
    shop.sends_out(*FILES)
    assert [path for path in shop.to_us() if not path.endswith("/workshop.js")] == []

    shop.asked.clear()
    person.opens_centre()
    assert person.sees("all('#consent-dialog [name=purpose]:checked').map(each => each.value)") == [
        "analytics",
        "marketing",
    ]
    person.leaves("#consent-dialog button[value=withdraw]")
    person.is_acknowledged()
    person.settles()
    person.until("!localStorage.length && !sessionStorage.length")
    person.until("indexedDB.databases().then(all => !all.length)")
    assert (person.sees("window.ran"), shop.to_vendor(), person.stored()) == ([], [], OURS)
    assert [each["method"] for each in shop.records()[before:]] == ["accept_all", "withdraw"]


def test_one_purpose_without_one_vendor_and_a_film_in_its_place(person: Person, shop: Shop) -> None:
    url, before = shop.put(body=EVERYTHING + FILM), shop.count()
    person.goes(url, banner=True)
    person.opens_centre()
    person.chooses("analytics", without="analytics/brook")
    person.ran(*OF_MEADOW)
    assert shop.to_vendor() == ["meadow.js"]
    person.goes(url, banner=False)
    person.ran(*OF_MEADOW)
    person.opens_centre()
    box = "all(`#consent-dialog [name=${given[0]}]:checked`).map(each => each.value)"
    assert [person.sees(box, name) for name in ("purpose", "except")] == [["analytics"], ["analytics/brook"]]
    person.presses("Escape")
    person.until("!one('#consent-dialog')")

    person.clicks("[data-consent-ask=marketing]")
    person.until("document.querySelector('#film')?.contentWindow.length === 0")
    person.is_acknowledged()
    person.ran(*OF_MEADOW, *OF_LANTERN)
    shop.sends_out("dot.svg", "frame", "lantern.js", "meadow.js", "meadow.js")
    assert person.sees("['analytics/brook', 'ai_training'].map(consent.allows)") == [False, False]
    assert shop.count() == before + 2
    shop.asked.clear()


def test_scripts_of_every_kind_keep_their_order(person: Person, shop: Shop) -> None:
    """Under a policy of nonces and Trusted Types; what has the wrong nonce runs in no engine."""
    body = (
        gated("analytics", attributes='src="VENDOR/one.js?slow"')
        + gated("analytics", 'ran.push("two")')
        + gated("analytics", attributes='src="VENDOR/three.js?slow" defer')
        + gated("analytics", attributes='data-type="module" src="VENDOR/four.mjs"')
        + gated("analytics", 'ran.push("five")')
        + gated("analytics", 'ran.push("forged")').replace("NONCE", "guessed")
        + '<template data-consent="analytics"><script nonce="NONCE">ran.push("six")</script></template>'
    )
    url = shop.put(body=body)
    for banner in (True, False):
        person.goes(url, banner)
        if banner:
            person.accepts()
        person.ran("one", "two", "three", "four", "five", "six")
        assert person.sees("window.ran") == ["one", "two", "three", "four", "five", "six"]
        assert [text for text in shop.said if "script-src" in text] == shop.said != []
        shop.said.clear()


@pytest.mark.parametrize("shop", ["mounted"], indirect=True)
def test_a_frame_opens_on_every_page_after_a_yes(person: Person, shop: Shop) -> None:
    """Firefox leaves a frame blank whose address is set while it is being parsed."""
    url = shop.put(body='<iframe data-consent="marketing" data-src="VENDOR/frame" title="Frame"></iframe>')
    person.goes(url, banner=True)
    person.accepts()
    shop.sends_out("frame")
    person.goes(url + "?again", banner=False)
    shop.sends_out("frame", "frame")
