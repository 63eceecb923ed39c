"""A process whose children seal and are killed with -9 at each step of it. Run by `test_sealer_kill`.

    python -m tests.store.dying URL FOLDER

Each child is killed by itself in the middle of a statement's turn, so that nothing of Python's is tidied up.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from consent.store import Kept, Store

from .samples import SITE, START
from .sealing import Steps, assert_sound, fill, ring, seal_all


def main(url: str, folder: Path) -> None:
    """Seal once to count the steps, then die at each, before it and after it."""
    keys, kept = ring(), Kept(folder, SITE)
    store = Store.open(url)
    steps = Steps(store)
    made = fill(store, 250)
    seal_all(store, keys, kept)
    made += fill(store, 10)
    steps.stop()
    assert store.seal(SITE, keys, START, kept)
    count = len(steps.names)
    for number in range(count):
        for after in (False, True):
            made += fill(store, 2)
            child = os.fork()
            if child == 0:
                steps.fail(number, after, lambda _: os.kill(os.getpid(), signal.SIGKILL))
                store.seal(SITE, keys, START, kept)
                os._exit(1)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
            if number % 3 == 0:  # else the next child finds what this one has left
                seal_all(store, keys, kept)
    while store.waits(SITE):  # a server may hold a dead client's lock for a moment
        seal_all(store, keys, kept)
    assert_sound(store, keys, made)
    store.close()
    print(count)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
