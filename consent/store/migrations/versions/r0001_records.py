"""Records, their personal parts, and notices."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables as `consent.store.schema` explains them."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    site: sa.types.TypeEngine[str] = sa.Text(collation="C") if postgresql else sa.Text()
    id16: sa.types.TypeEngine[Any] = sa.Uuid() if postgresql else sa.LargeBinary(16)
    op.create_table(
        "consent_record",
        sa.Column("site", site, nullable=False),
        sa.Column("id", id16, nullable=False),
        sa.Column("shape", sa.LargeBinary),
        sa.Column("own", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("request_key", sa.LargeBinary),
        sa.Column("request_digest", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("site", "id"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "consent_record_request",
        "consent_record",
        ["site", "request_key"],
        unique=True,
        sqlite_where=sa.text("request_key IS NOT NULL"),
        postgresql_where=sa.text("request_key IS NOT NULL"),
    )
    op.create_table(
        "consent_shape",
        sa.Column("site", site, nullable=False),
        sa.Column("id", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("site", "id"),
    )
    op.create_table(
        "consent_personal",
        sa.Column("site", site, nullable=False),
        sa.Column("record_id", id16, nullable=False),
        sa.Column("subject_ref", sa.LargeBinary, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("box", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("site", "record_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("consent_personal_subject", "consent_personal", ["site", "subject_ref", "record_id"])
    op.create_table(
        "consent_notice",
        sa.Column("site", site, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("site", "id"),
    )
