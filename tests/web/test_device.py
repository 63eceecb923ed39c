from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.web.device import family, truncated

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) {KIT} Version/18.0 Mobile/15E148 Safari/604.1"
EDGE = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0"


@pytest.mark.parametrize(
    ("agent", "wanted"),
    [
        (FIREFOX, "Firefox, Linux, desktop"),
        (IPHONE, "Safari, iOS, phone"),
        (EDGE, "Edge, Windows, desktop"),
        ("", "other, other, desktop"),
    ],
)
def test_families_only(agent: str, wanted: str) -> None:  # promise A3
    assert family(agent) == wanted


@given(st.text(max_size=200))
def test_nothing_of_the_string_itself_is_kept(agent: str) -> None:
    assert set(family(agent).split(", ")) <= {
        *("Edge", "Opera", "Samsung Internet", "Firefox", "Chrome", "Safari", "other"),
        *("Windows", "Android", "iOS", "iPadOS", "macOS", "ChromeOS", "Linux", "desktop", "phone", "tablet"),
    }


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("", ""),
        (None, ""),
        ("unix:", ""),
        ("203.0.113.77, 10.0.0.1", ""),
    ],
)
def test_addresses_are_truncated_or_not_kept(address: str | None, wanted: str) -> None:  # promise B3
    assert truncated(address) == wanted
