"""The blueprint for people: preference centre, declaration, decisions, their data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, request

from ..store import StoreError
from . import changed, csrf, files, gpc, log, me, problems, render, sharing, view
from . import imported as imports
from .decisions import decide
from .problems import Problem
from .replies import SHORTLY, back, cached, html, page, refusal, wants_json

if TYPE_CHECKING:
    from ..extension import Consent

NAME = "consent"


def blueprint(consent: Consent) -> Blueprint:
    """The routes of one extension."""
    routes = Blueprint(NAME, __name__)

    @routes.get("/")
    def preferences() -> Response:
        """The preference centre: a page, or with `?fragment=1` what goes into a dialog."""
        return _centre(consent)

    @routes.post("/decision")
    def decision() -> Response:
        """Record a decision."""
        return decide(consent)

    @routes.post("/imported")
    def imported() -> Response:
        """Keep what another consent tool had stored."""
        return imports.take(consent)

    @routes.get("/declaration")
    def declaration() -> Response:
        """What is stored, and by whom: the same for everyone."""
        notice = consent.anywhere(request.args.get("locale", ""))
        earlier = f"{consent.base}changes?locale={notice.locale}", changed.words(notice.locale)["link"]
        inner = render.declaration(notice, earlier)
        markup = page(consent, notice, back(request.args.get("return")), "declaration", inner=inner)
        return cached(html(notice, markup), SHORTLY, varies="Accept-Language")

    @routes.get("/changes")
    def changes() -> Response:
        """Every version of the terms: the same for everyone."""
        return changed.of_people(consent)

    @routes.get("/again")
    def again() -> Response:
        """The first layer about what is new since a notice, for a page that any cache may keep."""
        return changed.fragment(consent.service, None, consent.base)

    @routes.errorhandler(StoreError)
    def unavailable(error: StoreError) -> Response:
        """What needs the store while it is away; why, stands in the application's log."""
        current_app.logger.error("consent: the store is not available", exc_info=error)
        return refusal(consent, problems.UNAVAILABLE)

    sharing.add(routes, consent)
    me.add(routes, consent)
    files.add(routes, consent)
    log.add(routes, consent)
    return routes


def consent_needed(consent: Consent, requirement: str) -> Response:
    """What a guarded view answers without a yes: what is missing, and the way to give it."""
    problem = Problem("consent-required", 403, f"This needs your consent to: {requirement}.")
    if wants_json():
        return problem.response()
    notice = consent.notice()
    names = {purpose["id"]: purpose["name"] for purpose in notice.content["purposes"]}
    wanted = ", ".join(names.get(name.partition("/")[0], name) for name in requirement.split())
    text = notice.texts["needed_text"].replace("{purposes}", wanted)
    title = notice.texts["needed_title"]
    markup = page(consent, notice, back(), "message", title=title, text=text)
    return problem.dress(html(notice, markup, 403))


def _centre(consent: Consent) -> Response:
    service = consent.service
    gpc.obey(consent)
    notice = consent.notice(request.args.get("locale", ""))
    way = back(request.args.get("return"))
    personal = view.state(service, consent.record, notice, consent.region, gpc.stands(consent))
    personal["aged"] = request.args.get("done") == "age" and notice.content["age_minimum"] is not None
    inner = render.preferences(notice, service.site, consent.base, csrf.token(service), way, personal)
    if request.args.get("fragment") != "1":
        inner = page(consent, notice, way, "preferences", inner=inner)
    response = html(notice, inner)
    response.headers["Cache-Control"] = "private, no-store"
    return response
