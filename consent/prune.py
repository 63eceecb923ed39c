"""Retention at work: what has had its time goes, by `consent prune` and by the server itself, once a day."""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from . import retention
from .encoding import timestamp
from .record import uuid7
from .retention import DAY
from .site.model import Duration, Site
from .store import Access, Store, StoreError
from .store.erasure import CLASSES, Class, Due

logger = logging.getLogger(__name__)

JOB = "prune"
LEASE = 3600  # seconds after which another process may take over from one that was killed
FIRST = 60.0  # seconds after the first record
PACE = 600.0  # seconds between two looks at whether it is due
SERVER = "server"


@dataclass(frozen=True, slots=True)
class Line:
    """One class: its rule, the second before which it is due (None: never), and what is."""

    name: Class
    kept: Duration
    until: int | None
    due: Due


def plan(store: Store, site: Site, now: int) -> list[Line]:
    """What would go now. Changes nothing. Raises StoreUnavailable."""
    rules = retention.rules(site)
    until = {name: retention.deadline(rules[name], now) for name in CLASSES}
    due = {name: _due(store, site, name, until[name]) for name in CLASSES}
    if until["imported"] is not None and until["personal"] is not None:  # what both mean is counted once
        both = _due(store, site, "imported", min(until["imported"], until["personal"])).count
        due["personal"] = replace(due["personal"], count=due["personal"].count - both)
    return [Line(name, rules[name], until[name], due[name]) for name in CLASSES]


def run(store: Store, site: Site, who: str, now: int) -> Iterator[int]:
    """Do it as one iterates; gives how many each batch had. Each class is in the access log before it goes.

    Raises StoreUnavailable.
    """
    rules = retention.rules(site)
    for place, name in enumerate(CLASSES):  # each its own millisecond, so that the log has them in this order
        until = retention.deadline(rules[name], now)
        count = _due(store, site, name, until).count
        if until is None or not count:
            continue
        words = f"{name} before {timestamp(until)}"
        store.log(Access(site.id, uuid7(now * 1000 + place, os.urandom(10)), now, who, JOB, words, count))
        yield from store.drop(site.id, name, until)
    store.scrub()


def _due(store: Store, site: Site, name: Class, until: int | None) -> Due:
    return Due(0) if until is None else store.due(site.id, name, until)


def daily(store: Store, site: Site, now: int) -> int | None:
    """What the server does once a day; how many went, or None where it is not due or another process does it.

    Raises StoreUnavailable.
    """
    if not store.take(site.id, JOB, now, now + LEASE):
        return None
    gone = sum(run(store, site, SERVER, now))
    store.finish(site.id, JOB, now + DAY)
    return gone


class Daily:
    """A thread that keeps to the rules in a server. It begins with a process's first record: before, nothing is due
    to it, and a process that only shows pages needs no database."""

    def __init__(
        self,
        site: Site,
        store: Callable[[], Store],
        clock: Callable[[], float] = time.time,
        first: float = FIRST,
        pace: float = PACE,
    ) -> None:
        self._site, self._store, self._clock = site, store, clock
        self._first, self._pace = first, pace
        self._process = 0  # in which the thread runs: a child has none of its parent's
        self._lock = threading.Lock()
        self._stop = threading.Event()
        weakref.finalize(self, self._stop.set)  # the thread ends with the application that it is for

    def wake(self) -> None:
        """Start, unless it runs in this process already."""
        if self._process == os.getpid():
            return
        with self._lock:
            if self._process != os.getpid():
                self._process = os.getpid()
                ours = (weakref.ref(self), self._stop, self._first, self._pace)
                threading.Thread(target=_work, args=ours, name=f"consent-prune-{self._site.id}", daemon=True).start()

    def stop(self) -> None:
        """End the thread, soon."""
        self._stop.set()

    def once(self) -> None:
        """Do it, if it is due."""
        try:
            daily(self._store(), self._site, int(self._clock()))
        except StoreError:  # it will be due the next time, too
            logger.exception("consent: what has had its time could not be removed from %s", self._site.id)


def _work(job: weakref.ref[Daily], stop: threading.Event, first: float, pace: float) -> None:
    pause = first
    while not stop.wait(pause):
        pause, held = pace, job()
        if held is None:
            return
        held.once()
        del held  # nothing but the application keeps it while we wait
