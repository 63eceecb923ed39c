"""Real logs for tests: decisions through the service, or many records straight into the store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from consent import keyfile
from consent.decision import Answer, decide
from consent.keys import Keys
from consent.notice import Notice
from consent.personal import RANDOM, Personal, commitment, seal
from consent.record import make, uuid7
from consent.regimes import for_region
from consent.service import About, Outcome, Service
from consent.signals import Signals
from consent.site.model import Site
from consent.store import Entry, Store
from consent.store.rows import row_of
from consent.token import Token

from ..conftest import NOW, Clock

EVERYTHING = Answer("accept_all")
NOTHING = Answer("reject_all")
ALL_BUT_ONE_VENDOR = Answer("save", frozenset({"analytics", "ai_training"}), frozenset({"analytics/brook"}))


def answer(service: Service, given: Answer, token: Token | None = None, page: str = "", **signals: str) -> Outcome:
    """One decision; the clock moves on by a second after it."""
    given = replace(given, signals=Signals(**signals)) if signals else given
    outcome = service.answer(given, service.notice("en").id, token=token, about=About(page=page))
    clock = service._clock
    assert isinstance(clock, Clock)
    clock.time += 1
    return outcome


def entry_of(site: Site, keys: Keys, notice: Notice, number: int, page: str = "/") -> Entry:
    """A record such as the service makes, without the service: the same every time, and one a second."""
    given = (EVERYTHING, NOTHING, ALL_BUT_ONE_VENDOR)[number % 3]
    prints = {p.id: "abcdef" for p in site.purposes if p.asked}
    decision = decide(site, for_region(None), notice.id, "en", prints, given)
    random = number.to_bytes(10, "big")
    record_id = uuid7((NOW + number) * 1000, random)
    if not decision.grants:
        return Entry(make(decision, keys, record_id, NOW + number, None).record, None, None, bytes(16))
    personal = Personal(f"subject-{number}", random + bytes(6), page=page)
    plain = personal.canonical()
    sealed = seal(personal.subject, plain, keys, record_id, random * 5 + bytes(RANDOM - 50))
    made = make(decision, keys, record_id, NOW + number, commitment(plain))
    return Entry(made.record, sealed, None, bytes(16))


def fill(store: Store, site: Site, keys: Keys, notice: Notice, count: int) -> None:
    """Put `count` records into a store, by the thousand."""
    for start in range(0, count, 1000):
        batch = [row_of(entry_of(site, keys, notice, n)) for n in range(start, min(start + 1000, count))]
        assert not [outcome for outcome in store._writer.write(batch) if isinstance(outcome, Exception)]


def fresh_keys(folder: Path, site: str = "demo") -> Keys:
    """A key ring in a data folder."""
    return keyfile.make(keyfile.path_of(folder / "keys", site), site)
