"""What a shared cache may keep says nothing about anyone, and what says something is not kept for others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, Response, make_response, render_template_string, request

from tests.conftest import Clock

from .worlds import PAGE, Visitor, has_banner, has_gate, make_app, own_cookies, service_of

SHARED = {
    "/public": "public, max-age=60",
    "/public-only": "public",
    "/s-maxage": "s-maxage=10",
    "/max-age": "max-age=60",
}
OWN = {
    "/none": "",
    "/private": "private, max-age=60",
    "/no-store": "no-store",
    "/public-no-store": "public, no-store",
    "/max-age-0": "max-age=0",
    "/no-cache": "no-cache",
}
CHOICES = ("accept_all", "reject_all")


def with_control(value: str) -> Response:
    response = make_response(PAGE)
    if value:
        response.headers["Cache-Control"] = value
    return response


def views(app: Flask) -> None:
    for rule, value in {**SHARED, **OWN}.items():
        app.add_url_rule(rule, rule, lambda value=value: with_control(value))

    @app.get("/streamed")
    def streamed() -> Response:
        return Response(iter([PAGE[:40], PAGE[40:]]), mimetype="text/html", headers={"Cache-Control": "public"})

    @app.get("/hand")
    def hand() -> Response:
        response = with_control("public, max-age=60")
        response.set_data(
            render_template_string(
                "<!doctype html><html><head>{{ consent.head() }}</head><body>{{ consent.banner() }}</body></html>"
            )
        )
        return response

    @app.get("/choice")
    def choice() -> Response:
        response = with_control("public, max-age=60")
        response.set_data(render_template_string("{{ consent.allows('analytics') }}"))
        return response

    @app.get("/choice.json")
    def choice_json() -> Response:
        response = Response(render_template_string('"{{ consent.allows("analytics") }}"'), mimetype="application/json")
        response.headers["Cache-Control"] = "public, max-age=60"
        return response

    @app.get("/varies")
    def varies() -> Response:
        response = with_control("")
        response.vary.update(["Accept-Encoding", "cookie"])
        return response

    @app.get("/echo")
    def echo() -> str:
        return PAGE + request.args.get("q", "")


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    made = make_app(tmp_path / "shop", after=views, clock=clock)
    yield made
    service_of(made).store.close()


def names(header: str | None) -> set[str]:
    return {name.strip().lower() for name in (header or "").split(",") if name.strip()}


@pytest.mark.parametrize("path", [*SHARED, "/streamed"])
def test_what_a_shared_cache_may_keep_is_the_same_for_everyone(app: Flask, path: str) -> None:
    nobody = Visitor(app, jar=False)
    everyone = [nobody.get(path), nobody.get(path, headers={"Accept-Language": "ar", "DNT": "1", "Sec-GPC": "1"})]
    everyone.append(nobody.get(path, headers={"Cookie": "consent_demo=forged; _ads=1"}))
    for choice in CHOICES:
        visitor = Visitor(app)
        visitor.press(choice)
        visitor.client.set_cookie("_ads", "1")
        everyone.append(visitor.get(path))
        for secret in (visitor.token, visitor.token.partition(".")[0], visitor.token.partition(".")[2]):
            assert secret and secret not in everyone[-1].text
    first = everyone[0]
    assert has_gate(first.text) and has_banner(first.text)  # the gate hides it from those who have chosen
    for response in everyone:
        assert response.data == first.data
        assert "Set-Cookie" not in response.headers and "cookie" not in names(response.headers.get("Vary"))
        assert dict(response.headers) == dict(first.headers)


@pytest.mark.parametrize("path", OWN)
def test_other_pages_leave_the_banner_out_and_say_that_they_differ(app: Flask, path: str) -> None:
    visitor = Visitor(app)
    first = visitor.get(path)
    assert has_banner(first.text) and "cookie" in names(first.headers["Vary"])
    visitor.press("accept_all")
    later = visitor.get(path)
    assert has_gate(later.text) and not has_banner(later.text) and "cookie" in names(later.headers["Vary"])
    assert first.headers.get("Cache-Control") == later.headers.get("Cache-Control") == (OWN[path] or None)


def test_vary_keeps_what_the_host_said(app: Flask) -> None:
    assert names(Visitor(app).get("/varies").headers["Vary"]) == {"accept-encoding", "cookie"}


def test_a_page_written_by_hand_differs_and_says_so(app: Flask) -> None:
    visitor = Visitor(app)
    assert has_banner(visitor.get("/hand").text)
    visitor.press("reject_all")
    later = visitor.get("/hand")
    assert not has_banner(later.text) and {"cookie", "accept-language"} <= names(later.headers["Vary"])


@pytest.mark.parametrize("path", ["/choice", "/choice.json"])
def test_what_asked_for_the_choice_says_that_it_differs(app: Flask, path: str) -> None:
    visitor = Visitor(app)
    first = visitor.get(path)
    assert "False" in first.text and "cookie" in names(first.headers.get("Vary"))
    visitor.press("accept_all")
    later = visitor.get(path)
    assert "True" in later.text and "cookie" in names(later.headers.get("Vary"))


def test_the_hosts_own_cookies_stay(app: Flask) -> None:
    visitor = Visitor(app)
    visitor.client.set_cookie("basket", "pears")
    visitor.press("reject_all")
    assert own_cookies(visitor.get("/public"), "basket") == [] and visitor.client.get_cookie("basket") is not None


def test_our_own_replies(app: Flask) -> None:
    visitor = Visitor(app)
    visitor.press("accept_all")
    centre = visitor.get("/consent/")
    assert centre.headers["Cache-Control"] == "private, no-store"
    assert visitor.get("/consent/?fragment=1").headers["Cache-Control"] == "private, no-store"
    assert visitor.press("choose", at="/public").status_code == 303
    for choice in CHOICES:
        assert visitor.send(choice).headers["Cache-Control"] == "no-store"
    assert visitor.send("nonsense").headers["Cache-Control"] == "no-store"
    notice = visitor.body()["notice"]
    for path in ("declaration", f"notices/{notice}", "keys.json", "openapi.json", "gate.js", "look.css"):
        mine, nobodys = visitor.get("/consent/" + path), Visitor(app).get("/consent/" + path)
        assert mine.data == nobodys.data and "Set-Cookie" not in mine.headers
        assert mine.headers["Cache-Control"].startswith("public, max-age=")
        again = visitor.get("/consent/" + path, headers={"If-None-Match": mine.headers["ETag"]})
        assert again.status_code == 304 and again.data == b""
    assert "accept-language" in names(visitor.get("/consent/declaration").headers["Vary"])


def test_only_versioned_addresses_are_kept_for_ever(app: Flask) -> None:
    visitor = Visitor(app)
    for path in ("static/banner.js", "gate.js", "look.css"):
        assert "immutable" in visitor.get(f"/consent/{path}?v=1").headers["Cache-Control"]
        assert "immutable" not in visitor.get(f"/consent/{path}").headers["Cache-Control"]
    assert "immutable" in visitor.get(f"/consent/notices/{visitor.body()['notice']}").headers["Cache-Control"]


def test_pages_of_one_day_are_the_same_bytes(app: Flask, clock: Clock) -> None:
    clock.time -= clock.time % 86_400
    morning = Visitor(app).get("/public").data
    clock.time += 86_399
    assert Visitor(app).get("/public").data == morning


def test_a_page_from_the_cache_can_be_answered_for_a_month_but_not_for_ever(app: Flask, clock: Clock) -> None:
    body = Visitor(app).body("reject_all")
    clock.time += 31 * 86_400
    assert Visitor(app).send(**body).status_code == 201
    clock.time += 86_400
    late = Visitor(app).send(**body)
    assert late.status_code == 403 and late.get_json()["type"].endswith("/csrf")
