"""Reading entries back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select
from sqlalchemy.exc import SQLAlchemyError

from ..personal import Sealed
from ..record import Record
from .entry import Entry
from .errors import StoreError, StoreUnavailable
from .schema import personal, record, shape
from .shape import join

_COLUMNS = (
    record.c.site,
    record.c.id,
    record.c.shape,
    shape.c.body,
    record.c.own,
    record.c.signature,
    record.c.request_key,
    record.c.request_digest,
    personal.c.subject_ref,
    personal.c.key_id,
    personal.c.wrapped,
    personal.c.box,
)
_SHAPED = and_(shape.c.site == record.c.site, shape.c.id == record.c.shape)
_OWN = and_(personal.c.site == record.c.site, personal.c.record_id == record.c.id)

_ENTRIES: Select[Any] = select(*_COLUMNS).select_from(record.outerjoin(shape, _SHAPED).outerjoin(personal, _OWN))
_ENTRIES_OF_SUBJECT: Select[Any] = select(*_COLUMNS).select_from(
    personal.join(record, _OWN).outerjoin(shape, _SHAPED),
)


@contextmanager
def translated(message: str) -> Iterator[None]:
    """Turn the database library's errors into the store's own, here at the boundary."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreUnavailable(message) from error


def entry_of(row: Sequence[Any]) -> Entry:
    """The entry that a row of _COLUMNS holds. Raises StoreError for a row that lost its shape."""
    site, record_id, named, body, own, signature, key, digest, ref, key_id, wrapped, box = row
    if named is None:
        leaf = own
    elif body is None:
        raise StoreError(f"The database is damaged: record {record_id} of site {site!r} has lost its shape.")
    else:
        leaf = join(body, own, record_id)
    sealed = None if ref is None else Sealed(ref, key_id, wrapped, box)
    return Entry(Record(site, record_id, leaf, signature), sealed, key, digest)


def find(connection: Connection, site: str, record_id: uuid.UUID) -> Entry | None:
    """The entry with this record id."""
    row = connection.execute(_ENTRIES.where(record.c.site == site, record.c.id == record_id)).first()
    return None if row is None else entry_of(row)


def these(connection: Connection, site: str, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Entry]:
    """The entries with these record ids (a few hundred at most), those that there are."""
    rows = connection.execute(_ENTRIES.where(record.c.site == site, record.c.id.in_(ids)))
    return {entry.record.id: entry for entry in map(entry_of, rows)}


def find_request(connection: Connection, site: str, key: bytes) -> Entry | None:
    """The entry that a request made."""
    row = connection.execute(_ENTRIES.where(record.c.site == site, record.c.request_key == key)).first()
    return None if row is None else entry_of(row)


Refs = bytes | tuple[bytes, ...]  # a subject's blind index; several while keys are rotated


def refers(refs: Refs) -> ColumnElement[bool]:
    """Whether a personal part is a subject's."""
    several = (refs,) if isinstance(refs, bytes) else refs
    return personal.c.subject_ref == several[0] if len(several) == 1 else personal.c.subject_ref.in_(several)


def page(
    connection: Connection,
    site: str,
    after: uuid.UUID,
    before: uuid.UUID,
    subject_ref: Refs | None,
    limit: int,
) -> list[Entry]:
    """Up to `limit` entries with after < id < before, in the order of their ids, which is that of time."""
    if subject_ref is None:
        column, query = record.c.id, _ENTRIES.where(record.c.site == site)
    else:
        column = personal.c.record_id
        query = _ENTRIES_OF_SUBJECT.where(personal.c.site == site, refers(subject_ref))
    rows = connection.execute(query.where(column > after, column < before).order_by(column).limit(limit))
    return [entry_of(row) for row in rows]


def latest(connection: Connection, site: str, subject_ref: Refs, limit: int) -> list[Entry]:
    """A subject's newest entries, newest first."""
    query = _ENTRIES_OF_SUBJECT.where(personal.c.site == site, refers(subject_ref))
    return [entry_of(row) for row in connection.execute(query.order_by(personal.c.record_id.desc()).limit(limit))]


def count(connection: Connection, site: str, after: uuid.UUID, before: uuid.UUID, subject_ref: Refs | None) -> int:
    """How many entries `page` would give without a limit."""
    if subject_ref is None:
        column, query = record.c.id, select(func.count()).select_from(record).where(record.c.site == site)
    else:
        column, query = personal.c.record_id, select(func.count()).select_from(personal)
        query = query.where(personal.c.site == site, refers(subject_ref))
    return connection.execute(query.where(column > after, column < before)).scalar_one()
