from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace

import pytest
from sqlalchemy import delete

from consent.record import Record
from consent.store import Entry, Store, StoreError, reader, schema
from consent.store.places import Places
from consent.store.reader import pages

from .samples import SITE, START, entry, reference

FIRST, LAST = uuid.UUID(int=0), uuid.UUID(int=(1 << 128) - 1)


def stored(store: Store, count: int) -> list[Entry]:
    return [
        store.append(entry(at=START + number, subject=None if number % 3 else "someone")) for number in range(count)
    ]


def test_pages_have_what_the_store_streams(store: Store) -> None:
    made = stored(store, 20)
    store.append(entry("other"))
    odd = entry(at=START + 30, leaf=b"no leaf at all")
    made.append(store.append(odd))
    (page,) = store.pages(SITE, personal=True)
    assert [page.record(number) for number in range(len(page))] == [one.record for one in made]
    assert page.sealed == [one.sealed for one in made]
    assert [next(iter(store.pages(SITE))).sealed, page.places, len(page.shapes)] == [None, None, 2]
    assert page.cut(3, 5).record(1) == made[4].record


def test_the_bounds_and_the_subject_are_those_of_the_stream(store: Store) -> None:
    stored(store, 12)
    for bounds in ((START + 2, None), (None, START + 5), (START + 3, START + 4), (START + 50, None)):
        for subject in (None, reference("someone"), reference("nobody")):
            found = [p.record(n) for p in store.pages(SITE, *bounds, subject) for n in range(len(p))]
            assert found == [one.record for one in store.stream(SITE, *bounds, subject)]
    assert list(store.pages("no\x00site")) == []


def test_page_follows_page_and_none_is_too_large(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small pages show what large ones do: every record once, what was added meanwhile, shapes only where named."""
    monkeypatch.setattr(reader, "ROWS", 8)
    monkeypatch.setattr(reader, "SHAPES", 1)
    made = stored(store, 9)
    found: list[Record] = []
    for page in store.pages(SITE):
        found += [page.record(number) for number in range(len(page))]
        assert set(page.shapes) == set(page.names)
        if len(found) < 3:
            made.append(store.append(entry(at=START + 100)))
    assert found == [one.record for one in made]
    monkeypatch.setattr(reader, "BYTES", 3 * len(made[0].record.leaf))
    sizes = [len(page) for page in store.pages(SITE)]
    assert sum(sizes) == len(made) and max(sizes) <= 3


def test_a_record_that_has_lost_its_shape_is_named(store: Store) -> None:
    (made,) = stored(store, 1)
    with store.engine.begin() as connection:
        connection.execute(delete(schema.shape))
    (page,) = store.pages(SITE)
    with pytest.raises(StoreError, match=f"record {made.record.id} of site 'demo' has lost its shape"):
        page.leaf(0)
    with pytest.raises(StoreError, match="do not fit"):
        replace(page, shapes={page.names[0] or b"": b"{\x00}"}).leaf(0)


# positions in the ledger


def identity(number: int) -> bytes:
    """The number-th of ids in the order of time."""
    return (number + 1).to_bytes(8) + hashlib.sha256(bytes([number % 251])).digest()[:8]


def seal(store: Store, numbers: list[int]) -> None:
    """Leaves in this order, as a sealer leaves them in the tables."""
    ids = [identity(number) for number in numbers]
    rows = [ids[start : start + 256] for start in range(0, len(ids), 256)]
    values = [
        {
            "site": SITE,
            "number": n,
            "first": uuid.UUID(bytes=min(r)),
            "last": uuid.UUID(bytes=max(r)),
            "ids": b"".join(r),
        }
        for n, r in enumerate(rows)
    ]
    with store.engine.begin() as connection:
        connection.execute(schema.sealed.insert(), values)


def test_positions_are_found_also_for_what_came_late(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two came very late, one a little; one was erased since; three wait. In steps of any size, from any beginning."""
    monkeypatch.setattr("consent.store.places.ROWS", 2)
    monkeypatch.setattr("consent.store.places.AHEAD", 40)
    late = [5, 700, 1400]
    order = [n for n in range(1500) if n not in late]
    order[900:900] = [5]
    order[1400:1400] = [700]
    order.append(1400)
    seal(store, order)
    position = {number: index for index, number in enumerate(order)}
    numbers = [n for n in range(1503) if n != 300]
    for step, begin in ((1, 1490), (7, 650), (400, 0), (5000, 0), (64, 701)):
        asked = [n for n in numbers if n >= begin]
        places = Places(store.engine, SITE, uuid.UUID(bytes=identity(begin - 1)) if begin else FIRST)
        found: list[int | None] = []
        for start in range(0, len(asked), step):
            found += places.of([identity(n) for n in asked[start : start + step]])
        assert found == [position.get(n) for n in asked], (step, begin)


def test_a_ledger_that_is_empty_or_has_one_row(store: Store) -> None:
    assert Places(store.engine, SITE, FIRST).of([identity(1)]) == [None]
    seal(store, [2, 0, 1])
    assert Places(store.engine, SITE, FIRST).of([identity(n) for n in range(4)]) == [1, 2, 0, None]


def test_pages_have_their_positions(store: Store) -> None:
    made = stored(store, 3)
    with store.engine.begin() as connection:
        ids = [made[1].record.id, made[0].record.id]
        row = {"site": SITE, "number": 0, "first": ids[1], "last": ids[0], "ids": ids[0].bytes + ids[1].bytes}
        connection.execute(schema.sealed.insert(), row)
    (page,) = pages(store.engine, SITE, FIRST, LAST, placed=True)
    assert page.places == [1, 0, None]
    assert page.cut(1, 3).places == [0, None]
