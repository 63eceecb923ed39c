"""The consent server that needs no application of yours: preference centre, declaration and decisions of a site file.

    create_app("consent.toml", "instance/consent")

`consent serve` runs it. Several sites are told apart by the host names of their origins.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, Response, redirect, url_for
from werkzeug.middleware.proxy_fix import ProxyFix

from ..errors import ConsentError
from ..extension import Consent
from ..store import StoreError

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from ..extension import State

HEALTH = "/healthz"
TAGS = "/s/"
ICON = "/favicon.ico"


class AmbiguousHost(ConsentError):
    """Sites that cannot be told apart by the host that a request names."""


def create_app(
    site_file: str | Path,
    data: str | Path | None = None,
    *,
    database: str | None = None,
    production: bool = True,
    trust_proxy: int = 0,
    seal: bool | None = None,
    region: str | None = None,
) -> Flask:
    """An application that serves one site, with a front page that leads to the preference centre, and /healthz.

    `data` is the folder of keys and database (default: consent/ in Flask's instance folder), `database` a SQLAlchemy
    URL, `trust_proxy` how many proxies in front are believed (see `behind`), `seal` as CONSENT_SEAL, `region` as
    CONSENT_REGION. Raises SiteError, KeysError and RegionError.
    """
    app = Flask(__name__, static_folder=None, template_folder=None)
    app.config.update(
        CONSENT_SITE=str(Path(site_file).resolve()),
        CONSENT_DATA=str(Path(data).resolve()) if data else None,
        CONSENT_DATABASE=database,
        CONSENT_PRODUCTION=production,
        CONSENT_SEAL=seal,
        CONSENT_REGION=region,
        CONSENT_INJECT=False,  # the pages here are the choices themselves
        CONSENT_TAG_PREFIX=TAGS,
    )
    Consent(app)
    app.add_url_rule("/", "front", _front)
    app.add_url_rule(HEALTH, "health", lambda: _health([state_of(app)]))
    if trust_proxy:
        app.wsgi_app = behind(app.wsgi_app, trust_proxy)  # type: ignore[method-assign, assignment]
    return app


def state_of(app: Flask) -> State:
    """What the extension holds for an application."""
    state: State = app.extensions["consent"]
    return state


def _front() -> Any:
    return redirect(url_for("consent.preferences"))


def _health(states: Sequence[State]) -> Response:
    """200 if every site's database answers, else 503. Says no more: anyone may ask."""
    try:
        for state in states:
            state.service.store.notice(state.site.id, "")
    except StoreError:
        return _plain({"status": "unavailable"}, 503)
    return _plain({"status": "ok"}, 200)


def _plain(body: Mapping[str, str], status: int) -> Response:
    response = Response(json.dumps(body), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def behind(app: WSGIApplication, hops: int) -> WSGIApplication:
    """The same application behind exactly `hops` proxies, each of which sets X-Forwarded-For, -Proto and -Host.

    The port is part of the host, and no prefix is believed: a proxy that does not know that header passes on
    a stranger's.
    """
    return ProxyFix(app, x_for=hops, x_proto=hops, x_host=hops, x_port=0, x_prefix=0)


def https_only(app: WSGIApplication) -> WSGIApplication:
    """The same application, refusing what did not come by HTTPS (promise D8), but for the question whether it lives."""

    def guarded(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["wsgi.url_scheme"] == "https" or environ.get("PATH_INFO") == HEALTH:
            return app(environ, start_response)
        text = "HTTPS only. If this did come by HTTPS, the proxy has to send X-Forwarded-Proto: https\n"
        return Response(text, 403, mimetype="text/plain")(environ, start_response)

    return guarded


def by_host(apps: Sequence[Flask]) -> WSGIApplication:
    """One application for several sites, told apart by the host that is asked for, and tags by the site's id.

    Raises AmbiguousHost.
    """
    if len(apps) == 1:
        return apps[0]
    table = _hosts(apps)
    tags = {state_of(app).site.id: app for app in apps}

    def choose(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == HEALTH:
            return _health([state_of(app) for app in apps])(environ, start_response)
        found = table.get(_host(environ.get("HTTP_HOST", "")))
        if path.startswith(TAGS):  # a tag names its site, whatever the server is called
            found = tags.get(path.removeprefix(TAGS).partition("/")[0].removesuffix(".js"))
        if found is None and path == ICON:  # browsers ask for one beside any page, also beside a tag's
            return Response(status=204, headers={"Cache-Control": "max-age=86400"})(environ, start_response)
        if found is None:
            return Response("There is no site of this name here.\n", 421, mimetype="text/plain")(
                environ, start_response
            )
        return found(environ, start_response)

    return choose


def _hosts(apps: Sequence[Flask]) -> dict[str, Flask]:
    table: dict[str, Flask] = {}
    for app in apps:
        site = state_of(app).site
        hosts = {_host(urlsplit(origin).netloc) for origin in site.origins}
        if not hosts:
            raise AmbiguousHost(f"{site.id} has no origins, so it can only be served alone. Add some to its site file.")
        for host in sorted(hosts):
            other = table.setdefault(host, app)
            if other is not app:
                raise AmbiguousHost(f"{site.id} and {state_of(other).site.id} both have the origin {host}.")
    return table


def _host(netloc: str) -> str:
    """A host as it is compared: lower case, without the default ports."""
    return netloc.lower().removesuffix(":443").removesuffix(":80")
