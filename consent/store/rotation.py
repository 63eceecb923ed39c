"""Personal parts on their way to another key: found by the key that they are not under, changed if unchanged."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import Engine, func, select, update

from ..personal import Sealed
from .erasure import writing
from .queries import translated
from .schema import personal

BATCH = 200


def under_others(engine: Engine, site: str, key_id: str, after: uuid.UUID) -> list[tuple[uuid.UUID, Sealed]]:
    """Up to BATCH personal parts under another key than this, from after an id on. Raises StoreUnavailable."""
    query = select(personal).where(personal.c.site == site, personal.c.key_id != key_id, personal.c.record_id > after)
    with translated("The personal parts cannot be read."), engine.connect() as connection:
        rows = connection.execute(query.order_by(personal.c.record_id).limit(BATCH))
        return [(row[1], Sealed(*row[2:])) for row in rows]


def count_under_others(engine: Engine, site: str, key_id: str) -> int:
    """How many personal parts are under another key. Raises StoreUnavailable."""
    query = select(func.count()).where(personal.c.site == site, personal.c.key_id != key_id)
    with translated("The personal parts cannot be counted."), engine.connect() as connection:
        return connection.execute(query).scalar_one()


def reseal(engine: Engine, site: str, changes: Sequence[tuple[uuid.UUID, Sealed, Sealed]]) -> None:
    """Put sealed parts in the place of others, unless these have gone or changed. Raises StoreUnavailable."""
    with translated("The personal parts were not changed."), writing(engine) as connection:
        for record_id, old, new in changes:
            same = (personal.c.site == site, personal.c.record_id == record_id, personal.c.wrapped == old.wrapped)
            values = {"subject_ref": new.subject_ref, "key_id": new.key_id, "wrapped": new.wrapped, "box": new.box}
            connection.execute(update(personal).where(*same).values(values))
