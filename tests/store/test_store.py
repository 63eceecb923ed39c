"""What every database must do alike."""

from __future__ import annotations

import itertools
import tracemalloc
import uuid
from dataclasses import replace

import pytest
from sqlalchemy import delete

from consent.record import Record, uuid7
from consent.store import Entry, InvalidEntry, KeyReused, Store, StoreError
from consent.store import schema as tables
from consent.store import store as store_module
from consent.store.rows import row_of
from consent.store.versions import Version

from . import samples
from .samples import SITE, START, again, entry, reference


class TestAppend:
    def test_comes_back_as_it_went_in(self, store: Store) -> None:
        for made in (entry(), entry(subject=None), entry(key=None)):
            assert store.append(made) == made
            assert store.record(SITE, made.record.id) == made

    def test_unknown_record(self, store: Store) -> None:
        made = store.append(entry())
        assert store.record(SITE, uuid.uuid4()) is None
        assert store.record("other", made.record.id) is None

    def test_repeated_request_is_the_same_record(self, store: Store) -> None:
        first = store.append(entry())
        assert store.append(again(first)) == first
        assert store.append(first) == first
        assert store.count(SITE) == 1

    def test_key_with_another_request_is_refused(self, store: Store) -> None:
        first = store.append(entry())
        with pytest.raises(KeyReused) as caught:
            store.append(replace(again(first), request_digest=bytes(16)))
        assert (caught.value.site, caught.value.record_id) == (SITE, first.record.id)
        assert store.count(SITE) == 1

    def test_same_key_at_two_sites_is_two_requests(self, store: Store) -> None:
        first = store.append(entry("one"))
        second = store.append(replace(entry("two"), request_key=first.request_key))
        assert store.record("two", second.record.id) == second
        assert store.count("one") == store.count("two") == 1

    def test_without_key_the_record_itself_is_stored_once(self, store: Store) -> None:
        made = store.append(entry(key=None))
        assert store.append(made) == made
        other = entry(key=None)
        with pytest.raises(KeyReused):
            store.append(replace(other, record=replace(made.record, leaf=b"{}")))
        assert store.count(SITE) == 1

    def test_many_without_key(self, store: Store) -> None:
        for _ in range(3):
            store.append(entry(key=None))
        assert store.count(SITE) == 3

    def test_erased_personal_part_stays_erased(self, store: Store) -> None:
        made = store.append(entry())
        with store.engine.begin() as connection:
            connection.execute(delete(tables.personal).where(tables.personal.c.record_id == made.record.id))
        assert store.append(again(made)) == replace(made, sealed=None)
        assert store.by_subject(SITE, reference("someone")) == []

    def test_damage_is_noticed(self, store: Store) -> None:
        made = store.append(entry())
        with store.engine.begin() as connection:
            connection.execute(delete(tables.shape))
        with pytest.raises(StoreError, match="lost its shape"):
            store.record(SITE, made.record.id)


class TestBatch:
    """A whole batch at once, as under load."""

    @pytest.mark.parametrize("size", [1, 2, 4, 5, 64])
    def test_all_new(self, store: Store, size: int) -> None:
        made = [entry(subject="someone" if n % 3 else None) for n in range(size)]
        assert write(store, made) == made
        assert write(store, []) == []
        assert list(store.stream(SITE)) == made

    @pytest.mark.parametrize("repeats", [1, 2])
    def test_repeats_within_it(self, store: Store, repeats: int) -> None:
        first, other = entry(), entry()
        repeated = [again(first) for _ in range(repeats)]
        assert write(store, [first, other, *repeated]) == [first, other, *[first] * repeats]
        assert store.count(SITE) == 2

    def test_one_bad_key_harms_nobody_else(self, store: Store) -> None:
        first = store.append(entry())
        thief = replace(again(first), request_digest=bytes(16))
        neighbours = [entry(), entry()]
        outcomes = write(store, [neighbours[0], thief, neighbours[1], again(first)])
        assert isinstance(outcomes[1], KeyReused)
        assert [outcomes[0], outcomes[2], outcomes[3]] == [*neighbours, first]
        assert store.count(SITE) == 3

    def test_thief_within_it(self, store: Store) -> None:
        first = entry()
        outcomes = write(store, [first, replace(again(first), request_digest=bytes(16))])
        assert outcomes[0] == first
        assert isinstance(outcomes[1], KeyReused)
        assert store.count(SITE) == 1

    def test_forgotten_shapes_are_stored_again(self, store: Store) -> None:
        store.append(entry())
        store._writer._stored_shapes.clear()
        made = store.append(entry())
        assert store.record(SITE, made.record.id) == made


def write(store: Store, entries: list[Entry]) -> list[Entry | StoreError]:
    return store._writer.write([row_of(one) for one in entries]) if entries else []


class TestReading:
    def test_nothing_there(self, store: Store) -> None:
        assert list(store.stream(SITE)) == []
        assert store.by_subject(SITE, bytes(16)) == []
        assert store.count(SITE) == 0
        assert store.notice(SITE, "x") is None

    def test_by_subject_oldest_first(self, store: Store) -> None:
        made = [entry(at=START + n % 7 * 10 + n, subject=("a", "b")[n % 2]) for n in range(20)]
        for one in made:
            store.append(one)
        store.append(entry("other", subject="a"))
        expected = sorted(made[::2], key=lambda one: one.record.id)
        assert store.by_subject(SITE, reference("a")) == expected
        assert store.count(SITE, subject_ref=reference("a")) == 10
        assert store.by_subject(SITE, b"") == []
        assert store.newest(SITE, reference("a")) == expected[-1]
        assert store.newest(SITE, b"") is None and store.newest("other", reference("b")) is None

    def test_time_bounds(self, store: Store) -> None:
        made = [store.append(entry(at=START + n)) for n in range(10)]
        at_the_edge = Record(SITE, uuid7((START + 5) * 1000 - 1, b"\xff" * 10), b"{}", bytes(64))
        store.append(Entry(at_the_edge, None, None, bytes(16)))
        smallest = Record(SITE, uuid7((START + 20) * 1000, bytes(10)), b"{}", bytes(64))
        store.append(Entry(smallest, None, None, bytes(16)))
        assert list(store.stream(SITE, START + 5, START + 20)) == made[5:]
        assert [one.record for one in store.stream(SITE, START + 20)] == [smallest]
        assert store.count(SITE, START + 5, START + 20) == 5
        assert store.count(SITE, None, START + 5) == 6
        assert store.count(SITE, START + 5, START + 5) == 0
        assert list(store.stream(SITE, START + 7, None, reference("someone"))) == made[7:]

    @pytest.mark.parametrize("second", [-1, 0, 1 << 62])
    def test_far_bounds(self, store: Store, second: int) -> None:
        store.append(entry())
        expected = second <= 0
        assert store.count(SITE, since=second) == expected
        assert store.count(SITE, until=second) == (not expected)

    @pytest.mark.parametrize("size", [1, 2, 3, 7])
    def test_pages_lose_and_repeat_nothing(self, store: Store, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
        monkeypatch.setattr(store_module, "PAGE", size)
        made = [store.append(entry(subject=("a", None)[n % 2])) for n in range(6)]
        assert list(store.stream(SITE)) == made
        assert store.by_subject(SITE, reference("a")) == made[::2]

    def test_what_comes_while_reading_is_no_trouble(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(store_module, "PAGE", 2)
        made = [store.append(entry()) for _ in range(4)]
        stream = store.stream(SITE)
        seen = [next(stream), next(stream)]
        late = store.append(entry())
        assert seen + list(stream) == [*made, late]

    def test_constant_memory(self, store: Store) -> None:
        for _ in range(16):
            write(store, [entry() for _ in range(1000)])
        stream = store.stream(SITE)
        number = sum(1 for _ in itertools.islice(stream, 8_000))
        tracemalloc.start()  # not from the start, for it is slow: what piles up would do so here as well
        try:
            number += sum(1 for _ in stream)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert number == store.count(SITE) == 16_000
        assert peak < 4_000_000


class TestNotices:
    def test_kept_once(self, store: Store, url: str) -> None:
        store.put_notice(SITE, "n1", b"body")
        store.put_notice(SITE, "n1", b"body")
        store.put_notice("other", "n1", b"theirs")
        second = Store.open(url)
        second.put_notice(SITE, "n1", b"never seen")
        assert second.notice(SITE, "n1") == b"body"
        assert second.notice("other", "n1") == b"theirs"
        assert second.notice(SITE, "n2") is None
        second.close()

    def test_each_version_once_in_each_language(self, store: Store, url: str) -> None:
        """With the first notice of it, and the newest first."""
        versions = [
            Version("v1", "en", "n1", 10),
            Version("v1", "de", "n2", 11),
            Version("v1", "en", "n3", 12),  # of another region
            Version("v2", "en", "n4", 13),
        ]
        second = Store.open(url)
        for each in versions:
            for place in (store, second):
                place.put_notice(SITE, each.notice, b"body", each)
        store.put_notice("other", "n9", b"theirs", Version("v9", "en", "n9", 99))
        assert store.versions(SITE) == second.versions(SITE) == [versions[3], versions[1], versions[0]]
        assert store.versions("nobody") == store.versions("a\x00b") == []
        second.close()

    def test_remembering_is_bounded(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(store_module, "NOTICES", 2)
        for n in range(5):
            store.put_notice(SITE, str(n), b"body")
        assert len(store._notices) <= 2
        assert all(store.notice(SITE, str(n)) == b"body" for n in range(5))


class TestHostile:
    @pytest.mark.parametrize("site", ["", "a\x00b", "\ud800", "x" * 256])
    def test_no_site_for_any_database(self, store: Store, site: str) -> None:
        with pytest.raises(InvalidEntry) as caught:
            store.append(replace(entry(), record=Record(site, uuid.uuid4(), b"{}", bytes(64))))
        assert caught.value.field == "site"
        assert store.record(site, uuid.uuid4()) is None
        assert list(store.stream(site)) == []
        assert store.count(site) == 0
        assert store.notice(site, "n") is None

    @pytest.mark.parametrize("notice_id", ["a\x00b", "\ud800"])
    def test_no_notice_id_for_any_database(self, store: Store, notice_id: str) -> None:
        with pytest.raises(InvalidEntry):
            store.put_notice(SITE, notice_id, b"")
        assert store.notice(SITE, notice_id) is None

    @pytest.mark.parametrize("site", ["é", "e\u0301", "日本", "a b", "%s", "'; --", "\U0001f36a", "Demo", "x" * 255])
    def test_odd_sites_are_kept_apart(self, store: Store, site: str) -> None:
        made = store.append(entry(site))
        neighbour = store.append(entry(SITE))
        assert list(store.stream(site)) == [made]
        assert list(store.stream(SITE)) == [neighbour]

    def test_huge_leaf(self, store: Store) -> None:
        record_id = uuid7(START * 1000, bytes(10))
        usual = samples.leaf_of(SITE, record_id, START, "someone")
        huge = usual.replace(b'"signals":{', b'"signals":{"x":"' + b"y" * 60_000 + b'",')
        made = Entry(Record(SITE, record_id, huge, bytes(64)), None, None, bytes(16))
        store.append(made)
        assert store.record(SITE, record_id) == made

    @pytest.mark.parametrize("leaf", [b"x", b"{}", b"\x00\xff", b'{"expires":"', b'{"expires":"short","id":"x"}'])
    def test_leaf_that_is_none(self, store: Store, leaf: bytes) -> None:
        made = store.append(entry(leaf=leaf))
        assert store.record(SITE, made.record.id) == made

    @pytest.mark.parametrize(
        "change",
        [{"request_key": b"short"}, {"request_digest": b""}, {"sealed": samples.sealed("x", 0)}],
        ids=["key", "digest", "sealed"],
    )
    def test_wrong_lengths(self, store: Store, change: dict[str, object]) -> None:
        if "sealed" in change:
            change = {"sealed": replace(samples.sealed("x", 0), subject_ref=b"short")}
        with pytest.raises(InvalidEntry):
            store.append(replace(entry(), **change))  # type: ignore[arg-type]
        with pytest.raises(InvalidEntry):
            store.append(replace(entry(), record=replace(entry().record, signature=b"short")))
        assert store.count(SITE) == 0


def test_usable_after_close(store: Store) -> None:
    first = store.append(entry())
    store.close()
    second = store.append(entry())
    assert list(store.stream(SITE)) == [first, second]
