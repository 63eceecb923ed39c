from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.web.origin import is_own, way_back

HOST = "shop.example:8000"


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://shop.example:8000"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://shop.example:8000"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": "http://shop.example:8000"}, True),
        ({"Origin": "https://shop.example"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "https://shop.example:8000.evil.example"}, False),
        ({"Origin": "https://evil.example/shop.example:8000"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "file://"}, False),
        ({"Referer": "https://evil.example/x"}, False),
        ({"Referer": "https://shop.example:8000/x"}, True),
        ({"Origin": "https://other.example"}, True),
        ({"Origin": "https://other.example", "Sec-Fetch-Site": "cross-site"}, True),
        ({}, True),
    ],
)
def test_origins(headers: dict[str, str], own: bool) -> None:
    assert is_own(headers, HOST, ["https://other.example"]) is own


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "", "x", "/a\nb", "/a\tb",
     "/\u202e", "/" + "a" * 3000, "\\\\evil", "/ /evil", "/\x00"],
)  # fmt: skip
def test_nobody_is_sent_elsewhere(wanted: str) -> None:
    assert way_back(wanted, None, HOST, "/home") == "/home"


def test_back_to_where_one_was() -> None:
    assert way_back("/a?b=c&d=%20", "https://shop.example:8000/z", HOST, "/") == "/a?b=c&d=%20"
    assert way_back(None, "https://shop.example:8000/z?q=1#f", HOST, "/") == "/z?q=1"
    assert way_back(None, "https://evil.example/z", HOST, "/") == "/"


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_way_back_is_always_a_path_here(wanted: str, referrer: str) -> None:
    back = way_back(wanted, referrer, HOST, "/")
    assert back.startswith("/") and not back.startswith("//") and "\\" not in back
