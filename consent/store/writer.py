"""Batches of entries into the database: all at once when new, with care when one may be there already."""

from __future__ import annotations

from collections import OrderedDict

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from .entry import Entry
from .errors import InvalidEntry, KeyReused, StoreError, StoreUnavailable
from .fork import after_fork
from .lane import Failed, Lane, Refused, Shape, lane
from .queries import find, find_request
from .rows import Row

TRIES = 3
SHAPES = 4096  # how many shapes a process remembers to have stored: 600 KB at most


class Writer:
    """Writes batches, one at a time (see `group`).

    Each batch is one transaction. An entry whose request key is stored already comes back as what is stored
    (same digest) or as KeyReused. It is optimistic: look-ups are made only after a conflict.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lane: Lane = lane(engine)
        self._stored_shapes: OrderedDict[tuple[str, bytes], None] = OrderedDict()
        after_fork(self._renounce)

    def write(self, rows: list[Row]) -> list[Entry | StoreError]:
        """Store a batch; one outcome for each row, in order. A failure is an outcome, not an exception."""
        try:
            self._put(rows)
        except (Refused, Failed) as error:
            if isinstance(error, Refused) or error.may_pass:
                return self._write_with_care(rows)
            return _outcomes_of(error, rows)
        except SQLAlchemyError as error:  # there was no connection to be had
            return _outcomes_of(error, rows)
        return [row.entry for row in rows]

    def close(self) -> None:
        """Close the connection; the next batch opens another."""
        self._lane.drop()

    def _renounce(self) -> None:
        self._lane.renounce()

    def _put(self, rows: list[Row]) -> None:
        """Insert and commit. Raises Refused or Failed, with nothing left open."""
        fresh: dict[tuple[str, bytes], Shape] = {}
        for row in rows:
            if row.shape is not None and row.shape[:2] not in self._stored_shapes:
                fresh[row.shape[:2]] = row.shape
        # Sorted, so that two processes that bring the same shapes never wait for each other.
        shapes = [fresh[name] for name in sorted(fresh)]
        personal = [row.personal for row in rows if row.personal is not None]
        self._lane.put([row.record for row in rows], personal, shapes)
        for name in fresh:
            self._stored_shapes[name] = None
            if len(self._stored_shapes) > SHAPES:
                self._stored_shapes.popitem(last=False)

    def _write_with_care(self, rows: list[Row]) -> list[Entry | StoreError]:
        """Look each up, then insert what is new. A batch that is refused even so is written one by one."""
        error: Refused | Failed | None = None
        for _ in range(TRIES):  # another process may insert between our look-up and our insert
            try:
                outcomes, new = self._look_up(rows)
                if new:
                    self._put(new)
            except (Refused, Failed) as caught:
                error = caught
                if isinstance(caught, Failed) and not caught.may_pass:
                    break
            except (SQLAlchemyError, StoreError) as caught:
                return _outcomes_of(caught, rows)
            else:
                return outcomes
        assert error is not None
        if len(rows) > 1 and isinstance(error, Refused):
            return [self._write_with_care([row])[0] for row in rows]
        return _outcomes_of(error, rows)

    def _look_up(self, rows: list[Row]) -> tuple[list[Entry | StoreError], list[Row]]:
        """What becomes of each row, and those among them that are new."""
        outcomes: list[Entry | StoreError] = []
        new: list[Row] = []
        firsts: dict[tuple[str, object], Entry] = {}  # the new ones, by key and by id
        with self._engine.connect() as connection:
            for row in rows:
                site, record_id, key = row.entry.record.site, row.entry.record.id, row.entry.request_key
                found = None
                if key is not None:
                    found = firsts.get((site, key)) or find_request(connection, site, key)
                found = found or firsts.get((site, record_id)) or find(connection, site, record_id)
                if found is None:
                    new.append(row)
                    firsts[site, record_id] = row.entry
                    if key is not None:
                        firsts[site, key] = row.entry
                outcomes.append(row.entry if found is None else _same(row.entry, found))
        return outcomes, new


def _same(entry: Entry, found: Entry) -> Entry | StoreError:
    """What a repeated request gets: the first entry, if it is the same request (or record)."""
    if entry.request_key is not None and entry.request_key == found.request_key:
        same = entry.request_digest == found.request_digest
    else:
        same = entry.record == found.record
    return found if same else KeyReused(found.record.site, found.record.id)


def _outcomes_of(error: Exception, rows: list[Row]) -> list[Entry | StoreError]:
    """One exception for each thread that will raise it."""
    outcomes: list[Entry | StoreError] = []
    for _ in rows:
        outcome: StoreError
        if isinstance(error, Refused) and error.content:
            outcome = InvalidEntry("content", "cannot be stored by this database")
        else:
            stored = error.stored if isinstance(error, Failed) else False
            outcome = StoreUnavailable("The database did not store the record.", stored=stored)
        outcome.__cause__ = error.__cause__ if isinstance(error, (Refused, Failed)) else error
        outcomes.append(outcome)
    return outcomes
