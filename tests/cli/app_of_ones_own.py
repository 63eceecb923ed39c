"""An application for `consent serve --app`: a factory, and an application that is none of ours."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

from consent import Consent


def create_app(debug: bool = False) -> Flask:
    app = Flask(__name__)
    app.config.update(
        CONSENT_SITE=os.environ["OWN_SITE"],
        CONSENT_DATA=os.environ["OWN_DATA"],
        CONSENT_PRODUCTION=None if "OWN_PRODUCTION" not in os.environ else False,
    )
    app.debug = "OWN_DEBUG" in os.environ
    Consent(app)
    return app


def plain(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b"plain"]


NUMBER = 1
