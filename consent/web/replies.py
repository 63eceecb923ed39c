"""How a reply of ours is put together: as a page for people, as JSON for programs, cached or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from flask import Response, g, make_response, request
from flask.globals import request_ctx
from markupsafe import Markup

from ..notice import Notice
from . import csrf, origin, render
from .problems import Problem

if TYPE_CHECKING:
    from ..extension import Consent

POLICY = (
    "default-src 'self'; base-uri 'none'; frame-ancestors 'self'; form-action 'self'; "
    "require-trusted-types-for 'script'"
)
FOR_EVER = 31_536_000  # seconds, for what is addressed by its content
SHORTLY = 300


def page(consent: Consent, notice: Notice, back: str, kind: str, *, tagged: str | None = None, **values: Any) -> Markup:
    """One of our whole pages: see `render.page`.

    `tagged` is the way from a page below a tag's address to that address: such a page has nothing of ours but what is
    there, whatever the host and the path that lead to it.
    """
    service, base = consent.service, consent.base if tagged is None else tagged
    token = csrf.token(service)
    return render.page(notice, service.site, base, back, kind, token, tagged=tagged is not None, **values)


def refusal(consent: Consent, problem: Problem) -> Response:
    """A problem, for whoever asked."""
    if wants_json():
        return problem.response()
    notice = consent.notice()
    title, text = notice.texts["error_title"], notice.texts[problem.text]
    markup = page(consent, notice, back(), "message", title=title, text=text)
    return problem.dress(html(notice, markup, problem.status))


def back(wanted: str | None = None) -> str:
    """The path on this host to return to."""
    return origin.way_back(wanted, request.referrer, request.host, (request.script_root or "") + "/")


def wants_json() -> bool:
    """Whether a program asks, rather than a person."""
    here = request_ctx.request
    accepted = here.headers.get("Accept", "")
    return here.mimetype == "application/json" or ("json" in accepted and "text/html" not in accepted)


def html(notice: Notice, page: Markup, status: int = 200) -> Response:
    """Markup as a page of ours, under a strict policy of its own."""
    g.consent_page = True  # the extension leaves it alone
    response = make_response(str(page), status)
    response.headers["Content-Language"] = notice.locale.replace("_", "-")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers.setdefault("Content-Security-Policy", POLICY)
    return response


def cached(response: Response, seconds: int, varies: str = "") -> Response:
    """A reply that any cache may keep for so many seconds, with an `ETag`."""
    immutable = ", immutable" if seconds > 86_400 else ""
    response.headers["Cache-Control"] = f"public, max-age={seconds}{immutable}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if varies:
        response.vary.add(varies)
    response.add_etag()
    return cast(Response, response.make_conditional(request))
