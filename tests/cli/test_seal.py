"""`consent seal`, and the server that leaves it to that."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from consent import keyfile, keys
from consent.decision import Answer
from consent.encoding import b64
from consent.keys import Keys
from consent.ledger import checkpoint as checkpoints
from consent.service import Service
from consent.store import Kept, StoreError
from tests.conftest import NOW
from tests.store.sealing import assert_sound

from .conftest import Run


def record(shop: Service, number: int = 1) -> None:
    for _ in range(number):
        shop.answer(Answer("accept_all"), shop.notice("en").id)


def test_once(run: Run, shop: Service) -> None:
    assert "0 records in the log, none waits" in run("seal", "demo", "--once").output
    record(shop, 3)
    assert "demo: 3 records in the log" in run("seal", "demo", "--once").output
    head = shop.store.head("demo")
    assert head is not None and head.size == 3
    assert (shop.store.place("demo", next(iter(shop.store.stream("demo"))).record.id)) is not None


def test_records_that_vanished_before_their_place_are_told(run: Run, shop: Service, data: Path) -> None:
    record(shop, 2)
    database = sqlite3.connect(data / "consent.sqlite3")
    database.execute("DELETE FROM consent_record WHERE id = (SELECT min(id) FROM consent_record)")
    database.commit()
    database.close()
    said = run("seal", "demo", "--once", fails=True).output
    assert "demo: 1 records" in said and "1 more were stored and are gone" in said


def test_a_fork_is_told(run: Run, shop: Service, data: Path) -> None:
    record(shop)
    run("seal", "demo", "--once")
    database = sqlite3.connect(data / "consent.sqlite3")
    database.execute("DELETE FROM consent_head")
    database.commit()
    database.close()
    record(shop)
    said = run("seal", "demo", "--once", fails=True).output
    assert "but this key has signed one of 1" in said and "demo.fork-" in said
    (proof,) = (data / "keys").glob("demo.fork-*.json")
    found: dict[str, Any] = json.loads(proof.read_text())
    assert found["found"] is None and found["signed"].startswith("demo.example/consent\n1\n")


@pytest.mark.parametrize("every", ["0s", "2h", "5", "s", "5 days"])
def test_how_often(run: Run, ring: Keys, every: str) -> None:
    assert "such as 5s" in run("seal", "demo", "--every", every, fails=True).output


def test_what_is_missing(run: Run, ring: Keys) -> None:
    assert "There is no database" in run("seal", "demo", "--once", fails=True).output
    assert "consent keys new other" in run("seal", "other", "--once", fails=True).output


class TestRenew:
    def test_a_restored_backup_gets_a_new_log(self, run: Run, shop: Service, data: Path, ring: Keys) -> None:
        record(shop, 2)
        run("seal", "demo", "--once")
        shop.store.close()
        backup = (data / "consent.sqlite3").read_bytes()
        record(shop, 1)
        run("seal", "demo", "--once")
        old = shop.store.head("demo")
        assert old is not None and old.size == 3
        shop.store.close()
        (data / "consent.sqlite3").write_bytes(backup)
        record(shop, 1)
        assert "consent ledger renew demo" in run("seal", "demo", "--once", fails=True).output
        said = run("ledger", "renew", "demo", "--yes").output
        assert "3 records wait" in said
        assert "demo: 3 records in the log" in run("seal", "demo", "--once").output

        now = keyfile.load(data / "keys", "demo", production=True)
        assert ring.ledger and now.ledger and now.ledger.origin != ring.ledger.origin
        (ended,) = now.ended
        assert ended.verifier == ring.ledger.verifier
        assert checkpoints.read(ended.note, [ended.verifier]).checkpoint.size == 3
        assert keys.verifying_ledger(keys.published(now)) == (ended.verifier, now.ledger.verifier)
        assert ring.ledger.seed not in (data / "keys" / "demo.keys.json").read_bytes()
        assert b64(ring.ledger.seed) not in (data / "keys" / "demo.keys.json").read_text()
        assert_sound(shop.store, now, site="demo")

    def test_a_process_that_has_the_old_key_signs_no_more(self, run: Run, shop: Service, data: Path) -> None:
        record(shop, 2)
        run("seal", "demo", "--once")
        run("ledger", "renew", "demo", "--yes")
        with pytest.raises(StoreError, match="no checkpoint that the key"):
            shop.store.seal("demo", shop.keys, NOW, Kept(data / "keys", "demo"))
        assert shop.store.head("demo") is None

    def test_not_while_somebody_seals(self, run: Run, shop: Service, data: Path) -> None:
        with Kept(data / "keys", "demo").held():
            assert "Stop it first" in run("ledger", "renew", "demo", "--yes", fails=True).output
        assert "Aborted" in run("ledger", "renew", "demo", input="n\n", fails=True).output

    def test_a_name_is_used_once(self, run: Run, shop: Service) -> None:
        said = run("ledger", "renew", "demo", "--yes", "--origin", "demo.example/consent", fails=True).output
        assert "Choose another name" in said


def test_show(run: Run, shop: Service, ring: Keys) -> None:
    assert "Nothing is sealed yet" in run("ledger", "show", "demo").output
    record(shop, 2)
    assert "Waiting:    some" in run("ledger", "show", "demo").output
    run("seal", "demo", "--once")
    said = run("ledger", "show", "demo").output
    assert ring.ledger and str(ring.ledger.verifier) in said
    assert "Records:    2" in said and "by nobody" in said and "Waiting:    none" in said
