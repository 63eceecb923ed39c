"""What a site has cosigned of other logs: the newest checkpoint of each."""

from __future__ import annotations

from sqlalchemy import Engine, select, update

from .log import AWAY, Head
from .queries import translated
from .rows import is_text
from .schema import witnessed
from .sealer import insert


class Witnessed:
    """The part of a store that a witness needs. Every method raises StoreUnavailable while the database is away."""

    engine: Engine

    def witnessed(self, site: str, origin: str) -> Head | None:
        """The newest checkpoint of the log `origin` that the site has cosigned."""
        if not is_text(site) or not is_text(origin):
            return None
        columns = witnessed.c
        query = select(columns.size, columns.root, columns.time, columns.note)
        with translated(AWAY), self.engine.connect() as connection:
            row = connection.execute(query.where(columns.site == site, columns.origin == origin)).first()
        return None if row is None else Head(*row)

    def put_witnessed(self, site: str, origin: str, old: Head | None, new: Head) -> bool:
        """Put a checkpoint in the place of the old one; False, and nothing done, where that is not there any more."""
        columns = witnessed.c
        values = {"size": new.size, "root": new.root, "time": new.time, "note": new.note}
        with translated("What was witnessed cannot be stored."), self.engine.begin() as connection:
            if old is None:
                once = insert(connection, witnessed).values(site=site, origin=origin, **values).on_conflict_do_nothing()
                return connection.execute(once.execution_options(preserve_rowcount=True)).rowcount == 1
            same = (columns.site == site, columns.origin == origin, columns.size == old.size, columns.root == old.root)
            return connection.execute(update(witnessed).where(*same).values(values)).rowcount == 1
