"""A choice goes along on a link between domains that share, and only there; nobody else's choice comes in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from .neighbours import ASK, HOLD, ONE, OTHER, TWO, Neighbours, assert_clean
from .visitor import Visitor, asked, first_layer, until

REFUSED = "403 (FORBIDDEN)"


@pytest.fixture(params=[False, True], ids=["mounted", "tag"])
def homes(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Neighbours]:
    made = Neighbours(tmp_path, request.param)
    yield made
    made.close()


def follow(page: Page, link: str = "a#plain") -> None:
    with page.expect_navigation():
        page.locator(link).click()
    assert_clean(page)


def settled(page: Page, allowed: bool) -> None:
    """The page goes by a choice that came along, and does not ask."""
    until(page, "window.consent?.record")
    until(page, "allowed => consent.allows('analytics') === allowed && !!window.ran === allowed", allowed)
    expect(first_layer(page)).to_be_hidden()


def asks(page: Page) -> None:
    """The page has no choice, and asks."""
    asked(page)
    assert page.evaluate("[consent.record, window.ran, document.cookie]") == [None, None, ""]


def test_a_yes_goes_along(homes: Neighbours, visitor: Visitor) -> None:
    page = visitor.goes(homes.url(ONE), banner=True)
    visitor.accepts()
    token = page.evaluate(HOLD)
    follow(page)
    assert page.url == homes.url(TWO)
    settled(page, True)
    assert page.evaluate(HOLD) == token
    assert homes.count() == 1, "a copy is no decision"
    assert not any("consent=" in text for text in homes.asked), "neither in a log nor in a referrer"
    assert len({cookie["expires"] for cookie in visitor.cookies()}) == 1
    visitor.goes(homes.url(TWO), banner=False)
    until(page, "window.ran")
    page.go_back()
    assert page.url == homes.url(ONE)


def test_a_refusal_goes_along_and_still_names_nobody(homes: Neighbours, visit: Callable[..., Visitor]) -> None:
    held = []
    for visitor in (visit(), visit()):
        page = visitor.goes(homes.url(ONE), banner=True)
        visitor.refuses()
        follow(page)
        settled(page, False)
        held.append([(cookie["value"], cookie["expires"]) for cookie in visitor.cookies()])
    assert held[0] == held[1] and len(set(held[0])) == 1


def test_the_rest_of_the_link_stays(homes: Neighbours, visitor: Visitor) -> None:
    page = visitor.goes(homes.url(ONE), banner=True)
    visitor.accepts()
    follow(page, "a#part")
    settled(page, True)
    assert page.url == homes.url(TWO) + "#part"


def test_a_link_into_a_new_tab(homes: Neighbours, windowed: Browser) -> None:
    visitor = Visitor(windowed.new_context())
    page = visitor.goes(homes.url(ONE), banner=True)
    visitor.accepts()
    with page.expect_popup() as popup:
        page.locator("a#tab").click()
    # `noopener` is what such links have by default, and their referrer all the same.
    settled(popup.value, True)
    assert_clean(popup.value)
    with page.context.expect_page() as opened:
        page.locator("a#tab").click(modifiers=["Control"])
    opened.value.wait_for_url(homes.url(TWO))
    assert sum("/handover" in text for text in homes.asked) == 1, "what no click of ours follows goes without"
    visitor.context.close()
    assert visitor.complaints == []


def test_a_choice_that_is_there_stays(homes: Neighbours, visitor: Visitor) -> None:
    visitor.goes(homes.url(TWO), banner=True)
    visitor.refuses()
    page = visitor.goes(homes.url(ONE), banner=True)
    visitor.accepts()
    follow(page)
    settled(page, False)
    assert not any("/arrive" in text for text in homes.asked)


def test_who_has_not_chosen_is_asked(homes: Neighbours, visitor: Visitor) -> None:
    page = visitor.goes(homes.url(ONE), banner=True)
    follow(page)
    asks(page)
    assert not any("/handover" in text for text in homes.asked)


def test_a_ticket_that_somebody_sends(homes: Neighbours, visit: Callable[..., Visitor]) -> None:
    """By mail, or in a chat: the browser was led here by no page that shares."""
    sender, receiver = visit(), visit()
    page = sender.goes(homes.url(ONE), banner=True)
    sender.accepts()
    ticket = homes.ticket(page)
    receiver.page.goto(f"{homes.url(TWO)}#consent={ticket}")
    assert_clean(receiver.page)
    asks(receiver.page)
    receiver.forgive(REFUSED)
    # From a page of somebody else's, too.
    receiver.page.goto(homes.url(OTHER))
    homes.leads(receiver.page, ticket)
    asks(receiver.page)
    receiver.forgive(REFUSED)


def test_a_ticket_is_good_once(homes: Neighbours, visit: Callable[..., Visitor]) -> None:
    sender, receiver = visit(), visit()
    page = sender.goes(homes.url(ONE), banner=True)
    sender.accepts()
    ticket = homes.ticket(page)
    homes.leads(page, ticket)
    settled(page, True)
    receiver.goes(homes.url(ONE), banner=True)
    homes.leads(receiver.page, ticket)
    asks(receiver.page)
    receiver.forgive(REFUSED)


def test_a_ticket_that_is_planted_in_a_page_that_shares(homes: Neighbours, visit: Callable[..., Visitor]) -> None:
    """In a comment, say: a link of somebody else's making loses its ticket when it is clicked."""
    sender, receiver = visit(), visit()
    page = sender.goes(homes.url(ONE), banner=True)
    sender.accepts()
    ticket = homes.ticket(page)
    page = receiver.goes(homes.url(ONE), banner=True)
    page.evaluate("ticket => { document.querySelector('#plain').hash = 'consent=' + ticket }", ticket)
    follow(page)
    asks(page)
    assert not any("/arrive" in text for text in homes.asked)


def test_after_a_minute_it_is_too_late(homes: Neighbours, visitor: Visitor) -> None:
    page = visitor.goes(homes.url(ONE), banner=True)
    visitor.accepts()
    ticket = homes.ticket(page)
    homes.later(61)
    homes.leads(page, ticket)
    asks(page)
    visitor.forgive(REFUSED)


def test_after_a_withdrawal_it_is_too_late(homes: Neighbours, visitor: Visitor) -> None:
    page = visitor.goes(homes.url(ONE), banner=True)
    visitor.accepts()
    ticket = homes.ticket(page)
    visitor.withdraws()
    homes.leads(page, ticket)
    asks(page)
    visitor.forgive(REFUSED)


@pytest.mark.parametrize("change", ["forged", "of another way"])
def test_a_ticket_that_is_not_for_this(homes: Neighbours, visitor: Visitor, change: str) -> None:
    page = visitor.goes(homes.url(ONE), banner=True)
    visitor.accepts()
    ticket = homes.ticket(page)
    if change == "forged":
        ticket = ("A" if ticket[20] != "A" else "B").join((ticket[:20], ticket[21:]))
        homes.leads(page, ticket)
    else:
        visitor.context.clear_cookies(domain=ONE)
        page.goto(homes.url(TWO))
        homes.leads(page, ticket, ONE)
    asks(page)
    visitor.forgive(REFUSED)


def test_a_domain_that_does_not_share(homes: Neighbours, visitor: Visitor) -> None:
    """It is the site's own, and neither hands anything over nor takes it."""
    page = visitor.goes(homes.url(OTHER), banner=True)
    visitor.accepts()
    token = page.evaluate(HOLD)
    assert page.evaluate(ASK, [homes.way("handover"), homes.origin(TWO), token]) == [403, None]
    follow(page)
    asks(page)
    visitor.accepts()
    assert page.evaluate(ASK, [homes.way("handover"), homes.origin(OTHER), page.evaluate(HOLD)]) == [403, None]
    ticket = homes.ticket(page, TWO if page.url == homes.url(ONE) else ONE)
    visitor.context.clear_cookies(domain=OTHER)
    homes.leads(page, ticket, OTHER)
    asks(page)
    visitor.forgive(REFUSED)


def test_when_the_server_is_away_the_link_goes_without(homes: Neighbours, visitor: Visitor) -> None:
    page = visitor.goes(homes.url(ONE), banner=True)
    visitor.accepts()
    visitor.context.route("**/handover", lambda route: route.abort())
    follow(page)
    asks(page)
    visitor.forgive("net::ERR_FAILED")
