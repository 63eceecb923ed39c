"""Whose turn it is: work of a site that one process among many does, once in a while.

A row says from when on it may be done again. Whoever moves that on has the turn; one who is killed loses it as time
goes by. No lock is held while the work goes on.
"""

from __future__ import annotations

from sqlalchemy import Engine, select, update
from sqlalchemy.dialects import postgresql, sqlite

from .erasure import writing
from .queries import translated
from .schema import job


def take(engine: Engine, site: str, name: str, now: int, until: int) -> bool:
    """Take the turn, and keep others out until then; False if it is not yet due. Raises StoreUnavailable."""
    with translated("The database cannot say whose turn it is."):
        with engine.connect() as connection:
            due = connection.execute(select(job.c.due).where(job.c.site == site, job.c.name == name)).scalar()
        if due is not None and due > now:
            return False  # the usual case, and it writes nothing
        first = postgresql.insert(job) if engine.dialect.name == "postgresql" else sqlite.insert(job)
        mine = (job.c.site == site, job.c.name == name, job.c.due <= now)
        with writing(engine) as connection:
            connection.execute(first.values(site=site, name=name, due=0).on_conflict_do_nothing())
            return bool(connection.execute(update(job).where(*mine).values(due=until)).rowcount)


def finish(engine: Engine, site: str, name: str, due: int) -> None:
    """Say from when on it is to be done again. Raises StoreUnavailable."""
    with translated("The database cannot note that the work is done."), writing(engine) as connection:
        connection.execute(update(job).where(job.c.site == site, job.c.name == name).values(due=due))
