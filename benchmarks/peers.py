"""The other banners that ours is measured beside, each in a plain page as its own manual sets it up.

What a page has of each is in `pages`: what goes to the end of `<head>`, a line, what goes to the end of `<body>`.
Each has its default look, and keeps the same script back until there is a yes. Our own tag has its page here too: it
comes from another origin.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, abort, send_from_directory

from .install import BUNDLED, MODULES, PAGES, version

HOUR = 3600  # seconds that a browser may keep their files
TAG = '<script src="{}/s/bench.js"></script>'
GATED = '<script type="text/plain" data-consent="analytics">window.counted = performance.now()</script>\n'


@dataclass(frozen=True)
class Peer:
    """A banner: its npm package, its page, and CSS selectors of the banner and of what accepts all."""

    title: str
    package: str
    page: str
    banner: str
    accept: str

    @property
    def name(self) -> str:
        """As in the tables."""
        return f"{self.title} {version(self.package)}"

    def put_into(self, page: str) -> str:
        """The page with it."""
        head, _, body = (PAGES / f"{self.page}.html").read_text(encoding="utf-8").partition("<!-- body -->\n")
        return page.replace("</head>", f"{head}</head>").replace("</body>", f"{body}</body>")


ALL = (
    Peer(
        "vanilla-cookieconsent",
        "vanilla-cookieconsent",
        "vanilla-cookieconsent",
        "#cc-main .cm",
        "#cc-main .cm [data-role=all]",
    ),
    Peer("Klaro", "klaro", "klaro", ".klaro .cookie-notice", ".klaro .cookie-notice .cm-btn-success"),
    Peer("Orejime", "orejime", "orejime", ".orejime-Banner", ".orejime-Banner .orejime-Banner-saveButton"),
    Peer(
        "tarteaucitron.js",
        "tarteaucitronjs",
        "tarteaucitron",
        "#tarteaucitronAlertBig",
        "#tarteaucitronAlertBig #tarteaucitronPersonalize2",
    ),
    Peer(
        "c15t",
        "@c15t/react",
        "c15t",
        "[data-testid=consent-banner-card]",
        "[data-testid=consent-banner-accept-button]",
    ),
)


def create_app(page: str) -> Flask:
    """Serves `page` bare, with each peer in it, and with our tag.

    BENCH_PEERS is where the peers are installed, BENCH_TAG the origin that our tag comes from.
    """
    app = Flask("bench")
    folder = Path(os.environ["BENCH_PEERS"])
    tagged = page.replace("<head>", f"<head>\n{TAG.format(os.environ['BENCH_TAG'])}").replace(
        "</body>", f"{GATED}</body>"
    )
    pages = {"": page, "tag": tagged, **{peer.page: peer.put_into(page) for peer in ALL}}

    @app.get("/")
    @app.get("/page/<name>")
    def show(name: str = "") -> Response:
        return Response(pages.get(name) or abort(404), mimetype="text/html")

    @app.get("/peer/<path:name>")
    def file(name: str) -> Response:
        return send_from_directory(folder / MODULES, name, max_age=HOUR)

    @app.get("/bundled/<path:name>")
    def bundled(name: str) -> Response:
        return send_from_directory(folder / BUNDLED, name, max_age=HOUR)

    return app
