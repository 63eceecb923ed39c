"""Versions of a site's terms, so that what changed can be told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table as `consent.store.schema` explains it. Notices from before stay without a version."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    site: sa.types.TypeEngine[str] = sa.Text(collation="C") if postgresql else sa.Text()
    op.create_table(
        "consent_version",
        sa.Column("site", site, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("notice", sa.Text, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("site", "id", "locale"),
    )
