"""A restored backup, a copied database: the fork is noticed before it is signed, and the proof of it kept."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from consent.ledger import checkpoint as checkpoints
from consent.ledger import tree
from consent.ledger.note import base64_of
from consent.store import Kept, LedgerForked, Store, StoreError
from consent.store.renew import renew

from .samples import SITE, START
from .sealing import assert_sound, fill, ring, seal_all

KEYS = ring()


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    (tmp_path / "keys").mkdir()
    return Kept(tmp_path / "keys", SITE)


def copy(path: Path, to: Path) -> Path:
    """A backup, as SQLite makes it."""
    source, target = sqlite3.connect(path), sqlite3.connect(to)
    source.backup(target)
    source.close()
    target.close()
    return to


def opened(path: Path) -> Store:
    return Store.open(f"sqlite:///{path}")


def refused(store: Store, kept: Kept) -> dict[str, Any]:
    """The proof of a fork that is noticed; the log stays as it is."""
    before = store.head(SITE)
    waiting = fill(store, 1)
    paths = set()
    for second in (1, 100):  # it is noticed each time, and told once
        with pytest.raises(LedgerForked, match="consent ledger renew demo") as caught:
            store.seal(SITE, KEYS, START + second, kept)
        paths.add(caught.value.proof)
    assert store.head(SITE) == before
    assert store.record(SITE, waiting[0].record.id), "records are stored as before"
    (path,) = paths
    assert list(path.parent.glob("demo.fork-*.json")) == [path]
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_a_restored_backup(tmp_path: Path, kept: Kept) -> None:
    store = opened(tmp_path / "db")
    made = fill(store, 3)
    seal_all(store, KEYS, kept)
    backup = opened(copy(tmp_path / "db", tmp_path / "backup"))
    made += fill(store, 2)
    seal_all(store, KEYS, kept)
    proof = refused(backup, kept)
    signed, found = (checkpoints.read(proof[name], [KEYS.ledger.verifier]) for name in ("signed", "found"))  # type: ignore[union-attr]
    assert (signed.checkpoint.size, found.checkpoint.size) == (5, 3)
    made += fill(store, 1)
    seal_all(store, KEYS, kept)  # the newer database goes on
    assert_sound(store, KEYS, made)
    for one in (store, backup):
        one.close()


def test_an_emptied_database(tmp_path: Path, kept: Kept) -> None:
    store = opened(tmp_path / "db")
    fill(store, 3)
    seal_all(store, KEYS, kept)
    other = opened(tmp_path / "empty")
    assert refused(other, kept)["found"] is None
    for one in (store, other):
        one.close()


def test_a_copy_beside_the_original(tmp_path: Path, kept: Kept) -> None:
    """Two servers with copies of the database, and copies of the keys: each signs, and the two histories meet."""
    store = opened(tmp_path / "db")
    fill(store, 3)
    seal_all(store, KEYS, kept)
    other = opened(copy(tmp_path / "db", tmp_path / "copy"))
    shutil.copytree(tmp_path / "keys", tmp_path / "elsewhere")
    fill(store, 2)
    seal_all(store, KEYS, kept)
    fill(other, 4)
    seal_all(other, KEYS, Kept(tmp_path / "elsewhere", SITE))
    proof = refused(other, kept)
    signed, found = (checkpoints.read(proof[name], [KEYS.ledger.verifier]).checkpoint for name in ("signed", "found"))  # type: ignore[union-attr]
    root, path = base64_of(proof["root"]), [base64_of(one) for one in proof["consistency"]]
    assert root != signed.root, "another history of as many records"
    assert tree.check_consistency(signed.size, root, found.size, found.root, path), "which the found head extends"
    for one in (store, other):
        one.close()


def test_the_second_of_two_with_one_folder_of_keys(tmp_path: Path, kept: Kept) -> None:
    store = opened(tmp_path / "db")
    other = opened(copy(tmp_path / "db", tmp_path / "copy"))
    fill(store, 1)
    seal_all(store, KEYS, kept)
    refused(other, kept)
    for one in (store, other):
        one.close()


def test_two_machines_with_one_database(store: Store, tmp_path: Path) -> None:
    """Their files differ, their heads agree."""
    made = []
    kepts = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        kepts.append(Kept(tmp_path / name, SITE))
    for kept in [*kepts, *kepts]:
        made += fill(store, 2)
        assert store.seal(SITE, KEYS, START, kept)
    assert_sound(store, KEYS, made)


def test_only_one_at_a_time(store: Store, kept: Kept) -> None:
    fill(store, 1)
    with kept.held() as alone, kept.held() as second:
        assert (alone, second) == (True, False)
        assert store.seal(SITE, KEYS, START, kept) is None
    assert store.seal(SITE, KEYS, START, kept)


def test_what_is_no_checkpoint_stops_it(store: Store, kept: Kept) -> None:
    fill(store, 1)
    kept.keep("nonsense")
    with pytest.raises(StoreError, match="no checkpoint"):
        store.seal(SITE, KEYS, START, kept)
    assert store.head(SITE) is None


def test_a_folder_that_is_not_there(store: Store, tmp_path: Path) -> None:
    fill(store, 1)
    with pytest.raises(StoreError, match="cannot write to"):
        store.seal(SITE, KEYS, START, Kept(tmp_path / "nowhere", SITE))
    assert store.waits(SITE)


def test_a_new_log_of_the_same_records(store: Store, kept: Kept) -> None:
    made = fill(store, 300)
    seal_all(store, KEYS, kept)
    made += fill(store, 2)
    assert renew(store.engine, SITE) == 302
    assert store.head(SITE) is None and store.sealed_ids(SITE, 0) == [] == store.checkpoints(SITE)
    with pytest.raises(LedgerForked):
        store.seal(SITE, KEYS, START, kept)
    kept.path.unlink()
    seal_all(store, KEYS, kept)
    assert_sound(store, KEYS, made)
