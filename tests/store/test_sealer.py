"""Records get their places: each exactly one, in a log that verifies, on every database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, func, select, update

from consent import keys as rings
from consent.errors import KeysError
from consent.keys import Keys
from consent.ledger import checkpoint as checkpoints
from consent.ledger import tiles
from consent.ledger.note import VerifierKey
from consent.store import Entry, Head, InvalidEntry, Kept, LedgerDamaged, LedgerForked, Store, StoreError, sealer
from consent.store import schema as tables

from .samples import SITE, START, entry
from .sealing import assert_sound, fill, seal_all


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    (tmp_path / "keys").mkdir()
    return Kept(tmp_path / "keys", SITE)


@pytest.fixture
def sealed(store: Store, keys: Keys, kept: Kept) -> Iterator[Store]:
    """A store with three records in its log."""
    fill(store, 3)
    assert store.seal(SITE, keys, START, kept)
    return store


def test_nothing_waits(store: Store, keys: Keys) -> None:
    assert store.seal(SITE, keys, START) is None
    assert store.head(SITE) is None
    assert store.checkpoints(SITE) == [] == list(store.in_order(SITE))
    assert store.place(SITE, uuid.uuid4()) is None
    assert not store.waits(SITE)


def test_each_gets_its_place(store: Store, keys: Keys) -> None:
    made = fill(store, 3)
    assert store.waits(SITE)
    assert store.place(SITE, made[0].record.id) is None
    head = store.seal(SITE, keys, START + 9)
    assert head is not None and head == store.head(SITE)
    assert (head.size, head.time) == (3, START + 9)
    assert not store.waits(SITE)
    assert list(store.in_order(SITE)) == list(enumerate(made))
    assert list(store.in_order(SITE, 1, 2)) == [(1, made[1])]
    assert list(store.in_order(SITE, 3)) == [] == list(store.in_order("other"))
    for index, one in enumerate(made):
        place = store.place(SITE, one.record.id)
        assert place is not None and (place.index, place.head) == (index, head)
    assert store.place("other", made[0].record.id) is None
    assert_sound(store, keys, made)


@pytest.mark.parametrize("steps", [[1, 1, 1], [255, 1, 1], [256, 256], [300, 0, 400, 7]])
def test_it_grows(store: Store, keys: Keys, kept: Kept, steps: list[int]) -> None:
    made: list[Entry] = []
    for number, step in enumerate(steps):
        made += fill(store, step)
        head = store.seal(SITE, keys, START + number, kept)
        assert (head is not None) == bool(step)
    assert_sound(store, keys, made)
    size = sum(steps)
    rows = {name[:2]: name.width for name in tiles.names(size)}
    with store.engine.connect() as connection:
        found = connection.execute(select(tables.tile.c.level, tables.tile.c.number, tables.tile.c.hashes)).all()
    assert {(level, number): len(hashes) // 32 for level, number, hashes in found} == rows


def test_more_than_a_batch(store: Store, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealer, "BATCH", 10)
    made = fill(store, 25)
    assert [store.seal(SITE, keys, START).size for _ in range(3)] == [10, 20, 25]  # type: ignore[union-attr]
    assert_sound(store, keys, made)


def test_late_ones_are_not_lost(store: Store, keys: Keys) -> None:
    """An older id whose transaction ended after a newer one was sealed gets a later place."""
    early, late = entry(), entry()
    first = [store.append(late)]
    seal_all(store, keys)
    second = [store.append(early), *fill(store, 300)]
    seal_all(store, keys)
    assert early.record.id < late.record.id
    assert_sound(store, keys, first + second)


def test_two_sites_have_two_logs(store: Store, keys: Keys) -> None:
    here, there = store.append(entry()), store.append(entry("other"))
    assert store.seal(SITE, keys, START)
    assert store.waits("other") and not store.waits(SITE)
    assert store.seal("other", other_keys("other"), START)
    assert_sound(store, keys, [here])
    assert_sound(store, other_keys("other"), [there], site="other")


def test_time_never_goes_back(store: Store, keys: Keys) -> None:
    fill(store, 1)
    store.seal(SITE, keys, START + 100)
    fill(store, 1)
    head = store.seal(SITE, keys, START)
    assert head is not None and head.time == START + 100
    assert checkpoints.read(head.note, [verifier(keys)]).time == head.time


def test_checkpoints_thin_out(store: Store, keys: Keys) -> None:
    """All of the last hour stay, and of each hour before the last one, and the last that was cosigned."""
    start = START - START % 3600
    seconds = [0, 600, 1200, 3600, 4800, 7200, 7800, 10_900, 14_400, 14_500]
    for second in seconds:
        fill(store, 1)
        head = store.seal(SITE, keys, start + second)
        assert head is not None
        if second == 600:
            seed = b"\x09" * 32
            cosignature = checkpoints.cosign(checkpoints.read(head.note, [verifier(keys)]).note.rpartition("\n\n")[0]
                                             + "\n", "w", seed, start)  # fmt: skip
            assert store.cosign(SITE, head.size, [cosignature])
    kept = [one.time - start for one in store.checkpoints(SITE)]
    assert kept == [600, 1200, 4800, 7800, 10_900, 14_400, 14_500]
    assert [one.size for one in store.checkpoints(SITE, start=9)] == [9, 10]
    assert not store.cosign(SITE, 1, [])


def test_a_record_that_is_gone_is_left_waiting(store: Store, keys: Keys) -> None:
    made = fill(store, 3)
    with store.engine.begin() as connection:
        connection.execute(delete(tables.record).where(tables.record.c.id == made[1].record.id))
    seal_all(store, keys)
    assert_sound(store, keys, [made[0], made[2]])
    assert not store.waits(SITE), "there is nothing that could be sealed"
    assert (store.lost(SITE), store.lost("other")) == (1, 0)
    assert store.place(SITE, made[1].record.id) is None


def test_a_leaf_that_no_log_can_hold_is_refused(store: Store) -> None:
    store.append(entry(leaf=b"x" * tiles.MAX_ENTRY))
    with pytest.raises(InvalidEntry, match="65,535"):
        store.append(entry(leaf=b"x" * (tiles.MAX_ENTRY + 1)))


def test_a_ring_without_a_key_for_the_log(store: Store, keys: Keys) -> None:
    fill(store, 1)
    with pytest.raises(KeysError, match="no key for its log"):
        store.seal(SITE, replace(keys, ledger=None), START)


def test_whoever_was_slower_writes_nothing(store: Store, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two sealers that read the same head: the swap lets one of them through."""
    made = fill(store, 2)
    put = sealer._write
    other = Head(2, b"\x00" * 32, START, "")

    def late(connection: Connection, site: str, batch: Any) -> bool:
        monkeypatch.setattr(sealer, "_write", put)
        return put(connection, site, replace(batch, old=other))

    monkeypatch.setattr(sealer, "_write", late)
    assert store.seal(SITE, keys, START) is None
    assert store.head(SITE) is None and store.waits(SITE)
    with store.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(tables.tile)).scalar() == 0
    seal_all(store, keys)
    assert_sound(store, keys, made)


class TestDamage:
    """What an earlier sealer wrote was changed: noticed, and nothing is built upon it."""

    def test_tile(self, sealed: Store, keys: Keys, kept: Kept) -> None:
        with sealed.engine.begin() as connection:
            connection.execute(update(tables.tile).values(hashes=bytes(96)))
        self.refused(sealed, keys, kept, LedgerDamaged)

    def test_missing_tile(self, sealed: Store, keys: Keys, kept: Kept) -> None:
        with sealed.engine.begin() as connection:
            connection.execute(delete(tables.tile))
        self.refused(sealed, keys, kept, LedgerDamaged)

    @pytest.mark.parametrize("change", [{"root": bytes(32)}, {"size": 4}, {"note": "x\n"}])
    def test_head(self, sealed: Store, keys: Keys, kept: Kept, change: dict[str, object]) -> None:
        with sealed.engine.begin() as connection:
            connection.execute(update(tables.head).values(change))
        self.refused(sealed, keys, kept, LedgerDamaged)

    def test_list_of_records(self, sealed: Store, keys: Keys, kept: Kept) -> None:
        with sealed.engine.begin() as connection:
            connection.execute(update(tables.sealed).values(ids=bytes(32)))
        self.refused(sealed, keys, kept, LedgerDamaged)

    def test_missing_head(self, sealed: Store, keys: Keys, kept: Kept) -> None:
        with sealed.engine.begin() as connection:
            connection.execute(delete(tables.head))
        self.refused(sealed, keys, kept, LedgerForked)

    def test_lost_record(self, sealed: Store) -> None:
        with sealed.engine.begin() as connection:
            connection.execute(delete(tables.record))
        with pytest.raises(StoreError, match="index 0"):
            list(sealed.in_order(SITE))

    def refused(self, store: Store, keys: Keys, kept: Kept, error: type[StoreError]) -> None:
        waiting = fill(store, 1)
        with pytest.raises(error, match="consent ledger renew demo"):
            store.seal(SITE, keys, START + 1, kept)
        assert store.waits(SITE), "records are stored as before"
        assert store.record(SITE, waiting[0].record.id)


def verifier(keys: Keys) -> VerifierKey:
    assert keys.ledger
    return keys.ledger.verifier


def other_keys(site: str) -> Keys:
    ledger = rings.ledger_key(site, b"\x07" * 32, START)
    return rings.new_ring(site, START, b"\x05" * 32, b"\x06" * 32, b"\x08" * 32, ledger)


def test_what_was_witnessed_is_swapped_not_overwritten(store: Store) -> None:
    first, second = Head(1, b"1" * 32, START, "one"), Head(2, b"2" * 32, START + 1, "two")
    assert store.witnessed(SITE, "log") is None
    assert store.put_witnessed(SITE, "log", None, first)
    assert not store.put_witnessed(SITE, "log", None, second), "another process was first"
    assert store.witnessed(SITE, "log") == first
    assert store.put_witnessed(SITE, "log", first, second)
    assert not store.put_witnessed(SITE, "log", first, first)
    assert store.witnessed(SITE, "log") == second
    assert store.witnessed("other", "log") is None is store.witnessed(SITE, "other")
