"""A small log, its bundle, and an older bundle of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from consent.keys import Keys
from consent.locale import translator
from consent.notice import build
from consent.regimes import for_region
from consent.site.load import loads
from consent.site.model import Site
from consent.store import Store

from ..export.log import entry_of
from .making import World, bundle, stored

TINY = """
[site]
id = "demo"
name = "D"
policy = "https://d.example/p"
effective = 2026-04-06
[controller]
name = "D"
contact = "d@d.example"
[purposes.necessary]
retention = "session"
[purposes.analytics]
retention = "1 month"
"""
COUNT, EVERY = 300, 60  # more than one tile; a checkpoint for each minute


@dataclass(frozen=True)
class Made:
    world: World
    older: bytes  # of the first 120 records
    data: bytes


def world_of(site: Site, keys: Keys, count: int) -> World:
    shown = build(site, for_region(None), "en", translator("en"))
    return World(keys, shown, tuple(entry_of(site, keys, shown, number) for number in range(count)))


@pytest.fixture(scope="package")
def made(site: Site, keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    world = world_of(site, keys, COUNT)
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('bundle') / 'log.sqlite3'}")
    first = World(keys, world.notice, world.entries[:120])
    stored(store, first, EVERY)
    older = bundle(store, keys)
    stored(store, World(keys, world.notice, world.entries[120:]), EVERY)
    yield Made(world, older, bundle(store, keys))
    store.close()


@pytest.fixture(scope="package")
def tiny(keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Iterator[bytes]:
    """Three records, one notice of two purposes, two checkpoints."""
    site = loads(TINY)
    shown = build(site, for_region(None), "en", translator("en"))
    from consent.decision import Answer, decide
    from consent.record import make, uuid7
    from consent.store import Entry

    from ..conftest import NOW

    entries = []
    for number, choice in enumerate(("accept_all", "reject_all", "accept_all")):
        decision = decide(site, for_region(None), shown.id, "en", {"analytics": "abcdef"}, Answer(choice))
        record_id = uuid7((NOW + number) * 1000, number.to_bytes(10, "big"))
        bound = "A" * 43 if decision.grants else None
        entries.append(Entry(make(decision, keys, record_id, NOW + number, bound).record, None, None, bytes(16)))
    store = Store.open(f"sqlite:///{Path(tmp_path_factory.mktemp('tiny')) / 'log.sqlite3'}")
    stored(store, World(keys, shown, tuple(entries)), 2)
    yield bundle(store, keys, NOW + 10)
    store.close()
