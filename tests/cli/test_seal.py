"""`consent seal`, and the server that leaves it to that."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from consent.decision import Answer
from consent.keys import Keys
from consent.service import Service

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
