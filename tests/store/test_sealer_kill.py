"""Sealers killed with -9: every acknowledged record has exactly one place, and the log verifies and goes on."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

from consent.store import Kept, Store

from .processes import LONG, outputs, start
from .samples import SITE
from .sealing import assert_sound, fill, ids, ring, seal_all

ENOUGH = 4  # heads of each sealer before the kill


def test_at_each_step(url: str, tmp_path: Path) -> None:
    (said,) = outputs([start(f"{__package__}.dying", url, tmp_path)])
    assert int(said) > 8


def test_under_load(store: Store, url: str, tmp_path: Path) -> None:
    """Two servers, each with its own sealer; on PostgreSQL as on two machines, which share no file."""
    folders = [tmp_path / "one", tmp_path / ("two" if "postgres" in url else "one")]
    for folder in folders:
        folder.mkdir(exist_ok=True)
    loads = [start(f"{__package__}.load", url, name, 1_000_000, 2) for name in ("a", "b")]
    sealers = [start(f"{__package__}.seals", url, folder) for folder in folders]
    children = [*loads, *sealers]
    watchdog = threading.Timer(LONG, kill, [children])
    watchdog.start()
    acknowledged: list[str] = []
    readers = [threading.Thread(target=read, args=[child, acknowledged]) for child in loads]
    for reader in readers:
        reader.start()
    for sealer in sealers:
        assert sealer.stdout is not None
        assert [sealer.stdout.readline() for _ in range(ENOUGH)][-1].strip()
    kill(children)
    for reader in readers:
        reader.join()
    watchdog.cancel()
    watchdog.join()
    for child in children:
        child.communicate()

    keys = ring()
    fill(store, 5)
    kepts = [Kept(folder, SITE) for folder in folders]
    while store.waits(SITE):
        for kept in kepts:  # either of them goes on
            seal_all(store, keys, kept)
    assert_sound(store, keys)
    found = set(map(str, ids(store)))
    assert acknowledged and found.issuperset(acknowledged)
    assert len(found) == store.count(SITE), "nothing was lost, nothing doubled"


def read(child: subprocess.Popen[str], acknowledged: list[str]) -> None:
    """The ids that a child acknowledges till its end; a line that was cut short was none."""
    assert child.stdout is not None
    acknowledged += [line.split()[1] for line in child.stdout if line.endswith("\n")]


def kill(children: list[subprocess.Popen[str]]) -> None:
    for child in children:
        child.kill()
