"""What bad input gets: a clear refusal, nothing stored, nothing echoed; a bad token is no choice (done when 5)."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, request
from werkzeug.test import TestResponse

from consent import keys as rings
from consent import token as tokens
from consent.decision import Answer
from consent.encoding import b64, unb64
from consent.keys import Keys
from consent.service import Service
from consent.site.load import loads
from consent.store import Store, StoreUnavailable
from tests.conftest import NOW, SITE, Clock

from .worlds import DAY, Visitor, fields, has_banner, has_gate, make_app, service_of, state_of, stored

MARK = "zqxj"  # stands in hostile input, and must not come back


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    """After an attack the store holds what it held: nothing, or what the test says it put there."""
    made = make_app(tmp_path / "shop", clock=clock, RECORDS_EXPECTED=0)
    yield made
    service = state_of(made).service
    assert service.store.count("demo") == made.config["RECORDS_EXPECTED"]
    service.store.close()


def refused(response: TestResponse, status: int, kind: str) -> None:
    """A refusal as programs get it (RFC 9457)."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    problem = response.get_json()
    assert set(problem) == {"type", "title", "status", "detail"} and problem["status"] == status
    assert problem["type"].rpartition("/")[2] == kind and problem["detail"]
    clean(response)


def clean(response: TestResponse) -> None:
    """Nothing set, nothing kept, nothing echoed, no traceback."""
    assert "Set-Cookie" not in response.headers and response.headers["Cache-Control"] == "no-store"
    text = response.text
    assert MARK not in text and "Traceback" not in text and ".py" not in text


def refused_page(response: TestResponse, status: int) -> None:
    """A refusal as people get it: what happened, and the way on."""
    assert response.status_code == status and response.mimetype == "text/html"
    assert 'href="/consent/"' in response.text and "<h1>" in response.text
    assert "Content-Security-Policy" in response.headers
    clean(response)


# foreign pages

FOREIGN: list[dict[str, str]] = [
    {"Origin": f"https://{MARK}.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:81"},
    {"Origin": "http://localhost.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": MARK},
    {"Referer": f"https://{MARK}.example/page"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_foreign_page_cannot_decide(app: Flask, visitor: Visitor, headers: dict[str, str]) -> None:
    refused(visitor.send("accept_all", headers=headers), 403, "foreign-origin")
    refused_page(visitor.press("accept_all", headers=headers), 403)
    refused_page(visitor.press("choose", headers=headers), 403)


# the form's token


def old(app: Flask, visitor: Visitor, clock: Clock) -> str:
    token: str = visitor.body()["csrf_token"]
    clock.time += 32 * DAY
    return token


def of_the_future(app: Flask, visitor: Visitor, clock: Clock) -> str:
    clock.time += DAY
    token: str = visitor.body()["csrf_token"]
    clock.time -= DAY
    return token


def of_another_day(app: Flask, visitor: Visitor, clock: Clock) -> str:
    day, _, signature = visitor.body()["csrf_token"].partition(".")
    return f"{int(day) - 1}.{signature}"


CSRF: dict[str, Callable[[Flask, Visitor, Clock], str]] = {
    "missing": lambda *_: "",
    "wrong": lambda *_: MARK,
    "truncated": lambda app, visitor, clock: visitor.body()["csrf_token"][:-1],
    "old": old,
    "of the future": of_the_future,
    "of another day": of_another_day,
    "long": lambda *_: "1." + "A" * 120,
    "not ASCII": lambda *_: "１２３.é",
    "NUL": lambda *_: "\x00",
}


@pytest.mark.parametrize("kind", CSRF)
def test_without_a_token_of_ours_nobody_decides(app: Flask, visitor: Visitor, clock: Clock, kind: str) -> None:
    token = CSRF[kind](app, visitor, clock)
    refused(visitor.send("accept_all", csrf_token=token), 403, "csrf")
    refused_page(visitor.press("accept_all", csrf_token=token), 403)


def test_another_sites_token_is_none(tmp_path: Path, app: Flask, visitor: Visitor, clock: Clock) -> None:
    other = make_app(tmp_path / "other", site=SITE.replace('id = "demo"', 'id = "other"'), clock=clock)
    refused(visitor.send("accept_all", csrf_token=Visitor(other).body()["csrf_token"]), 403, "csrf")


# what was not asked


@pytest.mark.parametrize(
    "sent",
    [
        {"purpose": [MARK]},
        {"purpose": ["necessary"]},
        {"purpose": ["security"]},
        {"purpose": ["analytics", "analytics/meadow"]},
        {"except": ["analytics/" + MARK]},
        {"except": ["marketing/brook"]},
        {"object": ["analytics"]},
        {"purpose": ["\x00"]},
        {"purpose": ["\u202eanalytics"]},
        {"purpose": ["\ud800"]},
        {"purpose": [""]},
        {"purpose": [f"p{n}" for n in range(200)]},
    ],
)
def test_what_was_not_asked_cannot_be_answered(app: Flask, visitor: Visitor, sent: dict[str, Any]) -> None:
    refused(visitor.send("save", **sent), 422, "unknown-purpose")


@pytest.mark.parametrize("choice", [MARK, "ACCEPT_ALL", "accept_all ", "\x00", "\ud800", "", "é"])
def test_an_unknown_choice_is_none(app: Flask, visitor: Visitor, choice: str) -> None:
    refused(visitor.send(choice), 422, "unknown-choice")
    if choice and choice != "\ud800":
        refused_page(visitor.press(choice), 422)


@pytest.mark.parametrize("notice", ["", MARK, "A" * 43, "\x00", "\ud800"])
def test_an_unknown_notice_was_never_shown(app: Flask, visitor: Visitor, notice: str) -> None:
    refused(visitor.send("accept_all", notice=notice), 409, "notice-changed")


# bodies


def test_a_megabyte_is_too_much(app: Flask, visitor: Visitor) -> None:
    many = "x" * (1 << 20)
    refused(visitor.raw(json.dumps(visitor.body(locale=many))), 413, "too-large")
    refused(visitor.raw("choice=accept_all&return=" + many, "application/x-www-form-urlencoded"), 413, "too-large")
    refused_page(visitor.press("accept_all", **{"return": many}), 413)


def test_a_megabyte_that_the_host_has_read_before_is_refused_too(tmp_path: Path) -> None:
    app = make_app(
        tmp_path / "x", before=lambda app: app.before_request(lambda: (request.get_data(), request.form, None)[2])
    )
    visitor, many = Visitor(app), "x" * (1 << 20)
    for body in (visitor.body(locale=many), visitor.body(purpose=["p" * 100] * 10_000)):
        response = visitor.raw(json.dumps(body))
        assert response.status_code in (400, 413) and response.mimetype == "application/problem+json"
    assert visitor.press("accept_all", locale="x" * 100_000).status_code in (400, 413)
    assert stored(app) == 0


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data", "text/json", "", MARK, "application/json+x"]
)
def test_another_media_type_is_none(app: Flask, visitor: Visitor, kind: str) -> None:
    refused(visitor.raw(json.dumps(visitor.body()), kind), 415, "media-type")


def spoiled(**change: Any) -> Callable[[dict[str, Any]], str]:
    return lambda body: json.dumps({**body, **change})


BODIES: dict[str, Callable[[dict[str, Any]], str | bytes]] = {
    "empty": lambda body: "",
    "no JSON": lambda body: MARK,
    "cut": lambda body: json.dumps(body)[:-1],
    "deep": lambda body: "[" * 8000,
    "deep and closed": lambda body: '{"choice":' + "[" * 4000 + "]" * 4000 + "}",
    "deep objects": lambda body: '{"a":' * 2500 + "1" + "}" * 2500,
    "a list": lambda body: json.dumps([body]),
    "a string": lambda body: '"accept_all"',
    "null": lambda body: "null",
    "twins": lambda body: json.dumps(body)[:-1] + ',"choice":"reject_all"}',
    "inner twins": lambda body: json.dumps(body)[:-1] + ',"purpose":[{"a":1,"a":2}]}',
    "NaN": lambda body: json.dumps(body)[:-1] + ',"age":NaN}',
    "Infinity": lambda body: json.dumps(body)[:-1] + ',"age":-Infinity}',
    "a long number": lambda body: json.dumps(body)[:-1] + ',"age":' + "9" * 5000 + "}",
    "not UTF-8": lambda body: json.dumps(body).encode() + b"\xff",
    "a mark before it": lambda body: b"\xef\xbb\xbf" + json.dumps(body).encode() + b"x",
    "an unknown member": spoiled(**{MARK: 1}),
    "proto": spoiled(__proto__={}),
    "choice is a list": spoiled(choice=["accept_all"]),
    "choice is a number": spoiled(choice=1),
    "choice is null": spoiled(choice=None),
    "choice is long": spoiled(choice="a" * 129),
    "purpose is a string": spoiled(purpose="analytics"),
    "purpose is an object": spoiled(purpose={"analytics": True}),
    "purpose holds numbers": spoiled(purpose=[1]),
    "purpose holds true": spoiled(purpose=[True]),
    "purpose holds lists": spoiled(purpose=[["analytics"]]),
    "purpose is long": spoiled(purpose=["p"] * 257),
    "a purpose is long": spoiled(purpose=["p" * 129]),
    "csrf_token is a number": spoiled(csrf_token=7),
    "key is short": spoiled(key="short"),
    "key is long": spoiled(key="k" * 65),
    "key is strange": spoiled(key="k" * 20 + "\n"),
    "key is bidi": spoiled(key="k" * 20 + "\u202e"),
    "via is strange": spoiled(via=MARK),
    "age is strange": spoiled(age="12"),
    "return is long": spoiled(**{"return": "/" + "a" * 2048}),
}


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_that_is_no_answer(app: Flask, visitor: Visitor, kind: str) -> None:
    refused(visitor.raw(BODIES[kind](visitor.body())), 400, "malformed")


FORMS: dict[str, Callable[[dict[str, Any]], str]] = {
    "many purposes": lambda body: "&".join(["purpose=p"] * 257),
    "many fields": lambda body: "&".join(f"{MARK}{n}=1" for n in range(1200)),
    "a long value": lambda body: "locale=" + "x" * 129,
    "a bad key": lambda body: "key=%00%0d%0a",
    "not UTF-8": lambda body: "key=%ff%fe%ff%fe%ff%fe%ff%fe%ff%fe%ff%fe",
    "bad via": lambda body: "via=" + MARK,
    "bad age": lambda body: "age=" + MARK,
}


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_form_that_is_no_answer(app: Flask, visitor: Visitor, kind: str, accept: str) -> None:
    body = {name: value for name, value in fields(visitor.get("/").text).items() if name != "locale"}
    sent = FORMS[kind](body) + "&choice=reject_all&" + "&".join(f"{name}={value}" for name, value in body.items())
    response = visitor.raw(sent, "application/x-www-form-urlencoded", headers={"Accept": accept})
    if kind == "many fields" and accept == "application/json":
        assert response.status_code == 201  # names that are not ours count for nothing
        app.config["RECORDS_EXPECTED"] = 1
    elif accept == "text/html":
        refused_page(response, 413 if kind == "many fields" and response.status_code == 413 else 400)
    else:
        refused(response, 400, "malformed")


def test_control_and_bidi_characters_where_text_is_free(app: Flask, visitor: Visitor) -> None:
    for number, text in enumerate(("\x00", "\u202e\u2066", "\ud800", "<script>", "\r\nX: y", "'; DROP TABLE", "%00")):
        app.config["RECORDS_EXPECTED"] = number + 1
        response = visitor.send("reject_all", locale=text, dnt=text, gpc=text, **{"return": text})
        assert response.status_code == 201
        assert text not in response.text or text == "%00"


def test_other_methods_are_none(app: Flask, visitor: Visitor) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        assert visitor.client.open("/consent/decision", method=method).status_code == 405


# idempotency keys


def test_a_key_stands_for_one_answer_only(app: Flask, visitor: Visitor) -> None:
    key = "a-key-of-22-characters"
    assert visitor.send("accept_all", key=key).status_code == 201
    app.config["RECORDS_EXPECTED"] = 1
    for choice, more in (("reject_all", {}), ("save", {"purpose": ["analytics"]}), ("accept_all", {"age": "over"})):
        refused(visitor.send(choice, key=key, **more), 409, "key-reused")
    refused_page(Visitor(app).press("reject_all", key=key), 409)
    assert visitor.send("accept_all", key=key).status_code == 201


def test_anothers_key_does_not_hand_out_anothers_record(app: Flask, visitor: Visitor) -> None:
    first = visitor.send("accept_all", key="a-key-of-22-characters")
    app.config["RECORDS_EXPECTED"] = 1
    assert first.status_code == 201
    refused(Visitor(app).send("save", purpose=["marketing"], key="a-key-of-22-characters"), 409, "key-reused")


# too often


def test_too_often(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [0.0]
    for module in ("decisions", "direct"):
        monkeypatch.setattr(f"consent.web.{module}.time", SimpleNamespace(monotonic=lambda: seconds[0]))
    app = make_app(tmp_path / "x", clock=clock, CONSENT_RATE_LIMIT=3)
    visitor = Visitor(app)
    for _ in range(3):
        assert visitor.send("reject_all").status_code == 201
    late = visitor.send("reject_all")
    refused(late, 429, "too-often")
    assert int(late.headers["Retry-After"]) > 0 and stored(app) == 3
    page = Visitor(app).press("reject_all")
    refused_page(page, 429)
    assert page.headers["Retry-After"] and stored(app) == 3
    assert Visitor(app, REMOTE_ADDR="192.0.2.7").send("reject_all").status_code == 201  # another address
    seconds[0] += 21
    assert visitor.send("reject_all").status_code == 201
    forged = {"X-Forwarded-For": "198.51.100.1"}
    assert visitor.send("reject_all", headers=forged).status_code == 429


# tokens


def made(site_text: str, keys: Keys, app: Flask, clock: Callable[[], float]) -> str:
    """A token as a service with other keys or another site would issue it."""
    service = Service(loads(site_text), keys, service_of(app).store, clock=clock)
    return service.answer(Answer("accept_all"), service.notice("en").id).token.text


def changed(text: str, **values: Any) -> str:
    value, _, signature = text.partition(".")
    return b64(json.dumps({**json.loads(unb64(value)), **values}).encode()) + "." + signature


def other_ring(seed: int) -> Keys:
    return rings.new_ring("demo", NOW, bytes([seed]) * 32, b"\x02" * 32, b"\x03" * 32)


@pytest.fixture
def good(app: Flask, visitor: Visitor) -> str:
    """A token that is believed, in an application where its record is."""
    text: str = visitor.send("accept_all").get_json()["token"]
    app.config["RECORDS_EXPECTED"] = 1
    visitor.token = text
    assert visitor.allows("analytics")
    return text


FORGED: dict[str, Callable[[str], str]] = {
    "empty": lambda good: "",
    "truncated": lambda good: good[:-1],
    "half": lambda good: good[: len(good) // 2],
    "no signature": lambda good: good.partition(".")[0],
    "an empty signature": lambda good: good.partition(".")[0] + ".",
    "only a signature": lambda good: "." + good.partition(".")[2],
    "another signature": lambda good: good.partition(".")[0] + "." + "A" * 86,
    "a changed answer": lambda good: changed(good, a={"analytics": "x", "ai_training": 1}),
    "a later end": lambda good: changed(good, x=NOW * 2),
    "another site": lambda good: changed(good, s="other"),
    "another key": lambda good: changed(good, k="AAAAAAAAAAA"),
    "no key": lambda good: changed(good, k=None),
    "padded": lambda good: good.replace(".", "=.") + "=",
    "twice": lambda good: f"{good}.{good}",
    "long": lambda good: good + "A" * 4000,
    "quoted": lambda good: f'"{good[:-2]}"',
    "percent": lambda good: "%00%ff",
    "JSON": lambda good: '{"a":{"analytics":1}}',
    "deep": lambda good: b64(b"[" * 2000) + "." + "A" * 86,
    "not ASCII": lambda good: "é" + good,
    "other letters": lambda good: good.swapcase(),
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_token_that_is_not_whole_is_no_choice(app: Flask, good: str, kind: str) -> None:
    no_choice(app, FORGED[kind](good))


def no_choice(app: Flask, text: str) -> None:
    """Whoever sends this has not chosen: asked again, allowed nothing, and every page works."""
    visitor = Visitor(app, jar=False)
    header = {"Cookie": f"consent_demo={text}; _ads=1"}
    page = visitor.get("/", headers=header)
    assert page.status_code == 200 and has_gate(page.text) and has_banner(page.text)
    assert "Set-Cookie" not in page.headers  # no choice: nothing is deleted either
    for name in ("analytics", "marketing", "ai_training"):
        assert visitor.get(f"/allows/{name}", headers=header).get_json() == {"allows": False}
    centre = visitor.get("/consent/", headers=header)
    assert centre.status_code == 200 and " checked" not in centre.text and 'value="withdraw"' not in centre.text


def test_of_two_cookies_the_good_one_counts(app: Flask, good: str) -> None:
    for header in (f"consent_demo=forged; consent_demo={good}", f"consent_demo={good}; consent_demo=forged"):
        answer = Visitor(app, jar=False).get("/allows/analytics", headers={"Cookie": header})
        assert answer.get_json() == {"allows": True}
    other = Visitor(app, jar=False).get("/allows/analytics", headers={"Cookie": f"xconsent_demo={good}"})
    assert other.get_json() == {"allows": False}


def test_an_expired_token_is_no_choice(app: Flask, good: str, clock: Clock) -> None:
    clock.time += 182 * DAY
    no_choice(app, good)


def test_a_token_from_the_future_is_no_choice(app: Flask, good: str, clock: Clock) -> None:
    clock.time -= 2 * DAY
    no_choice(app, good)


def test_a_swapped_token_is_no_choice(tmp_path: Path, app: Flask, clock: Clock) -> None:
    """Of another site, signed with the very same keys."""
    keys = state_of(app).keys
    twin = make_app(tmp_path / "twin", site=SITE.replace('id = "demo"', 'id = "twin"'), clock=clock)
    text = made(SITE.replace('id = "demo"', 'id = "twin"'), dataclasses.replace(keys, site="twin"), twin, clock)
    assert tokens.read(text, keys, "twin", NOW)
    no_choice(app, text)


def test_a_token_by_an_unknown_key_is_no_choice(tmp_path: Path, app: Flask, clock: Clock) -> None:
    other = make_app(tmp_path / "other", clock=clock)
    no_choice(app, made(SITE, other_ring(9), other, clock))
    thief = rings.SigningKey(state_of(app).keys.current.id, state_of(app).keys.current.public, b"\x09" * 32, "")
    no_choice(app, made(SITE, dataclasses.replace(state_of(app).keys, signing=(thief,)), other, clock))


def test_a_token_by_a_retired_key_is_no_choice_and_by_an_older_one_still_is(
    tmp_path: Path, app: Flask, good: str, clock: Clock
) -> None:
    keys = state_of(app).keys
    newer = rings.add_signing(keys, NOW, b"\x07" * 32)
    service = service_of(app)
    state_of(app).service = Service(service.site, newer, service.store, clock=clock)
    header = {"Cookie": f"consent_demo={good}"}
    assert Visitor(app, jar=False).get("/allows/analytics", headers=header).get_json() == {"allows": True}
    retired = rings.retire(newer, keys.current.id, NOW)
    state_of(app).service = Service(service.site, retired, service.store, clock=clock)
    no_choice(app, good)


def test_a_forged_token_does_not_spoil_a_decision(app: Flask, visitor: Visitor) -> None:
    app.config["RECORDS_EXPECTED"] = 1
    visitor.token = "forged"
    assert visitor.press("accept_all").status_code == 303 and visitor.allows("analytics")


def test_a_yes_whose_record_is_nowhere_is_still_answered(tmp_path: Path, app: Flask, clock: Clock) -> None:
    """The database was restored from an older backup: what is signed is believed, and can be withdrawn."""
    other = make_app(tmp_path / "other", clock=clock)
    visitor = Visitor(app)
    visitor.token = made(SITE, state_of(app).keys, other, clock)
    assert visitor.allows("analytics") and visitor.get("/consent/").status_code == 200
    assert visitor.send("withdraw").status_code == 201 and not visitor.allows("analytics")
    app.config["RECORDS_EXPECTED"] = 1


# a store that fails


class Down:
    """A store that cannot be reached."""

    def __getattr__(self, name: str) -> Any:
        def fail(*args: object, **kwargs: object) -> Any:
            raise StoreUnavailable(f"{MARK} is away")

        return fail


def test_when_the_store_fails_gates_stay_shut_and_pages_open(app: Flask, visitor: Visitor) -> None:
    service = service_of(app)
    store, service._store = service.store, Down()  # type: ignore[assignment]
    try:
        for choice in ("accept_all", "reject_all"):
            response = visitor.send(choice)
            refused(response, 503, "unavailable")
            assert int(response.headers["Retry-After"]) > 0
            refused_page(visitor.press(choice), 503)
        assert not visitor.allows("analytics") and not visitor.token
        page = visitor.get("/")
        assert page.status_code == 200 and has_banner(page.text)
        assert visitor.get("/consent/").status_code == 200  # who has no record needs no store
        refused(visitor.get("/consent/notices/" + "A" * 43, headers={"Accept": "application/json"}), 503, "unavailable")
    finally:
        service._store = store


def test_when_the_store_fails_an_earlier_yes_still_holds(app: Flask, good: str) -> None:
    visitor = Visitor(app)
    visitor.token = good
    service = service_of(app)
    store, service._store = service.store, Down()  # type: ignore[assignment]
    try:
        assert visitor.allows("analytics") and not has_banner(visitor.get("/").text)
        assert visitor.get("/consent/").status_code == 503
        refused(visitor.send("withdraw"), 503, "unavailable")
    finally:
        service._store = store
    assert visitor.get("/consent/").status_code == 200


def test_a_database_that_cannot_be_opened_does_not_take_the_site_down(tmp_path: Path, clock: Clock) -> None:
    folder = tmp_path / "x"
    app = make_app(folder, clock=clock)
    service_of(app).store.close()
    state = state_of(app)
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=1"
    state.service = Service(state.site, state.keys, lambda: Store.open(nowhere), clock=clock)
    visitor = Visitor(app)
    page = visitor.get("/")
    assert page.status_code == 200 and has_gate(page.text)
    assert visitor.get("/allows/analytics").get_json() == {"allows": False}
    data = {**fields(page.text), "choice": "accept_all"}
    response = visitor.client.post("/consent/decision", data=data, headers={"Accept": "application/json"})
    refused(response, 503, "unavailable")
