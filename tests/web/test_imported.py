"""What another tool had stored comes in as evidence: recorded, encrypted, verifiable, and worth nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from consent import personal
from consent.encoding import b64
from consent.export.lines import Exported, from_row, to_row
from consent.site.load import loads
from consent.web import snippet
from consent.web.answers import MAX_BODY
from consent.web.imported import MOST_CONTENT
from tests.conftest import SITE, Clock

from .worlds import make_app, newest, own_cookies, service_of, stored

CHOICES = '[compat]\nchoices = ["CookieConsent", "klaro"]\n'
OLD = "{stamp:'k3yz==',necessary:true,statistics:true,utc:1}"


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    made = make_app(tmp_path / "shop", site=SITE + CHOICES, clock=clock)
    yield made
    service_of(made).store.close()


def hands_in(app: Flask, name: str = "CookieConsent", content: str = OLD, **headers: str) -> TestResponse:
    data = {"name": name, "content": content}
    sent = {"Sec-Fetch-Site": "same-origin", **{key.replace("_", "-"): value for key, value in headers.items()}}
    return app.test_client().post("/consent/imported", data=data, headers=sent)


def test_it_is_kept_and_grants_nothing(app: Flask) -> None:
    reply = hands_in(app, Sec_GPC="1")
    assert reply.status_code == 204 and not own_cookies(reply) and reply.headers["Cache-Control"] == "no-store"
    leaf = newest(app)
    assert (leaf["method"], leaf["via"], leaf["answers"], leaf["fingerprints"]) == ("imported", "script", {}, {})
    assert leaf["expires"] == leaf["time"] and leaf["signals"]["gpc"] is not None
    assert b"k3yz" not in b"".join(entry.record.leaf for entry in service_of(app).store.stream("demo"))


def test_its_content_is_in_the_personal_part_alone_and_bound_to_the_record(app: Flask) -> None:
    hands_in(app)
    service = service_of(app)
    (entry,) = service.store.stream("demo")
    row = service.store.record("demo", entry.record.id)
    assert row and row.sealed and b"k3yz" not in row.sealed.box
    opened = personal.unseal(row.sealed, service.keys, entry.record.id)
    assert opened.imported == f"CookieConsent={OLD}"
    assert personal.commitment(opened.canonical()) == entry.record.fields["personal"]
    assert service.history(opened.subject)[0].personal == opened


def test_the_record_is_signed_and_no_token_can_be_made_of_it(app: Flask) -> None:
    hands_in(app)
    service = service_of(app)
    (entry,) = service.store.stream("demo")
    from consent.record import attestation

    value = attestation(entry.record.fields, entry.record.leaf)
    assert service.keys.sign(value) == entry.record.signature
    forged = f"{value.decode()}.{b64(entry.record.signature)}"
    assert service.believe(forged) is None
    assert not service.allows(service.believe(forged), "analytics")


def test_who_hands_in_the_same_twice_makes_two_subjects(app: Flask) -> None:
    """Many people's choices look alike, so alike says nothing about who."""
    hands_in(app)
    hands_in(app)
    service = service_of(app)
    rows = [service.store.record("demo", entry.record.id) for entry in service.store.stream("demo")]
    assert len({row.sealed.subject_ref for row in rows if row and row.sealed}) == 2


@pytest.mark.parametrize(
    ("sent", "status", "type_"),
    [
        ({"name": "cc_cookie"}, 422, "unknown-choice"),
        ({"name": ""}, 422, "unknown-choice"),
        ({"content": ""}, 400, "malformed"),
        ({"content": "x" * MOST_CONTENT}, 413, "too-large"),
        ({"Sec_Fetch_Site": "cross-site"}, 403, "foreign-origin"),
        ({"Content_Type": "application/json"}, 415, "media-type"),
    ],
)
def test_what_is_refused_is_not_stored(app: Flask, sent: dict[str, Any], status: int, type_: str) -> None:
    reply = hands_in(app, **sent)
    assert reply.status_code == status and reply.json and reply.json["type"].endswith(f"/{type_}")
    assert stored(app) == 0


def test_it_counts_towards_the_rate(tmp_path: Path, clock: Clock) -> None:
    app = make_app(tmp_path / "x", site=SITE + CHOICES, clock=clock, CONSENT_RATE_LIMIT=2)
    assert [hands_in(app).status_code for _ in range(3)] == [204, 204, 429]
    assert stored(app) == 2
    service_of(app).store.close()


def test_without_the_table_nothing_is_taken(tmp_path: Path, clock: Clock) -> None:
    app = make_app(tmp_path / "bare", clock=clock)
    assert hands_in(app).status_code == 422 and stored(app) == 0
    assert snippet.pieces(loads(SITE)) == ["gate.js"]
    assert snippet.pieces(loads(SITE + CHOICES)) == ["gate.js", "choices.js"]
    service_of(app).store.close()


def test_a_table_of_cells_carries_it(app: Flask) -> None:
    hands_in(app, content="=1+1\r\n\x00ünïcode")
    service = service_of(app)
    (entry,) = service.store.stream("demo")
    row = service.store.record("demo", entry.record.id)
    assert row and row.sealed
    opened = personal.unseal(row.sealed, service.keys, entry.record.id)
    exported = Exported(entry.record.leaf, entry.record.fields, entry.record.signature, opened, True)
    assert from_row(to_row(exported, "demo", entry.record.id)) == exported


def test_bounds_hold_together() -> None:
    assert MOST_CONTENT <= MAX_BODY
