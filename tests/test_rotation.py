"""Rotation of the keys that hide the personal parts: all goes on, and what lay about before opens no more."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from consent import keyfile, prune, rotation
from consent import keys as rings
from consent.account import account_subject
from consent.errors import KeysError
from consent.keys import Keys
from consent.personal import Sealed, subject_ref, subject_refs, unseal
from consent.prune import daily
from consent.retention import DAY
from consent.service import Outcome
from consent.site.model import Site
from consent.store import Store
from consent.web import csrf
from tests import postgres

from .conftest import NOW, Clock
from .house import NO, YES, World

LONG = 120.0  # seconds: a bound on what must happen, never waited out


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    with postgres.server() as running:
        yield running


@pytest.fixture
def world(site: Site, tmp_path: Path, clock: Clock) -> Iterator[World]:
    made = World(site, tmp_path, f"sqlite:///{tmp_path / 'consent.sqlite3'}", clock)
    yield made
    made.store.close()


def sealed(store: Store, outcome: Outcome) -> Sealed:
    entry = store.record("demo", outcome.record.id)
    assert entry and entry.sealed
    return entry.sealed


def test_all_goes_on_under_new_keys(world: World) -> None:
    first, form = world.answer(YES, page="/a"), csrf.token(world.service)
    ann = account_subject(world.ring(), "ann")
    world.answer(YES, first, ann)
    old = world.ring()
    assert world.rotate() == 2
    new = world.ring()
    assert new is not old and new.personal_key() != old.personal_key() and new.index != old.index
    assert (len(new.personal), new.former, new.rotating) == (1, (), False)
    assert (new.signing, new.ledger, new.accounts) == (old.signing, old.ledger, old.accounts)
    past = world.service.history(str(first.subject))
    assert [one.personal.page for one in past if one.personal] == ["/a"]
    assert account_subject(new, "ann") == ann and len(world.service.history(ann)) == 1
    assert world.service.allows_subject(first.subject, "analytics")
    assert csrf.valid(world.service, form) and csrf.token(world.service) == form
    assert world.answer(NO, first).subject == first.subject
    assert world.rotate() == 3 and csrf.valid(world.service, form)


def test_what_lay_about_before_opens_no_more(world: World, tmp_path: Path) -> None:
    first = world.answer(YES)
    row, ref = sealed(world.store, first), subject_ref(world.ring(), str(first.subject))
    world.rotate()
    with pytest.raises(KeysError, match="missing"):
        unseal(row, world.ring(), first.record.id)
    renamed = Sealed(row.subject_ref, world.ring().personal_key().id, row.wrapped, row.box)
    with pytest.raises(KeysError, match="does not open"):
        unseal(renamed, world.ring(), first.record.id)
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("consent.sqlite3*"))
    assert row.wrapped not in raw and ref not in raw
    kept = (tmp_path / "keys" / "demo.keys.json").read_text()
    assert row.key_id not in kept and len(list((tmp_path / "keys").glob("*.json"))) == 1


def test_on_postgresql_what_is_left_of_who_was_erased_leads_nowhere(
    site: Site, tmp_path: Path, clock: Clock, server: postgres.Server
) -> None:
    with server.database() as url:
        world = World(site, tmp_path, url, clock)
        mine, other = world.answer(YES), world.answer(YES)
        row = sealed(world.store, mine)
        assert world.service.erase(mine.token) == 1
        world.rotate()
        subject = str(mine.subject)
        with pytest.raises(KeysError):
            unseal(row, world.ring(), mine.record.id)
        refs = subject_refs(world.ring(), subject)
        assert row.subject_ref not in refs
        with world.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("CHECKPOINT"))
            folder = Path(connection.execute(text("SHOW data_directory")).scalar_one())
        if folder.is_dir():  # the server is on this machine
            raw = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
            assert sealed(world.store, other).wrapped in raw  # the control
            assert subject.encode() not in raw and not [ref for ref in refs if ref in raw]
        assert world.service.history(str(other.subject))[0].personal
        world.store.close()


def test_people_choose_meanwhile(world: World) -> None:
    first = world.answer(YES)
    done, ready = threading.Event(), threading.Barrier(3)

    def choose() -> list[Outcome]:
        ready.wait(LONG)
        made = []
        while not done.is_set() or not made:
            made.append(world.service.answer(YES, first.record.fields["notice"]))
            assert world.service.subject(first.token) == first.subject
            assert world.service.history(str(first.subject))
        return made

    with ThreadPoolExecutor(2) as pool:
        people = [pool.submit(choose) for _ in range(2)]
        ready.wait(LONG)
        for _ in range(3):
            world.rotate()
        done.set()
        made = [outcome for one in people for outcome in one.result()]
    for outcome in made:
        assert [past.personal.subject for past in world.service.history(str(outcome.subject)) if past.personal] == [
            outcome.subject
        ]
    assert world.store.count_under_others("demo", world.ring().personal_key().id) == 0


@pytest.mark.parametrize("rotations", [1, 2])
def test_a_record_on_its_way_during_a_whole_rotation(
    world: World, monkeypatch: pytest.MonkeyPatch, rotations: int
) -> None:
    append = world.store.append

    def late(entry: object) -> object:
        monkeypatch.setattr(world.store, "append", append)
        world.rotate()
        if rotations == 2:  # begun, and not ended
            keyfile.change(world.path, "demo", lambda ring: rings.begin_rotation(ring, NOW, b"p" * 32, b"i" * 32))
        return append(entry)  # type: ignore[arg-type]

    monkeypatch.setattr(world.store, "append", late)
    made = world.answer(YES)
    assert [past.personal.subject for past in world.service.history(str(made.subject)) if past.personal] == [
        made.subject
    ]
    assert sealed(world.store, made).key_id == world.ring().personal_key().id


def test_parts_that_do_not_open_keep_the_old_keys(world: World) -> None:
    good, bad = world.answer(YES), world.answer(YES)
    row = sealed(world.store, bad)
    world.store.reseal("demo", [(bad.record.id, row, Sealed(row.subject_ref, row.key_id, bytes(60), row.box))])
    with pytest.raises(KeysError, match=str(bad.record.id)):
        world.rotate()
    assert world.ring().rotating and len(world.service.history(str(good.subject))) == 1
    world.store.erase_records("demo", [bad.record.id])
    world.rotate()
    assert not world.ring().rotating and len(world.service.history(str(good.subject))) == 1


def test_it_waits_for_servers_before_it_destroys(world: World) -> None:
    world.answer(YES)
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        assert world.ring().rotating  # both are there still

    clock = Clock()
    assert sum(rotation.rotate(world.path, "demo", world.store, settle=30, clock=clock, sleep=sleep)) == 1
    assert waited == [30]


def test_a_ring_in_the_middle_of_a_rotation_is_a_ring(keys: Keys) -> None:
    begun = rings.begin_rotation(keys, NOW, b"p" * 32, b"i" * 32)
    assert rings.from_dict(rings.to_dict(begun)) == begun
    assert rings.begin_rotation(begun, NOW, b"q" * 32, b"j" * 32) is begun
    assert len(subject_refs(begun, "x")) == 2 and subject_refs(begun, "x")[1] == subject_ref(keys, "x")
    ended = rings.end_rotation(begun)
    assert len(ended.personal) == 1 and ended.personal[0] == begun.personal[-1] and not ended.rotating
    secret = rings.to_dict(keys)
    assert not [key for key in (secret["personal"][0]["key"], secret["index"]) if key in repr(rings.to_dict(ended))]


@pytest.mark.parametrize("what", ["erase", "prune", "rotate"])
def test_killed_half_way_it_is_finished_the_next_time(world: World, what: str, tmp_path: Path) -> None:
    first = last = world.answer(YES)
    for _ in range(11):
        last = world.answer(YES, last)
    now = int(world.clock.time) + (2 * 365 * DAY if what == "prune" else 0)
    line = [sys.executable, "-m", "tests.stopped", what, str(world.store.engine.url), str(world.path.parent)]
    child = subprocess.Popen(
        [*line, str(first.subject), str(now)], cwd=Path(__file__).parents[1], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout and child.stdin
    assert child.stdout.readline() == "5\n"
    child.kill()
    child.wait(LONG)
    child.stdout.close()
    child.stdin.close()

    def left() -> int:
        return sum(entry.sealed is not None for entry in world.store.stream("demo"))

    if what == "rotate":
        assert world.ring().rotating and len(world.service.history(str(first.subject))) == 12
        assert world.rotate() == 7 and not world.ring().rotating
        assert len(world.service.history(str(first.subject))) == 12
        return
    assert left() == (12 if what == "prune" else 7)  # keys of requests go first
    if what == "erase":
        assert world.service.erase(last.token) == 7
    else:
        assert daily(world.store, world.service.site, now) == 7 + 12
        assert sorted(one.who for one in world.store.accesses("demo")) == [prune.SERVER, prune.SERVER, "someone"]
    assert left() == 0
