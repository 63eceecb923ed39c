"""Killed with -9 under load: nothing acknowledged is lost, nothing is there twice."""

from __future__ import annotations

import subprocess
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from consent.store import Store

from .load import request
from .processes import LONG, start
from .samples import SITE

WORKERS = ("a", "b", "c")
THREADS = 4
ENOUGH = 60  # acknowledgements of each worker before the kill


def test_kill_under_load(store: Store, url: str) -> None:
    children = [start(f"{__package__}.load", url, worker, 1_000_000, THREADS) for worker in WORKERS]
    watchdog = threading.Timer(LONG, kill, [children])  # so that a test that fails does not hang
    watchdog.start()
    with ThreadPoolExecutor(len(WORKERS)) as pool:
        # All are in full swing when the last has reached ENOUGH; each is read on, so that none stops for us.
        swinging = threading.Barrier(len(WORKERS), action=lambda: kill(children))
        said = list(pool.map(lambda child: read(child, swinging), children))
    watchdog.cancel()
    watchdog.join()
    acknowledged = {
        (worker, int(number)): record_id
        for worker, lines in zip(WORKERS, said, strict=True)
        for number, record_id in (line.split() for line in lines)
    }
    assert all(sum(one == worker for one, _ in acknowledged) >= ENOUGH for worker in WORKERS)

    stored = {one.request_key: str(one.record.id) for one in store.stream(SITE)}
    for (worker, number), record_id in acknowledged.items():
        assert stored[request(worker, number).request_key] == record_id

    retried = 0
    for worker in WORKERS:  # what was in flight, and a little more that was never sent
        last = max(number for one, number in acknowledged if one == worker)
        for number in range(last + THREADS + 1):
            if (worker, number) not in acknowledged:
                retry = request(worker, number)
                answer = store.append(retry)
                # A server may go on for a moment with what a dead client had sent: it may be there by now.
                assert stored.get(retry.request_key) in (None, str(answer.record.id))
                assert store.record(SITE, answer.record.id) == answer
                retried += 1
    times = Counter(one.request_key for one in store.stream(SITE))
    assert set(times.values()) == {1}
    assert len(times) == store.count(SITE) == len(acknowledged) + retried


def read(child: subprocess.Popen[str], swinging: threading.Barrier) -> list[str]:
    """The lines of a child until its end. A line that the kill cut short was no acknowledgement."""
    assert child.stdout is not None
    lines = []
    for line in child.stdout:
        lines.append(line)
        if len(lines) == ENOUGH:
            threading.Thread(target=swinging.wait, args=[LONG]).start()
    child.stdout.close()
    assert child.wait(LONG) == -9
    return [line for line in lines if line.endswith("\n")]


def kill(children: list[subprocess.Popen[str]]) -> None:
    for child in children:
        child.kill()
