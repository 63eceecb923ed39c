"""How one batch becomes durable, on the driver itself: the way that costs least on each engine.

Tables, migrations and every look-up go through SQLAlchemy. These few INSERTs, which each decision pays for,
do not. Measured with one record a batch: by SQLAlchemy's connection the same statements cost a third more
of CPU on SQLite, and on PostgreSQL four round trips instead of one cost three times as much.
"""

from __future__ import annotations

import contextlib
import functools
import sqlite3
from typing import Any, Protocol

from sqlalchemy import Column, Engine, LargeBinary, PoolProxiedConnection, Table

from . import schema
from .fork import leave_alone

Values = tuple[Any, ...]
Shape = tuple[str, bytes, bytes]


class Refused(Exception):
    """The database is well but did not take the rows: a key is there already, or (`content`) a value unfit.

    Nothing was stored; the driver's error is the cause.
    """

    def __init__(self, *, content: bool) -> None:
        super().__init__(content)
        self.content = content


class Failed(Exception):
    """The database failed; the driver's error is the cause.

    `stored`: False when nothing was stored for certain, None when unknown. `may_pass`: trying again at once
    makes sense, because the connection was dead or two transactions stood in each other's way.
    """

    def __init__(self, *, stored: bool | None, may_pass: bool) -> None:
        super().__init__(stored, may_pass)
        self.stored = stored
        self.may_pass = may_pass


class Lane(Protocol):
    """Writes rows on a connection that it keeps. Not for two threads at once."""

    def put(self, records: list[Values], personal: list[Values], shapes: list[Shape]) -> None:
        """Insert all in one transaction, durably; shapes that are there are left. Raises Refused, Failed."""

    def drop(self) -> None:
        """Close the connection; the next `put` opens another."""

    def renounce(self) -> None:
        """Forget, in a forked child, the connection: it is the parent's."""


def lane(engine: Engine) -> Lane:
    """The lane for an engine."""
    return PostgresLane(engine) if engine.dialect.name == "postgresql" else SqliteLane(engine)


class _Kept:
    """A driver's connection, from the engine's pool, kept from batch to batch."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._proxy: PoolProxiedConnection | None = None
        self._driver: Any = None
        assert engine.dialect.dbapi is not None
        self._errors: Any = engine.dialect.dbapi  # a PEP 249 module: its exception classes

    def drop(self) -> None:
        """Close the connection; the next `put` opens another."""
        proxy, self._proxy, self._driver = self._proxy, None, None
        if proxy is not None:
            with contextlib.suppress(self._errors.Error):
                proxy.invalidate()

    def renounce(self) -> None:
        """Forget, in a forked child, the connection: it is the parent's."""
        leave_alone((self._proxy, self._driver))
        self._proxy = self._driver = None

    def _connected(self) -> Any:
        if self._driver is None:
            self._proxy = self._engine.raw_connection()
            self._driver = self._proxy.driver_connection
        return self._driver

    def _is_refusal(self, error: BaseException) -> bool:
        return isinstance(error, (self._errors.IntegrityError, self._errors.DataError))

    def _refused(self, error: BaseException) -> Refused:
        return Refused(content=isinstance(error, self._errors.DataError))


class SqliteLane(_Kept):
    """One statement for each table's rows; where that is one in all, no transaction needs to be opened for it.

    The driver lets go of the interpreter's lock several times a call, and in a busy process each time costs
    two changes of threads: so few calls, whatever the size of the batch.
    """

    def put(self, records: list[Values], personal: list[Values], shapes: list[Shape]) -> None:
        """Insert all in one transaction, durably. Raises Refused, Failed."""
        driver = self._connected()
        statements = [(_rows(schema.record.name, len(records)), _flat(records))]
        if personal:
            statements.append((_rows(schema.personal.name, len(personal)), _flat(personal)))
        if shapes:
            statements.insert(0, (_rows(schema.shape.name, len(shapes)), [value for row in shapes for value in row]))
        if len(statements) > 1:
            statements = [("BEGIN IMMEDIATE", []), *statements, ("COMMIT", [])]
        last = len(statements) - 1
        committing = False
        try:
            for number, (statement, values) in enumerate(statements):
                committing = number == last
                driver.execute(statement, values)
        except BaseException as error:
            stored = None if committing and not (driver.in_transaction or _nothing_written(error)) else False
            if not self._rolled_back():
                self.drop()
            if self._is_refusal(error):
                raise self._refused(error) from error
            if isinstance(error, self._errors.Error):
                raise Failed(stored=stored, may_pass=False) from error
            raise

    def _rolled_back(self) -> bool:
        try:
            self._driver.rollback()
        except self._errors.Error:
            return False
        return True


class PostgresLane(_Kept):
    """One statement in autocommit mode: a single round trip, and atomic as any statement is."""

    def put(self, records: list[Values], personal: list[Values], shapes: list[Shape]) -> None:
        """Insert all in one transaction, durably. Raises Refused, Failed."""
        tables = [(name, rows) for name, rows in zip(_ORDER, (shapes, personal, records), strict=True) if rows]
        values: list[Any]
        if shapes or len(records) > LISTED:
            statement = _arrays(tuple(name for name, _ in tables))
            values = [list(column) for _, rows in tables for column in zip(*rows, strict=True)]
        else:
            statement = _lists(len(personal), len(records))
            values = [value for _, rows in tables for row in rows for value in row]
        driver = self._connected()
        try:
            driver.execute(statement, values)
        except BaseException as error:
            state = getattr(error, "sqlstate", None)  # what the server said; None when it said nothing
            lost = driver.closed or driver.broken
            if self._is_refusal(error) and not lost:
                raise self._refused(error) from error
            if state is None or lost:
                self.drop()
            if isinstance(error, self._errors.Error):
                passing = lost or (state or "").startswith("40")  # class 40: transaction rollback
                raise Failed(stored=None if lost or state is None else False, may_pass=passing) from error
            raise

    def _connected(self) -> Any:
        fresh = self._driver is None
        driver = super()._connected()
        if fresh:
            driver.autocommit = True
        return driver


LISTED = 4  # records up to which a list of rows costs less than an array for each column
_ORDER = (schema.shape.name, schema.personal.name, schema.record.name)


def _insert(table: Table, mark: str, rows: int = 1, *, once: bool = False) -> str:
    """An INSERT of all columns. `once`: a row that is there already is left."""
    columns = ", ".join(column.name for column in table.columns)
    row = f"({', '.join([mark] * len(table.columns))})"
    end = " ON CONFLICT DO NOTHING" if once else ""
    return f"INSERT INTO {table.name} ({columns}) VALUES {', '.join([row] * rows)}{end}"


@functools.lru_cache(maxsize=256)
def _rows(table: str, rows: int) -> str:
    """SQLite's INSERT of so many rows."""
    return _insert(schema.metadata.tables[table], "?", rows, once=table == schema.shape.name)


def _nothing_written(error: BaseException) -> bool:
    """Whether SQLite says that a commit, also that of a single statement, has changed nothing."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _CHANGED_NOTHING


_CHANGED_NOTHING = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CONSTRAINT)


def _flat(rows: list[Values]) -> list[Any]:
    """The values of rows whose second is an id, in one list, as SQLite takes them."""
    values: list[Any] = []
    for site, record_id, *others in rows:
        values += (site, record_id.bytes, *others)
    return values


@functools.cache
def _lists(personal: int, records: int) -> str:
    """One statement for a few rows."""
    first = f"WITH p AS ({_insert(schema.personal, '%b', personal)}) " if personal else ""
    return first + _insert(schema.record, "%b", records)


@functools.cache
def _arrays(names: tuple[str, ...]) -> str:
    """One statement for any number of rows of these tables, given as one array for each column."""
    parts = []
    for name in names:
        table = schema.metadata.tables[name]
        columns = ", ".join(column.name for column in table.columns)
        arrays = ", ".join(f"%b::{_array_type(column)}" for column in table.columns)
        end = " ON CONFLICT DO NOTHING" if table is schema.shape else ""
        parts.append(f"INSERT INTO {name} ({columns}) SELECT * FROM unnest({arrays}){end}")
    *others, last = parts
    ahead = ", ".join(f"t{n} AS ({part})" for n, part in enumerate(others))
    return f"WITH {ahead} {last}" if others else last


def _array_type(column: Column[Any]) -> str:
    if isinstance(column.type, schema.RecordId):
        return "uuid[]"
    return "bytea[]" if isinstance(column.type, LargeBinary) else "text[]"
