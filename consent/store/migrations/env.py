"""Alembic's entry. The connection, its transaction and its lock come from `consent.store.migrate`."""

from __future__ import annotations

from alembic import context

from consent.store.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
