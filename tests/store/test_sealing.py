"""The sealer's thread: it seals within the delay, survives failures and forks, and lets go of what is let go."""

from __future__ import annotations

import gc
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from consent.sealing import Sealing
from consent.store import Store, StoreUnavailable

from .samples import SITE, START, entry
from .sealing import assert_sound, fill, ring

KEYS = ring()
SOON = 60.0  # seconds: a bound on what must happen, never waited out


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def sealing(store: Store, tmp_path: Path) -> Iterator[Sealing]:
    made = Sealing(SITE, KEYS, tmp_path, lambda: store, 0.05, clock=lambda: START)
    store.on_append = made.wake
    yield made
    made.stop()
    if made._thread:
        made._thread.join()


def threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "consent-sealer"]


def test_what_is_stored_is_sealed(store: Store, sealing: Sealing) -> None:
    before = len(threads())
    made = []
    for _ in range(3):
        made.append(store.append(entry()))
        until(lambda: store.place(SITE, made[-1].record.id))
    assert len(threads()) <= before + 1
    assert_sound(store, KEYS, made)


def test_what_an_earlier_process_left(store: Store, sealing: Sealing) -> None:
    made = fill(store, 2)  # by a way that wakes nobody
    sealing.wake()
    until(lambda: store.head(SITE))
    assert_sound(store, KEYS, made)


def test_failures_are_told_once_and_tried_again(
    store: Store, sealing: Sealing, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "demo.checkpoint").write_text("nonsense")
    made = fill(store, 1)
    with caplog.at_level(logging.ERROR):
        assert [sealing.once() for _ in range(3)] == [False] * 3
    assert len([one for one in caplog.records if "demo is not sealed" in one.message]) == 1
    (tmp_path / "demo.checkpoint").unlink()
    sealing.wake()
    until(lambda: store.head(SITE))
    assert_sound(store, KEYS, made)


def test_the_thread_does_not_give_up(store: Store, sealing: Sealing, tmp_path: Path) -> None:
    (tmp_path / "demo.checkpoint").write_text("nonsense")
    made = [store.append(entry())]
    until(lambda: sealing._told)
    (tmp_path / "demo.checkpoint").unlink()
    until(lambda: store.head(SITE))
    assert_sound(store, KEYS, made)


def test_a_store_that_cannot_be_opened(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def away() -> Store:
        raise StoreUnavailable("The database cannot be reached.")

    made = Sealing(SITE, KEYS, tmp_path, away, 0.05)
    assert not made.once()
    assert "cannot be reached" in caplog.text and "Traceback" not in caplog.text


def test_it_goes_with_its_application(tmp_path: Path) -> None:
    def away() -> Store:
        raise StoreUnavailable("The database cannot be reached.")

    made = Sealing(SITE, KEYS, tmp_path, away, 0.05)
    made.wake()
    thread, reference = made._thread, weakref.ref(made)
    del made
    assert thread is not None
    until(lambda: gc.collect() is not None and reference() is None)
    until(lambda: not thread.is_alive())


def test_a_forked_child_has_a_thread_of_its_own(tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    import subprocess
    import sys

    from .processes import ROOT

    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=SOON * 2,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "well\n"), done.stderr


CHILD = """
import os, sys, time
from pathlib import Path
from consent.sealing import Sealing
from consent.store import Store
from tests.store.samples import SITE, entry
from tests.store.sealing import assert_sound, ring

folder = Path(sys.argv[1])
store = Store.open(f"sqlite:///{folder / 'db'}")
sealing = Sealing(SITE, ring(), folder, lambda: store, 0.05)
store.on_append = sealing.wake
store.append(entry())
child = os.fork()
made = store.append(entry(about=("own", child)))
for _ in range(3000):
    if store.place(SITE, made.record.id):
        break
    time.sleep(0.02)
else:
    os._exit(1)
if child == 0:
    os._exit(0 if sealing._thread.is_alive() else 2)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert_sound(store, ring())
assert store.head(SITE).size == 3
print("well", flush=True)
"""
