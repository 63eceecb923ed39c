"""Subdomains share a choice when the site says so, and nothing is left behind when it says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .subdomains import DOMAIN, HOSTS, Shop, cookies
from .visitor import Visitor, until

A, B = HOSTS


@pytest.fixture(params=["mounted", "tag", "sister"])
def shop(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shop]:
    made = Shop(tmp_path, request.param)
    yield made
    made.close()


def accepts(shop: Shop, visitor: Visitor, host: str) -> None:
    visitor.goes(shop.url(host), banner=True)
    visitor.accepts()


def refuses(shop: Shop, visitor: Visitor, host: str) -> None:
    visitor.goes(shop.url(host), banner=True)
    visitor.refuses()


def knows(shop: Shop, visitor: Visitor, host: str, allowed: bool) -> None:
    """A page that does not ask, goes by the choice, and is left with one cookie: of the kind that the site has now."""
    for _ in range(3):
        page = visitor.goes(shop.url(host), banner=False)
        until(page, "allowed => consent.allows('analytics') === allowed", allowed)
        assert bool(page.evaluate("window.ran")) == allowed
    until(page, "document.cookie.split('consent_workshop=').length === 2")
    (cookie,) = cookies(visitor, host)
    assert cookie["domain"] == (f".{DOMAIN}" if shop.shared else host)


def test_a_choice_on_one_is_known_on_the_other(shop: Shop, visitor: Visitor) -> None:
    shop.shared = True
    accepts(shop, visitor, A)
    knows(shop, visitor, B, True)
    visitor.withdraws()
    knows(shop, visitor, A, False)
    assert len(visitor.cookies()) == 1


def test_by_default_each_host_is_asked_for_itself(shop: Shop, visitor: Visitor) -> None:
    accepts(shop, visitor, A)
    refuses(shop, visitor, B)
    knows(shop, visitor, A, True)
    knows(shop, visitor, B, False)


def test_from_each_host_to_all(shop: Shop, visitor: Visitor) -> None:
    """Two old choices, which differ; then one for all."""
    refuses(shop, visitor, B)
    accepts(shop, visitor, A)
    shop.shared = True
    for host, allowed in ((A, True), (B, False)):  # what was chosen still holds where it was
        assert visitor.goes(shop.url(host), banner=False).evaluate("consent.allows('analytics')") == allowed
    visitor.goes(shop.url(A), banner=False)
    visitor.withdraws()
    knows(shop, visitor, A, False)
    visitor.opens_centre().locator("button[value=accept_all]").click()
    until(visitor.page, "consent.record?.i")
    knows(shop, visitor, B, True)
    knows(shop, visitor, A, True)
    assert len(visitor.cookies()) == 1


def test_from_all_to_each_host(shop: Shop, visitor: Visitor) -> None:
    shop.shared = True
    accepts(shop, visitor, A)
    shop.shared = False
    visitor.goes(shop.url(B), banner=False)
    visitor.withdraws()
    knows(shop, visitor, B, False)
    refuses(shop, visitor, A)  # the choice for all is gone: this host asks once
    knows(shop, visitor, A, False)
    knows(shop, visitor, B, False)


def test_there_and_back(shop: Shop, visitor: Visitor) -> None:
    """An old cookie of either kind is there, and the youngest choice is kept each time."""
    refuses(shop, visitor, B)
    shop.shared = True
    accepts(shop, visitor, A)
    shop.shared = False
    knows(shop, visitor, B, True)  # of the refusal here and the younger yes for all
    accepts(shop, visitor, A)
    shop.shared = True
    visitor.goes(shop.url(A), banner=False)
    visitor.withdraws()
    knows(shop, visitor, B, False)
    knows(shop, visitor, A, False)
    assert len(visitor.cookies()) == 1
