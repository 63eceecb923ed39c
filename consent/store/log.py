"""What may be asked of a site's log: its head, its checkpoints, its tiles, and where a record stands in it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, and_, func, select, update

from ..ledger import checkpoint as checkpoints
from ..ledger.note import Signature
from ..ledger.tiles import WIDTH, TileReader
from . import queries
from .entry import Entry
from .errors import StoreError
from .queries import translated
from .rows import is_text
from .schema import checkpoint as checkpoint_table
from .schema import head as heads
from .schema import record, sealed, waiting
from .schema import tile as tile_table

ID = 16  # bytes
MOST = (1 << 63) - 1  # what the database can hold
AWAY = "The log cannot be read."
_SAME = and_(record.c.site == waiting.c.site, record.c.id == waiting.c.id)
ROWS = 4, 64  # of `sealed` that a search reads at first, and then


@dataclass(frozen=True, slots=True)
class Head:
    """A checkpoint of a log. `note` is the signed text, with the cosignatures that there are."""

    size: int
    root: bytes
    time: int  # Unix seconds
    note: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands: at `index` of the log whose present head is `head`."""

    index: int
    head: Head


class Log:
    """The part of a store that reads logs. Every method raises StoreUnavailable while the database is away."""

    engine: Engine

    def head(self, site: str) -> Head | None:
        """The newest checkpoint, None before the first record is sealed."""
        if not is_text(site):
            return None
        with translated(AWAY), self.engine.connect() as connection:
            return head_of(connection, site)

    def checkpoints(self, site: str, start: int = 0, end: int = MOST) -> list[Head]:
        """The checkpoints that are kept, of `start` to `end` records, smallest first."""
        if not is_text(site) or start > MOST:
            return []
        columns = checkpoint_table.c
        query = select(columns.size, columns.time, columns.note).where(
            columns.site == site, columns.size.between(start, end)
        )
        with translated(AWAY), self.engine.connect() as connection:
            rows = connection.execute(query.order_by(columns.size)).all()
        return [Head(size, checkpoints.parse_text(_text(note)).root, time, note) for size, time, note in rows]

    def checkpoint(self, site: str, size: int) -> Head | None:
        """The kept checkpoint of exactly that size."""
        return next((one for one in self.checkpoints(site, size, size)), None)

    def tile(self, site: str, level: int, number: int) -> bytes | None:
        """The hashes of a tile, as many as there are by now."""
        if not is_text(site):
            return None
        with translated(AWAY), self.engine.connect() as connection:
            return tile_of(connection, site, level, number)

    def tiles_reader(self, site: str) -> TileReader:
        """What `ledger.tiles.reader` makes a tree of. It raises LookupError for a tile that is not there."""

        def read(level: int, number: int) -> bytes:
            found = self.tile(site, level, number)
            if found is None:
                raise LookupError(f"there is no tile {number} of level {level}")
            return found

        return read

    def sealed_ids(self, site: str, number: int) -> list[uuid.UUID]:
        """The records whose leaves tile `number` of level 0 holds, in its order; none where there is no such tile."""
        if not is_text(site):
            return []
        with translated(AWAY), self.engine.connect() as connection:
            return ids_of(sealed_row(connection, site, number))

    def place(self, site: str, record_id: uuid.UUID) -> Place | None:
        """Where a record stands in the log; None while it waits, or when there is no such record."""
        if not is_text(site):
            return None
        with translated(AWAY), self.engine.connect() as connection:
            index = _index(connection, site, record_id)
            head = None if index is None else head_of(connection, site)  # read after: it covers the index
        return Place(index, head) if index is not None and head else None

    def in_order(self, site: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, Entry]]:
        """Entries of the log with their indexes, from `start` up to but not at `end` (default: the head's size).

        Needs the memory of one tile and holds no transaction open while the caller works. Raises StoreError where
        the log names a record that is not there.
        """
        head = self.head(site)
        end = min(end, head.size) if head and end is not None else head.size if head else 0
        for number in range(start // WIDTH, -(-end // WIDTH)):
            with translated(AWAY), self.engine.connect() as connection:
                ids = ids_of(sealed_row(connection, site, number))
                entries = queries.these(connection, site, ids)
            low = number * WIDTH
            for index in range(max(start, low), min(end, low + WIDTH)):
                yield index, _entry(entries, ids, index - low, index, site)

    def waits(self, site: str) -> bool:
        """Whether a record waits for its place."""
        if not is_text(site):
            return False
        query = select(waiting.c.id).join(record, _SAME).where(waiting.c.site == site).limit(1)
        with translated(AWAY), self.engine.connect() as connection:
            return connection.execute(query).first() is not None

    def lost(self, site: str) -> int:
        """How many records were stored and are gone before they had a place: somebody has removed them."""
        if not is_text(site):
            return 0
        query = select(func.count()).select_from(waiting.outerjoin(record, _SAME))
        with translated(AWAY), self.engine.connect() as connection:
            return connection.execute(query.where(waiting.c.site == site, record.c.id.is_(None))).scalar_one()

    def waiting(self, site: str) -> int:
        """How many records wait for their places."""
        if not is_text(site):
            return 0
        query = select(func.count()).select_from(waiting).where(waiting.c.site == site)
        with translated(AWAY), self.engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def cosign(self, site: str, size: int, signatures: list[Signature]) -> bool:
        """Put cosignatures (verified by the caller) to the kept checkpoint of that size; False where it is not kept."""
        kept = (checkpoint_table.c.site == site, checkpoint_table.c.size == size)
        with translated("The cosignature cannot be stored."), _exclusive(self.engine) as connection:
            query = select(checkpoint_table.c.note).where(*kept).with_for_update()
            note = connection.execute(query).scalar()
            if note is None:
                return False
            more = checkpoints.with_signatures(note, signatures)
            connection.execute(update(checkpoint_table).where(*kept).values(note=more, cosigned=True))
            connection.execute(update(heads).where(heads.c.site == site, heads.c.size == size).values(note=more))
        return True


def head_of(connection: Connection, site: str) -> Head | None:
    """The newest checkpoint, through a connection."""
    columns = heads.c
    query = select(columns.size, columns.root, columns.time, columns.note).where(columns.site == site)
    row = connection.execute(query).first()
    return None if row is None else Head(*row)


def tile_of(connection: Connection, site: str, level: int, number: int) -> bytes | None:
    """A tile, through a connection."""
    columns = tile_table.c
    query = select(columns.hashes).where(columns.site == site, columns.level == level, columns.number == number)
    found: bytes | None = connection.execute(query).scalar()
    return found


def sealed_row(connection: Connection, site: str, number: int) -> bytes:
    """The ids of a tile's leaves, put together."""
    query = select(sealed.c.ids).where(sealed.c.site == site, sealed.c.number == number)
    found: bytes | None = connection.execute(query).scalar()
    return found or b""


def ids_of(row: bytes) -> list[uuid.UUID]:
    """The same, taken apart."""
    return [uuid.UUID(bytes=row[at : at + ID]) for at in range(0, len(row), ID)]


def _index(connection: Connection, site: str, record_id: uuid.UUID) -> int | None:
    """A record's index. The first row that may hold it nearly always does; rows with late records overlap others."""
    last = sealed.c.last
    rows = select(last, sealed.c.number, sealed.c.ids).where(sealed.c.site == site, sealed.c.first <= record_id)
    rows = rows.order_by(last)
    some, more = ROWS
    beyond = last >= record_id
    while True:
        page = connection.execute(rows.where(beyond).limit(some)).all()
        for _, number, ids in page:
            at = _position(ids, record_id.bytes)
            if at is not None:
                return int(number) * WIDTH + at
        if len(page) < some:
            return None
        beyond, some = last > page[-1][0], more


def _position(ids: bytes, wanted: bytes) -> int | None:
    at = ids.find(wanted)
    while at >= 0 and at % ID:  # the same bytes may stand across two ids
        at = ids.find(wanted, at + 1)
    return at // ID if at >= 0 else None


def _entry(entries: Mapping[uuid.UUID, Entry], ids: list[uuid.UUID], at: int, index: int, site: str) -> Entry:
    entry = entries.get(ids[at]) if at < len(ids) else None
    if entry is None:
        raise StoreError(
            f"The database is damaged: the log of site {site!r} has a record at index {index:,} that is not there."
            " Restore it from a backup beside this one, and compare."
        )
    return entry


def _text(note: str) -> str:
    return note.rpartition("\n\n")[0] + "\n"


def _exclusive(engine: Engine) -> Any:
    return engine.execution_options(consent_exclusive=engine.dialect.name == "sqlite").begin()
