"""What the gate keeps shut and what it opens, on each of the five sites, mounted and by tag."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from .demo import PAGES, SITES, Demo, files, order
from .twins import Twins
from .visitor import Visitor, acknowledged, says_age, until, withdraws_here

# Two of the sites, one of which asks an age and one of which has a script more, stand for all by tag.
PLACES = [*(("demo", site) for site in SITES), *(("twins", site) for site in ("gptimage2", "gempix2"))]
pytestmark = pytest.mark.parametrize(("sites", "site"), PLACES, indirect=["sites"])


def settled(visitor: Visitor) -> None:
    """Wait until a page has loaded all that it will: a request that the gate let slip would be there by now."""
    visitor.page.wait_for_load_state("load")
    visitor.page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


def nothing_went_out(visitor: Visitor) -> None:
    settled(visitor)
    assert visitor.to_vendor() == []
    assert visitor.of_vendors() == []
    assert visitor.page.evaluate("window.__ran") is None
    assert all(cookie["domain"] != "vendor.localhost" for cookie in visitor.cookies())


def everything_ran_once(visitor: Visitor, site: str, path: str) -> None:
    wanted = order(site, path)
    until(visitor.page, "count => window.__ran?.length >= count", len(wanted))
    settled(visitor)
    assert visitor.page.evaluate("window.__ran") == wanted
    loaded = [name for name in visitor.to_vendor() if name != "collect"]
    assert sorted(loaded) == files(site, path)
    visitor.requests.clear()


def test_before_a_choice_nothing_goes_out(sites: Demo, visitor: Visitor, site: str) -> None:  # R1, R5
    for path in PAGES:
        visitor.goes(sites.url(site, path), banner=True)
        nothing_went_out(visitor)
    assert visitor.stored() == {"cookies": [], "local": [], "session": [], "databases": []}


def test_after_refuse_all_nothing_goes_out(sites: Demo, visitor: Visitor, site: str) -> None:  # R5
    visitor.goes(sites.url(site), banner=True)
    visitor.refuses()
    nothing_went_out(visitor)
    visitor.page.reload()
    nothing_went_out(visitor)
    visitor.requests.clear()
    for path in PAGES:
        visitor.goes(sites.url(site, path), banner=False)
        nothing_went_out(visitor)
    assert set(visitor.to_us()) == sites.returns_ask(site)
    assert visitor.stored() == {"cookies": [f"consent_{site}"], "local": [], "session": [], "databases": []}


def test_after_accept_all_everything_runs_once_in_order(sites: Demo, visitor: Visitor, site: str) -> None:
    before = len(sites.reports(site))
    visitor.goes(sites.url(site), banner=True)
    assert len(visitor.to_us()) == sites.first_asks(site)
    visitor.accepts()
    everything_ran_once(visitor, site, "/")
    for path in PAGES:
        visitor.goes(sites.url(site, path), banner=False)
        assert set(visitor.to_us()) == sites.returns_ask(site)
        everything_ran_once(visitor, site, path)

    # the vendors' own count agrees
    wanted = [*order(site, "/"), "video", *(name for path in PAGES for name in order(site, path)), "video"]
    deadline = time.monotonic() + 5
    while len(sites.reports(site)) < before + len(wanted) and time.monotonic() < deadline:
        visitor.page.wait_for_timeout(50)
    assert sorted(sites.reports(site)[before:]) == sorted(wanted)


def test_a_placeholder_in_place_opens_its_own_purpose(sites: Demo, visitor: Visitor, site: str) -> None:
    page = visitor.goes(sites.url(site), banner=True)
    before = sites.count(site)
    expect(page.locator(".film iframe")).to_have_count(0)
    page.locator(".film [data-consent-ask=marketing]").click()
    if page.locator("#consent .consent-age").count():
        says_age(page.locator("#consent"))
    expect(page.locator(".film iframe")).to_be_visible()
    acknowledged(page)
    until(page, "window.__ran?.length >= 2")
    settled(visitor)
    assert page.evaluate("window.__ran") == ["lantern", "lantern-page"]
    assert page.evaluate("['marketing', 'analytics', 'functional'].map(consent.allows)") == [True, False, False]
    assert sites.count(site) == before + 1
    assert sites.export(site)[-1]["leaf"]["answers"]["marketing"] is True


def test_after_refuse_all_the_device_holds_nothing_else(sites: Demo, visitor: Visitor, site: str) -> None:  # R5
    """Cookies that were there before the first choice go with the first refusal; those of nobody's stay."""
    visitor.context.add_cookies(
        [
            {"name": "_mdw", "value": "1", "url": sites.url(site)},
            {"name": "_mdw_srv", "value": "1", "url": sites.url(site), "httpOnly": True},
            {"name": "mine", "value": "1", "url": sites.url(site)},
        ]
    )
    visitor.goes(sites.url(site), banner=True)
    visitor.refuses()
    until(visitor.page, "!document.cookie.includes('_mdw')")
    # what is HttpOnly only the site's own server can take away, which a tag has not
    kept = ["_mdw_srv"] if isinstance(sites, Twins) else []
    assert visitor.stored()["cookies"] == [*kept, f"consent_{site}", "mine"]


def test_after_withdrawal_nothing_runs_and_nothing_stays(sites: Demo, visitor: Visitor, site: str) -> None:  # R8
    visitor.goes(sites.url(site), banner=True)
    visitor.accepts()
    everything_ran_once(visitor, site, "/")
    visitor.goes(sites.url(site, "/create"), banner=False)  # by now the server has set its HttpOnly cookie
    everything_ran_once(visitor, site, "/create")
    page = visitor.page
    until(page, "indexedDB.databases().then(all => all.length)")
    stored = visitor.stored()
    assert {"_mdw", "_mdw_visit", "_ltn"} <= set(stored["cookies"])
    assert ("_mdw_srv" in stored["cookies"]) is not isinstance(sites, Twins)  # set by the site's own server
    assert {"mdw_client", "ltn_click"} <= set(stored["local"])
    assert (stored["session"], stored["databases"]) == (["mdw_session"], ["lantern_db"])

    # The page that comes after the withdrawal cannot load what sweeps: so the vendors' last writes are to be seen.
    page.evaluate("localStorage.mdw_pages = 7, sessionStorage.mdw_session = 7")
    dialog = visitor.opens_centre()
    visitor.context.route("**/banner.js*", lambda route: route.abort())
    withdraws_here(dialog)
    left = visitor.stored()
    assert {"mdw_pages", "ltn_pages"} <= set(left["local"]), "the vendors wrote nothing as the page was left"
    assert left["session"] == ["mdw_session"]
    assert page.evaluate("window.__ran") is None

    # Now it can.
    visitor.context.unroute("**/banner.js*")
    visitor.requests.clear()
    page.reload()
    until(page, "!localStorage.length && !sessionStorage.length")
    until(page, "indexedDB.databases().then(all => !all.length)")
    nothing_went_out(visitor)
    for path in PAGES:
        visitor.goes(sites.url(site, path), banner=False)
        nothing_went_out(visitor)
    assert visitor.stored() == {"cookies": [f"consent_{site}"], "local": [], "session": [], "databases": []}
    visitor.forgive("ERR_FAILED")
