"""The ledger: what waits, tiles, checkpoints; the access log; daily work."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables as `consent.store.schema` explains them; records that are there wait for their place."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    site: sa.types.TypeEngine[str] = sa.Text(collation="C") if postgresql else sa.Text()
    id16: sa.types.TypeEngine[Any] = sa.Uuid() if postgresql else sa.LargeBinary(16)
    op.create_table(
        "consent_waiting",
        sa.Column("site", site, nullable=False),
        sa.Column("id", id16, nullable=False),
        sa.PrimaryKeyConstraint("site", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "consent_head",
        sa.Column("site", site, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("site"),
    )
    op.create_table(
        "consent_checkpoint",
        sa.Column("site", site, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("cosigned", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("site", "size"),
    )
    op.create_table(
        "consent_tile",
        sa.Column("site", site, nullable=False),
        sa.Column("level", sa.SmallInteger, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("site", "level", "number"),
    )
    op.create_table(
        "consent_sealed",
        sa.Column("site", site, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("first", id16, nullable=False),
        sa.Column("last", id16, nullable=False),
        sa.Column("ids", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("site", "number"),
    )
    op.create_index("consent_sealed_last", "consent_sealed", ["site", "last"])
    op.create_index("consent_sealed_first", "consent_sealed", ["site", "first"])
    op.create_table(
        "consent_witnessed",
        sa.Column("site", site, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("site", "origin"),
    )
    op.create_table(
        "consent_access",
        sa.Column("site", site, nullable=False),
        sa.Column("id", id16, nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("filter", sa.Text, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("site", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "consent_job",
        sa.Column("site", site, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("site", "name"),
    )
    for statement in _POSTGRESQL if postgresql else _SQLITE:
        op.execute(statement)
    op.execute("INSERT INTO consent_waiting (site, id) SELECT site, id FROM consent_record")


# A server of the version before may still be writing while this runs: a trigger catches its records, too.
_SQLITE = (
    """CREATE TRIGGER consent_record_waits AFTER INSERT ON consent_record BEGIN
        INSERT INTO consent_waiting (site, id) VALUES (NEW.site, NEW.id);
    END""",
)
_POSTGRESQL = (
    """CREATE FUNCTION consent_record_waits() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO consent_waiting (site, id) SELECT site, id FROM fresh;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER consent_record_waits AFTER INSERT ON consent_record REFERENCING NEW TABLE AS fresh
        FOR EACH STATEMENT EXECUTE FUNCTION consent_record_waits()""",
)
