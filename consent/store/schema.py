"""The tables. The site stands first in every key; no sequences, no foreign keys (design, decision 8).

Record ids are UUIDv7, so rows of a site are stored in the order of time, and new ones go to the end.
The names bear a prefix because the database may be the host application's own.
A change here needs a migration in `migrations/versions`; a test compares the two.
"""

from __future__ import annotations

import uuid
from typing import Any, cast

from sqlalchemy import Column, Dialect, Index, LargeBinary, MetaData, PrimaryKeyConstraint, Table, Text, Uuid
from sqlalchemy.types import TypeDecorator, TypeEngine

HEAD = "0001"  # the revision that these tables are at
VERSION_TABLE = "consent_schema"

metadata = MetaData()

# Compared byte by byte on every engine: quicker than by locale, and the same everywhere.
SITE = Text().with_variant(Text(collation="C"), "postgresql")


class RecordId(TypeDecorator[uuid.UUID]):
    """A UUID: native where the database has the type, else its 16 bytes, which sort the same."""

    impl = LargeBinary(16)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Native on PostgreSQL, bytes on SQLite."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Uuid())
        return dialect.type_descriptor(LargeBinary(16))

    def process_bind_param(self, value: uuid.UUID | None, dialect: Dialect) -> object:
        """What the driver gets."""
        return value if value is None or dialect.name == "postgresql" else value.bytes

    def process_result_value(self, value: Any, dialect: Dialect) -> uuid.UUID | None:
        """What comes back."""
        if value is None or dialect.name == "postgresql":
            return cast("uuid.UUID | None", value)
        return uuid.UUID(int=int.from_bytes(value))


record = Table(
    "consent_record",
    metadata,
    Column("site", SITE, nullable=False),
    Column("id", RecordId, nullable=False),
    Column("shape", LargeBinary),  # which shape the leaf has, see `shape`; none: `own` is the whole leaf
    Column("own", LargeBinary, nullable=False),  # what of the leaf is this record's own
    Column("signature", LargeBinary, nullable=False),
    Column("request_key", LargeBinary),
    Column("request_digest", LargeBinary, nullable=False),
    PrimaryKeyConstraint("site", "id"),
    sqlite_with_rowid=False,
)
Index(
    "consent_record_request",
    record.c.site,
    record.c.request_key,
    unique=True,
    sqlite_where=record.c.request_key.is_not(None),
    postgresql_where=record.c.request_key.is_not(None),
)

shape = Table(
    "consent_shape",
    metadata,
    Column("site", SITE, nullable=False),
    Column("id", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("site", "id"),
)

personal = Table(
    "consent_personal",
    metadata,
    Column("site", SITE, nullable=False),
    Column("record_id", RecordId, nullable=False),
    Column("subject_ref", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("box", LargeBinary, nullable=False),
    PrimaryKeyConstraint("site", "record_id"),
    sqlite_with_rowid=False,
)
# With the record's id at its end, one subject's records are read in order without sorting.
Index("consent_personal_subject", personal.c.site, personal.c.subject_ref, personal.c.record_id)

notice = Table(
    "consent_notice",
    metadata,
    Column("site", SITE, nullable=False),
    Column("id", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("site", "id"),
)
