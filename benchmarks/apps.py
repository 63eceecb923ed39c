"""The applications that are measured. A server calls `create_app`, which makes the one that BENCH_APP names.

empty     a Flask application that answers "" to POST /decision and a page to GET /
plain     the same, but it reads the form and answers JSON, as little as any application would do
consent   Consent mounted, with the page at GET / rewritten
asks      Consent mounted, nothing rewritten; /asks asks consent.allows(), /quiet does not
floor     /quiet in an application of its own
mounted   Consent mounted, with a gated script in the page, for the browser
tag       the consent server of the same site for pages of the origin BENCH_ORIGIN
peers     pages with other banners and with the tag, see `peers`
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, jsonify, request

from consent import Consent
from consent.web import standalone

from . import peers

SITE = Path(__file__).with_name("consent.toml")
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A page</title>
<link rel="icon" href="data:,">
</head>
<body>
<main><h1>A page</h1><p>It has something to say, and says it here.</p></main>
</body>
</html>
"""


def create_app() -> Flask:
    """The application that BENCH_APP names; its database is at BENCH_DATABASE, its other data in BENCH_DATA."""
    return MAKERS[os.environ.get("BENCH_APP", "empty")]()


def _empty() -> Flask:
    app = Flask("bench")

    @app.post("/decision")
    def decision() -> Response:
        return Response("")

    @app.get("/")
    def page() -> Response:
        return Response(PAGE, mimetype="text/html")

    return app


def _plain() -> Flask:
    app = Flask("bench")

    @app.post("/decision")
    def decision() -> Response:
        choice = request.get_json()["choice"] if request.is_json else request.form["choice"]
        return jsonify(choice=choice)

    return app


def _consent(inject: bool = True) -> Flask:
    app = Flask("bench")
    app.config.update(
        CONSENT_SITE=str(SITE),
        CONSENT_DATA=os.environ["BENCH_DATA"],
        CONSENT_DATABASE=os.environ.get("BENCH_DATABASE"),
        CONSENT_RATE_LIMIT=10**9,  # it counts, but lets the load through
        CONSENT_PRODUCTION=False,  # makes the keys
        CONSENT_SEAL=os.environ.get("BENCH_SEAL") != "0",
        CONSENT_INJECT=inject,
    )
    consent = Consent(app)
    with app.app_context():
        notice = consent.service.notice("en")
        app.extensions["consent"].service.store.put_notice("bench", notice.id, notice.body)
        consent.service.store.engine.dispose()

    @app.get("/")
    def page() -> Response:
        return Response(PAGE, mimetype="text/html")

    return app


def _asks() -> Flask:
    app = _consent(inject=False)
    consent = Consent()

    def asks() -> Response:
        return Response("yes" if consent.allows("analytics") else "no", mimetype="text/plain")

    app.add_url_rule("/asks", view_func=asks)
    app.add_url_rule("/quiet", view_func=_quiet)
    return app


def _mounted() -> Flask:
    app = _consent()
    page = PAGE.replace("</body>", f"{peers.GATED}</body>")
    app.view_functions["page"] = lambda: Response(page, mimetype="text/html")
    return app


def _tag() -> Flask:
    folder = Path(os.environ["BENCH_DATA"])
    origins = f"origins = {json.dumps([os.environ['BENCH_ORIGIN']])}\n"
    text = SITE.read_text(encoding="utf-8").replace("[site]\n", f"[site]\n{origins}", 1)
    site_file = folder / "consent.toml"
    site_file.write_text(text, encoding="utf-8")
    return standalone.create_app(site_file, folder, production=False)


def _floor() -> Flask:
    app = Flask("bench")
    app.add_url_rule("/quiet", view_func=_quiet)
    return app


def _quiet() -> Response:
    return Response("yes", mimetype="text/plain")


MAKERS: dict[str, Callable[[], Flask]] = {
    "empty": _empty,
    "plain": _plain,
    "consent": _consent,
    "asks": _asks,
    "floor": _floor,
    "mounted": _mounted,
    "tag": _tag,
    "peers": lambda: peers.create_app(PAGE),
}
