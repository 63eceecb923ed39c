"""Erasing personal parts, and what else has had its time, in batches that let recording go on between them.

A batch is one transaction. Whatever is stopped half way is finished by doing it once more.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, Engine, Select, bindparam, delete, func, literal, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from .queries import refers, translated
from .schema import access, personal, record, shape

BATCH = 500
REWRITTEN = 256 * 1024 * 1024  # bytes of a SQLite file, written anew in a few seconds
PAUSE = 0.002  # seconds between batches: SQLite's writers don't queue, they look again

Class = Literal["requests", "imported", "personal", "access"]  # in the order in which they go
CLASSES: tuple[Class, ...] = get_args(Class)
_IMPORTED = b'"method":"imported"'  # in a leaf, which is canonical JSON, nothing else reads so


@dataclass(frozen=True, slots=True)
class Due:
    """What has had its time: how many, and the ids of the oldest and the newest."""

    count: int
    oldest: uuid.UUID | None = None
    newest: uuid.UUID | None = None


def due(engine: Engine, site: str, name: Class, before: uuid.UUID) -> Due:
    """What of a class is older than an id. Raises StoreUnavailable."""
    query = _of(engine, site, name).where(_ID[name] < before)
    with translated("The database cannot say what is due."), engine.connect() as connection:
        count = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
        if not count:
            return Due(0)
        first = connection.execute(query.order_by(_ID[name]).limit(1)).scalar_one()
        last = connection.execute(query.order_by(_ID[name].desc()).limit(1)).scalar_one()
    return Due(count, first, last)


def drop(engine: Engine, site: str, name: Class, before: uuid.UUID) -> Iterator[int]:
    """Do away with what `due` counts; gives how many each batch had. Raises StoreUnavailable."""
    after = uuid.UUID(int=0)
    while True:
        query = _of(engine, site, name).where(_ID[name] > after, _ID[name] < before)
        with translated("The database did not do away with what is due."), writing(engine) as connection:
            ids = list(connection.execute(query.order_by(_ID[name]).limit(BATCH)).scalars())
            if ids:
                _away(connection, site, name, ids)
        yield len(ids)
        if len(ids) < BATCH:
            return
        after = ids[-1]
        time.sleep(PAUSE)


def erase(engine: Engine, site: str, ids: Sequence[uuid.UUID]) -> int:
    """Erase the personal parts of records; how many there were. Raises StoreUnavailable."""
    gone = 0
    for start in range(0, len(ids), BATCH):
        with translated("The database did not erase."), writing(engine) as connection:
            gone += _erase(connection, site, list(ids[start : start + BATCH]))
    return gone


def erase_subject(engine: Engine, site: str, refs: tuple[bytes, ...]) -> Iterator[int]:
    """Erase all personal parts under these blind indexes; gives how many each batch had. Raises StoreUnavailable.

    Oldest first: a person's token names their newest, so that when this is stopped it still leads to the rest.
    """
    query = select(personal.c.record_id).where(personal.c.site == site, refers(refs))
    query = query.order_by(personal.c.record_id).limit(BATCH)
    while True:
        with translated("The database did not erase."), writing(engine) as connection:
            ids = list(connection.execute(query).scalars())
            gone = _erase(connection, site, ids) if ids else 0
        if not gone:
            return
        yield gone
        time.sleep(PAUSE)


# Made once: who comes back to choose again waits for it.
_HAS = select(literal(1)).where(personal.c.site == bindparam("site"), personal.c.record_id == bindparam("id"))


def has_personal(engine: Engine, site: str, record_id: uuid.UUID) -> bool:
    """Whether a record's personal part is there. Raises StoreUnavailable."""
    with translated("The record cannot be read."), engine.connect() as connection:
        return connection.execute(_HAS, {"site": site, "id": record_id}).first() is not None


def scrub(engine: Engine, *, patience: float, vacuum: bool) -> bool:
    """Let the files forget what was erased, as far as the engine can; whether it could.

    SQLite overwrites rows as it deletes them (secure_delete), but the splitting of a page now and then leaves a copy in
    its free part. So the file is written anew if `vacuum` and it is no larger than REWRITTEN, for writers wait
    meanwhile; then the write-ahead log is emptied, unless readers are in the way for longer than `patience` seconds.
    PostgreSQL gets a VACUUM if `vacuum`. What stays in its pages and its log, or in a larger file of SQLite's, is
    unreadable once keys were rotated.
    """
    try:
        if engine.dialect.name == "sqlite":
            with engine.connect() as connection:
                connection.exec_driver_sql(f"PRAGMA busy_timeout={int(patience * 1000)}")
                pages, size = (connection.exec_driver_sql(f"PRAGMA page_{what}").one()[0] for what in ("count", "size"))
                if vacuum and pages * size <= REWRITTEN:
                    connection.exec_driver_sql("VACUUM")
                busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
                connection.invalidate()  # another's patience is not for the pool
            return not busy
        if vacuum:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text(f"VACUUM {personal.name}"))
    except SQLAlchemyError:  # what was to go is gone; not every engine can do this, and not every role may
        return False
    return True


def writing(engine: Engine) -> Any:
    """A transaction that has SQLite's write lock from its start, so that what it reads is what it writes."""
    return engine.execution_options(consent_exclusive=True).begin()


_ID: dict[str, ColumnElement[uuid.UUID]] = {
    "personal": personal.c.record_id,
    "imported": personal.c.record_id,
    "requests": record.c.id,
    "access": access.c.id,
}


def _of(engine: Engine, site: str, name: Class) -> Select[Any]:
    """The ids of all of a class."""
    if name == "access":
        return select(access.c.id).where(access.c.site == site)
    if name == "requests":
        return select(record.c.id).where(record.c.site == site, record.c.request_key.is_not(None))
    if name == "personal":
        return select(personal.c.record_id).where(personal.c.site == site)
    holds = "position(:mark in body) > 0" if engine.dialect.name == "postgresql" else "instr(body, :mark) > 0"
    shapes = select(shape.c.id).where(shape.c.site == site, text(holds).bindparams(mark=_IMPORTED))
    both = personal.join(record, (record.c.site == personal.c.site) & (record.c.id == personal.c.record_id))
    return select(personal.c.record_id).select_from(both).where(personal.c.site == site, record.c.shape.in_(shapes))


def _away(connection: Connection, site: str, name: Class, ids: list[uuid.UUID]) -> None:
    if name == "access":
        connection.execute(delete(access).where(access.c.site == site, access.c.id.in_(ids)))
    elif name == "requests":
        _forget_requests(connection, site, ids)
    else:
        _erase(connection, site, ids)


def _erase(connection: Connection, site: str, ids: list[uuid.UUID]) -> int:
    gone = connection.execute(delete(personal).where(personal.c.site == site, personal.c.record_id.in_(ids))).rowcount
    _forget_requests(connection, site, ids)
    return int(gone)


def _forget_requests(connection: Connection, site: str, ids: list[uuid.UUID]) -> None:
    """A request's key leads from whoever kept it to the record."""
    kept = (record.c.site == site, record.c.id.in_(ids), record.c.request_key.is_not(None))
    connection.execute(update(record).where(*kept).values(request_key=None))
