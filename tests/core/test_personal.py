"""The personal part: encrypted in the file, bound to its record, findable by its subject only with the key."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from consent import keys as rings
from consent import personal, record
from consent.decision import Answer
from consent.encoding import b64
from consent.errors import KeysError
from consent.keys import Keys
from consent.personal import Personal
from consent.service import About, Service

WHO = Personal(subject="subject-in-clear", salt=b"s" * 16, ip="203.0.113.0/24", page="/a")
ONE, OTHER = record.uuid7(1, b"a" * 10), record.uuid7(2, b"b" * 10)
NOW = 1_795_233_600
RANDOM = bytes(range(personal.RANDOM))


def test_there_and_back(keys: Keys) -> None:
    sealed = personal.seal(WHO.subject, WHO.canonical(), keys, ONE, RANDOM)
    assert personal.unseal(sealed, keys, ONE) == WHO


def test_a_row_moved_to_another_record_does_not_open(keys: Keys) -> None:
    sealed = personal.seal(WHO.subject, WHO.canonical(), keys, ONE, RANDOM)
    with pytest.raises(KeysError):
        personal.unseal(sealed, keys, OTHER)


@pytest.mark.parametrize("field", ["wrapped", "box"])
def test_a_changed_row_does_not_open(keys: Keys, field: str) -> None:
    sealed = personal.seal(WHO.subject, WHO.canonical(), keys, ONE, RANDOM)
    for at in range(len(getattr(sealed, field))):
        data = bytearray(getattr(sealed, field))
        data[at] ^= 1
        with pytest.raises(KeysError):
            personal.unseal(dataclasses.replace(sealed, **{field: bytes(data)}), keys, ONE)


def test_without_the_key_there_is_no_way_in(keys: Keys) -> None:
    sealed = personal.seal(WHO.subject, WHO.canonical(), keys, ONE, RANDOM)
    stranger = rings.new_ring("demo", 0, b"\x01" * 32, b"\x0a" * 32, b"\x03" * 32)
    with pytest.raises(KeysError, match="missing"):
        personal.unseal(sealed, stranger, ONE)


def test_the_blind_index_depends_on_the_key(keys: Keys) -> None:
    other = rings.new_ring("demo", 0, b"\x01" * 32, b"\x02" * 32, b"\x0b" * 32)
    assert personal.subject_ref(keys, "x") != personal.subject_ref(other, "x")
    assert personal.subject_ref(keys, "x") != personal.subject_ref(keys, "y")


def test_nothing_personal_lies_readable_in_the_files(service: Service, tmp_path: Path) -> None:
    """Promises A6, B5: encrypted at rest; also the write-ahead log."""
    about = About(ip="203.0.113.0/24", device="Firefox, Linux, desktop", page="/very/private")
    made = service.answer(Answer("accept_all"), service.notice("en").id, about=about, key="idempotency-key-in-clear")
    assert made.subject
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("consent.sqlite3*"))
    assert str(made.record.fields["notice"]).encode() in raw  # the control: what is public can be read
    for secret in (made.subject, "203.0.113", "Firefox", "/very/private", "idempotency-key-in-clear"):
        assert secret.encode() not in raw, secret


def test_by_default_nothing_is_kept_of_the_request(service: Service) -> None:
    """Promises B3, E2, E12: every optional datum is off unless the site turns it on."""
    made = service.answer(Answer("accept_all"), service.notice("en").id)
    kept = service.history(made.subject or "")[0].personal
    assert kept and (kept.ip, kept.device, kept.page, kept.previous) == ("", "", "", "")


def test_what_is_kept_of_a_request_key_sorts_by_its_time_and_leads_nowhere() -> None:
    early, late = (b64(moment.to_bytes(6, "big") + b"r" * 10) for moment in (NOW, NOW + 1))
    assert personal.request_key("demo", early) < personal.request_key("demo", late)
    assert len(personal.request_key("demo", early)) == 16
    assert personal.request_key("demo", early) != personal.request_key("other", early)
    assert b"r" * 4 not in personal.request_key("demo", early)
