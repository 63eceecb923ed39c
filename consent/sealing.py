"""The sealer of a server: a thread in each process that sleeps until a record waits, then seals within the delay.

Nobody waits for it, not a request and not the end of the process: killed anywhere, it has sealed a batch or not.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path

from .errors import ConsentError
from .keys import Keys
from .store import Kept, Store
from .store.fork import after_fork

LOGGER = logging.getLogger("consent.sealer")
SHARE = 0.8  # of the delay that is slept; the rest is for the work
LONGEST = 60.0  # seconds between two tries while sealing fails, or the delay if that is longer

_all: weakref.WeakSet[Sealing] = weakref.WeakSet()


class Sealing:
    """Seals one site's records. `store` opens the store, which may fail and is tried again."""

    def __init__(
        self,
        site: str,
        keys: Keys,
        folder: Path,
        store: Callable[[], Store],
        delay: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._site = site
        self._keys = keys
        self._kept = Kept(folder, site)
        self._store = store
        self._delay = delay
        self._clock = clock
        self._told: set[str] = set()
        self._reset()
        after_fork(self._reset)
        _all.add(self)

    def _reset(self) -> None:
        self._wanted = threading.Event()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self, _site: str = "") -> None:
        """Something may wait. Costs next to nothing when that is known already."""
        if self._wanted.is_set() and self._thread is not None:
            return
        self._wanted.set()
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    ours = (weakref.ref(self), self._wanted, self._over, self._delay)
                    self._thread = threading.Thread(target=_run, args=ours, name="consent-sealer", daemon=True)
                    self._thread.start()

    def once(self) -> bool:
        """Seal all that waits; whether that went well. What did not is logged once, until it goes well again."""
        try:
            store = self._store()
            while store.seal(self._site, self._keys, int(self._clock()), self._kept):
                pass
            if store.waits(self._site):  # another process is at it, and may have begun before the newest came
                self._wanted.set()
            else:
                self._told.clear()
        except Exception as error:
            kind = f"{type(error).__name__}: {error}" if isinstance(error, ConsentError) else type(error).__name__
            if kind not in self._told:
                self._told.add(kind)
                known = isinstance(error, ConsentError)
                LOGGER.error("consent: %s is not sealed: %s", self._site, error, exc_info=None if known else error)
            self._wanted.set()
            return False
        return True

    def stop(self) -> None:
        """No more sealing in this process; what is under way is not waited for."""
        self._over.set()
        self._wanted.set()


@atexit.register
def _stop() -> None:
    for sealing in list(_all):
        sealing.stop()


def _run(reference: weakref.ref[Sealing], wanted: threading.Event, over: threading.Event, delay: float) -> None:
    """The thread. It holds on to nothing while it sleeps, so an application that is let go takes its sealer along."""
    pause = delay * SHARE
    while not over.is_set():
        if not wanted.wait(LONGEST):
            if reference() is None:
                return
            continue
        if over.wait(pause):
            return
        wanted.clear()
        sealing = reference()
        if sealing is None:
            return
        well = sealing.once()
        del sealing
        pause = delay * SHARE if well else min(pause * 2, max(LONGEST, delay))
