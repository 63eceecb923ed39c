"""The access log: every export, look-up and erasure is an entry in it (promise A5), written before it happens."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import astuple, dataclass

from sqlalchemy import Engine, insert, select

from .errors import InvalidEntry
from .queries import translated
from .rows import SITE, is_text
from .schema import access

PAGE = 500
WORDS = 500  # characters of each text


@dataclass(frozen=True, slots=True)
class Access:
    """Who did what, when, with which filter, and how many records that was.

    `filter` names no subject in the clear: see `personal.pseudonym`. `id` is a UUIDv7 of the time.
    """

    site: str
    id: uuid.UUID
    time: int  # Unix seconds
    who: str  # a system user, `person` for the owner of a token, `server` for the daily job
    action: str
    filter: str
    count: int


def write(engine: Engine, entry: Access) -> None:
    """Add an entry; durable when this returns. Raises InvalidEntry, StoreUnavailable: then it must not happen."""
    words = (entry.site, entry.who, entry.action, entry.filter)
    if not all(is_text(word) and len(word) <= WORDS for word in words) or not 0 < len(entry.site) <= SITE:
        raise InvalidEntry(
            "access", f"has a text that is too long (over {WORDS} characters) or no database may contain"
        )
    names = [column.name for column in access.columns]
    with translated("The access log cannot be written, so nothing was done."), engine.begin() as connection:
        connection.execute(insert(access).values(dict(zip(names, astuple(entry), strict=True))))


def read(engine: Engine, site: str, after: uuid.UUID, before: uuid.UUID) -> Iterator[Access]:
    """The entries with after < id < before, oldest first, a page at a time. Raises StoreUnavailable."""
    while True:
        query = select(access).where(access.c.site == site, access.c.id > after, access.c.id < before)
        with translated("The access log cannot be read."), engine.connect() as connection:
            page = [Access(*row) for row in connection.execute(query.order_by(access.c.id).limit(PAGE))]
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].id
