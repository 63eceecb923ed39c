"""A program's decision is answered the same in front of Flask as by Flask, and only where nobody else looks."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import pytest
from flask import Flask, Request, request_started
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import Client, TestResponse

from consent.extension import decision_recorded
from consent.web.direct import FORM, JSON, Direct

from .worlds import Visitor, expired, make_app, newest, service_of, stored


def direct_of(app: Flask) -> Direct:
    return cast(Direct, app.wsgi_app)


class Passed:
    """Flask behind `Direct`, counting what reaches it."""

    def __init__(self, app: Flask) -> None:
        self.count = 0
        self._flask = direct_of(app)._flask
        direct_of(app)._flask = self

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.count += 1
        return self._flask(environ, start_response)


def encoded(body: dict[str, Any], kind: str) -> bytes:
    if kind == JSON:
        return json.dumps(body).encode()
    return urlencode([(n, one) for n, v in body.items() for one in (v if isinstance(v, list) else [v])]).encode()


def both(
    app: Flask, body: bytes, kind: str, headers: dict[str, str], **environ: str
) -> tuple[TestResponse, TestResponse]:
    """The same request, first in front of Flask, then to Flask itself."""
    sent: dict[str, Any] = {"method": "POST", "data": body, "content_type": kind, "headers": headers}
    sent["environ_overrides"] = environ
    ways = (app, direct_of(app)._flask)
    first, second = (Client(way, use_cookies=False).open("/consent/decision", **sent) for way in ways)
    return first, second


def plain(response: TestResponse) -> tuple[int, bytes, dict[str, str]]:
    headers = {name: value for name, value in response.headers if name != "Vary"}
    if response.status_code == 201:
        headers["Vary"] = " ".join(sorted(", ".join(response.headers.getlist("Vary")).split(", ")))
    return response.status_code, response.data, headers


CASES: dict[str, dict[str, Any]] = {
    "accept": {"choice": "accept_all"},
    "refuse": {"choice": "reject_all"},
    "save": {"choice": "save", "purpose": ["analytics"]},
    "unknown purpose": {"choice": "save", "purpose": ["telepathy"]},
    "unknown choice": {"choice": "perhaps"},
    "another notice": {"choice": "accept_all", "notice": "n" * 43},
    "wrong token": {"choice": "accept_all", "csrf_token": "1.forged"},
    "bad key": {"choice": "accept_all", "key": "short"},
    "nothing": {},
}


@pytest.mark.parametrize("kind", [FORM, JSON])
@pytest.mark.parametrize("case", CASES)
def test_the_same_answer(app: Flask, visitor: Visitor, case: str, kind: str) -> None:
    given = CASES[case] and {**visitor.body(key=uuid.uuid4().hex), **CASES[case]}
    passed = Passed(app)
    first, second = both(app, encoded(given, kind), kind, {"Accept": JSON})
    assert plain(first) == plain(second)
    assert passed.count == (1 if given else 1 + (kind == FORM)), "an empty body is Flask's to judge"
    assert stored(app) == (first.status_code == 201)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-origin", "DNT": "1", "Sec-GPC": "1"},
        {"Host": "bad host"},
        {"Cookie": "consent_demo=forged.token"},
    ],
)
def test_the_same_answer_under_headers(app: Flask, visitor: Visitor, headers: dict[str, str]) -> None:
    body = encoded(visitor.body(key=uuid.uuid4().hex), FORM)
    first, second = both(app, body, FORM, {"Accept": JSON, **headers})
    assert plain(first) == plain(second)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    body=st.one_of(
        st.binary(max_size=300),
        st.dictionaries(st.sampled_from(["choice", "notice", "key", "purpose", "age", "via", "x"]), st.text()).map(
            lambda fields: urlencode(
                {name: value.encode("utf-8", "replace") for name, value in fields.items()}
            ).encode()
        ),
    ),
    kind=st.sampled_from([FORM, FORM + ";charset=UTF-8", JSON, "text/plain", "", "application/jsonp"]),
    accept=st.sampled_from([JSON, "*/*", "text/html,application/json", ""]),
)
def test_the_same_answer_to_anything(app: Flask, body: bytes, kind: str, accept: str) -> None:
    first, second = both(app, body, kind, {"Accept": accept})
    assert plain(first) == plain(second)
    assert stored(app) == 0


def test_flask_is_spared(app: Flask, visitor: Visitor) -> None:
    passed = Passed(app)
    assert visitor.send("accept_all").status_code == 201
    assert passed.count == 0
    assert stored(app) == 1


def on_every_request(app: Flask) -> None:
    app.before_request(lambda: None)


def after_every_request(app: Flask) -> None:
    app.after_request(lambda response: response)


def another_request_class(app: Flask) -> None:
    app.request_class = type("Own", (Request,), {})


def trusted_hosts(app: Flask) -> None:
    app.config["TRUSTED_HOSTS"] = ["localhost"]


def another_view(app: Flask) -> None:
    view = app.view_functions["consent.decision"]
    app.view_functions["consent.decision"] = lambda: view()


@pytest.mark.parametrize(
    "setup", [on_every_request, after_every_request, another_request_class, trusted_hosts, another_view]
)
def test_what_the_host_adds_is_not_passed_by(tmp_path: Path, setup: Callable[[Flask], None]) -> None:
    app = make_app(tmp_path, after=setup)
    passed = Passed(app)
    assert Visitor(app).send("accept_all").status_code == 201
    assert passed.count == 1


@pytest.mark.parametrize("signal", [request_started, decision_recorded])
def test_who_listens_is_told(app: Flask, visitor: Visitor, signal: Any) -> None:
    heard: list[object] = []
    with signal.connected_to(lambda sender, **_: heard.append(sender)):
        assert visitor.send("accept_all").status_code == 201
    assert heard == [app]


def test_what_a_refusal_leaves_is_still_expired(app: Flask, visitor: Visitor) -> None:
    visitor.client.set_cookie("_ads", "1")
    assert "_ads" in expired(visitor.send("reject_all"))


def test_a_proxy_is_believed_before_us_or_flask_answers(tmp_path: Path) -> None:
    def behind(app: Flask) -> None:
        app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]

    for name, when in (("first", "before"), ("then", "after")):
        app = make_app(tmp_path / name, CONSENT_RATE_LIMIT=1, **{when: behind})
        for visitor in ("192.0.2.1", "192.0.2.2"):
            sent = Visitor(app).send("reject_all", headers={"X-Forwarded-For": visitor})
            assert sent.status_code == 201, when
        assert Visitor(app).send("reject_all", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 429


def test_a_body_cut_short_stores_nothing(app: Flask, visitor: Visitor) -> None:
    body = encoded(visitor.body(), FORM)
    first, second = both(app, body, FORM, {"Accept": JSON}, CONTENT_LENGTH=str(len(body) + 1))
    assert plain(first) == plain(second)
    assert first.status_code == 400
    assert stored(app) == 0


@pytest.mark.parametrize("length", ["16385", "99999", "999999999999", "-1", "\u0661", "1e3", ""])
def test_a_length_that_is_none_or_too_much(app: Flask, visitor: Visitor, length: str) -> None:
    body = encoded(visitor.body(), FORM)
    first, second = both(app, body, FORM, {"Accept": JSON}, CONTENT_LENGTH=length)
    assert plain(first) == plain(second)
    assert first.status_code >= 400
    assert stored(app) == 0


def test_what_surprises_us_is_reported_by_flask(app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(service_of(app).store, "append", fails)
    seen: list[type[BaseException]] = []

    def crashed(error: Exception) -> tuple[str, int]:
        seen.append(type(error))
        return "sorry", 500

    app.register_error_handler(ZeroDivisionError, crashed)
    assert visitor.send("accept_all").status_code == 500
    assert seen == [ZeroDivisionError]


def test_the_signals_are_recorded(app: Flask, visitor: Visitor) -> None:
    visitor.send("reject_all", headers={"DNT": "1", "Sec-GPC": "1"})
    assert newest(app)["signals"] == {"dnt": "1", "gpc": "1"}
