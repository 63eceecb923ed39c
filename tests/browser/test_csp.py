"""With CONSENT_CSP the browser itself holds vendors back, also where a page asks for them without any marker.

The witness is the vendors' own log, not what the page believes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect

from consent.scan.browser import ARGUMENTS, executable

from .enforced import ADDRESS, BROOK, CDN, HOST, MEADOW, OWN, STRANGER, WAYS, Shop
from .visitor import Visitor, acknowledged, asked, button, first_layer, until, withdraws_here

KEPT_OUT = "Content Security Policy"  # how the browser's complaint about what it held back reads


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    made = Shop(tmp_path_factory.mktemp("shop"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def browser(playwright: Playwright, shop: Shop) -> Iterator[Browser]:
    """One that finds port 80 of all these hosts in the shop's server."""
    rule = f"--host-resolver-rules=MAP *.localhost:80 127.0.0.1:{shop.port}"
    made = playwright.chromium.launch(
        executable_path=executable(playwright.chromium.executable_path), args=[*ARGUMENTS, rule]
    )
    yield made
    made.close()


@pytest.fixture
def visitor(visit: Callable[..., Visitor], shop: Shop) -> Iterator[Visitor]:
    shop.asked.clear()
    shop.gated = 0
    made = visit()
    yield made
    made.forgive(KEPT_OUT)
    made.forgive("font")  # an empty one


def told(visitor: Visitor) -> set[str]:
    names: list[str] = visitor.page.evaluate("window.told")
    return set(names)


def everything_of_the_shops_works(visitor: Visitor) -> None:
    """And the page has done all that it will: its own things start after the vendors'."""
    until(visitor.page, "names => names.every(name => window.told?.includes(name))", sorted(OWN))
    visitor.page.wait_for_load_state("networkidle")
    expect(visitor.page.locator("h1")).to_have_css("color", "rgb(1, 2, 3)")


def nothing_goes_out(visitor: Visitor, shop: Shop) -> None:
    everything_of_the_shops_works(visitor)
    assert {host for host, _ in shop.asked} == {CDN}
    assert told(visitor) == OWN
    shop.asked.clear()


def it_all_goes_out(visitor: Visitor, shop: Shop, *vendors: str) -> None:
    everything_of_the_shops_works(visitor)
    names = [f"{vendor} {way}" for vendor in vendors for way in ("script", "fetch", "socket", "module")]
    until(visitor.page, "names => names.every(name => window.told.includes(name))", names)
    visitor.page.wait_for_load_state("networkidle")
    for vendor in vendors:
        assert shop.ways(vendor) == WAYS, vendor
    assert {host.removeprefix("deep.below.") for host, _ in shop.asked} == {CDN, *vendors}
    shop.asked.clear()


def accepts(visitor: Visitor, choice: str = "accept_all") -> None:
    with visitor.page.expect_navigation():
        button(visitor.page, choice).click()
    acknowledged(visitor.page)


def test_nothing_before_a_yes_nor_after_a_no(visitor: Visitor, shop: Shop) -> None:
    visitor.goes(ADDRESS, banner=True)
    nothing_goes_out(visitor, shop)
    loads: list[Any] = []
    visitor.page.on("load", lambda page: loads.append(page))
    visitor.refuses()
    expect(first_layer(visitor.page)).to_be_hidden()
    visitor.page.wait_for_timeout(300)
    assert loads == [] and shop.asked == []  # a no changes nothing that the page could lack
    visitor.goes(ADDRESS, banner=False)
    nothing_goes_out(visitor, shop)


def test_everything_after_a_yes_and_nothing_after_its_withdrawal(visitor: Visitor, shop: Shop) -> None:
    visitor.goes(ADDRESS, banner=True)
    nothing_goes_out(visitor, shop)
    accepts(visitor)  # loads the page again by itself
    it_all_goes_out(visitor, shop, MEADOW, BROOK)
    visitor.goes(ADDRESS, banner=False)
    it_all_goes_out(visitor, shop, MEADOW, BROOK)
    withdraws_here(visitor.opens_centre())
    nothing_goes_out(visitor, shop)
    visitor.goes(ADDRESS)
    nothing_goes_out(visitor, shop)


def test_a_vendor_left_out_stays_out(visitor: Visitor, shop: Shop) -> None:
    visitor.goes(ADDRESS, banner=True)
    nothing_goes_out(visitor, shop)
    accepts(visitor)
    it_all_goes_out(visitor, shop, MEADOW, BROOK)
    dialog = visitor.opens_centre()
    dialog.locator("input[name=except][value='analytics/brook']").evaluate("box => box.click()")
    with visitor.page.expect_navigation():
        dialog.locator("button[value=save]").click()
    acknowledged(visitor.page)
    it_all_goes_out(visitor, shop, MEADOW)
    dialog = visitor.opens_centre()
    dialog.locator("input[name=except][value='analytics/brook']").evaluate("box => box.click()")
    with visitor.page.expect_navigation():  # an exception taken back is a yes, too
        dialog.locator("button[value=save]").click()
    acknowledged(visitor.page)
    it_all_goes_out(visitor, shop, MEADOW, BROOK)


def test_another_tab_is_loaded_again_when_it_is_looked_at(visitor: Visitor, shop: Shop) -> None:
    visitor.goes(ADDRESS, banner=True)
    nothing_goes_out(visitor, shop)
    other = visitor.context.new_page()
    other.goto(ADDRESS)
    asked(other)
    with other.expect_navigation():
        button(other, "accept_all").click()
    acknowledged(other)
    other.close()
    shop.asked.clear()
    with visitor.page.expect_navigation():
        visitor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    it_all_goes_out(visitor, shop, MEADOW, BROOK)


def test_what_is_gated_runs_once_and_only_after_the_reload(visitor: Visitor, shop: Shop) -> None:
    visitor.goes(f"{ADDRESS}/gated", banner=True)
    everything_of_the_shops_works(visitor)
    assert shop.gated == 0
    accepts(visitor)
    everything_of_the_shops_works(visitor)
    assert shop.gated == 1


def test_where_cookies_are_blocked_a_yes_reloads_nothing(visitor: Visitor, shop: Shop) -> None:
    """The next page would know of no yes and ask again, for ever. On this one what is the site's own runs."""
    visitor.context.add_init_script(
        "Object.defineProperty(Document.prototype, 'cookie', { get: () => '', set() {} }); delete window.cookieStore"
    )
    loads: list[Any] = []
    visitor.goes(f"{ADDRESS}/gated", banner=True)
    visitor.page.on("load", lambda page: loads.append(page))
    button(visitor.page, "accept_all").click()
    until(visitor.page, "window.consent.allows('analytics')")
    visitor.page.wait_for_load_state("networkidle")
    assert loads == [] and shop.gated == 1


BLOCKED = """async address => {
  const found = new Promise(resolve => {
    document.addEventListener("securitypolicyviolation", event => resolve(event.blockedURI.startsWith(address)));
    if (address.startsWith("ws")) new WebSocket(address).onerror = () => setTimeout(resolve, 50, false);
    else fetch(address).catch(() => setTimeout(resolve, 50, false));
  });
  return await found;
}"""


@pytest.mark.parametrize("scheme", ["https", "wss"])
def test_encrypted_forms_of_what_is_allowed(visitor: Visitor, scheme: str) -> None:
    """Nobody answers there: what counts is whether the policy or the network says no."""
    page = visitor.goes(ADDRESS, banner=True)
    assert page.evaluate(BLOCKED, f"{scheme}://{MEADOW}/")
    accepts(visitor)
    for host in (MEADOW, f"a.b.{MEADOW}", CDN):
        assert not page.evaluate(BLOCKED, f"{scheme}://{host}/"), host
    for host in (STRANGER, f"not{MEADOW}", "localhost"):
        assert page.evaluate(BLOCKED, f"{scheme}://{host}/"), host
    visitor.forgive("ERR_")  # nobody listens


def test_a_shared_page_lets_nobody_in_that_no_vendor_list_names(visitor: Visitor, shop: Shop) -> None:
    """Its policy is the same for everyone, so what is declared waits for its markers there; strangers stay out."""
    visitor.goes(f"{ADDRESS}/shared")
    it_all_goes_out(visitor, shop, MEADOW)
    assert shop.ways(STRANGER) == set() and HOST not in {host for host, _ in shop.asked}
