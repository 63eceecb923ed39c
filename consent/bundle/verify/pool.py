"""Work on all cores: functions of a bundle's bytes, in processes of their own, results in order."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import BaseContext
from typing import TypeVar

from .context import Context
from .leaves import Lines
from .source import Source

AHEAD = 3  # tasks that wait for each process

Work = TypeVar("Work")
Found = TypeVar("Found")


@dataclass(slots=True)
class Bench:
    """What a process has at hand."""

    context: Context
    source: Source
    lines: Lines = field(init=False)

    def __post_init__(self) -> None:
        self.lines = Lines(self.context)


_bench: list[Bench] = []


@dataclass(frozen=True, slots=True)
class Crew:
    """Those who work. Without a pool it is this process alone."""

    bench: Bench
    jobs: int
    pool: ProcessPoolExecutor | None

    def run(self, how: Callable[[Bench, Work], Found], work: Iterable[Work]) -> Iterator[tuple[Work, Found]]:
        """Each piece of work with what was found, in order. Raises what `how` raises, at its place."""
        if self.pool is None:
            for one in work:
                yield one, how(self.bench, one)
            return
        pending: deque[tuple[Work, Future[Found]]] = deque()
        for one in work:
            pending.append((one, self.pool.submit(_call, how, one)))
            if len(pending) >= self.jobs * AHEAD:
                done, future = pending.popleft()
                yield done, future.result()
        while pending:
            done, future = pending.popleft()
            yield done, future.result()


@contextmanager
def crew(bench: Bench, jobs: int) -> Iterator[Crew]:
    """Start so many processes, and end them."""
    if jobs <= 1:
        yield Crew(bench, 1, None)
        return
    pool = ProcessPoolExecutor(jobs, mp_context=_context(), initializer=_start, initargs=(bench.context, bench.source))
    try:
        yield Crew(bench, jobs, pool)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _start(context: Context, source: Source) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that reads; it stops the others
    _bench[:] = [Bench(context, source)]


def _call(how: Callable[[Bench, Work], Found], one: Work) -> Found:
    return how(_bench[0], one)


def _context() -> BaseContext:
    """A way to start processes that is safe beside threads and imports this package once, where there is one."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([f"{__package__}.run"])
    return context
