"""Faults come in pairs: failed with nothing written, and failed but written. A retry ends with one record."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from consent.store import Entry, InvalidEntry, Store, StoreError, StoreUnavailable
from consent.store.rows import row_of

from .samples import SITE, again, entry

BEFORE, AFTER = "nothing written", "but written"


class Faulty:
    """A driver's connection that dies at its next commits: before them, or after them, unheard."""

    def __init__(self, driver: Any, plan: list[str]) -> None:
        self._driver = driver
        self._plan = plan

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    def execute(self, statement: str, *values: Any) -> Any:
        act = partial(self._driver.execute, statement, *values)
        if isinstance(self._driver, psycopg.Connection):  # each statement is a commit
            return self._fail_or(act, psycopg.OperationalError("server closed the connection unexpectedly"))
        begins = statement.startswith("BEGIN")
        if statement == "COMMIT" or not (begins or self._driver.in_transaction):
            return self._fail_or(act, sqlite3.OperationalError("disk I/O error"))
        return act()

    def _fail_or(self, act: Any, error: Exception) -> Any:
        fault = self._plan.pop(0) if self._plan else None
        if fault != BEFORE:
            act()
        if fault is not None:
            if isinstance(self._driver, psycopg.Connection):
                self._driver.close()
            raise error


def sabotage(store: Store, plan: Iterable[str]) -> list[str]:
    """Let the next commits fail as planned, on whatever connection. Returns what is left of the plan."""
    lane: Any = store._writer._lane
    connected, faults = lane._connected, list(plan)
    lane._connected = lambda: Faulty(connected(), faults)
    return faults


def times_stored(store: Store, made: Entry) -> int:
    return sum(one.request_key == made.request_key for one in store.stream(SITE))


PLANS = [plan for length in (1, 2, 3) for plan in itertools.product((BEFORE, AFTER), repeat=length)]


@pytest.mark.parametrize("plan", PLANS, ids=", ".join)
def test_one_record(store: Store, plan: tuple[str, ...]) -> None:
    store.append(entry())
    left = sabotage(store, plan)
    made = entry()
    try:
        answer = store.append(made)
    except StoreUnavailable as error:
        assert error.__cause__ is not None
        if error.stored is False:
            assert times_stored(store, made) == 0
    else:
        assert answer == made
        assert store.record(SITE, made.record.id) == made
    while left:  # the plan may hold faults for the retries too
        with contextlib.suppress(StoreUnavailable):
            store.append(again(made))
        if times_stored(store, made):
            left.clear()
    answer = store.append(again(made))
    assert times_stored(store, made) == 1
    assert store.record(SITE, answer.record.id) == answer


@pytest.mark.parametrize("fault", [BEFORE, AFTER])
def test_whole_batch(store: Store, fault: str) -> None:
    first = store.append(entry())
    batch = [entry(), entry(subject=None), entry(key=None)]
    left = sabotage(store, [fault] * 2)
    outcomes = write(store, batch)
    stored = [store.record(SITE, one.record.id) is not None for one in batch]
    assert len(set(stored)) == 1, "all of it or nothing"
    for one, outcome in zip(batch, outcomes, strict=True):
        assert outcome == one or isinstance(outcome, StoreUnavailable)
        assert outcome != one or stored[0]
    errors = [outcome for outcome in outcomes if isinstance(outcome, StoreError)]
    assert len({id(error) for error in errors}) == len(errors), "an error of its own for each thread"
    left.clear()
    assert write(store, batch) == batch
    assert list(store.stream(SITE)) == [first, *batch]


def write(store: Store, entries: list[Entry]) -> list[Entry | StoreError]:
    return store._writer.write([row_of(one) for one in entries])


def test_content_that_the_database_refuses(store: Store) -> None:
    """Nothing known gets this far; if something does, it stays alone with its error."""
    good = [entry(), entry()]
    bad = row_of(entry())
    site, *rest = bad.record
    if store.engine.dialect.name == "postgresql":
        bad.record, bad.shape = (site + "\x00", *rest), None
    else:
        bad.record = (None, *rest)
    outcomes = store._writer.write([row_of(good[0]), bad, row_of(good[1])])
    assert outcomes[0] == good[0]
    assert outcomes[2] == good[1]
    assert isinstance(outcomes[1], (InvalidEntry, StoreUnavailable))
    assert list(store.stream(SITE)) == good


class TestSqlite:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "consent.sqlite3"

    def test_what_is_known_is_said(self, path: Path) -> None:
        store = Store.open(f"sqlite:///{path}")
        sabotage(store, [BEFORE, AFTER])
        with pytest.raises(StoreUnavailable) as before:
            store.append(entry())
        with pytest.raises(StoreUnavailable) as after:
            store.append(entry())
        assert (before.value.stored, after.value.stored) == (False, None)
        store.close()

    @pytest.mark.parametrize("fault", [BEFORE, AFTER])
    def test_one_statement_that_fails_may_have_been_stored(self, path: Path, fault: str) -> None:
        store = Store.open(f"sqlite:///{path}")
        store.append(entry(subject=None))  # its shape is stored from here on
        sabotage(store, [fault])
        with pytest.raises(StoreUnavailable) as caught:
            store.append(entry(subject=None))
        assert caught.value.stored is None
        store.close()

    @pytest.mark.parametrize("subject", ["someone", None])
    def test_locked_by_another(self, path: Path, subject: str | None) -> None:
        store = Store.open(f"sqlite:///{path}")
        store._writer._lane._connected().execute("PRAGMA busy_timeout=1")  # type: ignore[attr-defined]
        store.append(entry(subject=subject))
        made = entry(subject=subject)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable) as caught:
            store.append(made)
        assert caught.value.stored is False
        other.execute("ROLLBACK")
        other.close()
        assert store.append(made) == made
        store.close()

    @pytest.mark.parametrize("subject", ["someone", None])
    def test_full_disk(self, path: Path, subject: str | None) -> None:
        store = Store.open(f"sqlite:///{path}")
        driver = store._writer._lane._connected()  # type: ignore[attr-defined]
        (pages,) = driver.execute("PRAGMA page_count").fetchone()
        driver.execute(f"PRAGMA max_page_count={pages + 20}")
        stored = []
        with pytest.raises(StoreUnavailable) as caught:
            while True:
                stored.append(store.append(entry(leaf=b"x" * 2000, subject=subject)))
        assert caught.value.stored is False
        assert list(store.stream(SITE)) == stored
        store.close()


class TestPostgresql:
    @pytest.fixture
    def store(self, server: Any) -> Any:
        with server.database() as url:
            opened = Store.open(url)
            yield opened
            opened.close()

    def test_a_restart_goes_unnoticed(self, store: Store) -> None:
        """Connections that died are replaced; what was sent on one is looked up before it is sent again."""
        first = store.append(entry())
        assert store.record(SITE, first.record.id) == first  # one pooled for reading too
        with store.engine.connect() as connection:
            own = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                f" WHERE datname = current_database() AND pid <> {own}"
            ).all()
        second = store.append(entry())
        assert list(store.stream(SITE)) == [first, second]

    def test_nobody_there(self) -> None:
        with pytest.raises(StoreUnavailable):
            Store.open("postgresql://nobody@127.0.0.1:1/nothing")


def test_errors_of_reading_are_the_stores_own(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE consent_record")
        connection.exec_driver_sql("DROP TABLE consent_notice")
    reads: list[Callable[[], object]] = [
        lambda: store.record(SITE, entry().record.id),
        lambda: list(store.stream(SITE)),
        lambda: store.count(SITE),
        lambda: store.notice(SITE, "n"),
        lambda: store.put_notice(SITE, "n", b""),
        lambda: store.append(replace(entry(), sealed=None)),
    ]
    for read in reads:
        with pytest.raises(StoreUnavailable) as caught:
            read()
        assert caught.value.__cause__ is not None
