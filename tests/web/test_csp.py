from __future__ import annotations

import pytest

from consent.web.csp import Entrance, entrance


@pytest.mark.parametrize(
    ("policies", "nonce", "wanted"),
    [
        ([], "", Entrance("inline", "inline", "")),
        ([], "abc", Entrance("inline", "inline", "abc")),
        (["default-src 'self'"], "", Entrance("external", "external", "")),
        (["default-src 'self' 'nonce-abc'"], "", Entrance("inline", "inline", "abc")),
        (["default-src 'self'; script-src 'self' 'nonce-Ab+/='"], "", Entrance("inline", "external", "Ab+/=")),
        (
            ["default-src 'self'; script-src 'nonce-x' 'strict-dynamic'; style-src 'unsafe-inline'"],
            "",
            Entrance("inline", "inline", "x"),
        ),
        (["script-src 'self' 'unsafe-inline' 'sha256-abc'"], "", Entrance("external", "inline", "")),
        (["img-src 'self'"], "", Entrance("inline", "inline", "")),
        (["default-src 'self' 'nonce-abc'"], "other", Entrance("external", "external", "other")),
        (["script-src 'nonce-a'", "script-src 'self'"], "", Entrance("external", "inline", "a")),
        (["script-src 'nonce-a'; script-src 'unsafe-inline'"], "", Entrance("inline", "inline", "a")),
        (["script-src-elem 'self'; script-src 'unsafe-inline'"], "", Entrance("external", "inline", "")),
    ],
)
def test_the_way_in(policies: list[str], nonce: str, wanted: Entrance) -> None:
    assert entrance(policies, nonce) == wanted
