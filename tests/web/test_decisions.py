"""Decisions as people and scripts make them: stored, then answered, and always led back to where one was."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from consent import notice as notices
from consent.encoding import unb64
from tests.conftest import NOW, SITE, Clock

from .worlds import (
    DAY,
    Visitor,
    action,
    fields,
    has_banner,
    hidden,
    make_app,
    newest,
    own_cookies,
    service_of,
    stored,
)


def with_age(text: str) -> str:
    """The site with an age threshold."""
    return text.replace("[controller]", "[age]\nminimum = 13\n[controller]", 1)


@pytest.fixture
def young(tmp_path: Path, clock: Clock) -> Iterator[Visitor]:
    app = make_app(tmp_path / "young", site=with_age(SITE), clock=clock)
    yield Visitor(app)
    service_of(app).store.close()


# without script


@pytest.mark.parametrize(
    ("choice", "granted"), [("accept_all", {"analytics", "marketing"}), ("reject_all", set())], ids=["yes", "no"]
)
def test_a_button_of_the_banner(app: Flask, visitor: Visitor, choice: str, granted: set[str]) -> None:
    response = visitor.press(choice, at="/?page=2")
    assert response.status_code == 303 and response.headers["Location"] == "/?page=2"
    record = newest(app)
    assert stored(app) == 1 and set(record["fingerprints"]) == granted
    assert record["method"] == choice and record["via"] == "form" and record["regime"] == "opt-in"
    assert record["time"] == "2026-11-21T04:00:00Z"
    assert visitor.allows("analytics") is bool(granted) and not visitor.allows("ai_training")
    assert not has_banner(visitor.get("/?page=2").text)


def test_choose_leads_to_the_preference_centre_and_stores_nothing(app: Flask, visitor: Visitor) -> None:
    response = visitor.press("choose", at="/?a=1")
    target = urlsplit(response.headers["Location"])
    assert response.status_code == 303 and target.path == "/consent/" and not target.netloc
    assert parse_qs(target.query) == {"locale": ["en"], "return": ["/?a=1"]}
    assert stored(app) == 0 and "Set-Cookie" not in response.headers
    centre = visitor.get(response.headers["Location"]).text
    assert fields(centre, "consent-preferences")["return"] == "/?a=1"
    assert " checked" not in centre  # nothing is ticked for anyone (Planet49)


def test_the_preference_centre_saves_what_was_ticked_and_shows_it_again(app: Flask, visitor: Visitor) -> None:
    centre = visitor.get("/consent/?return=/%3Fa%3D1").text
    data = {
        **fields(centre, "consent-preferences"),
        "choice": "save",
        "purpose": ["analytics"],
        "except": ["analytics/brook"],
        "object": ["security"],
    }
    response = visitor.client.post(action(centre, "consent-preferences"), data=data)
    assert response.status_code == 303 and response.headers["Location"] == "/?a=1"
    record = newest(app)
    assert record["answers"] == {"analytics": True, "marketing": False, "ai_training": False, "security": False}
    assert record["vendors"] == {"analytics/brook": False}
    centre = visitor.get("/consent/").text
    ticked = set(re.findall(r'<input type="checkbox"[^>]*name="(\w+)" value="([^"]+)"[^>]* checked>', centre))
    assert ticked == {("purpose", "analytics"), ("except", "analytics/brook"), ("object", "security")}
    assert 'value="withdraw"' in centre and "November 21, 2026" in centre


def test_withdrawing_is_one_button_and_is_a_record_of_its_own(app: Flask, visitor: Visitor) -> None:
    visitor.press("accept_all")
    centre = visitor.get("/consent/").text
    data = {**fields(centre, "consent-preferences"), "choice": "withdraw"}
    assert visitor.client.post(action(centre, "consent-preferences"), data=data).status_code == 303
    assert newest(app)["method"] == "withdraw" and stored(app) == 2 and not visitor.allows("analytics")
    assert not has_banner(visitor.get("/").text)


def test_earlier_choices_are_shown_to_their_owner_only(app: Flask, visitor: Visitor, clock: Clock) -> None:
    visitor.press("accept_all")
    clock.time += DAY
    visitor.send("save", purpose=["marketing"])
    centre = visitor.get("/consent/").text
    assert centre.count("<li><strong>") >= 2 and "November 22, 2026" in centre and "November 21, 2026" in centre
    assert "November" not in Visitor(app).get("/consent/").text.partition('class="consent-history"')[2]


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    "/ok\r\nSet-Cookie: a=b",
    "/\u202egnp.",
    "http:evil.example",
    " //evil.example",
    "/" + "a" * 3000,
]


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_nobody_is_led_to_another_origin(visitor: Visitor, wanted: str) -> None:
    for choice in ("choose", "reject_all"):
        response = visitor.press(choice, **{"return": wanted})
        if response.status_code == 303:
            target = urlsplit(response.headers["Location"])
            assert not target.scheme and not target.netloc and target.path in ("/", "/consent/")
            assert "evil" not in response.headers["Location"] and "\n" not in response.headers["Location"]
            assert parse_qs(target.query).get("return", ["/"]) == ["/"]
        else:
            assert response.status_code == 400
    centre = visitor.get("/consent/", query_string={"return": wanted}).text
    assert "evil" not in centre


@pytest.mark.parametrize(
    ("referrer", "back"),
    [
        ("http://localhost/shoes?x=1#top", "/shoes?x=1"),
        ("http://evil.example/shoes", "/"),
        ("http://localhost//evil.example", "/"),
        ("", "/"),
    ],
)
def test_without_a_path_the_referring_page_counts_if_it_is_ours(visitor: Visitor, referrer: str, back: str) -> None:
    headers = {"Referer": referrer, "Origin": "http://localhost"}
    response = visitor.press("reject_all", headers=headers, **{"return": ""})
    assert response.headers["Location"] == back


# by script


def test_json_is_answered_with_the_token(app: Flask, visitor: Visitor) -> None:
    response = visitor.send("save", purpose=["analytics"], via="api")
    answer = response.get_json()
    assert response.status_code == 201 and set(answer) == {"token", "answers", "expires", "record"}
    assert own_cookies(response)[0].startswith(f"consent_demo={answer['token']}; Expires=")
    assert answer["answers"]["analytics"] is True and answer["answers"]["marketing"] is False
    assert answer["record"] == newest(app)["id"] and answer["expires"] == NOW + 182 * DAY
    payload = json.loads(unb64(answer["token"].partition(".")[0]))
    assert payload["i"] == answer["record"] and payload["s"] == "demo" and payload["n"] == newest(app)["notice"]
    assert newest(app)["via"] == "api"


def test_a_script_may_send_the_form_as_it_is(app: Flask, visitor: Visitor) -> None:
    data = {**fields(visitor.get("/").text), "choice": "accept_all", "via": "script", "key": "k" * 22}
    for body in (data, dict(reversed(data.items()))):  # the key stands anywhere
        response = visitor.client.post("/consent/decision", data=body, headers={"Accept": "application/json"})
        assert response.status_code == 201
    assert stored(app) == 1 and newest(app)["via"] == "script"


def test_adding_keeps_what_holds(visitor: Visitor) -> None:
    visitor.send("save", purpose=["analytics"])
    visitor.send("add", purpose=["marketing"])
    assert visitor.allows("analytics marketing") and not visitor.allows("ai_training")


def test_a_repeated_request_is_the_same_record(app: Flask, visitor: Visitor, clock: Clock) -> None:
    body = visitor.body("accept_all", key="abcdefghijklmnop_-1234")
    first = visitor.client.post("/consent/decision", json=body)
    clock.time += 3
    second = visitor.client.post("/consent/decision", json=body)
    assert first.get_json() == second.get_json() and stored(app) == 1
    assert own_cookies(first) == own_cookies(second)


def test_the_fragment_for_the_dialog_is_the_same_form(visitor: Visitor) -> None:
    fragment, page = visitor.get("/consent/?fragment=1").text, visitor.get("/consent/").text
    assert fragment.strip() in page and "<html" not in fragment
    assert fields(fragment, "consent-preferences") == fields(page, "consent-preferences")


# a refusal names nobody


def test_two_who_refuse_on_one_day_get_the_same_bytes(app: Flask, clock: Clock) -> None:  # regulation R15
    clock.time -= clock.time % DAY
    responses = []
    for seconds, send in ((1, "press"), (40_000, "send"), (86_398, "press")):
        clock.time = NOW - NOW % DAY + seconds
        visitor = Visitor(app, REMOTE_ADDR=f"192.0.2.{seconds % 200}")
        responses.append(getattr(visitor, send)("reject_all", headers={"User-Agent": f"browser {seconds}"}))
        assert responses[-1].headers.getlist("Set-Cookie") == responses[0].headers.getlist("Set-Cookie")
    cookies = [own_cookies(response) for response in responses]
    assert cookies[0] == cookies[1] == cookies[2] and len(cookies[0]) == 1
    payload = json.loads(unb64(cookies[0][0].partition("=")[2].partition(".")[0]))
    assert set(payload) == {"a", "k", "n", "s", "t", "x"} and set(payload["a"].values()) == {0}
    clock.time += 2  # midnight
    assert own_cookies(Visitor(app).press("reject_all")) != cookies[0]


def test_who_withdraws_ends_up_with_the_same_bytes_as_who_refused(app: Flask) -> None:
    one, other = Visitor(app), Visitor(app)
    one.send("accept_all")
    one.send("withdraw")
    other.send("reject_all")
    assert one.token == other.token


def test_a_refusal_has_no_personal_part(app: Flask, visitor: Visitor) -> None:
    visitor.send("reject_all")
    entry = next(iter(service_of(app).store.stream("demo")))
    assert entry.sealed is None and entry.record.fields["personal"] is None


def test_a_refusal_ends_after_its_time_and_is_asked_again(visitor: Visitor, clock: Clock) -> None:  # R9
    visitor.press("reject_all")
    clock.time += 181 * DAY
    assert not has_banner(visitor.get("/").text)
    clock.time += DAY
    assert has_banner(visitor.get("/").text)


# signals


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, {}),
        ({"DNT": "1"}, {"dnt": "1"}),
        ({"DNT": "0"}, {"dnt": "0"}),
        ({"DNT": "yes"}, {}),
        ({"Sec-GPC": "1"}, {"gpc": "1"}),
        ({"Sec-GPC": "0"}, {}),
        ({"DNT": "1", "Sec-GPC": "1"}, {"dnt": "1", "gpc": "1"}),
    ],
)
def test_signals_are_noted_whoever_answers_how(
    app: Flask, visitor: Visitor, headers: dict[str, str], said: dict[str, str]
) -> None:  # promise E11
    visitor.press("accept_all", headers=headers)
    assert newest(app)["signals"] == said
    visitor.send("reject_all", headers=headers, dnt="unspecified", gpc="true")
    assert newest(app)["signals"] == {**said, "js_dnt": "unspecified", "js_gpc": "true"}
    visitor.send("reject_all", headers=headers, dnt="<script>", gpc="maybe")
    assert newest(app)["signals"] == said


def test_a_signal_is_no_answer(visitor: Visitor) -> None:  # R32
    for header in ("DNT", "Sec-GPC"):
        assert has_banner(visitor.get("/", headers={header: "1"}).text)


# age


def test_the_question_about_age_carries_the_choice(young: Visitor) -> None:
    centre = young.get("/consent/?return=/there").text
    data = {
        **fields(centre, "consent-preferences"),
        "choice": "save",
        "purpose": ["analytics", "marketing"],
        "except": ["analytics/brook"],
        "object": ["security"],
    }
    asked = young.client.post("/consent/decision", data=data)
    assert asked.status_code == 422 and asked.mimetype == "text/html" and stored(young.app) == 0
    assert "Set-Cookie" not in asked.headers and asked.headers["Cache-Control"] == "no-store"
    assert " checked" not in asked.text and asked.text.count('type="radio"') == 2
    carried = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', asked.text)
    again: dict[str, list[str]] = {}
    for name, value in carried:
        again.setdefault(name, []).append(html.unescape(value))
    assert again["purpose"] and sorted(again["purpose"]) == ["analytics", "marketing"]
    done = young.client.post("/consent/decision", data={**again, "age": "over"})
    assert done.status_code == 303 and done.headers["Location"] == "/there"
    record = newest(young.app)
    assert record["age"] == "over" and set(record["fingerprints"]) == {"analytics", "marketing"}
    assert record["vendors"] == {"analytics/brook": False} and record["answers"]["security"] is False


def test_under_the_age_nothing_is_granted_and_nothing_personal_kept(young: Visitor) -> None:  # promises C7, E9
    asked = young.press("accept_all")
    assert asked.status_code == 422
    done = young.client.post("/consent/decision", data={**hidden(asked.text), "age": "under"})
    assert done.status_code == 303
    entry = next(iter(service_of(young.app).store.stream("demo")))
    assert entry.record.fields["age"] == "under" and not entry.record.fields["fingerprints"] and entry.sealed is None
    assert not young.allows("analytics") and not has_banner(young.get("/").text)


def test_a_script_is_told_that_the_age_is_missing(young: Visitor) -> None:
    refused = young.send("accept_all")
    assert refused.status_code == 422 and refused.get_json()["type"].endswith("/age-required")
    assert stored(young.app) == 0
    assert young.send("accept_all", age="over").status_code == 201 and young.allows("analytics")


def test_nobody_is_asked_their_age_to_refuse(young: Visitor) -> None:
    assert young.press("reject_all").status_code == 303 and "age" not in newest(young.app)


# what is shown is what is kept


def test_the_notice_that_was_answered_can_be_fetched_word_for_word(app: Flask, visitor: Visitor) -> None:  # R6
    page = visitor.get("/", headers={"Accept-Language": "de"}).text
    visitor.client.post("/consent/decision", data={**fields(page), "choice": "accept_all"})
    kept = visitor.get("/consent/notices/" + newest(app)["notice"])
    content = kept.get_json()
    assert kept.data == notices.Notice(content).body and notices.Notice(content).id == newest(app)["notice"]
    for word in ("title", "accept_all", "reject_all", "choose"):
        assert html.escape(content["texts"][word], quote=False) in page or content["texts"][word] in page


def test_an_answer_to_an_old_notice_is_asked_again(tmp_path: Path, clock: Clock) -> None:
    old = make_app(tmp_path / "same", clock=clock)
    page = Visitor(old).get("/").text
    service_of(old).store.close()
    changed = SITE.replace("We use your pictures", "We use your drawings")
    new = make_app(tmp_path / "same", site=changed, clock=clock)
    data: dict[str, Any] = {**fields(page), "choice": "accept_all"}
    response = Visitor(new).client.post("/consent/decision", data=data)
    assert response.status_code == 409 and response.mimetype == "text/html" and stored(new) == 0
    body = {**Visitor(new).body(), "notice": data["notice"]}
    problem = Visitor(new).client.post("/consent/decision", json=body)
    assert problem.status_code == 409 and problem.get_json()["type"].endswith("/notice-changed")
