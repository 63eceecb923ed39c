"""The one place where decisions come in: guard, parse, record, answer."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode

from flask import Request, Response, current_app, g, redirect, request
from flask.globals import request_ctx
from werkzeug.exceptions import RequestEntityTooLarge

from ..errors import AgeRequired, ConsentError, DecisionError
from ..service import NOTHING, About, NoticeChanged, Outcome, Service
from ..site.model import Keep
from ..store import KeyReused, StoreUnavailable
from . import answers, cookies, cors, device, origin, problems
from . import region as regions
from .problems import Problem
from .replies import back, html, page, refusal, wants_json

if TYPE_CHECKING:
    from ..extension import Consent, State

NOTHING_KEPT = Keep()
UNTAKEN = (DecisionError, NoticeChanged, KeyReused, StoreUnavailable)


def decide(consent: Consent, *, embedded: bool = False) -> Response:
    """The reply to a posted decision. The first guard that fails ends it, and nothing is stored.

    `embedded`: it comes from a tag's banner, perhaps of another origin; such a page is guarded by that alone.
    """
    state = consent.state
    here = request_ctx.request  # not its proxy: this is asked often
    if not (cors.is_listed if embedded else origin.is_own)(here.headers, here.host, state.site.origins):
        return refusal(consent, problems.UNLISTED if embedded else problems.FOREIGN)
    if not state.limiter.admits(here.remote_addr or "", time.monotonic()):
        return refusal(consent, problems.TOO_OFTEN)
    try:
        sent = _sent(state.service, here, embedded)
        if sent.answer.choice == "choose":
            centre = consent.base + "?" + urlencode({"locale": sent.fields["locale"], "return": back(sent.back)})
            return cast(Response, redirect(centre, 303))
        account = None if embedded else consent.account
        # Of a linked browser its account's choice counts, not what it may have kept beside its cookie.
        before = consent.record if account else state.service.believe(sent.fields["token"]) or consent.record
        about = _about(state.site.keep, sent)
        region = regions.of_page(state.service, state.where, here.environ, sent.region) if embedded else consent.region
        outcome = state.service.answer(
            sent.answer, sent.notice, token=before, key=sent.key, about=about, region=region, account=account
        )
    except answers.Refused as error:
        return refusal(consent, error.problem)
    except AgeRequired as error:
        return _ask_age(consent, sent, error)
    except UNTAKEN as error:
        return refusal(consent, as_problem(error, current_app.logger))
    consent.announce(outcome, before)
    keeps = not embedded or cors.keeps_cookies(here.headers, here.host, bool(state.site.cookie_domain))
    return _done(consent, state, here, sent, outcome, keeps)


def _sent(service: Service, here: Request, embedded: bool) -> answers.Sent:
    here.max_content_length = answers.MAX_BODY
    try:
        if embedded:
            if here.mimetype != "application/x-www-form-urlencoded":
                raise answers.Refused(problems.MEDIA)
            return answers.from_script(service, here.get_data(), here.headers, guarded=False)
        if here.mimetype == "application/json":
            return answers.from_json(service, here.get_data(), here.headers)
        if here.mimetype == "application/x-www-form-urlencoded":
            if not wants_json():
                return answers.from_form(service, here.form, here.headers)
            if body := here.get_data():
                return answers.from_script(service, body, here.headers)
            # The host's own code has read the form before us.
            return answers.from_pairs(service, here.form.items(multi=True), here.headers)
    except RequestEntityTooLarge as error:
        raise answers.Refused(problems.TOO_LARGE) from error
    raise answers.Refused(problems.MEDIA)


def as_problem(error: ConsentError, logger: logging.Logger) -> Problem:
    """What whoever asked is told of one of `UNTAKEN`; what is ours to mend goes to the log."""
    if isinstance(error, DecisionError):
        return Problem(error.type, error.status, str(error))
    if isinstance(error, NoticeChanged):
        return problems.CHANGED
    if isinstance(error, KeyReused):
        return problems.REUSED
    logger.error("consent: a decision could not be stored", exc_info=error)
    return problems.UNAVAILABLE


def _about(keep: Keep, sent: answers.Sent) -> About:
    """What the site asked to keep of the request; by default nothing."""
    if keep == NOTHING_KEPT:
        return NOTHING
    return About(
        ip=device.truncated(request.remote_addr) if keep.ip == "truncated" else "",
        device=device.family(request.user_agent.string[:512]) if keep.device else "",
        page=back(sent.back).partition("?")[0] if keep.page else "",
    )


def _done(consent: Consent, state: State, here: Request, sent: answers.Sent, outcome: Outcome, keeps: bool) -> Response:
    token = outcome.token
    if wants_json():
        response = Response(document(outcome), 201, mimetype="application/json")
    elif outcome.decision.age == "under":  # there it is said what that means
        query = {"locale": sent.fields["locale"], "return": back(sent.back), "done": "age"}
        response = cast(Response, redirect(f"{consent.base}?{urlencode(query)}", 303))
    else:
        response = cast(Response, redirect(back(sent.back), 303))
    response.headers["Cache-Control"] = "no-store"
    if keeps:
        g.pop("consent_changed", None)  # linking had another in mind, from before this answer
        site, sent_cookies = state.site, here.environ.get("HTTP_COOKIE")
        secure = here.is_secure if state.secure is None else state.secure
        for stray in cookies.strays(sent_cookies, site.cookie, here.host):
            response.headers.add("Set-Cookie", stray)
        response.headers.add("Set-Cookie", cookies.header(token, site.cookie, site.cookie_domain, secure))
        consent.expire(response, token)
    return response


def document(outcome: Outcome) -> str:
    """What a script is told of a stored decision: JSON."""
    token = outcome.token
    answer = {
        "token": token.text,
        "answers": dict(outcome.decision.answers),
        "expires": token.expires,
        "record": token.record,
    }
    return json.dumps(answer)


def age_problem(error: AgeRequired) -> Problem:
    """The question for the age, to a program."""
    return Problem(error.type, error.status, str(error))


def _ask_age(consent: Consent, sent: answers.Sent, error: AgeRequired) -> Response:
    """A page that asks the age and carries the choice along; a script asks in place."""
    problem = age_problem(error)
    if wants_json():
        return problem.response()
    carried = [(name, value) for name in ("purpose", "except", "object") for value in sent.fields[name]]
    carried += [(name, sent.fields[name]) for name in ("key", "via", "dnt", "gpc") if sent.fields[name]]
    carried.append(("choice", sent.answer.choice))
    notice = consent.notice(sent.fields["locale"])
    markup = page(consent, notice, back(sent.back), "age", carried=carried)
    return problem.dress(html(notice, markup, problem.status))
