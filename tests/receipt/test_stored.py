"""Receipts out of a store whose log grows: each proves its place, also when it was sealed late."""

from __future__ import annotations

from consent.receipt import check
from consent.service import Service
from consent.store.receipts import receipt

from ..conftest import NOW
from ..export import log
from . import made


def test_every_place_of_a_growing_log(service: Service) -> None:
    store, notice = service.store, service.notice("en")
    log.fill(store, service.site, service.keys, notice, 300)
    assert store.seal("demo", service.keys, NOW + 400)
    late = log.entry_of(service.site, service.keys, notice, 1000)
    waiting = receipt(store, service.keys, late, notice.body)
    assert "proof" not in waiting and check(waiting, made.trusted(service)).problem is None
    store.append(late)
    assert store.seal("demo", service.keys, NOW + 1001)
    entries = list(store.in_order("demo"))
    assert len(entries) == 301 and entries[-1][1].record == late.record
    for index, entry in [entries[at] for at in (0, 1, 255, 256, 299, 300)]:
        verdict = check(receipt(store, service.keys, entry, notice.body), made.by_log(service))
        assert verdict.problem is None and verdict.index == index
        assert verdict.signed is not None and verdict.signed.checkpoint.size == 301
        assert verdict.signed.time == NOW + 1001
