"""Retention: each class has its time, by the command and by the server itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from consent import prune, retention
from consent.prune import Daily, daily, plan
from consent.regimes import LONGEST_DAYS
from consent.retention import DAY
from consent.service import Service
from consent.signals import Signals
from consent.site.load import loads, reads
from consent.site.model import Duration, Retention, Site
from consent.store import Store, StoreUnavailable

from .conftest import NOW, SITE, Clock
from .house import NO, YES, World

LONG = 120.0  # seconds: a bound on what must happen, never waited out
YEARS = 10 * 365 * DAY


@pytest.fixture
def world(site: Site, tmp_path: Path, clock: Clock) -> Iterator[World]:
    made = World(site, tmp_path, f"sqlite:///{tmp_path / 'consent.sqlite3'}", clock)
    yield made
    made.store.close()


def counts(world: World, site: Site, now: int) -> dict[str, int]:
    return {line.name: line.due.count for line in plan(world.store, site, now)}


def test_a_proof_outlives_the_consent_by_half_a_year(site: Site) -> None:
    kept = retention.rules(site)["personal"]
    assert retention.deadline(kept, NOW) == NOW - (LONGEST_DAYS + 182) * DAY
    assert retention.rules(site)["imported"] == kept


def test_for_ever_is_never_due(site: Site, world: World) -> None:
    world.answer(YES)
    ever = Duration(0, "forever")
    site = replace(site, retention=Retention(ever, ever, ever, ever))
    assert {line.until for line in plan(world.store, site, NOW + YEARS)} == {None}
    assert list(prune.run(world.store, site, "someone", NOW + YEARS)) == []
    assert list(world.store.accesses("demo")) == []


def test_each_class_at_its_time(world: World, site: Site) -> None:
    """Promise C4."""
    site = replace(site, retention=Retention(imported=Duration(60, "day")))
    first = world.answer(YES)
    world.answer(NO)
    kept = world.service.keep_imported("OldTool", "yes", Signals())
    world.service.history(str(first.subject))
    none = {"requests": 0, "imported": 0, "personal": 0, "access": 0}
    assert counts(world, site, NOW + 29 * DAY) == none
    assert counts(world, site, NOW + 31 * DAY) == none | {"requests": 2}
    assert counts(world, site, NOW + 61 * DAY) == none | {"requests": 2, "imported": 1}
    assert counts(world, site, NOW + 548 * DAY) == none | {"requests": 2, "imported": 1, "personal": 1}
    assert counts(world, site, NOW + YEARS)["access"] == 1

    assert daily(world.store, site, NOW + 61 * DAY) == 3
    assert world.store.has_personal("demo", first.record.id) and not world.store.has_personal("demo", kept.id)
    assert counts(world, site, NOW + 61 * DAY) == none
    said = [(one.who, one.action, one.count) for one in world.store.accesses("demo")]
    assert said == [("person", "look up", 1), ("server", "prune", 2), ("server", "prune", 1)]
    assert daily(world.store, site, NOW + 61 * DAY + 3600) is None  # once a day
    assert daily(world.store, site, NOW + 548 * DAY) == 1
    assert world.service.history(str(first.subject)) == [] and world.store.count("demo") == 3


def test_without_the_access_log_nothing_goes(world: World, site: Site) -> None:
    first = world.answer(YES)
    with world.store.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE consent_access RENAME TO away")
    with pytest.raises(StoreUnavailable):
        list(
            prune.run(world.store, replace(site, retention=Retention(access=Duration(0, "forever"))), "x", NOW + YEARS)
        )
    assert world.store.has_personal("demo", first.record.id)


def wait(until: Callable[[], bool]) -> None:
    """Wait for what must happen in another thread."""
    pause = threading.Event()
    for _ in range(int(LONG / 0.01)):
        if until():
            return
        pause.wait(0.01)
    raise AssertionError("it did not happen")


def test_the_server_does_it_in_a_thread_of_its_own(world: World, site: Site) -> None:
    first = world.answer(YES)
    now = float(NOW)
    before = set(threading.enumerate())
    job = Daily(site, lambda: world.store, clock=lambda: now, first=0.0, pace=0.01)
    job.wake()
    job.wake()
    wait(lambda: not world.store.take("demo", prune.JOB, NOW, NOW))  # it has had its turn
    assert world.store.has_personal("demo", first.record.id)
    now += 548 * DAY
    wait(lambda: not world.store.has_personal("demo", first.record.id))
    job.stop()
    threads = [one for one in set(threading.enumerate()) - before if one.name == "consent-prune-demo"]
    assert len(threads) <= 1
    for one in threads:
        one.join(LONG)


def test_a_database_that_is_away_is_no_end(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    tries: list[int] = []

    def away() -> Store:
        tries.append(1)
        raise StoreUnavailable("The database cannot be reached.")

    job = Daily(site, away, first=0.0, pace=0.0)
    job.wake()
    wait(lambda: len(tries) > 2)
    job.stop()
    assert "could not be removed from demo" in caplog.text


def test_a_store_that_is_given_is_not_pruned_by_itself(service: Service) -> None:
    assert service.store.on_append == []


def test_the_thread_ends_with_its_application(world: World, site: Site) -> None:
    before = set(threading.enumerate())
    job = Daily(site, lambda: world.store, first=LONG)
    job.wake()
    (thread,) = set(threading.enumerate()) - before
    del job
    thread.join(LONG)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ('personal = "30 days"', "whose it was"),
        ('personal = "forever"', "not kept for ever"),
        ('access = "forever"', "not kept for ever"),
        ('requests = "session"', "no session here"),
        ("personal = 30", "not a duration"),
        ('ip = "30 days"', "not known"),
    ],
)
def test_mistakes_in_the_site_file(words: str, problem: str) -> None:
    found = reads(f"{SITE}\n[retention]\n{words}\n").mistakes
    assert [one for one in found if problem in one.problem], found


def test_the_site_file_has_the_last_word() -> None:
    site = loads(f'{SITE}\n[retention]\npersonal = "2 years"\nimported = "3 months"\nrequests = "1 day"\n')
    rules = retention.rules(site)
    assert [f"{rules[name].count} {rules[name].unit}" for name in ("personal", "imported", "requests", "access")] == [
        "2 year", "3 month", "1 day", "3 year"
    ]  # fmt: skip
