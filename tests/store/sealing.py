"""What the tests of the sealer share: records to seal, and what makes a log sound."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import event

from consent import keys as rings
from consent.keys import Keys
from consent.ledger import checkpoint as checkpoints
from consent.ledger import tiles, tree
from consent.store import Entry, Kept, Store
from consent.store.rows import row_of

from .samples import SITE, START, entry


def fill(store: Store, number: int) -> list[Entry]:
    """Store so many new entries, a batch at a time."""
    made = [entry(subject="someone" if n % 2 else None) for n in range(number)]
    for at in range(0, number, 64):
        part = made[at : at + 64]
        assert store._writer.write([row_of(one) for one in part]) == part
    return made


def seal_all(store: Store, keys: Keys, kept: Kept | None = None) -> None:
    """Seal until nothing waits."""
    while store.seal(SITE, keys, START, kept):
        pass


def ids(store: Store, site: str = SITE) -> list[uuid.UUID]:
    """The log's records, in its order."""
    head = store.head(site)
    return [one for number in range(-(-head.size // 256) if head else 0) for one in store.sealed_ids(site, number)]


def assert_sound(store: Store, keys: Keys, made: Sequence[Entry] | None = None, *, site: str = SITE) -> None:
    """Every checkpoint's root is that of the records in their order, each record is there once, every tile is right.

    `made`: the records that must be there, in their order.
    """
    head = store.head(site)
    assert head is not None and keys.ledger is not None
    entries = [one for _, one in store.in_order(site)]
    if made is not None:
        assert entries == list(made)
    found = ids(store, site)
    assert len(found) == head.size == len(entries)
    assert max(Counter(found).values()) == 1
    leaves = [tree.leaf_hash(one.record.leaf) for one in entries]
    for checkpoint in store.checkpoints(site):
        signed = checkpoints.read(checkpoint.note, [keys.ledger.verifier])
        assert signed.checkpoint.size == checkpoint.size
        assert signed.checkpoint.root == checkpoint.root == tree.root(leaves[: checkpoint.size])
        assert signed.time == checkpoint.time
    assert store.checkpoints(site)[-1] == head
    assert tiles.root_from(head.size, store.tiles_reader(site)) == head.root
    row = leaves
    for level in range(3):
        for number in range(-(-len(row) // 256)):
            assert store.tile(site, level, number) == b"".join(row[number * 256 : number * 256 + 256])
        row = [tree.root(row[at : at + 256]) for at in range(0, len(row) - 255, 256)]
    for index in {0, head.size // 2, head.size - 1}:
        place = store.place(site, found[index])
        assert place is not None and place.index == index
        proof = tree.inclusion_proof(index, place.head.size, tiles.reader(store.tiles_reader(site)))
        assert tree.check_inclusion(leaves[index], index, place.head.size, proof, place.head.root)


def ring() -> Keys:
    """Keys of the site, the same in every process."""
    ledger = rings.ledger_key(SITE, b"\x04" * 32, START, "demo.example/consent")
    return rings.new_ring(SITE, START, b"\x01" * 32, b"\x02" * 32, b"\x03" * 32, ledger)


class Steps:
    """Counts the steps of sealing on an engine, and lets something happen at one of them, before or after it."""

    def __init__(self, store: Store) -> None:
        self.names: list[str] = []
        self._fault: tuple[int, bool, Callable[[Any], None]] | None = None
        engine = store.engine
        for name in ("do_execute", "do_executemany"):
            event.listen(engine, name, partial(self._statement, name.removeprefix("do_")))
        commit = engine.dialect.do_commit

        def committing(connection: Any) -> None:
            self._step("commit", connection, lambda: commit(connection))

        engine.dialect.do_commit = committing  # type: ignore[method-assign]

    def fail(self, number: int, after: bool, act: Callable[[Any], None]) -> None:
        """Let `act` happen to the driver's connection at a step from here on."""
        self.names.clear()
        self._fault = (number, after, act)

    def stop(self) -> None:
        """No more faults."""
        self.names.clear()
        self._fault = None

    def _statement(self, how: str, cursor: Any, statement: str, parameters: Any, *_: object) -> bool:
        self._step(statement, cursor.connection, lambda: getattr(cursor, how)(statement, parameters))
        return True

    def _step(self, name: str, connection: Any, act: Callable[[], object]) -> None:
        number = len(self.names)
        self.names.append(name)
        fault = self._fault if self._fault and self._fault[0] == number else None
        if fault and not fault[1]:
            fault[2](connection)
        act()
        if fault and fault[1]:
            fault[2](connection)
