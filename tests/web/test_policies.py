"""The host's Content-Security-Policy is kept to: its nonce is used, and what may not be inline comes as a file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, g, render_template_string
from flask_compress import Compress
from flask_talisman import Talisman

from .worlds import PAGE, Visitor, has_banner, has_gate, make_app

STRICT = "default-src 'self'; require-trusted-types-for 'script'"
SCRIPT = re.compile(r"<script([^>]*)>(.*?)</script>", re.DOTALL)


def scripts(page: str) -> list[tuple[str, str]]:
    return SCRIPT.findall(page)


def says(*policies: str, report: str = "") -> Any:
    """Sets up a page that answers with these policies."""

    def setup(app: Flask) -> None:
        @app.get("/strict")
        def strict() -> Response:
            response = Response(PAGE, mimetype="text/html")
            for policy in policies:
                response.headers.add("Content-Security-Policy", policy)
            if report:
                response.headers["Content-Security-Policy-Report-Only"] = report
            return response

    return setup


def strict_page(folder: Path, *policies: str, **config: Any) -> str:
    return Visitor(make_app(folder, after=says(*policies), **config)).get("/strict").text


def inline_with(page: str, nonce: str) -> bool:
    """Whether everything inline of ours carries this nonce, and there is something."""
    attributes = [found for found, text in scripts(page) if text] + re.findall(r"<style([^>]*)>", page)
    return len(attributes) == 2 and all(found == f' nonce="{nonce}"' for found in attributes)


def only_files(page: str) -> bool:
    """Whether nothing of ours is inline: no script, no style, no attribute of either."""
    inline = any(text for _, text in scripts(page)) or "<style" in page
    return not inline and not re.search(r'\s(style|on\w+)="', page)


def test_the_nonce_of_the_header(tmp_path: Path) -> None:
    assert inline_with(strict_page(tmp_path / "x", STRICT + "; script-src 'nonce-abc'; style-src 'nonce-abc'"), "abc")


def test_the_nonce_of_g(tmp_path: Path) -> None:
    def setup(app: Flask) -> None:
        app.before_request(lambda: setattr(g, "csp_nonce", "fromg"))

        @app.get("/hand")
        def hand() -> str:
            return render_template_string(
                "<!doctype html><html><head>{{ consent.head() }}</head><body>{{ consent.banner() }}</body></html>"
            )

    visitor = Visitor(make_app(tmp_path / "x", after=setup))
    assert inline_with(visitor.get("/").text, "fromg") and inline_with(visitor.get("/hand").text, "fromg")


def test_the_nonce_of_a_callable(tmp_path: Path) -> None:
    visitor = Visitor(make_app(tmp_path / "x", CONSENT_NONCE=lambda: "called"))
    assert inline_with(visitor.get("/").text, "called")


def test_a_nonce_cannot_break_out(tmp_path: Path) -> None:
    page = Visitor(make_app(tmp_path / "x", CONSENT_NONCE=lambda: '"><b>')).get("/").text
    assert '"><b>' not in page and "&#34;&gt;&lt;b&gt;" in page


def test_without_a_nonce_gate_and_styles_are_files(tmp_path: Path) -> None:
    visitor = Visitor(make_app(tmp_path / "x", after=says(STRICT)))
    page = visitor.get("/strict").text
    assert only_files(page) and has_gate(page) and has_banner(page)
    assert page.index("/consent/gate.js?v=") < page.index("<title>")
    for address, kind in (("gate.js", "text/javascript"), ("look.css", "text/css")):
        found = re.search(rf'"(/consent/{re.escape(address)}\?v=[^"]+)"', page)
        assert found
        reply = visitor.get(found[1])
        assert reply.status_code == 200 and reply.mimetype == kind and "immutable" in reply.headers["Cache-Control"]
    assert '{"s":"demo"' in visitor.get("/consent/gate.js").text


@pytest.mark.parametrize(
    "policy", ["script-src 'self' 'unsafe-inline'; style-src 'self'", "script-src 'self'; style-src 'unsafe-inline'"]
)
def test_scripts_and_styles_are_judged_apart(tmp_path: Path, policy: str) -> None:
    page = strict_page(tmp_path / "x", policy)
    scripted = "script-src 'self' 'unsafe-inline'" in policy
    assert any(text for _, text in scripts(page)) is scripted and ("<style" in page) is not scripted


def test_of_two_policies_the_stricter_counts(tmp_path: Path) -> None:
    assert only_files(strict_page(tmp_path / "x", "default-src 'self' 'unsafe-inline'", STRICT))


def test_a_policy_that_only_reports_restricts_nothing(tmp_path: Path) -> None:
    page = Visitor(make_app(tmp_path / "x", after=says(report=STRICT))).get("/strict").text
    assert not only_files(page) and has_gate(page)


def test_the_policy_itself_is_not_loosened(tmp_path: Path) -> None:
    visitor = Visitor(make_app(tmp_path / "x", after=says(STRICT)))
    assert visitor.get("/strict").headers.getlist("Content-Security-Policy") == [STRICT]


def test_our_own_pages_live_under_the_strictest_policy(tmp_path: Path) -> None:
    visitor = Visitor(make_app(tmp_path / "x"))
    for path in ("/consent/", "/consent/declaration"):
        reply = visitor.get(path)
        policy = reply.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "unsafe" not in policy and "trusted-types" in policy
        assert only_files(reply.text), path
        for address in re.findall(r'<(?:link|script)[^>]*(?:href|src)="([^"]+)"', reply.text):
            assert visitor.get(address).status_code == 200


# Flask-Talisman

TALISMAN = {"force_https": False, "session_cookie_secure": False}
NONCES = {"content_security_policy_nonce_in": ["script-src", "style-src"]}
POLICY = {"default-src": "'self'", "script-src": "'self'", "style-src": "'self'"}


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("nonce", [True, False])
@pytest.mark.parametrize("compress", ["no", "first", "last"])
def test_talisman_before_and_after_with_and_without_nonces(
    tmp_path: Path, order: str, nonce: bool, compress: str
) -> None:
    def talisman(app: Flask) -> None:
        if compress == "first":
            Compress(app)
        Talisman(app, content_security_policy=POLICY, **TALISMAN, **(NONCES if nonce else {}))
        if compress == "last":
            Compress(app)

    app = make_app(tmp_path / "x", **{order: talisman}, COMPRESS_MIN_SIZE=1)  # type: ignore[arg-type]
    reply = Visitor(app).get("/")
    page, policy = reply.text, reply.headers["Content-Security-Policy"]
    assert has_gate(page) and has_banner(page)
    if nonce:
        found = re.search("'nonce-([^']+)'", policy)
        assert found and inline_with(page, found[1])
    else:
        assert only_files(page)


def test_talismans_default_policy(tmp_path: Path) -> None:
    page = Visitor(make_app(tmp_path / "x", before=lambda app: Talisman(app, **TALISMAN))).get("/").text
    assert only_files(page) and has_gate(page)
