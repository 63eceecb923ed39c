"""Where the stored choice of another consent tool comes in: kept as evidence, under a record that grants nothing.

It is a simple request that carries no credentials and changes nothing for whoever sends it, so its guards are the
page's origin and the rate.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from flask import Response, current_app
from flask.globals import request_ctx
from werkzeug.exceptions import RequestEntityTooLarge

from .. import signals
from ..service import NoticeChanged
from ..store import KeyReused, StoreUnavailable
from . import cors, origin, problems
from .decisions import as_problem
from .problems import Problem

if TYPE_CHECKING:
    from ..extension import Consent

MOST_CONTENT = 8_192  # characters, and bytes of the body: more than a cookie can hold
UNKNOWN = Problem("unknown-choice", 422, "The site file names no stored choice of this name under compat.choices.")


def take(consent: Consent, *, embedded: bool = False) -> Response:
    """The reply to a posted choice of another tool: 204 once it is stored. The first guard that fails ends it."""
    state, here = consent.state, request_ctx.request
    if not (cors.is_listed if embedded else origin.is_own)(here.headers, here.host, state.site.origins):
        return (problems.UNLISTED if embedded else problems.FOREIGN).response()
    if not state.limiter.admits(here.remote_addr or "", time.monotonic()):
        return problems.TOO_OFTEN.response()
    if here.mimetype != "application/x-www-form-urlencoded":
        return problems.MEDIA.response()
    here.max_content_length = MOST_CONTENT
    try:
        name, content = here.form.get("name", ""), here.form.get("content", "")
    except RequestEntityTooLarge:
        return problems.TOO_LARGE.response()
    if name not in state.site.compat.choices:
        return UNKNOWN.response()
    if not content:
        return problems.MALFORMED.response()
    try:
        state.service.keep_imported(name, content, signals.read(here.headers, "", ""))
    except (NoticeChanged, KeyReused, StoreUnavailable) as error:
        return as_problem(error, current_app.logger).response()
    response = Response(status=204)
    response.headers["Cache-Control"] = "no-store"
    return response
