"""`consent demo`: five sites with consent mounted, and the vendors that they must not call without a yes.

One WSGI application parts the requests by their Host header.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, Response, g, render_template

from . import art
from .site import create_site, words
from .vendor import create_vendor

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

__all__ = ["SITES", "Demo", "create_demo", "create_site", "create_vendor"]

HERE = Path(__file__).resolve().parent
SITES = ("gptimage2", "image2", "image2ai", "imagegpt", "gempix2")


class Demo:
    """The demo as one WSGI application; `apps` by host name."""

    def __init__(self, apps: dict[str, Flask], port: int) -> None:
        self.apps = apps
        self.port = port

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with the application of the request's host."""
        host = environ.get("HTTP_HOST", "").lower().rsplit(":", 1)[0]
        app = self.apps.get(host)
        if app is None:
            body = f"There is no such site here. All of them: http://localhost:{self.port}/\n".encode()
            start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
            return [body]
        return app(environ, start_response)

    @property
    def addresses(self) -> dict[str, str]:
        """Where each application is found, the index first."""
        return {name: f"http://{name}:{self.port}/" for name in self.apps if name != "127.0.0.1"}


def create_demo(data: Path, port: int) -> Demo:
    """The whole demo; each site keeps its keys and records in a folder of its own in `data`."""
    vendor_origin, index_origin = f"http://vendor.localhost:{port}", f"http://localhost:{port}/"
    files = {site: HERE.parent / "sites" / f"{site}.toml" for site in SITES}
    sites = {site: create_site(file, data / site, vendor_origin, index_origin) for site, file in files.items()}
    index = create_index(sites, port)
    return Demo(
        {
            "localhost": index,
            "127.0.0.1": index,
            **{f"{site}.localhost": app for site, app in sites.items()},
            "vendor.localhost": create_vendor(),
        },
        port,
    )


def create_index(sites: dict[str, Flask], port: int) -> Flask:
    """The front page: the five sites and what to try."""
    app = Flask(__name__)

    @app.before_request
    def make_nonce() -> None:
        g.csp_nonce = secrets.token_urlsafe(16)

    @app.get("/")
    def index() -> str:
        cards = [(sites[site].extensions["consent"].site, words()[site]) for site in SITES]
        return render_template("index.html", cards=cards, port=port, draw=art.draw, nonce=g.csp_nonce)

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = (
            f"default-src 'self'; style-src 'self' 'nonce-{g.csp_nonce}'; img-src 'self' data:; "
            "object-src 'none'; base-uri 'none'; require-trusted-types-for 'script'"
        )
        return response

    return app
