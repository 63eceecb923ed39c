"""What a page view does: a token is verified once, however often it comes and is asked about."""

from __future__ import annotations

import pytest

from consent.decision import Answer
from consent.service import Service
from consent.signing import Ed25519
from consent.site.model import Site
from consent.web import cookies, sweep


def test_a_token_is_verified_once(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    token = service.answer(Answer("accept_all"), service.notice("en").id).token
    verify, count = Ed25519.verify_signature, []

    def counted(self: Ed25519, key: bytes, value: bytes, sig: bytes) -> bool:
        count.append(value)
        return verify(self, key, value, sig)

    monkeypatch.setattr(Ed25519, "verify_signature", counted)
    for _ in range(20):
        believed = service.believe(token.text)
        assert service.allows(believed, "analytics")
    assert len(count) == 1


@pytest.mark.parametrize(
    "header", ["", "a=b", "session=x; theme=dark", "_mdw=1", "x_brk=2", "_ads=3; a=b", "_mdw_srv=4"]
)
def test_the_quick_look_at_cookies_overlooks_none(site: Site, header: str) -> None:
    found = sweep.expired(site, lambda wanted: wanted == "necessary", cookies.names(header))
    assert sweep.concerns(site, header) or not found
