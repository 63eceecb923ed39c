"""The sealer: gives waiting records their places in the log, writes tiles and a signed checkpoint, all or nothing.

One at a time: on one machine by a lock on a file beside the keys, between machines by PostgreSQL's advisory lock; and
whoever gets past both is stopped by the comparison with the head that it had read. Killed anywhere, it has written all
of a batch or nothing.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, RootTransaction, Table, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ..errors import KeysError
from ..keys import Keys, LedgerKey
from ..ledger import checkpoint as checkpoints
from ..ledger.checkpoint import Checkpoint
from ..ledger.errors import LedgerError
from ..ledger.tiles import WIDTH, TileReader, grow, root_from
from ..ledger.tree import leaf_hash
from . import schema
from .errors import LedgerDamaged, StoreError
from .kept import Kept
from .log import ID, Head, head_of, sealed_row, tile_of
from .queries import translated
from .rows import is_text
from .shape import join

BATCH = 4096  # records that one transaction seals
HOUR = 3600  # seconds
MOST_TIME = (1 << 63) - 1

Changed = dict[tuple[int, int], bytes]


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one transaction writes."""

    old: Head | None
    new: Head
    ids: list[uuid.UUID]
    tiles: Changed
    rows: list[dict[str, Any]]  # of `sealed`


def seal(engine: Engine, site: str, keys: Keys, now: int, kept: Kept | None) -> Head | None:
    """See `Store.seal`."""
    if not is_text(site):
        return None
    if keys.ledger is None:
        raise KeysError(
            f"The key ring of {site} has no key for its log, and cannot be written. Let this process write the file "
            f"once, or run as its owner: consent keys list {site}"
        )
    with kept.held() if kept else nullcontext(True) as alone:
        if not alone:
            return None
        with translated("The log cannot be written."):
            batch = _seal(engine, site, keys.ledger, now, kept)
        if batch is None:
            return None
        if kept:
            kept.keep(batch.new.note)
        if batch.old and batch.new.time // HOUR != batch.old.time // HOUR:
            with translated("Old checkpoints cannot be removed."):
                prune(engine, site, batch.new.time)
    return batch.new


def _seal(engine: Engine, site: str, key: LedgerKey, now: int, kept: Kept | None) -> _Batch | None:
    """Read, compute, write. SQLite's lock on writers is taken for the writing alone."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection, connection.begin() as transaction:
            if not connection.execute(select(func.pg_try_advisory_xact_lock(advisory(site)))).scalar():
                return None
            batch = _prepare(connection, site, key, now, kept)
            return _written(connection, transaction, site, batch) if batch else None
    with engine.connect() as connection:
        batch = _prepare(connection, site, key, now, kept)
    if batch is None:
        return None
    with engine.connect().execution_options(consent_exclusive=True) as connection, connection.begin() as transaction:
        return _written(connection, transaction, site, batch)


def _written(connection: Connection, transaction: RootTransaction, site: str, batch: _Batch) -> _Batch | None:
    if _write(connection, site, batch):
        return batch
    transaction.rollback()  # another sealer was faster
    return None


def advisory(site: str) -> int:
    """The number of a site's advisory lock."""
    return int.from_bytes(hashlib.sha256(b"consent-ledger/sealer\x00" + site.encode()).digest()[:8], signed=True)


def _prepare(connection: Connection, site: str, key: LedgerKey, now: int, kept: Kept | None) -> _Batch | None:
    """What is to be written; None where nothing waits. Raises LedgerForked, LedgerDamaged."""
    old = head_of(connection, site)
    tiles = _reader(connection, site)
    if old:
        _check(old, key, tiles, site)
    if kept:
        kept.check(old, key.verifier, tiles, now)
        if old and kept.text() != old.note:  # a commit that was not followed by the file, or another machine's
            kept.keep(old.note)
    size = old.size if old else 0
    ids, leaves = _waiting(connection, site)
    if not ids:
        return None
    changed = grow(size, tiles, [leaf_hash(leaf) for leaf in leaves])
    root = root_from(size + len(ids), lambda level, number: changed.get((level, number)) or tiles(level, number))
    time = min(max(now, old.time if old else 0), MOST_TIME)
    note = checkpoints.sign(Checkpoint(key.origin, size + len(ids), root), [(key.origin, key.seed)], time)
    new = Head(size + len(ids), root, time, note)
    return _Batch(old, new, ids, changed, list(_sealed(connection, site, size, ids)))


def _reader(connection: Connection, site: str) -> TileReader:
    known: Changed = {}

    def read(level: int, number: int) -> bytes:
        if (level, number) not in known:
            found = tile_of(connection, site, level, number)
            if found is None:
                raise LookupError(f"there is no tile {number} of level {level}")
            known[level, number] = found
        return known[level, number]

    return read


def _check(head: Head, key: LedgerKey, tiles: TileReader, site: str) -> None:
    """Make sure that a head is signed, and that the tiles lead to it. Raises LedgerDamaged."""
    try:
        found = checkpoints.read(head.note, [key.verifier]).checkpoint
        sound = (found.size, found.root) == (head.size, head.root) and root_from(head.size, tiles) == head.root
    except (LedgerError, LookupError) as error:
        raise LedgerDamaged(_damaged(site, str(error))) from error
    if not sound:
        raise LedgerDamaged(_damaged(site, "the tiles do not lead to the signed root"))


def _damaged(site: str, what: str) -> str:
    return (
        f"The log of {site} in the database is damaged or was changed: {what.removesuffix('.')}. Nothing is sealed; "
        f"records are stored as before. Restore the database; where that cannot be: consent ledger renew {site}"
    )


def _waiting(connection: Connection, site: str) -> tuple[list[uuid.UUID], list[bytes]]:
    """The records that wait longest, by their ids, and their leaves."""
    record, waiting = schema.record.c, schema.waiting.c
    joined = schema.waiting.join(schema.record, and_(record.site == waiting.site, record.id == waiting.id))
    query = select(waiting.id, record.shape, record.own).select_from(joined).where(waiting.site == site)
    rows = connection.execute(query.order_by(waiting.id).limit(BATCH)).all()
    named = {shape for _, shape, _ in rows if shape is not None}
    bodies = _shapes(connection, site, named)
    if lost := named - bodies.keys():
        raise StoreError(f"The database is damaged: records of site {site!r} have lost {len(lost)} shape(s).")
    ids = [record_id for record_id, _, _ in rows]
    try:
        return ids, [own if shape is None else join(bodies[shape], own, record_id) for record_id, shape, own in rows]
    except ValueError as error:
        raise StoreError(f"The database is damaged: records of site {site!r} do not fit their shapes.") from error


def _shapes(connection: Connection, site: str, named: set[bytes]) -> dict[bytes, bytes]:
    if not named:
        return {}
    shape = schema.shape.c
    rows = connection.execute(select(shape.id, shape.body).where(shape.site == site, shape.id.in_(named)))
    return {row.id: row.body for row in rows}


def _sealed(connection: Connection, site: str, size: int, ids: Sequence[uuid.UUID]) -> Iterator[dict[str, Any]]:
    """The rows of `sealed` that change, whole. Raises LedgerDamaged."""
    number, width = divmod(size, WIDTH)
    before = sealed_row(connection, site, number) if width else b""
    if len(before) != width * ID:
        raise LedgerDamaged(_damaged(site, f"the list of records of tile {number:,} is not complete"))
    whole = before + b"".join(one.bytes for one in ids)
    for at in range(0, len(whole), WIDTH * ID):
        part = whole[at : at + WIDTH * ID]
        each = [part[at : at + ID] for at in range(0, len(part), ID)]
        first, last = uuid.UUID(bytes=min(each)), uuid.UUID(bytes=max(each))
        yield {"site": site, "number": number + at // (WIDTH * ID), "first": first, "last": last, "ids": part}


def _write(connection: Connection, site: str, batch: _Batch) -> bool:
    """Write a batch within a transaction; False where another sealer was faster, and then it must be undone."""
    new = batch.new
    if not _swap(connection, site, batch.old, new):
        return False
    tiles = [
        {"site": site, "level": level, "number": number, "hashes": hashes}
        for (level, number), hashes in batch.tiles.items()
    ]
    connection.execute(_put(connection, schema.tile), tiles)
    connection.execute(_put(connection, schema.sealed), batch.rows)
    row = {"site": site, "size": new.size, "time": new.time, "note": new.note, "cosigned": False}
    connection.execute(schema.checkpoint.insert(), row)
    return _no_longer_wait(connection, site, batch.ids) == len(batch.ids)


def _swap(connection: Connection, site: str, old: Head | None, new: Head) -> bool:
    """Put the new head in the place of the old one, if it is still that one."""
    values = {"size": new.size, "root": new.root, "time": new.time, "note": new.note}
    if old is None:
        first = insert(connection, schema.head).values(site=site, **values).on_conflict_do_nothing()
        return connection.execute(first.execution_options(preserve_rowcount=True)).rowcount == 1
    head = schema.head.c
    same = (head.site == site, head.size == old.size, head.root == old.root)
    return connection.execute(update(schema.head).where(*same).values(values)).rowcount == 1


def insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say what happens to a row that is there already."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def _put(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that replaces a row of the same key: the last tile, when it grows."""
    statement = insert(connection, table)
    key = [column.name for column in table.primary_key]
    rest = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=rest)


def _no_longer_wait(connection: Connection, site: str, ids: list[uuid.UUID]) -> int:
    """How many of these have been taken from those that wait. The driver's own parameters: thousands cost less so."""
    if connection.dialect.name == "postgresql":
        statement = f"DELETE FROM {schema.waiting.name} WHERE site = %s AND id = ANY(%s::uuid[])"
        return connection.exec_driver_sql(statement, (site, ids)).rowcount
    marks = ",".join("?" * len(ids))
    statement = f"DELETE FROM {schema.waiting.name} WHERE site = ? AND id IN ({marks})"
    return connection.exec_driver_sql(statement, (site, *(one.bytes for one in ids))).rowcount


def prune(engine: Engine, site: str, now: int) -> None:
    """Of the hours before the last, keep only the last checkpoint, and the last that a witness has cosigned."""
    kept = schema.checkpoint.c
    old = and_(kept.site == site, kept.time < (now // HOUR - 1) * HOUR)
    hour = kept.time // HOUR
    last = select(func.max(kept.size)).where(old).group_by(hour)
    cosigned = select(func.max(kept.size)).where(old, kept.cosigned).group_by(hour)
    gone = delete(schema.checkpoint).where(old, ~or_(kept.size.in_(last), kept.size.in_(cosigned)))
    with _begun(engine) as connection:
        connection.execute(gone)


@contextmanager
def _begun(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection, connection.begin():
        yield connection
