"""A real single-page app, built with Vite, under strict blocking: its own requests are the same as without consent."""

from __future__ import annotations

import json
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request, send_from_directory
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from consent import Consent
from consent.web import snippet
from consent.web.standalone import create_app

from .stand import HOST, MEADOW, SITE, greet
from .visitor import Visitor, acknowledged, button, until
from .workshop import SERVER, Quiet

SOURCE = Path(__file__).with_name("spa")
DONE = {"fetch", "xhr", "socket", "events", "worker", "image", "database"}
INSTALL = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app as its build makes it. Its packages are installed once, and again when the lock file changes."""
    lock, stamp = SOURCE / "package-lock.json", SOURCE / "node_modules" / ".installed"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        subprocess.run(INSTALL, cwd=SOURCE, check=True, timeout=300)
        stamp.write_bytes(lock.read_bytes())
    folder = tmp_path_factory.mktemp("spa") / "dist"
    subprocess.run(
        ["npx", "--no-install", "vite", "build", "--outDir", str(folder)], cwd=SOURCE, check=True, timeout=300
    )
    return folder


class Orchard:
    """The app's server. `way`: without consent, with it mounted, or with a tag from another origin."""

    def __init__(self, built: Path, folder: Path, way: str) -> None:
        self.asked: list[str] = []  # what the app asked its own server for
        self.vendor: list[str] = []
        self.way = way
        self._built = built
        self._server = make_server("127.0.0.1", 0, self._dispatch, threaded=True, request_handler=Quiet)
        self.url = f"http://{HOST}:{self._server.server_port}"
        site_file = folder / "consent.toml"
        site_file.write_text(SITE.replace("ORIGINS", f'origins = ["{self.url}"]'), encoding="utf-8")
        self._tags = create_app(site_file, folder / "tag", production=False)
        self._app = self._made()
        if way == "mounted":
            self._app.config.update(CONSENT_SITE=str(site_file), CONSENT_DATA=str(folder / "data"))
            self._app.config.update(CONSENT_PRODUCTION=False)
            Consent(self._app)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()
        for app in (self._tags, self._app):
            if "consent" in app.extensions:
                app.extensions["consent"].service.store.close()

    def _dispatch(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        host, path = environ["HTTP_HOST"].partition(":")[0], environ["PATH_INFO"]
        if host == SERVER:
            return self._tags(environ, start)
        if host != HOST:
            self.vendor.append(path)
            return Response(headers={"Access-Control-Allow-Origin": "*"})(environ, start)
        if not path.startswith("/consent/"):
            self.asked.append(f"{environ['REQUEST_METHOD']} {path}")
        if path == "/api/socket":
            greet(environ)
        return self._app(environ, start)

    def _made(self) -> Flask:
        app = Flask(__name__, static_folder=None)

        @app.get("/assets/<path:name>")
        def asset(name: str) -> Response:
            return send_from_directory(self._built / "assets", name)

        @app.route("/api/<path:what>", methods=["GET", "POST"])
        def api(what: str) -> Response:
            if what == "names":
                return Response(json.dumps(["cox", "gala"]), mimetype="application/json")
            if what == "events":
                return Response("data: hi\n\n", mimetype="text/event-stream")
            return Response(f"All about {what}.", mimetype="text/plain")

        @app.get("/")
        @app.get("/apples/<name>")
        def page(name: str = "") -> Response:
            text = (self._built / "index.html").read_text(encoding="utf-8")
            if self.way == "tag":
                tag = f'<script src="http://{SERVER}:{request.host.partition(":")[2]}/s/stand.js"></script>'
                text = text.replace("<head>", f"<head>{tag}{snippet.AWAIT}", 1)
            return Response(text, mimetype="text/html")

        return app


@pytest.fixture(scope="module")
def orchard(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Orchard]]:
    made: dict[str, Orchard] = {}

    def orchard(way: str) -> Orchard:
        if way not in made:
            made[way] = Orchard(built, tmp_path_factory.mktemp(way), way)
        made[way].asked.clear()
        made[way].vendor.clear()
        return made[way]

    yield orchard
    for each in made.values():
        each.close()


def walks(page: Page) -> None:
    """Wait for all that the app does at its start, then go through its pages and back."""
    until(page, "wanted => wanted.every(each => window.done?.includes(each))", sorted(DONE))
    expect(page.locator("main h1")).to_have_css("color", "rgb(1, 2, 3)")
    page.get_by_role("link", name="cox").click()
    expect(page.locator("article p")).to_have_text("All about apples/cox.")
    expect(page.locator("article h2")).to_have_css("color", "rgb(4, 5, 6)")
    page.get_by_role("link", name="gala").click()
    expect(page.locator("article p")).to_have_text("All about apples/gala.")
    page.go_back()
    expect(page.locator("article h2")).to_have_text("cox")
    page.wait_for_timeout(300)
    assert page.evaluate("document.cookie.includes('basket=1') && localStorage.seen") == "1"


@pytest.mark.parametrize("way", ["mounted", "tag"])
def test_its_own_requests_are_untouched(
    visit: Callable[..., Visitor], orchard: Callable[[str], Orchard], way: str
) -> None:
    bare = orchard("bare")
    page = visit().goes(bare.url)
    walks(page)
    strict = orchard(way)
    visitor = visit()  # whoever complains at the end: nothing of the app's may have been kept out
    page = visitor.goes(strict.url, banner=True)
    walks(page)
    assert Counter(strict.asked) == Counter(bare.asked)
    assert len(strict.asked) > len(DONE)


@pytest.mark.parametrize("way", ["mounted", "tag"])
def test_a_vendor_of_its_waits_for_the_yes(
    visit: Callable[..., Visitor], orchard: Callable[[str], Orchard], way: str
) -> None:
    strict = orchard(way)
    visitor = visit()
    page = visitor.goes(strict.url, banner=True)
    page.get_by_role("link", name="cox").click()
    expect(page.locator("article h2")).to_have_text("cox")
    vendor = strict.url.replace(HOST, MEADOW)
    reach = f"fetch('{vendor}/hit').then(() => 'went', error => error.name)"
    assert page.evaluate(reach) == "TypeError"  # as where there is no network
    assert strict.vendor == []
    with page.expect_navigation():
        button(page, "accept_all").click()
    acknowledged(page)
    expect(page.locator("article h2")).to_have_text("cox")  # where the person was
    assert page.evaluate(reach) == "went"
    assert strict.vendor == ["/hit"]
    visitor.forgive("Content Security Policy")
    visitor.forgive("Fetch API cannot load")
