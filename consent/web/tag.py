"""The blueprint for pages of any origin: one script tag, its banner, and where its decisions come in.

    GET  /s/SITE.js              the tag: gate, pieces, configuration; the same for everyone
    GET  /s/SITE/banner.js       behaviour, styles and the notice's markup in one language; immutable by `v`
    POST /s/SITE/decision        as a simple request, from the origins that the site lists
    POST /s/SITE/imported        what another consent tool had stored, kept as evidence
    POST /s/SITE/centre          the preference centre of whoever holds a token
    POST /s/SITE/me              "My data" of whoever holds a token, see `me`
    POST /s/SITE/handover        a choice that goes to another domain of the owner, see `sharing`
    POST /s/SITE/arrive          and one that comes in
    GET  /s/SITE/declaration     what is stored, and by whom
    GET  /s/SITE/changes         every version of it
    GET  /s/SITE/again           the first layer about what is new since a notice, see `changed`
    GET  /s/SITE/log/…           the log, see `log`

All addresses in what it serves go by the tag's own, so that it works under every name and path that leads here: a
domain of the server's own, a CNAME, or a path on the host's own domain.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from flask import Blueprint, Response, abort, current_app, request
from flask.globals import request_ctx

from .. import assets
from ..earlier import Carried
from ..notice import Notice
from ..service import Service
from ..store import StoreError
from . import (
    answers,
    changed,
    cors,
    gpc,
    linkwords,
    log,
    me,
    packed,
    problems,
    quiet,
    render,
    sharing,
    snippet,
    tree,
    view,
)
from . import imported as imports
from . import region as regions
from .decisions import decide
from .replies import FOR_EVER, SHORTLY, cached, html, page, refusal

if TYPE_CHECKING:
    from ..extension import Consent

NAME = "consent_tag"
TAG_AGE = 600  # seconds until a change of the site file is looked for
STALE = 86_400  # seconds that an older tag may serve while the new one is fetched
OUTAGE = 604_800  # seconds that it may serve while the server is away
_LANGUAGE = re.compile(r"[A-Za-z0-9-]{1,35}")  # BCP 47
PAGE_STYLE = (
    ':root[style*="--consent-room"]:not([data-consent=done]){padding-block-end:var(--consent-room);'
    "scroll-padding-block-end:var(--consent-room)}"
)  # room at the page's end while the banner stands (see banner.css)
LINKS_STYLE = (
    ".consent-links{padding:0 1rem 1rem;text-align:center}.consent-links a+a{margin-inline-start:1em}"
    ".consent-pill{padding:0 .4em;border:1px solid;border-radius:1em;font-size:.75em}"
)


def blueprint(consent: Consent) -> Blueprint:
    """The routes of one extension."""
    routes = Blueprint(NAME, __name__)
    _add_files(routes, consent)
    _add_answers(routes, consent)
    _add_log(routes, consent)
    me.add_tagged(routes, consent)

    @routes.errorhandler(StoreError)
    def unavailable(error: StoreError) -> Response:
        """What needs the store while it is away; why, stands in the application's log."""
        current_app.logger.error("consent: the store is not available", exc_info=error)
        return _answered(consent, refusal(consent, problems.UNAVAILABLE))

    @routes.get("/<site>/declaration")
    def declaration(site: str) -> Response:
        """What is stored, and by whom: the same for everyone."""
        service = _served(consent, site)
        notice = service.notice(request.args.get("locale", ""), *request.accept_languages.values())
        origins = service.site.origins
        markup = page(
            consent,
            notice,
            origins[0] if origins else "/",
            "declaration",
            inner=render.declaration(notice, (f"changes?locale={notice.locale}", changed.words(notice.locale)["link"])),
            tagged="",
        )
        return cached(html(notice, markup), SHORTLY, varies="Accept-Language")

    @routes.get("/<site>/changes")
    def changes(site: str) -> Response:
        """Every version of the terms: the same for everyone."""
        service = _served(consent, site)
        notice = service.notice(request.args.get("locale", ""), *request.accept_languages.values())
        return changed.show(consent, notice, service.site.origins[0] if service.site.origins else "/", "")

    return routes


def _add_files(routes: Blueprint, consent: Consent) -> None:
    """What pages load, the same for everyone."""

    @routes.get("/<site>.js")
    def tag(site: str) -> Response:
        """The tag, for the region where CONSENT_REGION says that the person is. Any cache may keep it that heeds
        `Vary`, and browsers go on with an older one while the server is away."""
        service, where = _served(consent, site), consent.state.where
        here = None if where == regions.Fixed() else regions.known(service, consent.region)
        response = cached(Response(script(service, here), mimetype="text/javascript"), TAG_AGE)
        response.headers["Cache-Control"] += f", stale-while-revalidate={STALE}, stale-if-error={OUTAGE}"
        return _open(packed.packed(response))

    @routes.get("/<site>/banner.js")
    def banner(site: str) -> Response:
        """The banner in the language of `l`, under the strictest rules of the regions `r`."""
        service = _served(consent, site)
        notice = _notice(service, request.args.get("l", ""), request.args.get("r", ""))
        age = FOR_EVER if request.args.get("v") == version(service) else SHORTLY
        return _open(packed.packed(cached(Response(module(service, notice), mimetype="text/javascript"), age)))

    @routes.get("/<site>/again")
    def again(site: str) -> Response:
        """The first layer about what is new since a notice, under the rules of region `r`."""
        service = _served(consent, site)
        return _open(changed.fragment(service, regions.from_list(service, request.args.get("r", "")), ""))

    @routes.get("/<site>/quiet.js")
    def hush(site: str) -> Response:
        """What keeps vendors quiet whose yes was taken back."""
        text = quiet.module(_served(consent, site).site)
        return _open(packed.packed(cached(Response(text, mimetype="text/javascript"), SHORTLY)))

    @routes.get("/<site>/look.css")
    def look(site: str) -> Response:
        """Styles and the site's look, for the pages here."""
        return cached(Response(render.styles(_served(consent, site).site), mimetype="text/css"), SHORTLY)

    @routes.get("/<site>/static/<name>")
    def asset(site: str, name: str) -> Response:
        """A built file."""
        _served(consent, site)
        found = render.asset(name) or abort(404)
        age = FOR_EVER if request.args.get("v") else SHORTLY
        return _open(packed.packed(cached(Response(found[0], mimetype=found[1]), age)))


def _add_answers(routes: Blueprint, consent: Consent) -> None:
    """What pages post, from listed origins alone."""

    @routes.post("/<site>/decision")
    def decision(site: str) -> Response:
        """Record a decision."""
        _served(consent, site)
        return _answered(consent, decide(consent, embedded=True))

    @routes.post("/<site>/imported")
    def imported(site: str) -> Response:
        """Keep what another consent tool had stored."""
        _served(consent, site)
        return _answered(consent, imports.take(consent, embedded=True))

    @routes.post("/<site>/centre")
    def centre(site: str) -> Response:
        """The preference centre of whoever holds `token`: what goes into a dialog."""
        return _answered(consent, _centre(consent, _served(consent, site)))

    @routes.post("/<site>/handover")
    def departure(site: str) -> Response:
        """A ticket for a link to another listed domain."""
        _served(consent, site)
        return _answered(consent, sharing.go(consent))

    @routes.post("/<site>/arrive")
    def arrival(site: str) -> Response:
        """What a ticket stands for."""
        _served(consent, site)
        return _answered(consent, sharing.arrive(consent))


def _add_log(routes: Blueprint, consent: Consent) -> None:
    """The log, for monitors and witnesses."""

    @routes.get("/<site>/log/<path:name>")
    def log_file(site: str, name: str) -> Response:
        """A file of the log."""
        _served(consent, site)
        return log.serve(consent, name)

    @routes.post("/<site>/log/cosignature")
    def cosignature(site: str) -> Response:
        """Take a cosignature."""
        _served(consent, site)
        return log.take(consent)


def _served(consent: Consent, site: str) -> Service:
    service = consent.service
    if site != service.site.id:
        abort(404)
    return service


def _open(response: Response) -> Response:
    """For pages of every origin: it is the same for all, and holds nothing of anyone."""
    response.headers.extend(cors.OPEN)
    return response


def _answered(consent: Consent, response: Response) -> Response:
    """For the page that asked, if the site lists it."""
    here = request_ctx.request
    response.headers.extend(cors.reply(here.headers, here.host, consent.service.site.origins))
    return response


def _notice(service: Service, language: str, listed: str) -> Notice:
    """The notice in a page's language, in a list of regions; what is no language or no region counts as unknown."""
    wanted = [language] if _LANGUAGE.fullmatch(language) else []
    return service.notice(*wanted, region=regions.from_list(service, listed))


def script(service: Service, here: str | None = None) -> str:
    """The tag's script: see `snippet`. `here`: the region, as `region.known` has it; None: the page may say it."""
    carried = service.earlier.look()
    return _once(service, f"script {here} {carried}", lambda: _script(service, here, carried))


def _script(service: Service, here: str | None, carried: Carried) -> str:
    site = service.site
    config = snippet.configuration(site)
    if here is not None:
        config["q"] = here
    if countries := regions.link_countries(service, here):
        config["y"] = countries
    config["v"] = version(service)
    config["w"] = linkwords.by_tag({tag: service.notice(tag).texts["settings"] for tag in site.languages})
    if site.keep.page:
        config["g"] = 1
    return snippet.assemble(site, config, "tag.js", carried=carried)


def version(service: Service) -> str:
    """Six characters that change when the banner of any language or law changes."""
    return _once(service, "version", lambda: assets.short("".join(_every(service))))


def _every(service: Service) -> Iterator[str]:
    """Banners in which there is all that any has."""
    for locale in service.site.languages:
        yield module(service, service.notice(locale))
    for code in ("US-CA", "US-CO", "JP"):
        yield module(service, service.notice(region=code))


def module(service: Service, notice: Notice) -> str:
    """The banner of one notice as a module: what is its own, then the part that is the same for all of its kind."""
    return _once(service, notice.id, lambda: _module(service, notice))


_made: WeakKeyDictionary[Service, dict[str, str]] = WeakKeyDictionary()


def _once(service: Service, name: str, make: Callable[[], str]) -> str:
    """A text that every visitor of a service gets."""
    kept = _made.setdefault(service, {})
    if name not in kept:
        kept[name] = make()
    return kept[name]


def _module(service: Service, notice: Notice) -> str:
    site = service.site
    told = notice.content["kind"] != "opt-in"
    markup = render.banner(notice, site, "", "", "", region=regions.where(service, notice))
    parts: dict[str, Any] = {
        "tree": tree.tree(markup),
        "look": render.properties(site.look, ":host") + assets.text("embed.css").strip(),
        "page": PAGE_STYLE,
    }
    if told:
        links = tree.tree(render.legal_links(notice))
        parts |= {"links": links, "page": PAGE_STYLE + LINKS_STYLE if links else PAGE_STYLE}
    text = json.dumps(parts, separators=(",", ":"), ensure_ascii=False)
    return f"const EMBEDDED={text};{assets.text('banner-embed-told.js' if told else 'banner-embed.js').strip()}"


def _centre(consent: Consent, service: Service) -> Response:
    here = request_ctx.request
    if not cors.is_listed(here.headers, here.host, service.site.origins):
        return problems.UNLISTED.response()
    if not consent.state.limiter.admits(here.remote_addr or "", time.monotonic()):
        return problems.TOO_OFTEN.response()
    here.max_content_length = answers.MAX_BODY
    fields: Any = here.form
    region = regions.of_page(service, consent.state.where, here.environ, fields.get("region", "")[:32])
    locale = fields.get("locale", "").replace("_", "-")
    notice = service.notice(*([locale] if _LANGUAGE.fullmatch(locale) else []), region=region)
    token = service.believe(fields.get("token", ""))
    mine = token.text if token else ""
    stands = gpc.standing(service, token, service.regime(region), gpc.is_on(here.environ))
    state = view.state(service, token, notice, region, stands)
    inner = render.preferences(notice, service.site, "", "", "", state, mine, regions.where(service, notice))
    response = html(notice, inner)
    response.headers["Cache-Control"] = "private, no-store"
    return response
