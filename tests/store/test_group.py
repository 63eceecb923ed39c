"""Group commit: threads only, no database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from consent.store import StoreError, StoreUnavailable
from consent.store.group import GroupCommit

LONG = 60.0  # seconds: a bound on what must happen, never waited out


class Desk:
    """Writes when it is let to, and remembers the batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Semaphore(0)
        self.answer: Callable[[list[int]], list[int | StoreError]] = lambda batch: [n * 10 for n in batch]

    def write(self, batch: list[int]) -> list[int | StoreError]:
        self.batches.append(batch)
        self.begun.release()
        assert self.go_on.acquire(timeout=LONG)
        return self.answer(batch)


def hold(group: GroupCommit[int, int], desk: Desk, pool: ThreadPoolExecutor, followers: int) -> list[Future[int]]:
    """Item 0 is being written, and items 1 … wait for it."""
    futures = [pool.submit(group.submit, 0)]
    assert desk.begun.acquire(timeout=LONG)
    for n in range(1, followers + 1):
        futures.append(pool.submit(group.submit, n))
        while len(group._waiting) < n:  # its thread is on its way into the queue
            assert not futures[-1].done()
    return futures


def test_one_alone() -> None:
    desk = Desk()
    desk.go_on.release()
    assert GroupCommit(desk.write).submit(7) == 70


def test_what_waits_is_written_together() -> None:
    desk = Desk()
    group = GroupCommit(desk.write, batch=3)
    with ThreadPoolExecutor(8) as pool:
        futures = hold(group, desk, pool, 5)
        desk.go_on.release(3)
        assert [future.result(LONG) for future in futures] == [0, 10, 20, 30, 40, 50]
    assert desk.batches == [[0], [1, 2, 3], [4, 5]]


def test_each_gets_its_own_outcome() -> None:
    desk = Desk()
    refused = StoreError("no")
    desk.answer = lambda batch: [refused if n == 2 else n for n in batch]
    group = GroupCommit(desk.write)
    with ThreadPoolExecutor(8) as pool:
        futures = hold(group, desk, pool, 3)
        desk.go_on.release(2)
        assert futures[2].exception(LONG) is refused
        assert [futures[n].result(LONG) for n in (0, 1, 3)] == [0, 1, 3]


def test_queue_is_bounded() -> None:
    desk = Desk()
    group = GroupCommit(desk.write, queue=2)
    with ThreadPoolExecutor(8) as pool:
        futures = hold(group, desk, pool, 2)
        with pytest.raises(StoreUnavailable) as caught:
            group.submit(99)
        assert caught.value.stored is False
        desk.go_on.release(2)
        assert [future.result(LONG) for future in futures] == [0, 10, 20]


def test_waiting_is_bounded() -> None:
    desk = Desk()
    group = GroupCommit(desk.write, patience=0.01)
    with ThreadPoolExecutor(8) as pool:
        futures = hold(group, desk, pool, 0)
        with pytest.raises(StoreUnavailable) as caught:
            group.submit(1)
        assert caught.value.stored is False  # it never left the queue
        desk.go_on.release(2)
        assert futures[0].result(LONG) == 0
        assert group.submit(2) == 20
    assert desk.batches == [[0], [2]]


def test_what_is_being_written_when_patience_ends_is_unknown() -> None:
    desk = Desk()
    group = GroupCommit(desk.write, patience=0.5)
    with ThreadPoolExecutor(8) as pool:
        futures = hold(group, desk, pool, 2)
        desk.go_on.release()  # 1 leads now, and takes 2 along
        assert desk.begun.acquire(timeout=LONG)
        error = futures[2].exception(LONG)
        assert isinstance(error, StoreUnavailable)
        assert error.stored is None
        desk.go_on.release()
        assert futures[1].result(LONG) == 10
    assert desk.batches == [[0], [1, 2]]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError])
def test_interrupted_leader_leaves_nobody_waiting(interruption: type[BaseException]) -> None:
    desk = Desk()

    def interrupted(batch: list[int]) -> list[int | StoreError]:
        if 1 in batch:
            raise interruption
        return list(batch)

    desk.answer = interrupted
    group = GroupCommit(desk.write, batch=2)
    with ThreadPoolExecutor(8) as pool:
        futures = hold(group, desk, pool, 3)
        desk.go_on.release(3)
        assert futures[0].result(LONG) == 0
        assert isinstance(futures[1].exception(LONG), interruption)
        error = futures[2].exception(LONG)
        assert isinstance(error, StoreUnavailable)
        assert error.stored is None
        assert futures[3].result(LONG) == 3  # the next batch
    assert desk.batches == [[0], [1, 2], [3]]


def test_every_item_once_under_load() -> None:
    written: list[int] = []

    def write(batch: list[int]) -> list[int]:
        written.extend(batch)
        return batch

    group = GroupCommit(write, batch=5)
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(group.submit, range(2000))) == list(range(2000))
    assert sorted(written) == list(range(2000))
