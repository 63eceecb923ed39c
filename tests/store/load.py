"""A process that stores entries as fast as it can, and says which. Run by `test_kill` and `test_concurrency`.

    python -m tests.store.load URL WORKER NUMBER THREADS

Prints `<number> <record id>` for each entry, flushed, after `append` returned. Entry n of a worker has the
same request key and digest in every run, but a record of its own each time, as a retried request has.
"""

from __future__ import annotations

import itertools
import sys
import threading

from consent.store import Entry, Store

from .samples import SITE, entry, noise


def request(worker: str, number: int) -> Entry:
    """Request `number` of a worker, with a new record."""
    about = (worker, number)
    return entry(
        about=(noise(8, worker, number), threading.get_ident(), object()),
        key=noise(16, "key", *about),
        digest=noise(16, "digest", *about),
        subject=worker if number % 2 else None,
    )


def main(url: str, worker: str, number: int, threads: int) -> None:
    """Store requests 0 … number - 1, on several threads."""
    store = Store.open(url)
    numbers = itertools.count()
    printing = threading.Lock()

    def run() -> None:
        while (n := next(numbers)) < number:
            stored = store.append(request(worker, n))
            with printing:
                print(n, stored.record.id, flush=True)

    crowd = [threading.Thread(target=run) for _ in range(threads)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert store.count(SITE) >= number


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
