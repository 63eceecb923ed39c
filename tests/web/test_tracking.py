"""Do Not Track where it is honoured: the `Tk` header, what caches are told, and what pages say (R32, promise E11)."""

from __future__ import annotations

import html
from pathlib import Path

import pytest
from flask import Flask, Response, make_response

from tests.conftest import SITE, Clock

from .worlds import PAGE, Visitor, make_app, newest, service_of

HONOUR = SITE + '\n[signals]\ndnt = "honour"\n'
DNT = {"DNT": "1"}


def shared(app: Flask) -> None:
    @app.get("/public")
    def public() -> Response:
        response = make_response(PAGE)
        response.headers["Cache-Control"] = "public, max-age=60"
        return response

    app.add_url_rule("/data", "data", lambda: {"a": 1})


@pytest.fixture
def honouring(tmp_path: Path, clock: Clock) -> Flask:
    return make_app(tmp_path / "shop", site=HONOUR, after=shared, clock=clock)


def varies(response: Response | object) -> set[str]:
    return {name.strip().lower() for name in response.headers.get("Vary", "").split(",")}  # type: ignore[attr-defined]


def test_the_status_follows_the_answer(honouring: Flask) -> None:  # R32; TPE §6.2
    visitor = Visitor(honouring)
    assert visitor.get("/", headers=DNT).headers["Tk"] == "N"
    visitor.send("accept_all", headers=DNT)
    assert newest(honouring)["signals"] == {"dnt": "1"} and newest(honouring)["method"] == "accept_all"
    assert visitor.get("/", headers=DNT).headers["Tk"] == "C"
    assert visitor.get("/consent/", headers=DNT).headers["Tk"] == "C"
    visitor.send("withdraw", headers=DNT)
    assert visitor.get("/", headers=DNT).headers["Tk"] == "N"


def test_what_was_presumed_is_not_said_to_be_consent(honouring: Flask) -> None:
    service, visitor = service_of(honouring), Visitor(honouring)
    with honouring.test_request_context():
        from consent.decision import Answer

        told = service.answer(Answer("told"), service.notice("en", region="US-CA").id, region="US-CA")
    visitor.token = told.token.text
    assert visitor.get("/", headers=DNT).headers["Tk"] == "T"


def test_legitimate_interest_with_others_is_tracking_until_objected_to(tmp_path: Path, clock: Clock) -> None:
    guard = '[vendors.guard]\nname = "Guard"\nrole = "processor"\ncountry = "DE"\npolicy = "https://guard.example/p"\n'
    site = HONOUR.replace('"30 days"', '"30 days"\nvendors = ["guard"]').replace("[vendors.mea", f"{guard}[vendors.mea")
    app = make_app(tmp_path, site=site, clock=clock)
    visitor = Visitor(app)
    assert visitor.get("/", headers=DNT).headers["Tk"] == "T"
    visitor.send("save", object=["security"])
    assert visitor.get("/", headers=DNT).headers["Tk"] == "N"


@pytest.mark.parametrize("headers", [{}, {"DNT": "0"}, {"DNT": "yes"}, {"DNT": "11"}])
def test_who_did_not_ask_is_not_told_but_caches_are(honouring: Flask, headers: dict[str, str]) -> None:
    reply = Visitor(honouring).get("/", headers=headers)
    assert "Tk" not in reply.headers and "dnt" in varies(reply)


def test_what_a_shared_cache_keeps_depends_on_no_signal(honouring: Flask) -> None:
    everyone = [Visitor(honouring, jar=False).get("/public", headers=each) for each in ({}, DNT, {"Sec-GPC": "1"})]
    for reply in everyone:
        assert reply.data == everyone[0].data and dict(reply.headers) == dict(everyone[0].headers)
        assert "Tk" not in reply.headers and not varies(reply) & {"dnt", "sec-gpc"}
    assert "Tk" not in Visitor(honouring).get("/data", headers=DNT).headers


def test_where_it_is_only_noted_the_page_says_so(tmp_path: Path, clock: Clock) -> None:  # promise E11
    for name, site, word, other in (
        ("note", SITE, "dnt_note", "dnt_honour"),
        ("honour", HONOUR, "dnt_honour", "dnt_note"),
    ):
        app = make_app(tmp_path / name, site=site, clock=clock)
        texts = service_of(app).notice("en").texts
        visitor = Visitor(app)
        page = html.unescape(visitor.get("/consent/", headers=DNT).text)
        assert f"{texts['dnt_seen']} {texts[word]}" in page and texts[other] not in page
        assert texts["dnt_seen"] not in visitor.get("/consent/").text
        assert ("Tk" in visitor.get("/", headers=DNT).headers) is (name == "honour")
        visitor.send("accept_all", headers=DNT)
        assert visitor.allows("analytics"), "the person's own choice outranks the signal (R33)"
        assert newest(app)["signals"] == {"dnt": "1"}
