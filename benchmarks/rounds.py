"""Interleaved measurement: every case gets its turn in every round, so that what disturbs one disturbs all."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from . import load
from .load import Load
from .serving import Server

WARM = 1.0  # seconds of load before anything counts


@dataclass
class Case:
    """One load on one server, with what came of each round."""

    name: str
    server: Server
    load: Load
    cpu: list[float] = field(default_factory=list)  # µs a request
    rate: list[float] = field(default_factory=list)  # requests a second
    p99: list[float] = field(default_factory=list)  # ms

    def run(self, seconds: float) -> None:
        """One round."""
        before = self.server.cpu()
        result = load.run(self.load, self.server.url(self.load.path), seconds)
        self.cpu.append((self.server.cpu() - before) / result.requests * 1e6)
        self.rate.append(result.requests / result.seconds)
        self.p99.append(result.p99)

    def warm(self) -> None:
        """A round that does not count."""
        load.run(self.load, self.server.url(self.load.path), WARM)

    @property
    def micros(self) -> float:
        """µs of CPU a request: the median of the rounds."""
        return statistics.median(self.cpu)

    def ratio(self, other: Case) -> float:
        """CPU as a multiple of another's: the median of the ratios, round by round."""
        return statistics.median(a / b for a, b in zip(self.cpu, other.cpu, strict=True))


def progress() -> Progress:
    """How far it is, on a terminal."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), transient=True
    )


def interleave(title: str, cases: Sequence[Case], rounds: int, seconds: float) -> None:
    """Run all cases, round by round, each round beginning with another."""
    each(title, [(case.name, case.warm) for case in cases], 1)
    each(title, [(case.name, partial(case.run, seconds)) for case in cases], rounds)


def each(title: str, steps: Sequence[tuple[str, Callable[[], object]]], rounds: int) -> None:
    """Take every step once in every round, with the progress shown."""
    with progress() as shown:
        task = shown.add_task(title, total=rounds * len(steps))
        for number in range(rounds):
            start = number % len(steps)
            for name, step in (*steps[start:], *steps[:start]):
                shown.update(task, description=f"{title}: {name}")
                step()
                shown.advance(task)
