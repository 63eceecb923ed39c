"""A site with a site file of the test's choice, and a collector: every other host of the same server, where vendors'
scripts send to. What arrives there is written down by the server, whatever the browser or the page may say of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, request
from werkzeug.serving import make_server
from werkzeug.wrappers import Request

from consent import Consent

from .workshop import Quiet

HOST = "stage.localhost"
HEAD = """
[site]
id = "stage"
name = "Stage"
policy = "https://stage.example/privacy"
effective = 2026-04-06
[controller]
name = "Stage Ltd"
contact = "privacy@stage.example"
country = "DE"
"""
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">
{head}</head>
<body><main><h1>A page</h1>{body}</main></body>
</html>"""
CORS = {
    "Access-Control-Allow-Headers": "*, authorization, content-type, anonymousid",
    "Access-Control-Allow-Methods": "GET, POST, PUT",
    "Access-Control-Allow-Private-Network": "true",
    "Access-Control-Max-Age": "600",
}


@dataclass(frozen=True)
class Arrival:
    """One request at the collector."""

    time: float
    host: str
    method: str
    path: str
    body: bytes


class Stage:
    """The server. `pages` are what it shows, `files` what it serves beside them, `reply` what the collector answers."""

    def __init__(self, folder: Path, site: str, reply: Callable[[Arrival], str] = lambda _: "{}") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        site_file = folder / "consent.toml"
        site_file.write_text(HEAD + site, encoding="utf-8")
        self.pages: dict[str, str] = {}
        self.files: dict[str, bytes] = {}
        self.arrivals: list[Arrival] = []
        self._reply = reply
        self.app = self._site(site_file, folder)
        self._server = make_server("127.0.0.1", 0, self._dispatch, threaded=True, request_handler=Quiet)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def put(self, head: str = "", body: str = "", path: str = "/") -> str:
        """Serve a page; its address."""
        self.pages[path] = PAGE.format(head=head, body=body)
        return self.url(path)

    def url(self, path: str, host: str = HOST) -> str:
        """An address on this server."""
        return f"http://{host}:{self.port}{path}"

    def sent(self, host: str = "", since: float = 0) -> list[str]:
        """What arrived at the collector, or at one of its hosts, as `METHOD host/path`."""
        return [
            f"{each.method} {each.host}{each.path}"
            for each in self.arrivals
            if each.time >= since and host in ("", each.host)
        ]

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()
        self.app.extensions["consent"].service.store.close()

    def _dispatch(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        host = environ["HTTP_HOST"].partition(":")[0]
        return self.app(environ, start) if host == HOST else self._collect(host, Request(environ))(environ, start)

    def _collect(self, host: str, request: Request) -> Response:
        arrival = Arrival(time.time(), host, request.method, request.full_path, request.get_data())
        self.arrivals.append(arrival)
        response = Response(self._reply(arrival), mimetype="application/json")
        response.headers.update(CORS)
        response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "*")
        response.headers["Access-Control-Allow-Credentials"] = "true"
        return response

    def _site(self, site_file: Path, folder: Path) -> Flask:
        app = Flask(__name__)
        app.config.update(CONSENT_SITE=str(site_file), CONSENT_DATA=str(folder / "data"), CONSENT_PRODUCTION=False)
        Consent(app)

        @app.get("/")
        @app.get("/<path:_>")
        def page(_: str = "") -> Response:
            if request.path in self.files:
                return Response(self.files[request.path], mimetype="text/javascript")
            return Response(self.pages.get(request.path) or abort(404), mimetype="text/html")

        return app
