"""What a decision does to the machine, counted: signatures, commits, statements, draws of randomness. No clocks."""

from __future__ import annotations

import sqlite3
import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from consent import record as records
from consent.decision import Answer, Decision
from consent.encoding import canonical
from consent.keys import Keys
from consent.service import Service
from consent.signals import Signals
from consent.signing import Ed25519
from consent.store import Store
from consent.store.group import GroupCommit


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every value that is signed from here on."""
    values: list[bytes] = []
    sign = Ed25519.get_signature

    def counted(self: Ed25519, key: bytes, value: bytes) -> bytes:
        values.append(value)
        return sign(self, key, value)

    monkeypatch.setattr(Ed25519, "get_signature", counted)
    return values


@pytest.fixture
def statements(service: Service) -> Iterator[list[str]]:
    """Every statement that SQLite executes for the service from here on, also past SQLAlchemy."""
    seen: list[str] = []

    def listen(connection: sqlite3.Connection, *_: Any) -> None:
        connection.set_trace_callback(seen.append)

    event.listen(service.store.engine, "connect", listen)
    service.store.close()  # what was open before has no listener
    yield seen
    event.remove(service.store.engine, "connect", listen)


def decide(service: Service, choice: str, key: str | None = None) -> None:
    service.answer(Answer(choice), service.notice("en").id, key=key or uuid.uuid4().hex)


@pytest.mark.parametrize("choice", ["accept_all", "reject_all"])
def test_a_decision_is_signed_once(service: Service, signed: list[bytes], choice: str) -> None:
    decide(service, choice)  # the day's refusal has a token of its own, which is signed once a day
    signed.clear()
    for _ in range(10):
        decide(service, choice)
    assert len(signed) == 10


@pytest.mark.parametrize(
    ("choice", "expected"), [("accept_all", ["BEGIN", "INSERT", "INSERT", "COMMIT"]), ("reject_all", ["INSERT"])]
)
def test_a_decision_is_one_transaction_of_few_statements(
    service: Service, statements: list[str], choice: str, expected: list[str]
) -> None:
    decide(service, choice)
    statements.clear()
    decide(service, choice)
    # what a trigger does (a record waits for its place in the log) is reported as the statement that set it off
    kinds = [statement.split()[0] for statement in dict.fromkeys(statements)]
    assert kinds == expected, statements


def test_the_number_of_statements_does_not_grow_with_the_records(service: Service, statements: list[str]) -> None:
    decide(service, "accept_all")
    statements.clear()
    decide(service, "accept_all")
    first = len(statements)
    for _ in range(200):
        decide(service, "accept_all")
    statements.clear()
    decide(service, "accept_all")
    assert len(statements) == first


def test_waiting_decisions_share_a_commit() -> None:
    written: list[int] = []
    begun, go = threading.Event(), threading.Event()

    def write(items: list[int]) -> list[int]:
        written.append(len(items))
        begun.set()
        assert go.wait(10)
        return items

    group: GroupCommit[int, int] = GroupCommit(write)
    threads = [threading.Thread(target=group.submit, args=(n,)) for n in range(8)]
    threads[0].start()
    assert begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    while len(group._waiting) < 7:
        pass
    go.set()
    for thread in threads:
        thread.join()
    assert written == [1, 7]


def test_randomness_is_drawn_in_stock(site: Any, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draws: list[int] = []
    store = Store.open(f"sqlite:///{tmp_path / 'x.sqlite3'}")

    def drawn(count: int) -> bytes:
        draws.append(count)
        return b"\x07" * count

    service = Service(site, keys, store, random=drawn)
    decide(service, "accept_all")
    store.close()
    assert len(draws) == 1


DECISION = Decision(
    site="demo",
    notice="n" * 43,
    regime="opt-in",
    locale="en",
    method="save",
    via="script",
    answers={"analytics": True, "marketing": False, "security": False},
    vendors={"analytics/brook": False},
    lifetime=86_400,
    signals=Signals(dnt="1", js_gpc="true"),
    age="over",
    fingerprints={"analytics": "abc-_1"},
    objections=frozenset({"security"}),
)


@pytest.mark.parametrize("commitment", [None, "c" * 43])
@pytest.mark.parametrize("age", [None, "over"])
def test_the_quick_way_to_a_leaf_gives_the_bytes_of_the_plain_one(keys: Keys, commitment: str | None, age: Any) -> None:
    for number in range(3):
        now = 1_795_233_600 + number
        made = records.make(replace(DECISION, age=age), keys, records.uuid7(now * 1000, bytes(10)), now, commitment)
        fields = made.record.fields
        assert canonical(fields) == made.record.leaf
        assert records.attestation(fields, made.record.leaf) == made.attested
        assert records.verify(made.record, keys.public) is None
        assert records.token_answers(fields) == made.answers
        assert fields["personal"] == commitment
        assert fields.get("age") == age


def test_a_value_that_looks_like_a_gap_is_refused(keys: Keys) -> None:
    with pytest.raises(ValueError, match="NUL"):
        records.make(replace(DECISION, locale="\x00"), keys, uuid.uuid4(), 1_795_233_600, None)
