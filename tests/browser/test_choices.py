"""What another tool had stored on the device is handed in once, goes, and counts for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .test_gate import GATED, ran
from .visitor import Visitor, asked, until
from .workshop import HOST, Workshop

CHOICES = '[compat]\nchoices = ["CookieConsent", "klaro"]\n'
OLD = "{stamp:%27k3y%27%2Cstatistics:true}"


@pytest.fixture(scope="module", params=[False, True], ids=["mounted", "tag"])
def workshop(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Workshop]:
    made = Workshop(tmp_path_factory.mktemp("choices"), tagged=request.param, more=CHOICES)
    yield made
    made.close()


def newest(workshop: Workshop) -> dict[str, Any]:
    service = workshop.app.extensions["consent"].service
    leaf: dict[str, Any] = list(service.store.stream("workshop"))[-1].record.fields
    return leaf


def handed_in(visitor: Visitor) -> int:
    return sum(request.url.endswith("/imported") for request in visitor.requests)


def settled(visitor: Visitor) -> None:
    """Wait until whatever is to be handed in was answered."""
    until(visitor.page, "document.readyState === 'complete'")
    visitor.page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("domain", [HOST, ".workshop.localhost"])
def test_a_cookie_is_handed_in_once_and_people_are_asked(visitor: Visitor, workshop: Workshop, domain: str) -> None:
    cookie = {"name": "CookieConsent", "value": OLD, "domain": domain, "path": "/"}
    visitor.context.add_cookies([cookie, {**cookie, "name": "mine", "value": "1"}])  # type: ignore[list-item]
    before = workshop.count()
    url = workshop.put("", GATED.format("analytics", "", 'ran.push("never")'))
    page = visitor.goes(url, banner=True)
    settled(visitor)
    assert (workshop.count(), newest(workshop)["method"], newest(workshop)["answers"]) == (before + 1, "imported", {})
    assert [cookie["name"] for cookie in visitor.cookies()] == ["mine"]
    page.reload()
    asked(page)  # nobody has chosen here
    settled(visitor)
    ran(page, [])
    assert (handed_in(visitor), workshop.count()) == (1, before + 1)


def test_a_key_of_the_local_storage_is_handed_in_once(visitor: Visitor, workshop: Workshop) -> None:
    url = workshop.put("", "")
    page = visitor.goes(url, banner=True)
    settled(visitor)
    assert handed_in(visitor) == 0
    before = workshop.count()
    page.evaluate("localStorage.klaro = '{\"meadow\":true}', localStorage.mine = 1")
    for _ in range(2):
        page.reload()
        settled(visitor)
    assert (workshop.count(), handed_in(visitor)) == (before + 1, 1)
    assert visitor.stored()["local"] == ["mine"]


def test_what_is_not_taken_comes_back_and_is_sent_again(visitor: Visitor, workshop: Workshop) -> None:
    url = workshop.put("", "")
    visitor.context.add_cookies([{"name": "CookieConsent", "value": OLD, "domain": HOST, "path": "/"}])
    before = workshop.count()
    visitor.context.route("**/imported", lambda route: route.fulfill(status=503))
    page = visitor.goes(url, banner=True)
    until(page, "document.cookie.includes('CookieConsent=')")
    settled(visitor)
    assert (handed_in(visitor), workshop.count()) == (1, before)
    assert {cookie["name"]: cookie.get("value") for cookie in visitor.cookies()} == {"CookieConsent": OLD}
    visitor.context.unroute("**/imported")
    page.reload()
    until(page, "!document.cookie.includes('CookieConsent=')")
    settled(visitor)
    assert (handed_in(visitor), workshop.count()) == (2, before + 1)
    visitor.forgive("503")
    visitor.forgive("CORS")
    visitor.forgive("ERR_FAILED")


def test_a_cookie_that_cannot_be_taken_away_is_not_sent(visitor: Visitor, workshop: Workshop) -> None:
    """It would be sent from every page."""
    url = workshop.put("", "")
    visitor.context.add_cookies([{"name": "CookieConsent", "value": OLD, "domain": HOST, "path": "/pages"}])
    visitor.goes(url, banner=True)
    settled(visitor)
    assert handed_in(visitor) == 0 and [cookie["name"] for cookie in visitor.cookies()] == ["CookieConsent"]


def test_what_is_too_long_stays(visitor: Visitor, workshop: Workshop) -> None:
    url = workshop.put("", "")
    page = visitor.goes(url, banner=True)
    page.evaluate("localStorage.klaro = 'x'.repeat(9000)")
    page.reload()
    settled(visitor)
    assert handed_in(visitor) == 0 and visitor.stored()["local"] == ["klaro"]
