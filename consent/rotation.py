"""Rotation of the personal and index keys: every personal part is put under new ones, then the old are destroyed.

What lies about of rows that were erased or changed (dead rows, write-ahead logs, backups of the database) cannot be
opened any more, nor can a subject be found in it. Servers go on meanwhile, and see the ring change (`keyfile.Watched`).
Killed at any point it goes on where it was: till the end both keys are in the ring.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from . import keyfile
from . import keys as rings
from .encoding import seconds
from .errors import KeysError
from .keys import Keys
from .personal import Sealed, rewrap
from .store import Store

SETTLE = 30.0  # seconds for what a server had sealed before it saw the new ring; longer than it waits for a commit
NAMED = 5  # records in a message
FIRST = uuid.UUID(int=0)


def rotate(
    path: Path,
    site: str,
    store: Store,
    *,
    settle: float = SETTLE,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[int]:
    """Rotate as one iterates; gives how many personal parts each batch had.

    Raises StoreUnavailable, and KeysError where parts do not open: then the old keys are kept.
    """

    def begin(keys: Keys) -> Keys:
        return rings.begin_rotation(keys, int(clock()), os.urandom(32), os.urandom(32))

    keys = keyfile.change(path, site, begin)
    current = keys.personal_key()
    yield from _pass(store, keys)
    pause = seconds(current.created) + settle - clock()
    if pause > 0:
        sleep(min(pause, settle))
    while left := store.under_others(site, current.id, FIRST):
        if not any(_fresh(record_id, sealed, keys) for record_id, sealed in left):
            raise _unreadable(site, left)
        yield from _pass(store, keys)
    keyfile.change(path, site, lambda ring: rings.end_rotation(ring) if ring.personal_key() == current else ring)
    store.scrub()


def _pass(store: Store, keys: Keys) -> Iterator[int]:
    """Once through all that is under another key than the present one."""
    after = FIRST
    while rows := store.under_others(keys.site, keys.personal_key().id, after):
        changes = [
            (record_id, sealed, fresh) for record_id, sealed in rows if (fresh := _fresh(record_id, sealed, keys))
        ]
        store.reseal(keys.site, changes)
        yield len(changes)
        after = rows[-1][0]


def _fresh(record_id: uuid.UUID, sealed: Sealed, keys: Keys) -> Sealed | None:
    try:
        return rewrap(sealed, keys, keys, record_id, os.urandom(12))
    except KeysError:
        return None


def _unreadable(site: str, left: list[tuple[uuid.UUID, Sealed]]) -> KeysError:
    named = ", ".join(str(record_id) for record_id, _ in left[:NAMED])
    return KeysError(
        f"Some personal parts of {site} do not open ({named}), so the old keys are kept. Restore the key file that "
        f"opens them, or erase them (consent erase {site} --record ID), and rotate again."
    )
