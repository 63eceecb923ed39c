"""Linking and looking back, on each engine."""

from __future__ import annotations

from consent.decision import Answer
from consent.keys import Keys
from consent.service import Service
from consent.site.model import Site
from consent.store import Store
from tests.conftest import Clock


def test_an_account_and_its_browsers(store: Store, site: Site, keys: Keys, clock: Clock) -> None:
    service = Service(site, keys, store, clock=clock)
    notice = service.notice("en").id
    first = service.answer(Answer("accept_all"), notice)
    assert service.linking.link("ada", first.token).outcome
    clock.time += 20
    second = service.answer(Answer("reject_all"), notice)
    linked = service.linking.link("ada", second.token)
    assert linked.token and linked.token.record is None and not service.allows_account("ada", "analytics")
    methods = [past.record.fields["method"] for past in service.latest(linked.subject, 9)]
    assert methods == ["linked", "linked", "accept_all"]
    assert [past.record.fields["method"] for past in service.latest(linked.subject, 1)] == ["linked"]
