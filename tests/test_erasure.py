"""Erasing a person: what goes from the files, later exports and logs; what stays and verifies."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from consent import erasure, record
from consent.account import account_subject
from consent.decision import Answer
from consent.personal import subject_refs
from consent.service import Outcome
from consent.site.model import Site
from consent.store import Access, StoreUnavailable

from .conftest import Clock
from .house import NO, YES, World


@pytest.fixture
def world(site: Site, tmp_path: Path, clock: Clock) -> Iterator[World]:
    made = World(site, tmp_path, f"sqlite:///{tmp_path / 'db' / 'consent.sqlite3'}", clock)
    yield made
    made.store.close()


def secrets(world: World, *outcomes: Outcome) -> list[bytes]:
    """All that could lead from the files to the person."""
    found = []
    for outcome in outcomes:
        entry = world.store.record("demo", outcome.record.id)
        assert entry and entry.sealed and entry.request_key and outcome.subject
        found += [outcome.subject.encode(), *subject_refs(world.ring(), outcome.subject)]
        found += [entry.sealed.wrapped, entry.sealed.box, entry.request_key]
    return found


def test_nothing_leads_to_who_was_erased_and_the_proofs_stay(world: World, tmp_path: Path) -> None:
    """Promises E6, E15, C5, and the issue's: the raw files, the exports and the logs are free of that subject."""
    mine = [world.answer(YES, ip="203.0.113.0/24", page="/mine")]
    mine.append(world.answer(Answer("save", frozenset({"analytics"})), mine[-1]))
    others = [world.answer(YES, page="/other"), world.answer(NO)]
    world.service.history(str(mine[0].subject), "auditor")  # a look-up stands in the access log
    gone, kept = secrets(world, *mine), secrets(world, others[0])
    before = world.export(personal=False)
    raw = b"".join(path.read_bytes() for path in (tmp_path / "db").iterdir())
    assert all(secret in raw for secret in gone if secret != str(mine[0].subject).encode())  # the control

    assert world.service.erase(mine[-1].token) == 2

    raw = b"".join(path.read_bytes() for path in (tmp_path / "db").iterdir())
    said = world.export(personal=True) + repr(list(world.store.accesses("demo"))).encode()
    assert not [secret for secret in gone if secret in raw + said]
    assert all(secret in raw for secret in kept if secret != str(others[0].subject).encode())
    assert str(others[0].subject).encode() in said and b"/mine" not in said
    # What anyone can check is as it was, to the byte.
    assert world.export(personal=False) == before
    for outcome in (*mine, *others):
        stored = world.store.record("demo", outcome.record.id)
        assert stored and record.verify(stored.record, world.ring().public) is None


def test_what_nobody_can_show_to_be_a_consent_ends(world: World) -> None:
    first = world.answer(YES)
    assert world.service.allows_subject(first.subject, "analytics")
    world.service.erase(first.token)
    assert not world.service.allows_subject(first.subject, "analytics")
    assert world.service.subject(first.token) is None and world.service.again(str(first.record.id)) is None
    assert world.service.erase(first.token) == 0
    # Who comes back with the old token is somebody new.
    second = world.answer(YES, first)
    assert second.subject and second.subject != first.subject
    assert world.service.subject(second.token) == second.subject


def test_a_refusal_names_nobody_so_nothing_is_erased(world: World) -> None:
    refused = world.answer(NO)
    assert world.service.erase(refused.token) == world.service.erase(None) == 0
    assert list(world.store.accesses("demo")) == []


def test_a_record_that_stays_does_not_name_one_that_is_erased(world: World) -> None:
    first = world.answer(YES)
    second = world.answer(Answer("save", frozenset({"analytics"})), first)
    world.store.erase_records("demo", [first.record.id])
    personal = [json.loads(line)["personal"] for line in world.export(personal=True).splitlines()]
    assert personal[0] is None and str(first.record.id) not in json.dumps(personal[1])
    assert world.service.subject(second.token) == first.subject


def test_an_account_goes_with_the_browsers_that_it_took_over_and_no_other_account(world: World) -> None:
    ann, bea = (account_subject(world.ring(), name) for name in ("ann", "bea"))
    phone, desk, stranger = world.answer(YES), world.answer(YES), world.answer(YES)
    world.answer(YES, phone, ann)
    world.answer(YES, desk, ann)
    last = world.answer(NO, None, ann)
    world.answer(YES, last, bea)  # at the same browser, later
    world.answer(YES, None, bea)
    found = erasure.person(world.store, world.ring, "demo", ann)
    assert set(found.subjects) == {ann, phone.subject, desk.subject} and found.records == 5
    assert sum(erasure.erase(world.store, world.ring, "demo", ann)) == 5
    left = {str(past.personal.subject) for who in (bea, stranger.subject) for past in world.service.history(str(who))
            if past.personal}  # fmt: skip
    assert left == {bea, stranger.subject}


def test_what_was_stopped_half_way_finds_the_browsers_again(world: World) -> None:
    ann = account_subject(world.ring(), "ann")
    phone = world.answer(YES)
    world.answer(YES, phone, ann)
    steps = erasure.erase(world.store, world.ring, "demo", ann)
    assert next(steps) == 1
    steps.close()
    assert world.service.history(str(phone.subject)) == []
    assert sum(erasure.erase(world.store, world.ring, "demo", ann)) == 1


def test_a_choice_that_is_on_its_way_while_its_subject_is_erased(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = world.answer(YES)
    append = world.store.append

    def late(entry: object) -> object:
        monkeypatch.setattr(world.store, "append", append)
        world.service.erase(first.token)
        return append(entry)  # type: ignore[arg-type]

    monkeypatch.setattr(world.store, "append", late)
    second = world.answer(NO, first)
    assert second.fresh and second.record.fields["answers"]["analytics"] is False
    assert world.service.history(str(first.subject)) == [] and not world.store.has_personal("demo", second.record.id)


def test_choices_come_in_while_their_subject_is_erased(world: World) -> None:
    first = world.answer(YES)
    ready, done = threading.Barrier(3), threading.Event()

    def choose() -> int:
        ready.wait(60)
        made = 0
        while not done.is_set():
            world.service.answer(YES, first.record.fields["notice"], token=first.token)
            made += 1
        return made

    with ThreadPoolExecutor(2) as pool:
        people = [pool.submit(choose) for _ in range(2)]
        ready.wait(60)
        assert world.service.erase(first.token) >= 1
        done.set()
        assert all(one.result() for one in people)
    assert world.service.history(str(first.subject)) == []


def test_an_erasure_that_cannot_be_logged_does_not_happen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = world.answer(YES)
    with world.store.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE consent_access RENAME TO away")
    with pytest.raises(StoreUnavailable, match="nothing was done"):
        world.service.erase(first.token)
    with pytest.raises(StoreUnavailable):
        world.service.history(str(first.subject))
    assert world.store.has_personal("demo", first.record.id)


def test_every_look_up_and_erasure_is_logged_and_names_nobody(world: World) -> None:
    first = world.answer(YES)
    world.service.history(str(first.subject), "auditor")
    world.service.history(str(first.subject), "auditor")
    world.service.history(str(first.subject))
    world.service.history(str(first.subject))  # turning over one's own page again
    world.clock.time += 3600
    world.service.history(str(first.subject))
    world.service.erase(first.token)
    entries: list[Access] = list(world.store.accesses("demo"))
    assert [(one.who, one.action, one.count) for one in entries] == [
        *[("auditor", "look up", 1)] * 2, *[("person", "look up", 1)] * 2, ("person", "erase", 1)
    ]  # fmt: skip
    assert str(first.subject) not in repr(entries) and len({one.filter for one in entries[:4]}) == 1
    assert entries[4].filter == f"record {first.record.id}" and entries[4].time == int(world.clock.time)
