"""What the tests of the sealer share: records to seal, and what makes a log sound."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence

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
