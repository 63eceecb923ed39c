"""Faults of the sealer, in pairs: failed and nothing written, failed but written. Afterwards it goes on."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import psycopg
import pytest

from consent.keys import Keys
from consent.store import Kept, Store, StoreError, StoreUnavailable
from consent.store import kept as kept_module

from .samples import SITE, START
from .sealing import Steps, assert_sound, fill, seal_all


def die(connection: Any) -> None:
    """What a connection does that dies."""
    if isinstance(connection, sqlite3.Connection):
        raise sqlite3.OperationalError("disk I/O error")
    connection.close()
    raise psycopg.OperationalError("server closed the connection unexpectedly")


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    (tmp_path / "keys").mkdir()
    return Kept(tmp_path / "keys", SITE)


def test_at_each_step(store: Store, keys: Keys, kept: Kept) -> None:
    made = fill(store, 200)
    steps = Steps(store)
    seal_all(store, keys, kept)
    made += fill(store, 70)  # the last tile grows, and another begins
    steps.stop()
    assert store.seal(SITE, keys, START, kept)
    count = len(steps.names)
    assert "commit" in steps.names[-1] and count > 8, steps.names
    for number in range(count):
        for after in (False, True):
            before = store.head(SITE)
            made += fill(store, 3)
            steps.fail(number, after, die)
            with pytest.raises(StoreUnavailable):
                store.seal(SITE, keys, START, kept)
            failed = steps.names[-1]
            steps.stop()
            written = store.head(SITE) != before
            assert written != store.waits(SITE), "all of it or nothing"
            assert written == (failed == "commit" and after), "a commit alone can be unheard"
            seal_all(store, keys, kept)
    assert_sound(store, keys, made)
    assert kept.text() == store.head(SITE).note  # type: ignore[union-attr]


@pytest.mark.parametrize("after", [False, True], ids=["nothing written", "but written"])
def test_the_file_beside_the_key(
    store: Store, keys: Keys, kept: Kept, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    """A commit whose checkpoint could not be kept: the next sealing catches up."""
    made = fill(store, 3)
    seal_all(store, keys, kept)
    old = kept.text()
    put = kept_module._put

    def failing(path: Path, text: str) -> None:
        if after:
            put(path, text)
        raise StoreError("the disk is full")

    made += fill(store, 2)
    with monkeypatch.context() as patch:
        patch.setattr(kept_module, "_put", failing)
        with pytest.raises(StoreError, match="full"):
            store.seal(SITE, keys, START, kept)
    head = store.head(SITE)
    assert head is not None and head.size == 5
    assert kept.text() == (head.note if after else old)
    assert store.seal(SITE, keys, START, kept) is None
    assert kept.text() == head.note
    assert_sound(store, keys, made)
