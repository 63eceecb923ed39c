"""What strict blocking puts into a page, and what into no page without it."""

from __future__ import annotations

from typing import Any

import pytest

from consent.notice import wanted
from consent.site.load import loads
from consent.web import enforce, render, snippet
from consent.web.csp import Entrance
from tests.conftest import SITE

MEADOW = 'policy = "https://meadow.example/privacy"\n'
STRICT = (
    SITE.replace("[controller]", 'origins = ["https://shop.example"]\n[controller]')
    .replace(MEADOW, MEADOW + 'hosts = ["meadow.example", "meadöw.example"]\n')
    .replace("[purposes.necessary]\n", '[purposes.necessary]\nvendors = ["parcel"]\n')
    + """
[vendors.parcel]
name = "Parcel"
country = "DE"
policy = "https://parcel.example/privacy"
hosts = ["parcel.example"]
[blocking]
mode = "strict"
allow = ["cdn.example.com"]
"""
)


def config(text: str) -> dict[str, Any]:
    site = loads(text)
    found: dict[str, Any] = snippet.configuration(site)
    return found


def test_hosts_by_the_answer_that_lets_them_in() -> None:
    always = (
        "https://shop.example wss://shop.example"
        " cdn.example.com:* *.cdn.example.com:* ws://cdn.example.com:* ws://*.cdn.example.com:*"
        " parcel.example:* *.parcel.example:* ws://parcel.example:* ws://*.parcel.example:*"
    )
    assert config(STRICT)["h"] == {"": always, "analytics/meadow": "meadow.example xn--meadw-mua.example"}


def test_no_page_pays_for_what_its_site_does_not_use() -> None:
    site = loads(SITE)
    assert "h" not in config(SITE)
    assert snippet.pieces(site) == ["gate.js"]
    assert "Content-Security-Policy" not in head(SITE)


@pytest.mark.parametrize("way", ["inline", "external"])
def test_the_policy_that_stops_the_look_ahead_stands_after_the_gate(way: Any) -> None:
    text = head(STRICT, way)
    assert text.index("</script>") < text.index(snippet.AWAIT) < text.index("<style>")


def test_nobody_is_asked_again() -> None:
    assert wanted(loads(SITE)) == wanted(loads(SITE + '\n[blocking]\nmode = "strict"\nallow = ["cdn.example.com"]\n'))


def head(text: str, way: Any = "inline") -> str:
    site = loads(text)
    return render.head(site, "/consent/", Entrance(way, "inline", ""), True)


def test_beside_a_policy_of_the_server() -> None:
    """One piece is enough to load a page again, and what is always allowed is allowed by both."""
    site = loads(STRICT)
    assert snippet.inline(site, "/", enforced=True) == snippet.inline(site, "/")
    assert " cdn.example.com " in enforce.policy(site, lambda _: False)
