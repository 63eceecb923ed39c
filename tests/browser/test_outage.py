"""The server is killed at each moment of a decision: a no holds at once, a yes opens nothing until it is stored, and
after the server's return each is stored exactly once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from .outage import Moment, Outage
from .visitor import Visitor, acknowledged, button, first_layer, until

MOMENTS: list[Moment] = ["refused", "asked", "working", "answered"]
GATED = "".join(
    f'<script type="text/plain" data-consent="{name}">ran.push("{name}")</script>'
    for name in ("analytics", "marketing")
)
BOTH = ["analytics", "marketing"]


@pytest.fixture(scope="module")
def outage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outage]:
    made = Outage(tmp_path_factory.mktemp("outage"))
    yield made
    made.close()


def decide(outage: Outage, visitor: Visitor, url: str, choice: str, moment: Moment) -> Page:
    """A click that kills the server at its moment."""
    page = visitor.goes(url, banner=True)
    outage.kill_at = "" if moment == "refused" else moment
    if moment == "refused":
        outage.kill()
    button(page, choice).click()
    assert outage.killed.wait(30)
    return page


def comes_back(outage: Outage, page: Page) -> None:
    """The server is there again; a browser notices that the network is back."""
    outage.start()
    page.evaluate("dispatchEvent(new Event('online'))")
    acknowledged(page)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_yes(outage: Outage, visitor: Visitor, moment: Moment) -> None:
    before = outage.methods()
    url = outage.put(GATED)
    page = decide(outage, visitor, url, "accept_all", moment)
    words = page.locator("#consent-status").get_attribute("data-offline-yes") or "?"
    expect(page.locator("#consent .consent-note")).to_have_text(words)
    assert page.evaluate("[window.ran.length, consent.allows('analytics')]") == [0, False]

    page.reload()  # the page's own server is there, and the tag is in the browser's cache
    until(page, "document.readyState === 'complete'")
    assert page.evaluate("[window.ran.length, consent.allows('analytics')]") == [0, False]
    assert page.evaluate("!!localStorage.consent_pending")  # it waits

    comes_back(outage, page)
    until(page, "window.ran.length >= 2")
    assert page.evaluate("window.ran") == BOTH
    expect(first_layer(page)).to_be_hidden()
    assert outage.methods() == [*before, "accept_all"]
    page.reload()
    until(page, "window.ran.length >= 2")
    assert outage.methods() == [*before, "accept_all"]
    visitor.forgive("Failed to load resource")


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_no(outage: Outage, visitor: Visitor, moment: Moment) -> None:
    before = outage.methods()
    url = outage.put(GATED)
    page = decide(outage, visitor, url, "reject_all", moment)
    expect(first_layer(page)).to_be_hidden()
    page.reload()
    until(page, "document.readyState === 'complete'")
    expect(first_layer(page)).to_be_hidden()  # nobody is asked again
    assert page.evaluate("[window.ran.length, consent.allows('analytics')]") == [0, False]
    comes_back(outage, page)
    assert page.evaluate("window.ran") == []
    assert outage.methods() == [*before, "reject_all"]
    visitor.forgive("Failed to load resource")


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_withdrawal(outage: Outage, visitor: Visitor, moment: Moment) -> None:
    before = outage.methods()
    url = outage.put(GATED)
    page = visitor.goes(url, banner=True)
    visitor.accepts()
    until(page, "window.ran.length >= 2")
    dialog = visitor.opens_centre()
    outage.kill_at = "" if moment == "refused" else moment
    if moment == "refused":
        outage.kill()
    with page.expect_navigation():  # what has run can only be stopped by loading the page again
        dialog.locator("button[value=withdraw]").click()
    assert outage.killed.wait(30)
    until(page, "document.readyState === 'complete'")
    assert page.evaluate("[window.ran.length, consent.allows('analytics')]") == [0, False]
    comes_back(outage, page)
    assert page.evaluate("window.ran") == []
    assert outage.methods() == [*before, "accept_all", "withdraw"]
    visitor.forgive("Failed to load resource")


def test_the_server_was_never_there(outage: Outage, visitor: Visitor) -> None:
    """Without the tag nothing opens, and the page is as it is."""
    url = outage.put(GATED)
    outage.kill()
    page = visitor.goes(url)
    until(page, "document.readyState === 'complete'")
    assert page.evaluate("[window.ran.length, typeof consent]") == [0, "undefined"]
    expect(page.locator("h1")).to_be_visible()
    outage.start()
    visitor.forgive("Failed to load resource")
