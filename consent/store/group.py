"""Group commit: what is submitted while one batch is being written goes into the next one.

There is no writer thread. The first to come leads: it writes its own item with all that wait, then hands the
lead to the first who came meanwhile. An idle process pays nothing, a busy one pays one disk flush for many.
No database here, only threads.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from .errors import StoreError, StoreUnavailable
from .fork import after_fork

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Ticket(Generic[Item, Result]):
    __slots__ = ("bell", "item", "leads", "outcome", "taken")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.outcome: Result | StoreError | None = None
        self.leads = False
        self.taken = False  # a leader has begun to write it
        self.bell: threading.Lock | None = None  # held until there is news for the one who waits


class GroupCommit(Generic[Item, Result]):
    """Gathers the items of many threads into batches.

    `write` gets 1 to `batch` items and returns one outcome for each; an error among them is raised to its
    submitter. One batch is written at a time. At most `queue` items wait, each at most `patience` seconds.
    """

    def __init__(
        self,
        write: Callable[[list[Item]], Sequence[Result | StoreError]],
        *,
        batch: int = 64,
        queue: int = 1024,
        patience: float = 15.0,
    ) -> None:
        self._write = write
        self._batch = batch
        self._queue = queue
        self._patience = patience
        self._reset()
        after_fork(self._reset)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[_Ticket[Item, Result]] = deque()
        self._led = False

    def submit(self, item: Item) -> Result:
        """Have an item written; returns its outcome when its batch is done. Raises StoreError."""
        ticket: _Ticket[Item, Result] = _Ticket(item)
        with self._lock:
            if not self._led:
                self._led = ticket.leads = ticket.taken = True
            elif len(self._waiting) >= self._queue:
                raise StoreUnavailable("Too many records wait to be written. Try again in a moment.")
            else:
                ticket.bell = threading.Lock()
                ticket.bell.acquire()
                self._waiting.append(ticket)
        if ticket.bell is not None:
            self._wait(ticket, ticket.bell)
        if ticket.leads:
            self._lead(ticket)
        outcome = ticket.outcome
        if isinstance(outcome, StoreError):
            raise outcome
        if outcome is None:
            raise StoreUnavailable("The writer was interrupted.", stored=None)
        return outcome

    def _wait(self, ticket: _Ticket[Item, Result], bell: threading.Lock) -> None:
        if bell.acquire(timeout=self._patience):
            return
        with self._lock:
            if ticket.leads or ticket.outcome is not None:  # the bell rang as we gave up
                return
            if ticket.taken:
                raise StoreUnavailable("The database takes too long to write.", stored=None)
            self._waiting.remove(ticket)
        raise StoreUnavailable("The database takes too long to write.")

    def _lead(self, ticket: _Ticket[Item, Result]) -> None:
        batch = [ticket]
        if self._waiting:
            with self._lock:
                while self._waiting and len(batch) < self._batch:
                    follower = self._waiting.popleft()
                    follower.taken = True
                    batch.append(follower)
        try:
            for one, outcome in zip(batch, self._write([one.item for one in batch]), strict=True):
                one.outcome = outcome
        finally:  # whatever stopped us, nobody is left waiting
            with self._lock:
                successor = self._waiting.popleft() if self._waiting else None
                if successor is None:
                    self._led = False
                else:
                    successor.leads = successor.taken = True
            if successor is not None and successor.bell is not None:
                successor.bell.release()
            for one in batch[1:]:
                if one.bell is not None:
                    one.bell.release()
