"""The end of a log and the beginning of another: every record waits again."""

from __future__ import annotations

from sqlalchemy import Engine, delete, func, select

from . import schema
from .queries import translated
from .sealer import advisory, insert


def renew(engine: Engine, site: str) -> int:
    """Take a site's log out of the database, all of it or nothing; how many records wait for the next.

    The caller has ended the log in the key ring, and keeps other sealers away. Raises StoreUnavailable.
    """
    with (
        translated("The log cannot be renewed."),
        engine.connect().execution_options(consent_exclusive=True) as connection,
        connection.begin(),
    ):
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(advisory(site))))
        for table in (schema.head, schema.checkpoint, schema.tile, schema.sealed):
            connection.execute(delete(table).where(table.c.site == site))
        record = schema.record.c
        every = select(record.site, record.id).where(record.site == site)
        wait = insert(connection, schema.waiting).from_select(["site", "id"], every)
        connection.execute(wait.on_conflict_do_nothing())
        count = select(func.count()).select_from(schema.waiting).where(schema.waiting.c.site == site)
        return connection.execute(count).scalar_one()
