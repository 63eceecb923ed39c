"""The way of a choice between the domains that a site lists under `sharing`: out at one, in at another.

    POST handover   token, to      → a ticket, for a page of a listed origin
    POST arrive     ticket, from   → the token that it stands for, for a page of the origin that it was made for

No record is made: the same choice stands in a second cookie. `from` is the page that led here, as the browser says
(document.referrer): a ticket that somebody else sends along counts for nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Response
from flask.globals import request_ctx
from werkzeug.exceptions import RequestEntityTooLarge

from .. import handover
from ..errors import TokenError
from ..service import Service
from ..store import StoreError
from ..token import Token
from . import answers, cookies, cors, problems
from .problems import Problem

if TYPE_CHECKING:
    from ..extension import Consent

MOST = 4096  # tickets that a process remembers as taken


class Taken:
    """The tickets of a yes that came in at this process, until they expire: each is good once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[str, int] = {}

    def first(self, ticket: handover.Ticket, now: int) -> bool:
        """Whether it comes for the first time. When too many come at once, nothing does."""
        with self._lock:
            if len(self._known) >= MOST:
                self._known = {value: end for value, end in self._known.items() if end > now}
            if ticket.value in self._known or len(self._known) >= MOST:
                return False
            self._known[ticket.value] = ticket.expires
            return True


def add(routes: Blueprint, consent: Consent) -> None:
    """Add these routes to the blueprint of people."""

    @routes.post("/handover")
    def departure() -> Response:
        """A ticket for a link to another listed domain."""
        return go(consent)

    @routes.post("/arrive")
    def arrival() -> Response:
        """What a ticket stands for."""
        return arrive(consent)


def go(consent: Consent) -> Response:
    """A ticket for a choice that leaves."""
    fields = _fields(consent)
    if isinstance(fields, Problem):
        return fields.response()
    service = consent.service
    source, target = _origin(), fields["to"]
    if target == source or target not in service.site.sharing:
        return problems.UNSHARED.response()
    token = service.believe(fields["token"])
    if token is None:
        return problems.NO_CHOICE.response()
    return _json({"ticket": handover.issue(service.keys, token, source, target, service.now())})


def arrive(consent: Consent) -> Response:
    """The token for a choice that comes in. Never over one that is there."""
    fields = _fields(consent)
    if isinstance(fields, Problem):
        return fields.response()
    state, here = consent.state, request_ctx.request
    site = state.site
    if consent.record:
        return problems.CHOSEN.response()
    try:
        token = _token(state.service, state.taken, fields)
    except StoreError:
        return problems.UNAVAILABLE.response()
    if token is None:
        return problems.TICKET.response()
    response = _json({"token": token.text, "expires": token.expires})
    if cors.keeps_cookies(here.headers, here.host, bool(site.cookie_domain)):
        secure = here.is_secure if state.secure is None else state.secure
        response.headers.add("Set-Cookie", cookies.header(token, site.cookie, site.cookie_domain, secure))
    return response


def _token(service: Service, taken: Taken, fields: Mapping[str, str]) -> Token | None:
    """What a ticket stands for, as long as it does."""
    now = service.now()
    try:
        ticket = handover.read(
            fields["ticket"], service.keys, service.site.id, _origin_of(fields["from"]), _origin(), now
        )
    except TokenError:
        return None
    if ticket.refusal is not None:
        token = service.believe(ticket.refusal)
        return token if token and token.record is None else None
    return service.again(ticket.record or "") if taken.first(ticket, now) else None


def _fields(consent: Consent) -> dict[str, str] | Problem:
    """The fields of a form that a page of a listed origin posts, "" for what is missing or too long."""
    state, here = consent.state, request_ctx.request
    if _origin() not in state.site.sharing:
        return problems.UNSHARED
    if not state.limiter.admits(here.remote_addr or "", time.monotonic()):
        return problems.TOO_OFTEN
    here.max_content_length = answers.MAX_BODY
    try:
        form = here.form
    except RequestEntityTooLarge:
        return problems.TOO_LARGE
    fields = {name: form.get(name, "") for name in ("token", "to", "ticket", "from")}
    return {name: text if len(text) <= handover.MAX_LENGTH else "" for name, text in fields.items()}


def _origin() -> str:
    """Of the page that asks. Every browser says it with a POST (Fetch §3.1)."""
    return str(request_ctx.request.headers.get("Origin", ""))


def _origin_of(url: str) -> str:
    """Of an address; "" where it is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.netloc else ""


def _json(value: Mapping[str, object]) -> Response:
    response = Response(json.dumps(value), mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
