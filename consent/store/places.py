"""Where records stand in the ledger, for those who read them in the order of their ids."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Engine, select

from .page import Page
from .queries import translated
from .schema import sealed

ROWS = 32  # of 256 ids, read at a time
AHEAD = 65_536  # positions that may be kept before those that nobody asked for are let go

_LEAVES = 256  # of a full row


class Places:
    """Positions as they were when this was made: what was sealed since is taken to wait.

    A record may have come late, so that its id is smaller than its neighbours' in the ledger: rows are read in the
    order of their smallest ids, and what they have too early is kept till it is asked for.
    """

    def __init__(self, engine: Engine, site: str, after: uuid.UUID) -> None:
        """For ids greater than `after`. Raises StoreUnavailable."""
        self._engine = engine
        self._ahead: dict[bytes, int] = {}
        query = select(sealed.c.number, sealed.c.ids).where(sealed.c.site == site)
        with translated("The ledger cannot be read."), engine.connect() as connection:
            last = connection.execute(query.order_by(sealed.c.number.desc()).limit(1)).first()
        self._first: uuid.UUID | None = (
            None if last is None else uuid.UUID(int=0)
        )  # of the row read last; None: all were
        number = 0
        if last is not None:
            number = last.number
            self._keep(number, last.ids)
        # The others are full: they never change.
        columns = (sealed.c.first, sealed.c.number, sealed.c.ids)
        query = select(*columns).where(sealed.c.site == site, sealed.c.number < number, sealed.c.last > after)
        self._query = query.order_by(sealed.c.first).limit(ROWS)

    def marked(self, page: Page) -> Page:
        """The page with the positions of its records. Raises StoreUnavailable."""
        return replace(page, places=self.of(page.ids))

    def of(self, ids: Sequence[bytes]) -> list[int | None]:
        """The position of each, None for one that waits. Ids must be ascending, from call to call as well."""
        while self._first is not None and self._first.bytes <= ids[-1]:
            with translated("The ledger cannot be read."), self._engine.connect() as connection:
                rows = connection.execute(self._query.where(sealed.c.first > self._first)).all()
            for row in rows:
                self._keep(row.number, row.ids)
            self._first = rows[-1].first if len(rows) == ROWS else None
        found = [self._ahead.pop(one, None) for one in ids]
        if len(self._ahead) > AHEAD:
            self._ahead = {one: place for one, place in self._ahead.items() if one > ids[-1]}
        return found

    def _keep(self, number: int, block: bytes) -> None:
        for place, start in enumerate(range(0, len(block), 16), number * _LEAVES):
            self._ahead[block[start : start + 16]] = place
