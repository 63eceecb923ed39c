"""One example site: an ordinary Flask application with consent mounted into it."""

from __future__ import annotations

import json
import re
import secrets
import time
import tomllib
from collections import deque
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_date
from flask import Flask, Response, g, render_template, request

from consent import Consent
from consent.site.model import Purpose, say

from . import art

HERE = Path(__file__).resolve().parent
LANGUAGES = {"en": "English", "de": "Deutsch", "ar": "العربية"}
NEWEST = 6  # records in the panel
HOUR = 3_600  # seconds
SRV = "_mdw_srv"  # an HttpOnly cookie of the analytics vendor, set by the site's own server


@lru_cache(maxsize=1)
def words() -> dict[str, Any]:
    """What the pages say."""
    return tomllib.loads((HERE / "words.toml").read_text(encoding="utf-8"))


def create_site(site_file: Path, data: Path, vendor_origin: str, index_origin: str = "/") -> Flask:
    """The site of a site file. Keys and records go into the folder `data`; vendors are loaded from `vendor_origin`."""
    own = words()[site_file.stem]
    app = Flask(__name__)

    # all that an application needs to do
    app.config.update(CONSENT_SITE=str(site_file.resolve()), CONSENT_DATA=str(data.resolve()))
    app.config.update(CONSENT_PRODUCTION=False, CONSENT_INJECT=not own["hand"])  # keys are made; by hand or put in
    app.config.update(CONSENT_LOCALE=_language)
    consent = Consent(app)

    app.config["MAX_CONTENT_LENGTH"] = 2 * 1024 * 1024
    _views(app, consent, own)
    _headers(app, consent, vendor_origin)

    @app.context_processor
    def common() -> dict[str, Any]:
        language = _language()
        return {
            "site": consent.service.site,
            "own": own,
            "words": {**words()["common"][language], **own[language]},
            "lang": language,
            "languages": LANGUAGES,
            "dir": "rtl" if language == "ar" else "ltr",
            "nonce": g.csp_nonce,
            "vendor": vendor_origin,
            "index": index_origin,
            "draw": art.draw,
            "link": lambda path: path if language == "en" else path + "?" + urlencode({"lang": language}),
            "panel": _panel(consent),
        }

    return app


def _views(app: Flask, consent: Consent, own: dict[str, Any]) -> None:
    @app.get("/")
    def home() -> str:
        return render_template("home.html")

    @app.get("/create")
    def create() -> str:
        prompt = request.args.get("prompt", "")[:200]
        shape = request.args.get("shape", "wide")
        return render_template("create.html", prompt=prompt, shape=shape, remember=_remembered(consent))

    @app.post("/upload")
    def upload() -> str:
        # promise D5: ask before anything is kept. The demo keeps nothing either way.
        file = request.files.get("file")
        name = file.filename if file and file.filename else "…"
        kept = consent.allows("ai_training")
        return render_template("create.html", prompt=name[:200], shape="wide", kept=kept, uploaded=True, remember=[])

    @app.get("/pricing")
    def pricing() -> str:
        return render_template("pricing.html")

    @app.get("/privacy")
    def privacy() -> str:
        effective = format_date(consent.service.site.effective, "long", _language())
        return render_template("privacy.html", effective=effective)

    @app.get("/for-you")
    @consent.required(own["needs"])
    def for_you() -> str:
        purpose = consent.service.site.purpose(own["needs"])
        return render_template("for_you.html", purpose=say(purpose.name, _language()) if purpose else own["needs"])

    @app.get("/favicon.ico")
    def icon() -> Response:
        return Response(status=204)

    @app.get("/demo/records")
    def records() -> Response:
        """What the panel asks: the newest records, public part, and what only the server can see."""
        seen = [name for name in request.cookies if name == SRV]
        answer = {"records": _newest(consent), "http_only": seen}
        return Response(json.dumps(answer), mimetype="application/json", headers={"Cache-Control": "no-store"})


def _headers(app: Flask, consent: Consent, vendor_origin: str) -> None:
    """A strict policy, and the vendor's cookie that the server sets; registered after Consent, so it runs before."""

    @app.before_request
    def make_nonce() -> None:
        g.csp_nonce = secrets.token_urlsafe(16)

    @app.after_request
    def finish(response: Response) -> Response:
        if response.mimetype != "text/html" or request.blueprint == "consent":
            return response
        response.headers.setdefault("Content-Security-Policy", _policy(g.csp_nonce, vendor_origin))
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-cache"
        if consent.allows("analytics"):
            response.set_cookie(SRV, "1", max_age=1800, httponly=True, samesite="Lax")
        return response


def _policy(nonce: str, vendor_origin: str) -> str:
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'nonce-{nonce}' {vendor_origin}",
            f"style-src 'self' 'nonce-{nonce}' {vendor_origin}",
            f"img-src 'self' data: {vendor_origin}",
            f"connect-src 'self' {vendor_origin}",
            f"frame-src {vendor_origin}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'self'",
            "require-trusted-types-for 'script'",
        )
    )


def _language() -> str:
    wanted = request.args.get("lang") or (request.accept_languages.best_match(list(LANGUAGES)) or "en")
    return wanted if wanted in LANGUAGES else "en"


def _remembered(consent: Consent) -> list[dict[str, str]]:
    """Under which names the tool may remember a form, each with its purpose: the site's own stored items."""
    return [
        {"purpose": purpose.id, "kind": item.kind, "name": re.sub(r"\*$", "1", item.name)}
        for purpose in consent.service.site.purposes
        if purpose.asked
        for item in purpose.items
    ]


def _panel(consent: Consent) -> dict[str, Any]:
    """What the panel starts with, as the server knows it."""
    site = consent.service.site
    purposes = [
        {
            "id": purpose.id,
            "name": say(purpose.name, "en"),
            "asked": purpose.asked,
            "explicit": purpose.explicit,
            "items": [[item.kind, item.name] for item in _items(purpose)],
        }
        for purpose in site.purposes
    ]
    return {
        "site": site.id,
        "cookie": site.cookie,
        "purposes": purposes,
        "allowed": {purpose.id: consent.allows(purpose.id) for purpose in site.purposes},
        "decided": consent.record is not None,
        "records": _newest(consent),
    }


def _items(purpose: Purpose) -> list[Any]:
    return [*purpose.items, *(item for vendor in purpose.vendors for item in vendor.items)]


def _newest(consent: Consent) -> list[dict[str, Any]]:
    """The newest records of the last hour, newest first."""
    service = consent.service
    since = int(time.time()) - HOUR
    entries = deque(service.store.stream(service.site.id, since=since), maxlen=NEWEST)
    return [entry.record.fields for entry in reversed(entries)]
