"""A browser that is set to block cookies and storage, as people set it: the banner works and says so (promise D10)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Playwright, expect

from consent.scan.browser import ARGUMENTS, executable

from .visitor import Visitor, button, first_layer, until
from .workshop import Workshop

BLOCKED = {"profile": {"default_content_setting_values": {"cookies": 2}}}
TRIES = "() => { document.cookie = 'a=1'; try { localStorage } catch (no) { return [document.cookie, no.name] } }"
GATED = '<script type="text/plain" data-consent="analytics" nonce="NONCE">ran.push("analytics")</script>'


@pytest.fixture(scope="module")
def blocking(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """Chromium with "Block all cookies", which takes its storage away too."""
    profile = tmp_path_factory.mktemp("profile")
    (profile / "Default").mkdir()
    (profile / "Default" / "Preferences").write_text(json.dumps(BLOCKED), encoding="utf-8")
    browser = playwright.chromium
    path = executable(browser.executable_path, windows=True)
    context = browser.launch_persistent_context(profile, executable_path=path, args=[*ARGUMENTS])
    yield context
    context.close()


@pytest.mark.parametrize("choice", ["accept_all", "reject_all"])
def test_it_works_says_so_and_asks_no_more_than_once_a_page(
    blocking: BrowserContext, workshop: Workshop, choice: str
) -> None:  # promise D10
    visitor = Visitor(blocking)
    url = workshop.put("", GATED)
    for visit in (1, 2):
        before = workshop.count()
        page = visitor.goes(url, banner=True)
        assert page.evaluate(TRIES) == ["", "SecurityError"], "the browser does block"
        button(page, choice).click()
        status = page.locator("#consent-status")
        expect(status).to_have_text(status.get_attribute("data-blocked") or "?")
        expect(first_layer(page)).to_be_hidden()
        allowed = choice == "accept_all"
        until(page, "allowed => consent.allows('analytics') === allowed", allowed)
        assert page.evaluate("ran") == (["analytics"] if allowed else [])
        assert workshop.count() == before + 1
        centre = visitor.opens_centre()
        centre.locator(".consent-close").click()
        page.wait_for_load_state("networkidle")
        assert sum(each.is_navigation_request() for each in visitor.requests) == visit, "no page loads itself again"
        assert visitor.cookies() == []
    assert visitor.complaints == []
    visitor.page.close()
