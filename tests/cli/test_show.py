from __future__ import annotations

import json
from pathlib import Path

import pytest

from consent import keyfile
from consent import keys as rings
from consent.keys import Keys
from consent.service import Service

from ..conftest import NOW
from ..export import log
from .conftest import Run

YEAR = 366 * 86_400


def test_a_history_says_what_was_asked_and_answered(run: Run, shop: Service) -> None:
    first = log.answer(shop, log.ALL_BUT_ONE_VENDOR, page="/shop", dnt="1", js_gpc="true")
    second = log.answer(shop, log.NOTHING, first.token)
    other = log.answer(shop, log.EVERYTHING)
    for person in (str(first.subject), first.token.text):
        said = run("show", person).output
        assert "2 records" in said and str(other.record.id) not in said
        assert said.index("2026-11-21T04:00:00Z  saved choices") < said.index("2026-11-21T04:00:01Z  withdrew consent")
        assert "ai_training: yes, analytics: yes, marketing: no, security: yes" in said
        assert "analytics/brook" in said and "DNT header: 1, navigator.globalPrivacyControl: true" in said
        assert "Took over" not in said and "/shop" in said
        assert said.count("Your choice about cookies") == 1 and "the same as on 2026-11-21T04:00:00Z" in said
        for words in (
            "Demo Ltd",
            "We use your pictures to train our models.",
            "Meadow Analytics",
            "_mdw*",
            "13 months",
        ):
            assert words in said
        assert "[Refuse all]" in said and "NOT VALID" not in said
    assert second.token.record is None


def test_json_has_every_field_of_the_notice(run: Run, shop: Service) -> None:
    first = log.answer(shop, log.EVERYTHING)
    found = json.loads(run("show", "--json", str(first.subject)).stdout)
    assert found["notices"] == {shop.notice("en").id: dict(shop.notice("en").content)}
    (record,) = found["records"]
    assert record["leaf"] == first.record.fields and record["problem"] is None
    assert record["personal"]["subject"] == first.subject == found["subject"]


def test_the_token_of_a_refusal_names_nobody(run: Run, shop: Service) -> None:
    refusal = log.answer(shop, log.NOTHING)
    said = run("show", refusal.token.text).output
    assert "names nobody" in said and "2026-11-21" in said and "analytics: no" in said and "Demo Ltd" in said
    found = json.loads(run("show", "--json", refusal.token.text).stdout)
    assert found["subject"] is None and list(found["notices"]) == [refusal.token.notice]


def test_an_expired_token_still_leads_to_its_person(run: Run, shop: Service) -> None:
    shop._clock.time = NOW - 5 * YEAR  # type: ignore[attr-defined]
    old = log.answer(shop, log.EVERYTHING)
    assert "has expired" in run("show", old.token.text).output


def test_a_token_that_is_not_genuine_shows_nothing(run: Run, shop: Service, data: Path) -> None:
    token = log.answer(shop, log.EVERYTHING).token.text
    value, _, signature = token.partition(".")
    changed = signature[:-2] + ("AA" if signature[-2:] != "AA" else "BA")
    for forged in (f"{value}.{changed}", value, f"{value}.", f"{token}x"):
        assert "cannot be believed" in run("show", forged, fails=True).output
    other = rings.new_ring("other", NOW, b"\x05" * 32, b"\x05" * 32, b"\x05" * 32)
    keyfile.write(keyfile.path_of(data / "keys", "other"), other)
    assert "cannot be believed" in run("show", token, "--site", "other", fails=True).output


def test_a_token_of_a_retired_key_shows_nothing_and_its_record_still_verifies(
    run: Run, shop: Service, ring: Keys, data: Path
) -> None:
    outcome = log.answer(shop, log.EVERYTHING)
    run("keys", "new", "demo")
    run("keys", "retire", "demo", ring.current.id, "--yes")
    assert "retired" in run("show", outcome.token.text, fails=True).output
    assert "valid, by key" in run("show", str(outcome.subject)).output


def test_nobody_is_said_to_be_nobody(run: Run, shop: Service) -> None:
    assert "There are no records of -x" in run("show", "-x", fails=True).output
    assert "cannot be believed" not in run("show", "eyJ.x", fails=True).output


def test_a_subject_that_begins_with_a_dash_is_found(run: Run, shop: Service) -> None:
    shop._random = lambda size: b"\xfb" * size  # base64url: "-_v7…"
    outcome = log.answer(shop, log.EVERYTHING)
    assert str(outcome.subject).startswith("-")
    assert "1 record" in run("show", str(outcome.subject)).output
    assert "1 record" in run("show", "--site", "demo", str(outcome.subject)).output


def test_which_site_must_be_clear(run: Run, shop: Service, data: Path) -> None:
    run("keys", "new", "other")
    assert "demo, other" in run("show", "someone", fails=True).output
    assert "There are no records" in run("show", "someone", "--site", "other", fails=True).output


@pytest.mark.parametrize("trick", ["\x1b[2J\x1b]0;x\x07", "\u202egnp.exe", "\x9b31m", "[bold red]x[/]", ":smile:"])
def test_what_a_visitor_sent_only_appears(run: Run, shop: Service, trick: str) -> None:
    outcome = log.answer(shop, log.EVERYTHING, page=f"/{trick}")
    for words in (["show"], ["show", "--json"]):
        said = run(*words, str(outcome.subject)).output
        assert not set(said) & set("\x1b\x07\x9b\u202e")
    if trick.startswith(("[", ":")):
        assert trick in run("show", str(outcome.subject)).output


def test_a_record_that_was_changed_in_the_database_is_shown_as_such(run: Run, shop: Service) -> None:
    from sqlalchemy import text

    outcome = log.answer(shop, log.EVERYTHING)
    with shop.store.engine.begin() as connection:
        connection.execute(text("UPDATE consent_record SET signature = :zero"), {"zero": bytes(64)})
    assert "NOT VALID" in run("show", str(outcome.subject)).output


def test_an_erased_personal_part_leads_nowhere(run: Run, shop: Service) -> None:
    from sqlalchemy import text

    outcome = log.answer(shop, log.EVERYTHING)
    with shop.store.engine.begin() as connection:
        connection.execute(text("DELETE FROM consent_personal"))
    assert "leads to nobody" in run("show", outcome.token.text, fails=True).output
    run("export", "demo", "--personal")
