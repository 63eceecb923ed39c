"""The store's front door: what the rest of the house may ask of it."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import Engine, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from ..keys import Keys
from ..personal import Sealed
from . import access, erasure, jobs, queries, reader, rotation, sealer, versions
from .access import Access
from .engine import dispose_in_child, make_engine
from .entry import Entry
from .erasure import Class, Due
from .errors import InvalidEntry
from .fork import after_fork
from .group import GroupCommit
from .kept import Kept
from .log import Head, Log
from .migrate import migrate
from .page import Page
from .queries import Refs, translated
from .rows import Row, is_text, row_of
from .schema import notice as notices
from .schema import version as version_table
from .versions import Version
from .witnessed import Witnessed
from .writer import Writer

PAGE = 500  # entries that a stream holds at a time
NOTICES = 1024  # how many notices a process remembers to have stored

_FIRST = uuid.UUID(int=0)
_LAST = uuid.UUID(int=(1 << 128) - 1)


class Store(Log, Witnessed):
    """Records, their personal parts and notices of all sites in one database. For any number of threads.

    It may be opened before a fork: a child makes its own connections.
    """

    def __init__(self, engine: Engine) -> None:
        """Use `Store.open`, or give an engine whose tables are there (see `migrate`)."""
        self.engine = engine
        self._writer = Writer(engine)
        self._group: GroupCommit[Row, Entry] = GroupCommit(self._writer.write)
        self._notices: dict[tuple[str, str], None] = {}
        self.on_append: list[Callable[[], None]] = []  # called when a record is stored
        after_fork(self._renew)

    @classmethod
    def open(cls, url: str) -> Store:
        """Open the database at `url` (see `engine.make_engine`), its tables brought up to date.

        Raises UnsafeDatabase, SchemaTooNew, StoreUnavailable.
        """
        engine = make_engine(url)
        try:
            migrate(engine)
        finally:
            engine.dispose()  # nothing stays open that a fork would share
        return cls(engine)

    def append(self, entry: Entry) -> Entry:
        """Store an entry; returns when it is durable.

        For a request key that is stored already with the same digest, returns the entry stored first.
        Raises KeyReused (same key, other digest), InvalidEntry, or StoreUnavailable, whose `stored` says what
        is known.
        """
        stored = self._group.submit(row_of(entry))
        for tell in self.on_append:
            tell()
        return stored

    def seal(self, site: str, keys: Keys, now: int, kept: Kept | None = None) -> Head | None:
        """Give waiting records their places in the log, up to `sealer.BATCH`: the new head.

        None where nothing waits, or another sealer is at it. `kept` holds what the key has signed before, without
        which a fork is not noticed. Raises LedgerForked, LedgerDamaged, KeysError, StoreUnavailable; then nothing was
        sealed, or the next time goes on from there.
        """
        return sealer.seal(self.engine, site, keys, now, kept)

    def record(self, site: str, record_id: uuid.UUID) -> Entry | None:
        """The entry of a record. Raises StoreUnavailable."""
        if not is_text(site):
            return None
        with translated("The record cannot be read."), self.engine.connect() as connection:
            return queries.find(connection, site, record_id)

    def by_subject(self, site: str, subject_ref: Refs) -> list[Entry]:
        """A subject's entries, oldest first. Raises StoreUnavailable."""
        return list(self.stream(site, None, None, subject_ref))

    def newest(self, site: str, subject_ref: Refs) -> Entry | None:
        """A subject's newest entry. Raises StoreUnavailable."""
        return next(iter(self.latest(site, subject_ref, 1)), None)

    def latest(self, site: str, subject_ref: Refs, limit: int) -> list[Entry]:
        """A subject's newest entries, newest first. Raises StoreUnavailable."""
        if not is_text(site):
            return []
        with translated("The records cannot be read."), self.engine.connect() as connection:
            return queries.latest(connection, site, subject_ref, limit)

    def stream(
        self, site: str, since: int | None = None, until: int | None = None, subject_ref: Refs | None = None
    ) -> Iterator[Entry]:
        """A site's entries from `since` up to but not at `until` (Unix seconds), oldest first.

        Needs the memory of one page however many there are, and holds no transaction open while the caller
        works: a long export neither blocks writers nor lets SQLite's log grow. Raises StoreUnavailable.
        """
        if not is_text(site):
            return
        after, before = _before_second(since), _from_second(until)
        while True:
            with translated("The records cannot be read."), self.engine.connect() as connection:
                page = queries.page(connection, site, after, before, subject_ref, PAGE)
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1].record.id

    def pages(
        self,
        site: str,
        since: int | None = None,
        until: int | None = None,
        subject_ref: Refs | None = None,
        *,
        personal: bool = False,
        placed: bool = False,
    ) -> Iterator[Page]:
        """What `stream` gives, in parts and several times as quickly: pages of some thousand records, never none.

        `personal`: with their personal parts. `placed`: with their positions in the ledger as it was at the beginning.
        Holds no transaction open while the caller works. Raises StoreUnavailable.
        """
        if not is_text(site):
            return iter(())
        after, before = _before_second(since), _from_second(until)
        return reader.pages(self.engine, site, after, before, subject_ref, personal_parts=personal, placed=placed)

    def count(
        self, site: str, since: int | None = None, until: int | None = None, subject_ref: Refs | None = None
    ) -> int:
        """How many entries `stream` gives. Raises StoreUnavailable."""
        if not is_text(site):
            return 0
        with translated("The records cannot be counted."), self.engine.connect() as connection:
            return queries.count(connection, site, _before_second(since), _from_second(until), subject_ref)

    def has_personal(self, site: str, record_id: uuid.UUID) -> bool:
        """Whether a record's personal part is there. Raises StoreUnavailable."""
        return is_text(site) and erasure.has_personal(self.engine, site, record_id)

    # what goes: see `erasure`

    def erase_records(self, site: str, ids: Sequence[uuid.UUID]) -> int:
        """Erase the personal parts of records; how many there were. Raises StoreUnavailable."""
        return erasure.erase(self.engine, site, ids) if is_text(site) else 0

    def erase_subject(self, site: str, subject_ref: Refs) -> Iterator[int]:
        """Erase a subject's personal parts as one iterates; gives how many each batch had. Raises StoreUnavailable."""
        refs = (subject_ref,) if isinstance(subject_ref, bytes) else subject_ref
        return erasure.erase_subject(self.engine, site, refs) if is_text(site) else iter(())

    def due(self, site: str, name: Class, until: int) -> Due:
        """What of a class is older than `until` (Unix seconds). Raises StoreUnavailable."""
        return erasure.due(self.engine, site, name, _from_second(until)) if is_text(site) else Due(0)

    def drop(self, site: str, name: Class, until: int) -> Iterator[int]:
        """Do away with what `due` counts as one iterates; gives how many each batch had. Raises StoreUnavailable."""
        return erasure.drop(self.engine, site, name, _from_second(until)) if is_text(site) else iter(())

    def scrub(self, *, patience: float = 10.0, vacuum: bool = True) -> bool:
        """Let the files forget what was erased; whether they could: see `erasure.scrub`."""
        return erasure.scrub(self.engine, patience=patience, vacuum=vacuum)

    # keys: see `rotation`

    def under_others(self, site: str, key_id: str, after: uuid.UUID) -> list[tuple[uuid.UUID, Sealed]]:
        """Some personal parts under another key than this, from after an id on. Raises StoreUnavailable."""
        return rotation.under_others(self.engine, site, key_id, after)

    def count_under_others(self, site: str, key_id: str) -> int:
        """How many personal parts are under another key. Raises StoreUnavailable."""
        return rotation.count_under_others(self.engine, site, key_id)

    def reseal(self, site: str, changes: Sequence[tuple[uuid.UUID, Sealed, Sealed]]) -> None:
        """Put sealed parts in the place of others, unless these have gone or changed. Raises StoreUnavailable."""
        rotation.reseal(self.engine, site, changes)

    # whose turn it is: see `jobs`

    def take(self, site: str, job: str, now: int, until: int) -> bool:
        """Take the turn at a job that is due, and keep others out until then. Raises StoreUnavailable."""
        return jobs.take(self.engine, site, job, now, until)

    def finish(self, site: str, job: str, due: int) -> None:
        """Say from when on a job is to be done again. Raises StoreUnavailable."""
        jobs.finish(self.engine, site, job, due)

    # who looked

    def log(self, entry: Access) -> None:
        """Add to the access log. Raises InvalidEntry, StoreUnavailable: then what it tells of must not happen."""
        access.write(self.engine, entry)

    def accesses(self, site: str, since: int | None = None, until: int | None = None) -> Iterator[Access]:
        """A site's access log from `since` up to but not at `until`, oldest first. Raises StoreUnavailable."""
        if not is_text(site):
            return iter(())
        return access.read(self.engine, site, _before_second(since), _from_second(until))

    def put_notice(self, site: str, notice_id: str, body: bytes, version: Version | None = None) -> None:
        """Keep a notice. Its id is a hash of its body, so the second time does nothing.

        `version`: which version of the site's terms it shows. Raises InvalidEntry, StoreUnavailable.
        """
        if (site, notice_id) in self._notices:
            return
        if not is_text(site) or not is_text(notice_id):
            raise InvalidEntry("notice", "has a site or id that no database text may contain")
        columns = {"site": site, "id": notice_id, "body": body}
        with translated("The notice cannot be stored."), self.engine.begin() as connection:
            connection.execute(_insert_once(self.engine, notices).values(columns))
            if version:
                row = {"site": site, **dataclasses.asdict(version)}
                connection.execute(_insert_once(self.engine, version_table).values(row))
        if len(self._notices) >= NOTICES:
            self._notices.clear()
        self._notices[site, notice_id] = None

    def notice(self, site: str, notice_id: str) -> bytes | None:
        """A notice's body. Raises StoreUnavailable."""
        if not is_text(site) or not is_text(notice_id):
            return None
        query = select(notices.c.body).where(notices.c.site == site, notices.c.id == notice_id)
        with translated("The notice cannot be read."), self.engine.connect() as connection:
            return connection.execute(query).scalar()

    def versions(self, site: str) -> list[Version]:
        """The versions of a site's terms under which anybody answered, newest first. Raises StoreUnavailable."""
        return versions.read(self.engine, site) if is_text(site) else []

    def _renew(self) -> None:
        dispose_in_child(self.engine)

    def close(self) -> None:
        """Close all connections. The store may be used again: it opens new ones."""
        self._writer.close()
        self.engine.dispose()


def _insert_once(engine: Engine, table: Table) -> sqlite.Insert | postgresql.Insert:
    statement = postgresql.insert(table) if engine.dialect.name == "postgresql" else sqlite.insert(table)
    return statement.on_conflict_do_nothing()


def _before_second(second: int | None) -> uuid.UUID:
    """An id below all of that second and later, and not below any earlier one."""
    return _FIRST if second is None else uuid.UUID(int=max(_floor(second) - 1, 0))


def _from_second(second: int | None) -> uuid.UUID:
    """An id above all before that second, and not above any later one."""
    return _LAST if second is None else uuid.UUID(int=_floor(second))


def _floor(second: int) -> int:
    """The smallest UUIDv7 of a second: the first 48 bits are Unix milliseconds (RFC 9562 §5.7)."""
    return min(max(second * 1000, 0), (1 << 48) - 1) << 80
