"""A database engine, from a URL, under which what is committed stays."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from .errors import UnsafeDatabase
from .fork import leave_alone

WAIT = 10.0  # seconds that one statement waits for another process's lock
FORMS = "Write sqlite:///path, or postgresql://user@host/name."
CACHE = 8_000  # KiB of pages that one SQLite connection may keep


def make_engine(url: str) -> Engine:
    """An engine for `sqlite:///path` or `postgresql://…` (also spelt `postgres://`). Connects to nothing yet.

    SQLite: WAL with synchronous=FULL; what it makes is for the owner alone (folders 0700, file 0600).
    PostgreSQL: by psycopg 3; each new connection makes sure that synchronous_commit is not off.
    Raises UnsafeDatabase for any other URL, and for a database in memory.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise UnsafeDatabase("The database URL cannot be read. " + FORMS) from error
    backend = parsed.drivername.partition("+")[0]
    if backend == "sqlite":
        engine = _sqlite(parsed)
    elif backend in ("postgres", "postgresql"):
        engine = _postgresql(parsed)
    else:
        raise UnsafeDatabase(f"The database {backend!r} is not supported. {FORMS}")
    return engine


def _sqlite(url: URL) -> Engine:
    path = url.database or ":memory:"
    if path == ":memory:" or path.startswith("file:") or "mode" in url.query:
        raise UnsafeDatabase("Records must outlive the process: give SQLite a file, as in sqlite:///path.")
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        connect_args={"timeout": WAIT, "isolation_level": None, "check_same_thread": False},
        pool_size=8,
        max_overflow=24,
        pool_timeout=WAIT,
    )

    @event.listens_for(engine, "do_connect")
    def prepare(*_: object) -> None:
        _make_private(Path(path))

    @event.listens_for(engine, "connect")
    def tune(connection: sqlite3.Connection, _: object) -> None:
        _enter_wal(connection)
        # secure_delete: what is erased is overwritten. On from the first row on, since a page that is split without it
        # keeps copies which no later erasure would find; it costs recording nothing that can be measured.
        for pragma in ("synchronous=FULL", "foreign_keys=OFF", f"cache_size=-{CACHE}", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # Else each statement is a transaction of its own: only migrations and batches (see `lane`) have more.
        if connection.get_execution_options().get("consent_exclusive", False):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _make_private(path: Path) -> None:
    """Make the file and its missing folders, for the owner alone. SQLite gives its log the file's mode."""
    for folder in reversed([p for p in path.absolute().parents if not p.exists()]):
        folder.mkdir(mode=0o700, exist_ok=True)
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _enter_wal(connection: sqlite3.Connection) -> None:
    """Write-ahead logging. The change to it, once in a file's life, meets locks SQLite won't wait for."""
    deadline = time.monotonic() + WAIT
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            if mode != "wal":
                connection.close()
                raise UnsafeDatabase("SQLite can keep no write-ahead log here. Put the file on a local disk.")
            return


def _postgresql(url: URL) -> Engine:
    try:
        from psycopg.pq import Format
    except ImportError as error:
        raise UnsafeDatabase("PostgreSQL needs psycopg: pip install 'consent-ledger[postgres]'.") from error
    milliseconds = int(WAIT * 1000)
    # A server that vanished without a word is noticed, rather than waited for till TCP gives up.
    defaults = {"connect_timeout": int(WAIT), "tcp_user_timeout": milliseconds, "application_name": "consent"}
    own: dict[str, Any] = {name: value for name, value in defaults.items() if name not in url.query}
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args=own,
        pool_size=8,
        max_overflow=24,
        pool_timeout=WAIT,
        pool_pre_ping=True,
    )

    @event.listens_for(engine, "before_cursor_execute")
    def prefer_bytes(connection: Connection, cursor: Any, *_: object) -> None:
        # Hexadecimal text costs half as much again to read. Migrations meet types that need text.
        if not connection.get_execution_options().get("consent_exclusive", False):
            cursor.format = Format.BINARY

    @event.listens_for(engine, "connect")
    def check(connection: Any, _: object) -> None:
        connection.execute(f"SET lock_timeout = {milliseconds}")
        (setting,) = connection.execute("SHOW synchronous_commit").fetchone()
        connection.commit()
        if setting == "off":
            connection.close()
            raise UnsafeDatabase(
                "synchronous_commit is off: PostgreSQL would acknowledge records that a crash then loses. "
                "Turn it on for this database or role: ALTER ROLE … SET synchronous_commit = on."
            )

    return engine


def dispose_in_child(engine: Engine) -> None:
    """Forget, in a forked child, the connections that are its parent's."""
    leave_alone(engine.pool)
    engine.dispose(close=False)
