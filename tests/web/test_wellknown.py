"""`/.well-known/gpc.json`: what the site says about Global Privacy Control (R31)."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from consent.web.standalone import create_app
from tests.conftest import SITE

from .worlds import Visitor, make_app

PATH = "/.well-known/gpc.json"


@pytest.mark.parametrize(("attitude", "honoured"), [("honour", True), ("note", False)])
def test_it_says_what_the_site_file_says(tmp_path: Path, attitude: str, honoured: bool) -> None:  # R31
    app = make_app(tmp_path, site=f'{SITE}\n[signals]\ngpc = "{attitude}"\n')
    nobody = Visitor(app, jar=False)
    reply = nobody.get(PATH, headers={"Sec-GPC": "1"})
    assert reply.status_code == 200 and reply.mimetype == "application/json"
    assert reply.get_json() == {"gpc": honoured, "lastUpdate": "2026-04-06"}
    assert "public" in reply.headers["Cache-Control"] and "Vary" not in reply.headers
    assert "Set-Cookie" not in reply.headers
    again = nobody.get(PATH, headers={"If-None-Match": reply.headers["ETag"]})
    assert again.status_code == 304
    assert nobody.client.post(PATH).status_code == 405


def test_a_consent_server_says_it_too(tmp_path: Path) -> None:
    (tmp_path / "consent.toml").write_text(SITE, encoding="utf-8")
    app = create_app(tmp_path / "consent.toml", tmp_path / "data", production=False)
    app.testing = True
    assert app.test_client().get(PATH).get_json() == {"gpc": True, "lastUpdate": "2026-04-06"}


def test_it_can_be_left_out(tmp_path: Path) -> None:
    assert Visitor(make_app(tmp_path, CONSENT_GPC_JSON=False)).get(PATH).status_code == 404


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_hosts_own_word_comes_first(tmp_path: Path, when: str) -> None:
    def own(app: Flask) -> None:
        app.add_url_rule(PATH, "own", lambda: {"gpc": True, "lastUpdate": "2020-01-01"})

    app = make_app(tmp_path, **{when: own})  # type: ignore[arg-type]
    assert Visitor(app).get(PATH).get_json()["lastUpdate"] == "2020-01-01"


def test_a_page_for_every_path_does_not_hide_it(tmp_path: Path) -> None:
    def catch(app: Flask) -> None:
        app.add_url_rule("/<path:anything>", "spa", lambda anything: f"page {anything}")

    visitor = Visitor(make_app(tmp_path, before=catch))
    assert visitor.get(PATH).get_json()["gpc"] is True and visitor.get("/a").text == "page a"
