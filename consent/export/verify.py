"""A whole export, checked on all cores in constant memory: each record for itself, then their order.

Ids are UUIDv7 and an export is in their order, so that "each id is after the one before" also means that none stands
twice. Only a record that is whole moves the order on: one forged id does not make its neighbours look wrong.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.context import BaseContext
from typing import Protocol

from ..site.mistakes import short
from .check import Trusted, Verdict, check
from .read import Item

NAMED = 100  # how many bad records a report names; it counts all
AHEAD = 3  # batches that wait for each process


@dataclass(slots=True)
class Report:
    """What was found. `named` has the first NAMED bad records."""

    records: int = 0
    bad: int = 0
    named: list[Verdict] = field(default_factory=list)
    first: str = ""  # id of the first whole record
    last: str = ""  # and of the last
    _line: int = 0

    def add(self, verdict: Verdict) -> None:
        """Count one verdict, in the order of the file."""
        self.records += 1
        if verdict.problem is None and self.last and verdict.id <= self.last:
            again = (
                "it stands twice: it is that of"
                if verdict.id == self.last
                else "it is out of order, or stands twice: it is not after"
            )
            verdict = Verdict(verdict.line, verdict.id, f"{again} line {self._line}")
        if verdict.problem is None:
            self.first = self.first or verdict.id
            self.last, self._line = verdict.id, verdict.line
            return
        self.bad += 1
        if len(self.named) < NAMED:
            self.named.append(Verdict(verdict.line, short(verdict.id), short(verdict.problem, 300)))


def cores() -> int:
    """How many processes can run at once here."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Source(Protocol):
    """What is verified: a `read.Reader`, or a `tables.Tables`."""

    read: int  # bytes, or rows, so far

    def batches(self) -> Iterator[list[Item]]:
        """Every record, some at a time."""


def verify(reader: Source, trusted: Trusted, jobs: int, tick: Callable[[int], None]) -> Report:
    """The report on a file. `tick` is called with how much was read so far."""
    report = Report()
    for verdicts in _judged(reader, trusted, jobs):
        for verdict in verdicts:
            report.add(verdict)
        tick(reader.read)
    return report


def judge(batch: list[Item], trusted: Trusted) -> list[Verdict]:
    """The verdicts on a batch."""
    return [
        Verdict(item.line, "", item.problem) if item.content is None else check(item.line, item.content, trusted)
        for item in batch
    ]


def _judged(reader: Source, trusted: Trusted, jobs: int) -> Iterator[list[Verdict]]:
    batches = reader.batches()
    waiting = [batch for _, batch in zip(range(2), batches, strict=False)]  # so little that processes would not pay
    if jobs <= 1 or len(waiting) < 2:
        for batch in waiting:
            yield judge(batch, trusted)
        for batch in batches:
            yield judge(batch, trusted)
        return
    with ProcessPoolExecutor(jobs, mp_context=_context(), initializer=_quiet) as pool:
        pending: deque[Future[list[Verdict]]] = deque(pool.submit(judge, batch, trusted) for batch in waiting)
        try:
            for batch in batches:
                pending.append(pool.submit(judge, batch, trusted))
                if len(pending) >= jobs * AHEAD:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _context() -> BaseContext:
    """A way to start processes that is safe beside threads and imports this package once, where there is one."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def _quiet() -> None:
    """Ctrl-C is for the process that reads; it stops the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
