"""What is the same for everyone and may lie in any cache: built files, notices, public keys, the API's description."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort, request

from ..keys import published
from . import openapi, problems, quiet, render, snippet
from .replies import FOR_EVER, SHORTLY, cached

if TYPE_CHECKING:
    from ..extension import Consent


def add(routes: Blueprint, consent: Consent) -> None:
    """Add these routes to a blueprint."""

    @routes.get("/notices/<notice_id>")
    def notice(notice_id: str) -> Response:
        """A notice that was shown, by its id: canonical JSON, for ever the same."""
        body = consent.service.archived(notice_id) if len(notice_id) <= 64 else None
        if body is None:
            return problems.NOT_FOUND.response()
        return cached(Response(body, mimetype="application/json"), FOR_EVER)

    @routes.get("/keys.json")
    def keys() -> Response:
        """The public keys: enough to verify every record and token."""
        return _json(published(consent.service.keys))

    @routes.get("/openapi.json")
    def openapi_document() -> Response:
        """This API, described."""
        return _json(openapi.document(consent.service, consent.base))

    @routes.get("/gate.js")
    def gate() -> Response:
        """The gate as a file, for pages whose policy allows nothing inline."""
        service, enforced = consent.service, consent.state.always_allowed is not None
        told = {"1": True, "0": False}.get(request.args.get("told", ""))
        carried = service.earlier.look()
        return _file(snippet.inline(service.site, consent.base, enforced, carried, told), "text/javascript")

    @routes.get("/look.css")
    def look() -> Response:
        """Styles and the site's look as a file, likewise."""
        return _file(render.styles(consent.service.site), "text/css")

    @routes.get("/quiet.js")
    def hush() -> Response:
        """What keeps vendors quiet whose yes was taken back."""
        return _file(quiet.module(consent.service.site), "text/javascript")

    @routes.get("/static/<name>")
    def asset(name: str) -> Response:
        """A built file."""
        found = render.asset(name)
        if found is None:
            abort(404)
        return _file(*found)


def _json(value: dict[str, Any]) -> Response:
    return cached(Response(json.dumps(value), mimetype="application/json"), SHORTLY)


def _file(text: str, mimetype: str) -> Response:
    """Immutable under an address that names its version, else for a short while."""
    return cached(Response(text, mimetype=mimetype), FOR_EVER if request.args.get("v") else SHORTLY)
