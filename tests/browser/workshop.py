"""A site of the tests' own, for pages that the demo does not have: strict policy, an address below a parent domain.

Pages are written by the tests; the vendors' part is a host of its own in the same server, whose scripts say who ran.
The same pages can be had without consent mounted, with one script tag that another origin serves.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, g, request
from werkzeug.serving import WSGIRequestHandler, make_server

from consent import Consent
from consent.web.standalone import create_app

SITE_ID = "workshop"
HOST = "www.workshop.localhost"  # so that there is a parent domain that takes cookies
VENDOR = "vendor.localhost"
SERVER = "consent.localhost"  # where the tag comes from

SITE = """
[site]
id = "workshop"
name = "Workshop"
policy = "https://workshop.example/privacy"
effective = 2026-04-06
languages = ["en", "de", "ar"]
[controller]
name = "Workshop Ltd"
contact = "privacy@workshop.example"
country = "DE"
[vendors.meadow]
name = "Meadow Analytics"
role = "processor"
country = "DE"
policy = "https://meadow.example/privacy"
items = [
    { name = "_mdw*", kind = "cookie", duration = "13 months" },
    { name = "_mdw_srv", kind = "cookie", duration = "13 months", http_only = true },
    { name = "mdw_*", kind = "local", duration = "13 months" },
    { name = "mdw_*", kind = "session", duration = "session" },
]
[vendors.brook]
name = "Brook Heatmaps"
role = "processor"
country = "DE"
policy = "https://brook.example/privacy"
items = [{ name = "_brk", kind = "cookie", duration = "6 months" }]
[vendors.lantern]
name = "Lantern Ads"
role = "processor"
country = "DE"
policy = "https://lantern.example/privacy"
items = [
    { name = "_ltn", kind = "cookie", duration = "6 months" },
    { name = "lantern_db", kind = "indexeddb", duration = "6 months" },
]
[purposes.necessary]
retention = "session"
items = [{ name = "session", kind = "cookie", duration = "session", http_only = true }]
[purposes.analytics]
retention = "13 months"
vendors = ["meadow", "brook"]
[purposes.marketing]
retention = "6 months"
vendors = ["lantern"]
[purposes.ai_training]
name = "Training of our models"
text = "We use your pictures to train our models."
basis = "consent"
explicit = true
retention = "2 years"
[purposes.security]
name = "Security"
text = "We look for abuse."
basis = "legitimate_interest"
retention = "30 days"
"""

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">
<script nonce="NONCE">window.ran = [];</script>
HEAD</head>
<body><main><h1>A page</h1>
BODY
</main></body>
</html>"""

# What the vendor's scripts do: say who they are. `?slow` answers late, so that a wrong order would show.
SCRIPT = 'window.ran.push("{name}");'
MODULE = 'import.meta; window.ran.push("{name}");'
SLOW = 0.3  # seconds


class Quiet(WSGIRequestHandler):
    """No log on the terminal; connections are kept, as real servers do."""

    protocol_version = "HTTP/1.1"

    def log(self, *_: Any) -> None:
        """Nothing."""


class Workshop:
    """The server; `put` a page and open what it returns."""

    def __init__(self, folder: Path, tagged: bool = False, more: str = "", region: str | None = None) -> None:
        self._server = make_server("127.0.0.1", 0, self._dispatch, threaded=True, request_handler=Quiet)
        self.port = self._server.server_port
        self.tagged = tagged
        self._pages: dict[str, tuple[str, str, bool]] = {}
        self.lose_next_answer = False
        self.said: list[str] = []  # what pages reported of themselves
        self._file = site_file = folder / "consent.toml"
        site_file.write_text(
            SITE.replace("[controller]", f'origins = ["{self.url("")}"]\n[controller]', 1) + more, encoding="utf-8"
        )
        if tagged:
            self.app = create_app(site_file, folder / "data", production=False, region=region)
            self.app.after_request(self._lose)
            self._host = self._site()
        else:
            self._host = self.app = self._site(site_file, folder, region)
        self._vendor = _vendor()
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def deploy(self, change: Callable[[str], str]) -> None:
        """Start anew, another process over the same data, with another site file."""
        text = change(self._file.read_text(encoding="utf-8"))
        self._file.write_text(text, encoding="utf-8")
        self.app.extensions["consent"].service.store.close()
        if self.tagged:
            self.app = create_app(self._file, self._file.parent / "data", production=False)
        else:
            self._host = self.app = self._site(self._file, self._file.parent)

    def put(
        self, head: str = "", body: str = "", path: str = "", trusted: bool = True, options: str | None = ""
    ) -> str:
        """Serve a page with such content; NONCE and VENDOR in it are filled in. Returns its address.

        `trusted`: under Trusted Types. `options`: attributes of the tag; None: without it.
        """
        path = path or f"/pages/{len(self._pages)}"
        if self.tagged and options is not None:
            head = f'<script src="{self.tag}" {options}></script>{head}'
        self._pages[path] = (head, body, trusted)
        return self.url(path)

    def url(self, path: str) -> str:
        """The address of a page."""
        return f"http://{HOST}:{self.port}{path}"

    @property
    def tag(self) -> str:
        """The address of the tag."""
        return f"http://{SERVER}:{self.port}/s/{SITE_ID}.js"

    def count(self) -> int:
        """How many records there are."""
        service = self.app.extensions["consent"].service
        return int(service.store.count(SITE_ID))

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()
        self.app.extensions["consent"].service.store.close()

    def _dispatch(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        host = environ["HTTP_HOST"].partition(":")[0]
        return {VENDOR: self._vendor, SERVER: self.app}.get(host, self._host)(environ, start)

    def _lose(self, response: Response) -> Response:
        if self.lose_next_answer and request.method == "POST" and response.status_code == 201:
            self.lose_next_answer = False
            response.set_data(b"")  # cut off on its way, cookie and all
            response.headers.remove("Set-Cookie")
        return response

    def _site(self, site_file: Path | None = None, folder: Path | None = None, region: str | None = None) -> Flask:
        """The pages; with consent mounted, or, without a site file, with a tag."""
        app = Flask(__name__)
        if site_file and folder:
            app.config.update(CONSENT_SITE=str(site_file), CONSENT_DATA=str(folder / "data"), CONSENT_PRODUCTION=False)
            app.config["CONSENT_REGION"] = region
            Consent(app)
        server = "" if site_file else f" http://{SERVER}:{self.port}"

        @app.get("/pages/<path:_>")
        def page(_: str) -> str:
            head, body, g.trusted = self._pages.get(request.path) or abort(404)
            g.csp_nonce = secrets.token_urlsafe(16)
            text = PAGE.replace("HEAD", head).replace("BODY", body)
            return text.replace("NONCE", g.csp_nonce).replace("VENDOR", f"http://{VENDOR}:{self.port}")

        @app.post("/say/<what>")
        def say(what: str) -> Response:
            self.said.append(what)
            return Response(status=204)

        @app.get("/plain")
        def plain() -> Response:
            return Response("No gate in here.", mimetype="text/plain")

        @app.get("/favicon.ico")
        def icon() -> Response:
            return Response(status=204)

        @app.after_request
        def finish(response: Response) -> Response:
            self._lose(response)
            if "csp_nonce" in g:
                vendor = f"http://{VENDOR}:{self.port}"
                response.headers["Content-Security-Policy"] = "; ".join(
                    (
                        f"default-src 'self'{server}",
                        f"script-src 'self'{server} 'nonce-{g.csp_nonce}' {vendor}",
                        f"style-src 'self' 'nonce-{g.csp_nonce}' {vendor}",
                        f"img-src 'self' data: {vendor}",
                        f"frame-src {vendor}",
                        "object-src 'none'",
                        "base-uri 'none'",
                        "form-action 'self'",
                        *(("require-trusted-types-for 'script'", "trusted-types 'none'") if g.trusted else ()),
                    )
                )
            return response

        return app


def _vendor() -> Flask:
    """Scripts that say who ran, a style, a picture, a frame."""
    app = Flask(f"{__name__}.vendor")

    @app.get("/<name>.js")
    def script(name: str) -> Response:
        if "slow" in request.args:
            threading.Event().wait(SLOW)
        return Response(SCRIPT.format(name=name), mimetype="text/javascript")

    @app.get("/<name>.mjs")
    def module(name: str) -> Response:
        return Response(MODULE.format(name=name), mimetype="text/javascript")

    @app.get("/missing.js")
    def missing() -> Response:
        return Response(status=404)

    @app.get("/style.css")
    def style() -> Response:
        return Response("h1 { color: rgb(1, 2, 3) }", mimetype="text/css")

    @app.get("/dot.svg")
    def picture() -> Response:
        return Response('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', mimetype="image/svg+xml")

    @app.get("/frame")
    def frame() -> Response:
        return Response("<!doctype html><title>Frame</title><p>Frame", mimetype="text/html")

    @app.after_request
    def open_to_all(response: Response) -> Response:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cache-Control"] = "no-store"
        return response

    return app
