"""Many threads and many processes at once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from consent.store import Entry, KeyReused, Store

from .load import request
from .processes import outputs, start
from .samples import SITE, entry, reference

HERE = __package__


def test_threads(store: Store) -> None:
    made = [entry(subject=("a", None)[n % 2]) for n in range(300)]
    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(store.append, made)) == made
        found = list(pool.map(lambda one: store.record(SITE, one.record.id), made))
    assert found == made
    assert list(store.stream(SITE)) == made
    assert store.by_subject(SITE, reference("a")) == made[::2]


def test_one_request_from_many_threads(store: Store) -> None:
    def attempt(number: int) -> Entry:
        return store.append(request("same", number % 10))

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(attempt, range(200)))
    for n in range(10):
        assert len({one.record.id for one in answers[n::10]}) == 1
    assert store.count(SITE) == 10


def test_a_race_for_a_key_has_one_winner(store: Store) -> None:
    contested = entry().request_key
    rivals = [entry(key=contested) for _ in range(24)]

    def attempt(rival: Entry) -> bool:
        try:
            return store.append(rival) == rival
        except KeyReused:
            return False

    with ThreadPoolExecutor(12) as pool:
        won = list(pool.map(attempt, rivals))
    assert sum(won) == 1
    assert [one for one in store.stream(SITE)] == [rivals[won.index(True)]]  # noqa: C416


def test_processes_with_the_same_requests(store: Store, url: str) -> None:
    """They race for every key, and for the shapes; all are told the same record."""
    said = outputs([start(f"{HERE}.load", url, "same", 120, 4) for _ in range(3)])
    told = [dict(line.split() for line in one.splitlines()) for one in said]
    assert len(told[0]) == 120
    assert told[0] == told[1] == told[2]
    assert {str(one.record.id) for one in store.stream(SITE)} == set(told[0].values())
    assert store.count(SITE) == 120


def test_processes_with_requests_of_their_own(store: Store, url: str) -> None:
    outputs([start(f"{HERE}.load", url, worker, 120, 4) for worker in "abc"])
    keys = Counter(one.request_key for one in store.stream(SITE))
    assert set(keys.values()) == {1}
    assert len(keys) == store.count(SITE) == 360


def test_fork(store: Store, url: str) -> None:
    """Opened and used before a fork, as under gunicorn --preload: parent and children each go on well."""
    (said,) = outputs([start(f"{HERE}.forks", url)])
    assert said.split() == ["well"]
    assert store.count(SITE) == 1 + 3 * 20 + 20
