"""An ordinary Flask application with consent mounted, and someone who visits it."""

from __future__ import annotations

import html
import json
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from consent import Consent
from consent.extension import State
from consent.service import Service
from consent.store import Store
from tests.conftest import SITE, Clock

DAY = 86_400  # seconds
PAGE = "<!doctype html><html><head><title>Shop</title></head><body><h1>Welcome</h1></body></html>"
GATE = '{"s":"'  # how the gate's configuration begins
Setup = Callable[[Flask], object]


def make_app(
    folder: Path,
    *,
    site: str = SITE,
    before: Setup | None = None,
    after: Setup | None = None,
    clock: Callable[[], float] | None = None,
    **config: Any,
) -> Flask:
    """An application with a page at `/`. `before` and `after` set it up before and after consent is mounted."""
    database = folder / "instance" / "consent" / "consent.sqlite3"
    if not database.exists():
        database.parent.mkdir(parents=True)
        database.write_bytes(_empty_database())
    (folder / "consent.toml").write_text(site, encoding="utf-8")
    app = Flask("shop", root_path=str(folder), instance_path=str(folder / "instance"))
    app.config.update(TESTING=True, SECRET_KEY="a test's own", **config)
    if before:
        before(app)
    consent = Consent(app)
    if after:
        after(app)
    if "home" not in app.view_functions:
        app.add_url_rule("/", "home", lambda: PAGE)
    app.add_url_rule("/allows/<path:what>", "allows", lambda what: {"allows": consent.allows(what)})
    hold(app, clock or Clock())
    return app


@lru_cache(maxsize=1)
def _empty_database() -> bytes:
    """An empty database with its tables, made once: that takes longer than most tests."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.sqlite3"
        Store.open(f"sqlite:///{path}").close()
        return path.read_bytes()


def hold(app: Flask, clock: Callable[[], float]) -> None:
    """Let the application's service go by `clock`."""
    service_of(app)._clock = clock


def state_of(app: Flask) -> State:
    return cast(State, app.extensions["consent"])


def service_of(app: Flask) -> Service:
    return state_of(app).service


def stored(app: Flask) -> int:
    """How many records there are."""
    service = service_of(app)
    return service.store.count(service.site.id)


def newest(app: Flask) -> dict[str, Any]:
    """The newest record's fields."""
    service = service_of(app)
    return list(service.store.stream(service.site.id))[-1].record.fields


def fields(page: str, form: str = "consent-form") -> dict[str, str]:
    """The hidden inputs of one of our forms, as a browser would send them."""
    found = re.search(rf'<form id="{form}".*?</form>', page, re.DOTALL)
    assert found, f"there is no form {form}"
    return hidden(found[0])


def hidden(markup: str) -> dict[str, str]:
    """The hidden inputs in some markup."""
    pairs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', markup)
    return {name: html.unescape(value) for name, value in pairs}


def action(page: str, form: str = "consent-form") -> str:
    """Where one of our forms posts to."""
    found = re.search(rf'<form id="{form}" method="post" action="([^"]*)"', page)
    assert found, f"there is no form {form}"
    return html.unescape(found[1])


def has_gate(page: str) -> bool:
    return GATE in page or bool(re.search(r'<script[^>]* src="[^"]*/gate\.js\?v=', page))


def has_banner(page: str) -> bool:
    return '<section id="consent"' in page


def has_link(page: str) -> bool:
    return "data-consent-open" in page


def own_cookies(response: TestResponse, name: str = "consent_demo") -> list[str]:
    """The `Set-Cookie` headers that carry our token."""
    sent = response.headers.getlist("Set-Cookie")
    return [value for value in sent if value.startswith(name + "=") and not value.startswith(name + "=;")]


def expired(response: TestResponse) -> set[str]:
    """The names of the cookies that a response expires, our own of other domains left out."""
    old = [
        value for value in response.headers.getlist("Set-Cookie") if "Max-Age=0" in value and "consent_" not in value
    ]
    return {value.partition("=")[0] for value in old}


class Visitor:
    """Someone with a browser: what the pages' own forms send, without and with script."""

    def __init__(self, app: Flask, base: str = "/consent/", jar: bool = True, **environ: Any) -> None:
        """Without a `jar` it sends the `Cookie` header that it is given."""
        self.app = app
        self.base = base
        self.environ = environ
        self.client: FlaskClient = app.test_client(use_cookies=jar)

    def get(self, path: str = "/", **more: Any) -> TestResponse:
        return self.client.get(path, environ_overrides=self.environ, buffered=True, **more)

    def press(self, choice: str, at: str = "/", headers: dict[str, str] | None = None, **more: Any) -> TestResponse:
        """Press one of the banner's buttons on the page at `at`, without script."""
        page = self.get(at).text
        target = action(page).removeprefix(str(self.environ.get("SCRIPT_NAME", "")))
        data = {**fields(page), "choice": choice, **more}
        return self.client.post(target, data=data, headers=headers, environ_overrides=self.environ)

    def body(self, choice: str = "accept_all", **more: Any) -> dict[str, Any]:
        """What a script may send."""
        service = service_of(self.app)
        with self.app.test_request_context():
            from consent.web import csrf

            token = csrf.token(service)
        return {"choice": choice, "notice": service.notice("en").id, "csrf_token": token, **more}

    def send(self, choice: str = "accept_all", headers: dict[str, str] | None = None, **more: Any) -> TestResponse:
        """Send a decision as JSON."""
        return self.raw(json.dumps(self.body(choice, **more)), headers=headers)

    def raw(
        self, body: str | bytes, kind: str = "application/json", headers: dict[str, str] | None = None
    ) -> TestResponse:
        """Post any body as a program would."""
        headers = {"Accept": "application/json", **(headers or {})}
        return self.client.post(
            self.base + "decision", data=body, content_type=kind, headers=headers, environ_overrides=self.environ
        )

    @property
    def token(self) -> str:
        """Our cookie's value, or ""."""
        found = self.client.get_cookie(service_of(self.app).site.cookie)
        return found.value if found else ""

    @token.setter
    def token(self, value: str) -> None:
        self.client.set_cookie(service_of(self.app).site.cookie, value)

    def allows(self, what: str) -> bool:
        """What the host's own code is told."""
        answer: dict[str, bool] = self.get(f"/allows/{what}").get_json()
        return answer["allows"]


@contextmanager
def served(app: Any) -> Iterator[int]:
    """A real server on a free port of this machine, as long as the block lasts."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
