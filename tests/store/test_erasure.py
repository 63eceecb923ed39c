"""Erasing on both engines: batches, classes, while others write; and what is left in SQLite's files."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from consent.record import uuid7
from consent.store import Access, Entry, InvalidEntry, Store, erasure

from .samples import SITE, START, entry, noise, reference

DAY = 86_400


def left(store: Store) -> int:
    return sum(one.sealed is not None for one in store.stream(SITE))


def test_a_record_and_nothing_else(store: Store) -> None:
    one, other = store.append(entry()), store.append(entry())
    assert store.erase_records(SITE, [one.record.id]) == 1
    assert store.erase_records(SITE, [one.record.id, uuid7(1, bytes(10))]) == 0
    assert not store.has_personal(SITE, one.record.id) and store.has_personal(SITE, other.record.id)
    found = store.record(SITE, one.record.id)
    assert found is not None and found.record == one.record
    assert (found.sealed, found.request_key) == (None, None)
    assert store.record(SITE, other.record.id) == other


def test_a_subject_in_batches(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "BATCH", 2)
    for _ in range(5):
        store.append(entry(subject="her"))
    him = store.append(entry(subject="him"))
    assert list(store.erase_subject(SITE, reference("her"))) == [2, 2, 1]
    assert store.by_subject(SITE, reference("her")) == [] and store.by_subject(SITE, reference("him")) == [him]
    assert store.count(SITE) == 6


def test_another_site_with_the_same_subject_is_left_alone(store: Store) -> None:
    store.append(entry(subject="her"))
    other = store.append(entry("other", subject="her"))
    assert sum(store.erase_subject(SITE, reference("her"))) == 1
    assert store.by_subject("other", reference("her")) == [other]


def test_several_indexes_while_keys_are_rotated(store: Store) -> None:
    first, second = store.append(entry(subject="old")), store.append(entry(subject="new"))
    both = (reference("new"), reference("old"))
    assert store.by_subject(SITE, both) == [first, second]
    assert store.newest(SITE, both) == second and store.count(SITE, subject_ref=both) == 2
    assert store.latest(SITE, both, 5) == [second, first]
    assert sum(store.erase_subject(SITE, both)) == 2


def test_by_age_up_to_the_second(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "BATCH", 2)
    entries = [store.append(entry(at=START + second)) for second in (0, 1, 2, 3, 4)]
    due = store.due(SITE, "personal", START + 3)
    assert (due.count, due.oldest, due.newest) == (3, entries[0].record.id, entries[2].record.id)
    assert list(store.drop(SITE, "personal", START + 3)) == [2, 1]
    assert [store.has_personal(SITE, one.record.id) for one in entries] == [False] * 3 + [True] * 2
    assert store.due(SITE, "personal", START + 3) == erasure.Due(0)
    assert store.count(SITE) == 5


def test_what_an_earlier_tool_had_stored_has_its_own_time(store: Store) -> None:
    plain = entry(at=START)
    named = entry(at=START + 9, about="imported")
    imported = entry(at=START + 9, about="imported", leaf=named.record.leaf.replace(b'"accept_all"', b'"imported"'))
    store.append(plain)
    store.append(imported)
    assert store.due(SITE, "imported", START + DAY).count == 1
    assert sum(store.drop(SITE, "imported", START + DAY)) == 1
    assert store.has_personal(SITE, plain.record.id) and not store.has_personal(SITE, imported.record.id)


def test_keys_of_requests_are_forgotten_and_the_rest_stays(store: Store) -> None:
    one = store.append(entry(at=START))
    store.append(entry(at=START + 2, key=None))
    young = store.append(entry(at=START + DAY))
    assert store.due(SITE, "requests", START + DAY).count == 1
    assert sum(store.drop(SITE, "requests", START + DAY)) == 1
    found = store.record(SITE, one.record.id)
    assert found is not None and found.request_key is None and found.sealed == one.sealed
    assert store.record(SITE, young.record.id) == young


def access(number: int, **fields: object) -> Access:
    values = {"site": SITE, "who": "auditor", "action": "export", "filter": "all", "count": number, **fields}
    return Access(id=uuid7((START + number) * 1000, noise(10, number)), time=START + number, **values)  # type: ignore[arg-type]


def test_the_access_log_is_read_as_it_was_written(store: Store) -> None:
    entries = [access(number) for number in range(4)]
    for one in entries:
        store.log(one)
    assert list(store.accesses(SITE)) == entries
    assert list(store.accesses(SITE, START + 1, START + 3)) == entries[1:3]
    assert list(store.accesses("other")) == []
    assert store.due(SITE, "access", START + 2).count == 2
    assert sum(store.drop(SITE, "access", START + 2)) == 2
    assert list(store.accesses(SITE)) == entries[2:]


@pytest.mark.parametrize("fields", [{"filter": "x" * 501}, {"who": "\x00"}, {"site": ""}])
def test_an_access_that_cannot_be_kept_is_refused(store: Store, fields: dict[str, object]) -> None:
    with pytest.raises(InvalidEntry):
        store.log(access(1, **fields))


def test_one_process_has_the_turn(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        turns = list(pool.map(lambda _: store.take(SITE, "prune", START, START + 60), range(4)))
    assert sorted(turns) == [False, False, False, True]
    assert not store.take(SITE, "prune", START + 59, START + 200)
    assert store.take(SITE, "prune", START + 60, START + 120)  # the first was killed
    store.finish(SITE, "prune", START + DAY)
    assert not store.take(SITE, "prune", START + DAY - 1, START + 2 * DAY)
    assert store.take("other", "prune", START, START + 60)


def test_recording_goes_on_meanwhile(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "BATCH", 5)
    for _ in range(40):
        store.append(entry(subject="her"))
    done, made = threading.Event(), []

    def record() -> None:
        while not done.is_set() or len(made) < 10:
            made.append(store.append(entry(subject="him")).record.id)

    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(record) for _ in range(2)]
        gone = sum(store.erase_subject(SITE, reference("her")))
        done.set()
        for writer in writers:
            writer.result()
    assert gone == 40 and left(store) == len(made) == len(set(made))


def test_sqlite_keeps_no_copy(tmp_path: Path) -> None:
    """Pages are split as the index by subject grows; without secure_delete from the start they would keep copies."""
    store = Store.open(f"sqlite:///{tmp_path / 'consent.sqlite3'}")
    entries = [entry(subject=f"subject {number}") for number in range(1500)]
    for number in range(280, 520, 20):  # what another tool had stored can be long, and then lies on pages of its own
        sealed = entries[number].sealed
        assert sealed
        entries[number] = replace(entries[number], sealed=replace(sealed, box=noise(20_000, "long", number)))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(store.append, entries))
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    gone = entries[300:500]
    assert all(any(part in raw for part in some) for one in gone for some in parts(one))  # the control
    assert store.erase_records(SITE, [one.record.id for one in gone]) == len(gone)
    assert store.scrub()
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not [part for one in gone for some in parts(one) for part in some if part in raw]
    assert all(any(part in raw for part in some) for one in entries[500:700] for some in parts(one))
    store.close()


def parts(one: Entry) -> list[list[bytes]]:
    """What must go, each in pieces, for a long one is cut up by pages."""
    assert one.sealed and one.request_key
    box = one.sealed.box
    whole = ([part] for part in (one.sealed.subject_ref, one.sealed.wrapped, one.request_key))
    return [*whole, [box[at : at + 64] for at in range(0, len(box), 1500)]]


def test_a_reader_in_the_way_is_reported_and_does_no_harm(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'consent.sqlite3'}")
    one = store.append(entry())
    with store.engine.connect() as reader:
        reader.exec_driver_sql("BEGIN")
        reader.exec_driver_sql("SELECT count(*) FROM consent_personal").all()
        assert store.erase_records(SITE, [one.record.id]) == 1
        assert not store.scrub(patience=0.05)
        reader.exec_driver_sql("COMMIT")
    assert store.scrub()
    assert (tmp_path / "consent.sqlite3-wal").stat().st_size == 0
    store.close()


def test_a_site_that_no_database_could_hold_has_nothing(store: Store) -> None:
    assert store.erase_records("\x00", [uuid.UUID(int=1)]) == 0 and not store.has_personal("\x00", uuid.UUID(int=1))
    assert list(store.erase_subject("\x00", b"x")) == [] and list(store.drop("\x00", "personal", 1)) == []
    assert store.due("\x00", "personal", 1).count == 0 and list(store.accesses("\x00")) == []
