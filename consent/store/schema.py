"""The tables. The site stands first in every key; no sequences, no foreign keys (design, decision 8).

Record ids are UUIDv7, so rows of a site are stored in the order of time, and new ones go to the end.
The names bear a prefix because the database may be the host application's own.
A change here needs a migration in `migrations/versions`; a test compares the two.
"""

from __future__ import annotations

import uuid
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

HEAD = "0003"  # the revision that these tables are at
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

version = Table(
    "consent_version",  # each version of a site's terms, by language: the first notice in it that anybody answered
    metadata,
    Column("site", SITE, nullable=False),
    Column("id", Text, nullable=False),  # see `notice.version`
    Column("locale", Text, nullable=False),
    Column("notice", Text, nullable=False),
    Column("first", BigInteger, nullable=False),  # Unix seconds
    PrimaryKeyConstraint("site", "id", "locale"),
)

# The ledger. A trigger (see the migration) puts each new record among those that wait, in the record's own transaction:
# so none can be missed, whoever wrote it and however late its transaction ended.
waiting = Table(
    "consent_waiting",
    metadata,
    Column("site", SITE, nullable=False),
    Column("id", RecordId, nullable=False),
    PrimaryKeyConstraint("site", "id"),
    sqlite_with_rowid=False,
)

head = Table(
    "consent_head",  # the newest checkpoint of each site; sealers compare and swap it
    metadata,
    Column("site", SITE, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("time", BigInteger, nullable=False),  # Unix seconds
    Column("note", Text, nullable=False),  # the signed checkpoint
    PrimaryKeyConstraint("site"),
)

checkpoint = Table(
    "consent_checkpoint",  # those that are kept: they say when a record had its place at the latest
    metadata,
    Column("site", SITE, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("cosigned", Boolean, nullable=False),  # by a witness: such a one is kept beside the last of its hour
    PrimaryKeyConstraint("site", "size"),
)

tile = Table(
    "consent_tile",  # of hashes, as tlog-tiles has them; the last of a level may be partial
    metadata,
    Column("site", SITE, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("hashes", LargeBinary, nullable=False),  # 1 to 256 of 32 bytes
    PrimaryKeyConstraint("site", "level", "number"),
)

sealed = Table(
    "consent_sealed",  # which records the leaves of a tile of level 0 are
    metadata,
    Column("site", SITE, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("first", RecordId, nullable=False),  # the smallest id
    Column("last", RecordId, nullable=False),  # the greatest
    Column("ids", LargeBinary, nullable=False),  # 1 to 256 of 16 bytes, in the order of their leaves
    PrimaryKeyConstraint("site", "number"),
)
Index("consent_sealed_last", sealed.c.site, sealed.c.last)
Index("consent_sealed_first", sealed.c.site, sealed.c.first)  # exports go through all in the order of ids

witnessed = Table(
    "consent_witnessed",  # the newest checkpoint of another log that a site has cosigned
    metadata,
    Column("site", SITE, nullable=False),
    Column("origin", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    PrimaryKeyConstraint("site", "origin"),
)

access = Table(
    "consent_access",  # every export, look-up and erasure (promises A5): who, when, what, with which filter, how many
    metadata,
    Column("site", SITE, nullable=False),
    Column("id", RecordId, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("filter", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
    PrimaryKeyConstraint("site", "id"),
    sqlite_with_rowid=False,
)

job = Table(
    "consent_job",  # work that one process among many does: when it is due again
    metadata,
    Column("site", SITE, nullable=False),
    Column("name", Text, nullable=False),
    Column("due", BigInteger, nullable=False),  # Unix seconds
    PrimaryKeyConstraint("site", "name"),
)
