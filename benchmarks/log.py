"""A long log, made quickly: records of the last months straight into the store's tables."""

from __future__ import annotations

import os
import time
import uuid
from itertools import product
from typing import Any

from consent import keys as rings
from consent.decision import Answer
from consent.encoding import b64, timestamp
from consent.record import uuid7
from consent.service import Service
from consent.signals import Signals
from consent.site.load import load as load_site
from consent.store import Store
from consent.store.lane import lane
from consent.store.rows import Row, row_of
from consent.store.schema import sealed

from .apps import SITE
from .flat import NAME
from .rounds import progress

BATCH = 10_000  # rows of one transaction
DAYS = 150  # over which they lie
PLACED = 256  # ids of one row that says where records stand

ANSWERS = [
    *(Answer("accept_all"), Answer("accept_all"), Answer("reject_all"), Answer("reject_all")),
    *(Answer("save", frozenset({"functional"})), Answer("save", frozenset({"analytics"}))),
]
SIGNALS = [Signals(), Signals(), Signals(dnt="1"), Signals(gpc="1", js_gpc="true")]


def fill(url: str, number: int) -> None:
    """Put so many records into the database at `url`, nearly all with their place in the ledger."""
    store = Store.open(url)
    writer, examples = lane(store.engine), _examples(store)
    with progress() as shown:
        task = shown.add_task("filling", total=number)
        for start in range(0, number, BATCH):
            rows = [_earlier(examples, n, number) for n in range(start, min(start + BATCH, number))]
            writer.put(rows, [], [])
            shown.advance(task, len(rows))
    writer.drop()
    _place(store)
    store.close()


def _examples(store: Store) -> list[Row]:
    """A row for each way to answer, whose shapes are then in the database."""
    site = load_site(SITE)
    keys = rings.new_ring(site.id, int(time.time()), os.urandom(32), os.urandom(32), os.urandom(32))
    service = Service(site, keys, store)
    notice = service.notice("en").id
    rows = []
    for answer, signals in product(ANSWERS, SIGNALS):
        given = Answer(answer.choice, answer.purposes, signals=signals)
        entry = store.record(site.id, service.answer(given, notice, key=os.urandom(16).hex()).record.id)
        assert entry is not None
        rows.append(row_of(entry))
    return rows


def _earlier(examples: list[Row], number: int, of: int) -> tuple[Any, ...]:
    """A record with times, commitment and signature of its own. Nobody signed it, which no export notices."""
    noise = os.urandom(122)
    moment = time.time() - (DAYS + 1) * 86_400 + DAYS * 86_400 * number / of
    site, _, shape, own, _, _, digest = examples[noise[0] % len(examples)].record
    times = (timestamp(int(moment) + 180 * 86_400) + timestamp(int(moment))).encode()
    bound = b64(noise[90:122]).encode() if len(own) > len(times) else b""
    return site, uuid7(int(moment * 1000), noise[:10]), shape, times + bound, noise[10:74], noise[74:90], digest


def _place(store: Store) -> None:
    """All but the newest have their place, in the order of time."""
    ids: list[bytes] = []
    number = 0
    with store.engine.connect().execution_options(consent_exclusive=True) as connection, connection.begin():
        for page in store.pages(NAME):
            ids += page.ids
            rows = []
            while len(ids) >= 2 * PLACED:
                row, ids = ids[:PLACED], ids[PLACED:]
                ends = {"first": uuid.UUID(bytes=row[0]), "last": uuid.UUID(bytes=row[-1])}
                rows.append({"site": NAME, "number": number, **ends, "ids": b"".join(row)})
                number += 1
            if rows:
                connection.execute(sealed.insert(), rows)
