"""Who may hand a choice over, who gets one, and what else is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from consent import assets
from consent.handover import Ticket
from consent.site.load import reads
from consent.web import sharing, snippet, tag
from tests.conftest import SITE, Clock

from .worlds import Visitor, make_app, own_cookies, service_of, state_of, stored

A, B, C = "https://a.example", "https://b.example", "https://c.example"
ORIGINS = f'origins = ["{A}", "{B}", "{C}"]\n'
SHARED = SITE.replace("[controller]", f"{ORIGINS}[controller]", 1) + f'[sharing]\ndomains = ["{A}", "{B}"]\n'
WAYS = ("/consent/", "/consent/s/demo/")


@pytest.fixture
def home(tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    made = make_app(tmp_path / "shop", site=SHARED, clock=clock)
    yield made
    service_of(made).store.close()


@pytest.fixture
def token(home: Flask) -> str:
    visitor = Visitor(home)
    visitor.send()
    return visitor.token


def post(app: Flask, path: str, origin: str | None, host: str = "consent.example", **sent: Any) -> TestResponse:
    headers = {"Host": host, **({"Origin": origin} if origin else {}), **sent.pop("headers", {})}
    return Client(app, use_cookies=False).post(path, data=sent, headers=headers)


def slug(answer: TestResponse) -> str:
    return str(answer.get_json()["type"]).rpartition("/")[2]


@pytest.mark.parametrize("way", WAYS)
def test_there_and_back_again(home: Flask, token: str, way: str) -> None:
    answer = post(home, way + "handover", A, token=token, to=B)
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    ticket = answer.get_json()["ticket"]
    answer = post(home, way + "arrive", B, **{"ticket": ticket, "from": A + "/page?x=1"})
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    assert answer.get_json() == {"token": token, "expires": service_of(home).believe(token).expires}  # type: ignore[union-attr]
    assert stored(home) == 1
    assert own_cookies(answer) == [], "a server of another domain sets no cookie"


def test_the_answer_of_the_pages_own_host_sets_the_cookie(home: Flask, token: str) -> None:
    ticket = post(home, WAYS[1] + "handover", A, token=token, to=B).get_json()["ticket"]
    first_party = {"Sec-Fetch-Site": "same-origin", "X": "1"}
    answer = post(home, WAYS[1] + "arrive", B, "b.example", headers=first_party, ticket=ticket, **{"from": A})
    (cookie,) = own_cookies(answer)
    assert cookie.startswith(f"consent_demo={token};")


def test_pages_of_listed_origins_may_read_it(home: Flask, token: str) -> None:
    answer = post(home, WAYS[1] + "handover", A, token=token, to=B)
    assert answer.headers["Access-Control-Allow-Origin"] == A
    answer = post(home, WAYS[1] + "handover", "https://evil.example", token=token, to=B)
    assert answer.headers["Access-Control-Allow-Origin"] == "*" and "ticket" not in answer.text
    assert "Access-Control-Allow-Origin" not in post(home, WAYS[0] + "handover", A, token=token, to=B).headers


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("origin", [None, "null", "", C, "https://evil.example", "https://consent.example", A.upper()])
def test_who_is_not_listed_gets_nothing(home: Flask, token: str, way: str, origin: str | None) -> None:
    ticket = post(home, way + "handover", A, token=token, to=B).get_json()["ticket"]
    for answer in (
        post(home, way + "handover", origin, token=token, to=B),
        post(home, way + "arrive", origin, ticket=ticket, **{"from": A}),
    ):
        assert answer.status_code == 403 and slug(answer) == "foreign-origin"


@pytest.mark.parametrize("target", ["", A, C, "https://evil.example", B + "/"])
def test_nothing_leaves_for_anywhere_else(home: Flask, token: str, target: str) -> None:
    assert slug(post(home, WAYS[0] + "handover", A, token=token, to=target)) == "foreign-origin"


@pytest.mark.parametrize("text", ["", "x", "e30.x", "a" * 8000])
def test_no_choice_no_ticket(home: Flask, text: str) -> None:
    answer = post(home, WAYS[0] + "handover", A, token=text, to=B)
    assert answer.status_code == 409 and slug(answer) == "no-choice"


@pytest.mark.parametrize("led", ["", B, C, "https://evil.example/", "https://a.example.evil.example", "[", "a.example"])
def test_the_page_that_led_here_has_to_be_the_one(home: Flask, token: str, led: str) -> None:
    ticket = post(home, WAYS[0] + "handover", A, token=token, to=B).get_json()["ticket"]
    answer = post(home, WAYS[0] + "arrive", B, ticket=ticket, **{"from": led})
    assert answer.status_code == 403 and slug(answer) == "ticket"
    assert post(home, WAYS[0] + "arrive", B, ticket=ticket, **{"from": A}).status_code == 200


def test_a_yes_comes_in_once_and_a_refusal_names_nobody(home: Flask, token: str, clock: Clock) -> None:
    visitor = Visitor(home)
    visitor.send("reject_all")
    for text, codes in ((token, [200, 403]), (visitor.token, [200, 200])):
        ticket = post(home, WAYS[0] + "handover", A, token=text, to=B).get_json()["ticket"]
        answers = [post(home, WAYS[0] + "arrive", B, ticket=ticket, **{"from": A}) for _ in codes]
        assert [answer.status_code for answer in answers] == codes


def test_a_choice_that_is_there_stays(home: Flask, token: str) -> None:
    ticket = post(home, WAYS[0] + "handover", A, token=token, to=B).get_json()["ticket"]
    cookie = {"Cookie": f"consent_demo={token}"}
    answer = post(home, WAYS[0] + "arrive", B, ticket=ticket, headers=cookie, **{"from": A})
    assert answer.status_code == 409 and slug(answer) == "chosen" and own_cookies(answer) == []


def test_bounds(home: Flask, token: str) -> None:
    assert slug(post(home, WAYS[0] + "arrive", B, ticket="a" * 20_000)) == "too-large"
    state_of(home).limiter = type(state_of(home).limiter)(1)
    post(home, WAYS[0] + "handover", A, token=token, to=B)
    answer = post(home, WAYS[0] + "handover", A, token=token, to=B)
    assert answer.status_code == 429 and answer.headers["Retry-After"]


def test_too_many_tickets_at_once_are_refused_and_forgotten_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sharing, "MOST", 3)
    taken = sharing.Taken()
    assert [taken.first(Ticket(name, 60, "r", None), 0) for name in "abacd"] == [True, True, False, True, False]
    assert taken.first(Ticket("d", 120, "r", None), 60)
    assert not taken.first(Ticket("d", 120, "r", None), 61)


def test_it_is_off_by_default(app: Flask, visitor: Visitor) -> None:
    visitor.send()
    for way in WAYS:
        assert slug(post(app, way + "handover", A, token=visitor.token, to=B)) == "foreign-origin"
    assert "handover.js" not in snippet.pieces(service_of(app).site)


def test_only_sites_that_share_pay_for_it(app: Flask, home: Flask) -> None:
    piece = assets.text("handover.js").strip()
    assert piece not in tag.script(service_of(app)) and piece in tag.script(service_of(home))
    without, shared = (Visitor(each).get().text for each in (app, home))
    assert piece not in without and piece in shared


def test_what_the_site_file_may_say() -> None:
    def said(domains: str) -> list[tuple[str, str]]:
        text = SITE.replace("[controller]", f"{ORIGINS}[controller]", 1) + f"[sharing]\ndomains = {domains}\n"
        return [(each.key, each.problem) for each in reads(text).mistakes if each.severity == "error"]

    assert said(f'["{A}", "{B}"]') == said("[]") == []
    assert said(f'["{A}", "https://evil.example"]') == [
        ("sharing.domains[1]", "“https://evil.example” is not an origin of this site.")
    ]
    assert [path for path, _ in said(f'["{A}"]')] == ["sharing.domains"]
    assert said('["a.example", "https://b.example"]')[0][0] == "sharing.domains[0]"
