"""Reading many records, page after page, each in a transaction of its own that ends before the caller works."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, LargeBinary, Select, and_, func, select, type_coerce

from ..personal import Sealed
from .errors import StoreUnavailable
from .page import Page
from .places import Places
from .queries import Refs, refers, translated
from .schema import personal, record, shape

ROWS = 4000  # of one page at most
BYTES = 4 << 20  # that its leaves should have at most
SHAPES = 1024  # that are remembered from page to page

_OWN = and_(personal.c.site == record.c.site, personal.c.record_id == record.c.id)
_SEALED = (personal.c.subject_ref, personal.c.key_id, personal.c.wrapped, personal.c.box)


def pages(
    engine: Engine,
    site: str,
    after: uuid.UUID,
    before: uuid.UUID,
    subject_ref: Refs | None = None,
    *,
    personal_parts: bool = False,
    placed: bool = False,
) -> Iterator[Page]:
    """The records with after < id < before, in the order of their ids. Raises StoreUnavailable.

    Holds one page in memory. `placed`: each with its position in the ledger as that was at the beginning.
    """
    key = record.c.id if subject_ref is None else personal.c.record_id
    query = _query(engine, site, subject_ref, personal_parts).where(key < before).order_by(key)
    shapes: dict[bytes, bytes] = {}
    places = Places(engine, site, after) if placed else None
    limit = ROWS // 8
    while True:
        with translated("The records cannot be read."), engine.connect() as connection:
            rows = _rows(connection, query.where(key > after).limit(limit))
            page = _page(connection, site, rows, shapes, personal_parts) if rows else None
        if page is None:
            return
        yield page if places is None else places.marked(page)
        if len(page) < limit:
            return
        after = uuid.UUID(bytes=page.ids[-1])
        limit = max(1, min(ROWS, BYTES * len(page) // max(_bytes(page), 1), 2 * limit))


def _query(engine: Engine, site: str, subject_ref: Refs | None, personal_parts: bool) -> Select[Any]:
    """All but the bounds. Ids come as bytes: to make a UUID of each would cost as much as reading it."""
    record_id: ColumnElement[bytes] = type_coerce(record.c.id, LargeBinary)
    if engine.dialect.name == "postgresql":
        record_id = func.uuid_send(record.c.id, type_=LargeBinary)
    columns = (record_id, record.c.shape, record.c.own, record.c.signature)
    query: Select[Any] = select(*columns, *(_SEALED if personal_parts else ()))
    if subject_ref is not None:
        query = query.select_from(personal.join(record, _OWN))
        query = query.where(personal.c.site == site, refers(subject_ref))
    elif personal_parts:
        query = query.select_from(record.outerjoin(personal, _OWN))
    return query.where(record.c.site == site)


def _rows(connection: Connection, query: Select[Any]) -> list[tuple[Any, ...]]:
    """The driver's own rows: to wrap each would cost a quarter of the reading."""
    result = connection.execute(query)
    assert connection.dialect.dbapi is not None and result.cursor is not None
    try:
        return list(result.cursor.fetchall())
    except connection.dialect.dbapi.Error as error:
        raise StoreUnavailable("The records cannot be read.") from error
    finally:
        result.close()


def _page(
    connection: Connection, site: str, rows: Sequence[Any], shapes: dict[bytes, bytes], personal_parts: bool
) -> Page:
    ids, names, owns, signatures, *others = zip(*rows, strict=True)
    wanted = set(names) - shapes.keys() - {None}
    if wanted:
        if len(shapes) > SHAPES:
            shapes.clear()
            wanted = set(names) - {None}
        query = select(shape.c.id, shape.c.body).where(shape.c.site == site, shape.c.id.in_(sorted(wanted)))
        shapes.update((row.id, row.body) for row in connection.execute(query))
    sealed = [None if row[0] is None else Sealed(*row) for row in zip(*others, strict=True)] if personal_parts else None
    here = {name: shapes[name] for name in set(names) if name in shapes}
    return Page(site, ids, names, owns, signatures, here, sealed)


def _bytes(page: Page) -> int:
    """How long the leaves are, about: not less."""
    return sum(map(len, page.owns)) + len(page) * max(map(len, page.shapes.values()), default=0)
