"""A process that uses a store, forks, and uses it on both sides. Run by `test_concurrency`.

python -m tests.store.forks URL
"""

from __future__ import annotations

import os
import sys

from consent.store import Store

from .samples import SITE, entry


def use(store: Store, times: int) -> None:
    """Write and read."""
    for _ in range(times):
        made = entry(about=os.urandom(8))
        assert store.append(made) == made
        assert store.record(SITE, made.record.id) == made


def main(url: str) -> None:
    """Fork three children from a store that was used."""
    store = Store.open(url)
    use(store, 1)
    children = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            try:
                use(store, 20)
                store.close()
            except BaseException:
                sys.excepthook(*sys.exc_info())
                os._exit(1)
            os._exit(0)
        children.append(child)
    use(store, 20)
    ended = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert ended == [0, 0, 0], ended
    assert store.count(SITE) == 1 + 3 * 20 + 20
    store.close()
    print("well")


if __name__ == "__main__":
    main(sys.argv[1])
