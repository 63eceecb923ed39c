"""Whether a decision costs the same when a million were recorded before.

Two databases on the same server: an empty one, and one that holds MANY records of the last months, half of them
with a personal part, each under an idempotency key as `banner.js` makes it. CPU of the application's process a record.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from consent import keys as rings
from consent.decision import Answer
from consent.record import uuid7
from consent.service import Service
from consent.site.load import load as load_site
from consent.store import Store
from consent.store.lane import lane
from consent.store.rows import Row, row_of
from tests import postgres

from . import decisions
from .apps import SITE
from .rounds import Case, interleave, progress
from .server import PATH
from .serving import GRANIAN, serve
from .tables import Table

MANY = 1_000_000
BATCH = 20_000  # rows of one transaction while filling
CEILING = 1.10  # of the CPU with none
PERIOD = 150 * 86_400  # seconds over which the earlier records lie


def measure(rounds: int = 7, seconds: float = 2.0, many: int = MANY) -> list[Table]:
    """A table for both databases."""
    table = Table(
        "A decision with and without earlier records",
        ("database", "earlier records", "CPU µs", "a second", "p99 ms", "× none"),
        note=f"Under Granian, forms. The ceiling is {CEILING:.2f} × none.",
    )
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="consent-bench-")))
        databases = stack.enter_context(postgres.server())
        cases = []
        for number in (0, many):
            sqlite = f"sqlite:///{folder / f'{number}.sqlite3'}"
            for name, url in (("SQLite", sqlite), ("PostgreSQL", stack.enter_context(databases.database()))):
                fill(url, number)
                server = stack.enter_context(serve(GRANIAN, "consent", folder / f"{name}{number}", url))
                load = decisions.load(server, server.get("/"), PATH)
                cases.append(Case(f"{name}, {number:,} records", server, load))
        interleave("growth", cases, rounds, seconds)
    none, some = cases[:2], cases[2:]
    for name, first, second in zip(("SQLite", "PostgreSQL"), none, some, strict=True):
        for case, number in ((first, 0), (second, many)):
            rate, p99 = sorted(case.rate)[len(case.rate) // 2], sorted(case.p99)[len(case.p99) // 2]
            ratio = f"{case.ratio(first):.2f}"
            table.add(name, f"{number:,}", f"{case.micros:.0f}", f"{rate:.0f}", f"{p99:.1f}", ratio)
    return [table]


def fill(url: str, number: int) -> None:
    """Put so many earlier records into the database at `url`, by the store's own bulk path."""
    store = Store.open(url)
    if number:
        writer = lane(store.engine)
        yes, no = _examples(store)
        with progress() as shown:
            task = shown.add_task(f"filling {store.engine.dialect.name}", total=number)
            for start in range(0, number, BATCH):
                rows = list(_earlier(yes, no, start, min(BATCH, number - start), number))
                writer.put([record for record, _ in rows], [personal for _, personal in rows if personal], [])
                shown.advance(task, len(rows))
        writer.drop()
        if store.engine.dialect.name == "postgresql":
            with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
    store.close()


def _examples(store: Store) -> tuple[Row, Row]:
    """The rows of a yes and of a no, whose shapes are then in the database."""
    site = load_site(SITE)
    keys = rings.new_ring(site.id, int(time.time()), os.urandom(32), os.urandom(32), os.urandom(32))
    service = Service(site, keys, store)
    notice = service.notice("en").id
    rows = []
    for choice in ("accept_all", "reject_all"):
        made = service.answer(Answer(choice), notice, key=os.urandom(16).hex())
        entry = store.record(site.id, made.record.id)
        assert entry is not None
        rows.append(row_of(entry))
    return rows[0], rows[1]


def _earlier(yes: Row, no: Row, start: int, count: int, of: int) -> Iterator[tuple[tuple[Any, ...], Any]]:
    begin = time.time() - PERIOD - 86_400
    for number in range(start, start + count):
        noise = os.urandom(192)
        milliseconds = int((begin + PERIOD * number / of) * 1000)
        record_id = uuid7(milliseconds, noise[:10])
        key = (milliseconds >> 16).to_bytes(4, "big") + noise[80:92]
        row = yes if number % 2 else no
        site, _, shape, own, _, _, _ = row.record
        record = (site, record_id, shape, own, noise[16:80], key, noise[96:112])
        personal = None
        if row.personal is not None:
            _, _, _, key_id, wrapped, box = row.personal
            personal = (site, record_id, noise[112:128], key_id, wrapped, box)
        yield record, personal
