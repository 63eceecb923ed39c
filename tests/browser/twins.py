"""The demo's five sites as pages of no application: as they are without consent mounted, each with one script tag.

The tag comes from one consent server for all five, on an origin of its own; records lie as the demo's do.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from werkzeug.serving import make_server

from consent import assets
from consent.web.standalone import by_host, create_app

from .demo import SITES, Demo
from .workshop import SERVER, Quiet

# What consent puts into a page, as it stands in the demo's: gate and styles, banner, settings link; and the demo's
# panel, which asks the demo's own server.
OURS = (
    r"(?<=<head>)\s*<script[^>]*>(?:(?!</script>).)*\"consent_(?:(?!</script>).)*</script>\s*<style[^>]*>.*?</style>",
    r'<section id="consent" .*?</section>\s*<p id="consent-status".*?</p>',
    r'<nav class="consent-settings".*?</nav>',
    r"<script [^>]*panel\.js[^>]*></script>",
)


class Twins(Demo):
    """The server of pages and tags, beside a running demo that the pages are taken from."""

    def __init__(self, demo: Demo, folder: Path) -> None:
        self._demo = demo
        self._server = make_server("127.0.0.1", 0, self._dispatch, threaded=True, request_handler=Quiet)
        super().__init__(self._server.server_port, folder)
        self._sites = [self._served(site) for site in SITES]
        self._tags = by_host(self._sites)
        self._pages = self._host()
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def reports(self, site: str) -> list[str]:
        """The vendors are the demo's."""
        return self._demo.reports(site)

    def tag(self, site: str) -> str:
        """The address of a site's tag."""
        return f"http://{SERVER}:{self.port}/s/{site}.js"

    def first_asks(self, site: str) -> int:
        """The tag and the banner."""
        return 2

    def returns_ask(self, site: str) -> set[str]:
        """The tag alone."""
        return {self.tag(site)}

    def own_pages(self, site: str, *paths: str) -> list[str]:
        """What the visitor of a tag is never led to."""
        return []

    def close(self) -> None:
        """Stop serving."""
        super().close()
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()
        for app in self._sites:
            app.extensions["consent"].service.store.close()

    def _served(self, site: str) -> Flask:
        """The site file of the demo, with the origin of the page that has the tag."""
        text = (assets.folder("examples") / "sites" / f"{site}.toml").read_text(encoding="utf-8")
        text = re.sub(r"(?m)^origins = .*\n", "", text)
        text = text.replace("[site]\n", f'[site]\norigins = ["{self.url(site, "")}"]\n', 1)
        folder = self.folder / site
        folder.mkdir()
        (folder / "consent.toml").write_text(text, encoding="utf-8")
        return create_app(folder / "consent.toml", folder, production=False)

    def _dispatch(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        host = environ["HTTP_HOST"].partition(":")[0]
        return (self._tags if host == SERVER else self._pages)(environ, start)

    def _host(self) -> Flask:
        app = Flask(__name__, static_folder=None)

        @app.get("/", defaults={"path": ""})
        @app.get("/<path:path>")
        def page(path: str) -> Response:
            site = request.host.partition(".")[0]
            connection = HTTPConnection("127.0.0.1", self._demo.port, timeout=30)
            headers = {"Host": f"{site}.localhost:{self._demo.port}"}
            headers["Accept-Language"] = request.headers.get("Accept-Language", "en")
            connection.request("GET", request.full_path.rstrip("?"), headers=headers)
            answer = connection.getresponse()
            body, kind = answer.read(), answer.headers["Content-Type"]
            policy = answer.headers.get("Content-Security-Policy", "")
            connection.close()
            if kind.startswith("text/html"):
                body = self._tagged(body.decode(), site).encode()
            response = Response(body, answer.status, content_type=kind)
            server = f"http://{SERVER}:{self.port}"
            for name in ("default-src", "script-src", "connect-src"):
                policy = policy.replace(f"{name} 'self'", f"{name} 'self' {server}")
            response.headers["Content-Security-Policy"] = policy
            return response

        return app

    def _tagged(self, page: str, site: str) -> str:
        for pattern in OURS:
            page = re.sub(pattern, "", page, count=1, flags=re.DOTALL)
        assert "consent-form" not in page and '"consent_' not in page.partition("</head>")[0]
        return page.replace("<head>", f'<head><script src="{self.tag(site)}"></script>', 1)
