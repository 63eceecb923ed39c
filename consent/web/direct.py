"""A program's decision taken straight from WSGI, where Flask would do nothing but pass it on.

Flask's own way through a request costs about as much as recording a decision. So what `banner.js`, or another
program, posts is answered here, in front of `app.wsgi_app`, by the same functions and with the same reply, as long
as nobody else wants to see the request: no hooks of the host, no receivers of signals, no view or request class put
in the place of ours. Everything else, and whatever surprises us, goes on to Flask, whole.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from flask import Flask, Request, request_finished, request_started, request_tearing_down
from werkzeug.sansio.utils import get_host

from ..errors import AgeRequired
from . import answers, cookies, cors, decisions, origin, problems, sweep
from . import region as regions

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from ..extension import Consent, State
    from ..service import Service
    from .problems import Problem

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


class Direct:
    """A WSGI application in front of a Flask application's own."""

    def __init__(self, flask: WSGIApplication, app: Flask, consent: Consent, state: State) -> None:
        self._flask = flask
        self._app = app
        self._state = state
        # Where decisions come in, and whether from a tag's banner.
        self._paths = {state.prefix.rstrip("/") + "/decision": False, f"{state.tag}/{state.site.id}/decision": True}
        self._views = {name: app.view_functions[name] for name in VIEWS}
        self._signals = consent.signals
        self._before = {None: [consent.take_place]}
        self._after = {None: [consent.after]}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """PEP 3333."""
        embedded = self._paths.get(environ.get("PATH_INFO", ""))
        if embedded is None or environ["REQUEST_METHOD"] != "POST" or not self._alone():
            return self._flask(environ, start_response)
        length = self._length(environ)
        if not length:
            return self._flask(environ, start_response)
        body = environ["wsgi.input"].read(length)
        if len(body) == length:
            try:
                done = self._reply(environ, body, embedded)
            except Exception:  # Flask will meet it again, and report it in the host's way
                done = None
            if isinstance(done, problems.Problem):
                response = done.response()
                if embedded:
                    response.headers.extend(cors.reply(_headers(environ), _host(environ), self._state.site.origins))
                return response(environ, start_response)
            if done is not None:
                start_response("201 CREATED", done[0])
                return [done[1]]
        environ["wsgi.input"] = io.BytesIO(body)
        return self._flask(environ, start_response)

    def _alone(self) -> bool:
        """Whether nobody but us would see the request in Flask. Hooks may come until the first request."""
        app = self._app
        return not (
            request_started.receivers
            or request_finished.receivers
            or request_tearing_down.receivers
            or any(signal.receivers for signal in self._signals)
            or app.before_request_funcs != self._before
            or app.after_request_funcs != self._after
            or app.teardown_request_funcs
            or app.url_value_preprocessors
            or any(app.view_functions[name] is not view for name, view in self._views.items())
            or app.request_class is not Request
            or app.subdomain_matching
            or app.url_map.host_matching
            or app.config.get("TRUSTED_HOSTS")
        )

    def _length(self, environ: WSGIEnvironment) -> int:
        """How many bytes a script's answer has; 0 for whatever is not one, or asks for more than a record."""
        get = environ.get
        if "HTTP_TRANSFER_ENCODING" in environ or self._state.site.keep != decisions.NOTHING_KEPT:
            return 0
        kind, accepted, sent = get("CONTENT_TYPE", "").partition(";")[0], get("HTTP_ACCEPT", ""), get("CONTENT_LENGTH")
        if kind != JSON and (kind != FORM or "json" not in accepted or "text/html" in accepted):
            return 0
        if not sent or len(sent) > 5 or not (sent.isascii() and sent.isdigit()):
            return 0
        if sweep.concerns(self._state.site, get("HTTP_COOKIE", "")):
            return 0
        length = int(sent)
        return length if length <= answers.MAX_BODY else 0

    def _reply(
        self, environ: WSGIEnvironment, body: bytes, embedded: bool
    ) -> tuple[list[tuple[str, str]], bytes] | Problem | None:
        """As `decisions.decide`. None: Flask's to answer."""
        state = self._state
        service, site = state.service, state.site
        get = environ.get
        headers, host = _headers(environ), _host(environ)
        if not (cors.is_listed if embedded else origin.is_own)(headers, host, site.origins):
            return problems.UNLISTED if embedded else problems.FOREIGN
        if not state.limiter.admits(get("REMOTE_ADDR", ""), time.monotonic()):
            return problems.TOO_OFTEN
        try:
            sent = _sent(service, body, headers, get("CONTENT_TYPE", "").startswith(JSON), embedded)
            if sent.answer.choice == "choose":
                return None
            before = service.believe(sent.fields["token"]) or cookies.believed(service, get("HTTP_COOKIE"))
            source = state.where
            where = regions.of_page(service, source, environ, sent.region) if embedded else source(environ)
            outcome = service.answer(sent.answer, sent.notice, token=before, key=sent.key, region=where)
        except answers.Refused as error:
            return error.problem
        except AgeRequired as error:
            return decisions.age_problem(error)
        except decisions.UNTAKEN as error:
            return decisions.as_problem(error, self._app.logger)
        answer = decisions.document(outcome).encode()
        out = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(answer))),
            ("Cache-Control", "no-store"),
        ]
        if not embedded or cors.keeps_cookies(headers, host, bool(site.cookie_domain)):
            secure = environ["wsgi.url_scheme"] == "https" if state.secure is None else state.secure
            strays = cookies.strays(get("HTTP_COOKIE"), site.cookie, host)
            out += [("Set-Cookie", stray) for stray in strays]
            out.append(("Set-Cookie", cookies.header(outcome.token, site.cookie, site.cookie_domain, secure)))
        if embedded:
            out += cors.reply(headers, host, site.origins)
        out.append(("Vary", "Cookie"))
        return out, answer


def _sent(service: Service, body: bytes, headers: Mapping[str, str], is_json: bool, embedded: bool) -> answers.Sent:
    if not is_json:
        return answers.from_script(service, body, headers, guarded=not embedded)
    if embedded:
        raise answers.Refused(problems.MEDIA)
    return answers.from_json(service, body, headers)


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    return {name: value for name, key in _READ if (value := environ.get(key)) is not None}


def _host(environ: WSGIEnvironment) -> str:
    server = environ["SERVER_NAME"], int(environ["SERVER_PORT"])
    return get_host(environ["wsgi.url_scheme"], environ.get("HTTP_HOST"), server)


VIEWS = ("consent.decision", "consent_tag.decision")
_READ = (
    ("Origin", "HTTP_ORIGIN"),
    ("Sec-Fetch-Site", "HTTP_SEC_FETCH_SITE"),
    ("Referer", "HTTP_REFERER"),
    ("DNT", "HTTP_DNT"),
    ("Sec-GPC", "HTTP_SEC_GPC"),
)
