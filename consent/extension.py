"""`Consent(app)`: the wiring into Flask, and the only reader of `app.config`."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast
from urllib.parse import quote

from blinker import Namespace
from flask import Flask, Request, Response, current_app, g, request
from flask.globals import request_ctx
from markupsafe import Markup

from . import keyfile
from .account import account_subject
from .keys import Keys
from .notice import Notice
from .prune import Daily
from .regimes import Regime
from .sealing import Sealing
from .service import Outcome, Service
from .signals import read as read_signals
from .site.load import load
from .site.model import Site
from .store import Store, StoreError
from .token import Token
from .web import (
    changed,
    cookies,
    csp,
    csrf,
    enforce,
    gpc,
    pages,
    people,
    render,
    rewrite,
    sweep,
    tag,
    tracking,
    wellknown,
)
from .web import region as regions
from .web.direct import Direct
from .web.origin import MAX_RETURN
from .web.rate import Limiter
from .web.sharing import Taken

P = ParamSpec("P")
R = TypeVar("R")

signals = Namespace()
decision_recorded = signals.signal(
    "decision-recorded", "A decision was stored: `sender` the app, `outcome` an Outcome. Sent once a record."
)
decision_withdrawn = signals.signal(
    "decision-withdrawn", "A yes was taken back: `sender` the app, `outcome` an Outcome, `withdrawn` the purposes."
)

DEFAULTS: Mapping[str, Any] = {
    "CONSENT_SITE": "consent.toml",  # the site file, beside the application unless absolute
    "CONSENT_DATA": None,  # folder for keys and database; default: consent/ in the instance folder
    "CONSENT_KEYS": None,  # folder of key files; default: keys/ in the data folder
    "CONSENT_DATABASE": None,  # SQLAlchemy URL; default: SQLite in the data folder
    "CONSENT_INJECT": True,  # put gate, banner and settings link into HTML pages
    "CONSENT_URL_PREFIX": "/consent",
    "CONSENT_TAG_PREFIX": None,  # where the tag for pages of other origins is served; default: /consent/s
    "CONSENT_REGION": None,  # how the person's region is known: see `web.region`; None: it is not, and all is strict
    "CONSENT_LOCALE": None,  # callable: the language tag of the present request, where the host chooses it
    "CONSENT_NONCE": None,  # callable: the nonce of the present response
    "CONSENT_CSP": False,  # True, or a list of hosts that are always allowed: a policy made from the present answers
    "CONSENT_SECURE": None,  # True: Secure cookies although this process sees plain HTTP
    "CONSENT_GPC_JSON": True,  # serve /.well-known/gpc.json, unless the host does
    "CONSENT_RATE_LIMIT": 600,  # decisions a minute from one address; 0: no limit
    "CONSENT_SEAL": None,  # False: `consent seal` gives records their places in the log; None: we do, unless testing
    "CONSENT_PRUNE": None,  # once a day do away with what [retention] says has had its time; None: unless testing
    "CONSENT_PRODUCTION": None,  # None: unless the app is in debug or testing mode
}


class State:
    """What one application holds: its site, its settings, and its service once something needs it."""

    def __init__(self, app: Flask) -> None:
        config = app.config
        self.app = weakref.ref(app)
        self.site: Site = load(Path(app.root_path) / config["CONSENT_SITE"])
        self.data = Path(config["CONSENT_DATA"] or Path(app.instance_path) / "consent")
        self.database: str = config["CONSENT_DATABASE"] or f"sqlite:///{self.data / 'consent.sqlite3'}"
        production = config["CONSENT_PRODUCTION"]
        self.production: bool = not (app.debug or app.testing) if production is None else bool(production)
        folder = Path(config["CONSENT_KEYS"] or self.data / "keys")
        self.key_folder = folder
        ring = keyfile.Watched(folder, self.site.id, self.production)
        self.keys: Keys = ring()
        self.where: regions.Source = regions.read(config["CONSENT_REGION"], Path(app.root_path))
        self.inject: bool = config["CONSENT_INJECT"]
        self.prefix: str = "/" + config["CONSENT_URL_PREFIX"].strip("/")
        self.tag: str = "/" + (config["CONSENT_TAG_PREFIX"] or f"{self.prefix}/s").strip("/")
        self.locale: Callable[[], str] | None = config["CONSENT_LOCALE"]
        self.nonce: Callable[[], str] | None = config["CONSENT_NONCE"]
        self.always_allowed = enforce.read(config["CONSENT_CSP"], self.site)  # None: no policy from us
        self.secure: bool | None = config["CONSENT_SECURE"]
        self.limiter = Limiter(config["CONSENT_RATE_LIMIT"])
        self.readers = Limiter(config["CONSENT_RATE_LIMIT"])  # of the log
        self.taken = Taken()
        self.placed = False
        self.service = Service(self.site, ring, self._open)
        seals, prunes = (
            not app.testing if on is None else on for on in (config["CONSENT_SEAL"], config["CONSENT_PRUNE"])
        )
        delay = self.site.ledger.seal_after
        self.sealing = Sealing(self.site.id, self.keys, folder, lambda: self.service.store, delay) if seals else None
        self.daily = Daily(self.site, lambda: self.service.store) if prunes else None

    def _open(self) -> Store:
        store = Store.open(self.database)
        store.on_append += [each.wake for each in (self.sealing, self.daily) if each]
        return store

    def start(self) -> None:
        """What an earlier process left waiting is sealed, though nobody has asked for anything yet."""
        if self.sealing:
            self.sealing.wake()


class Consent:
    """Consent for a Flask application.

        app = Flask(__name__)
        consent = Consent(app)

    Raises SiteError for a site file with mistakes, KeysError for keys that are missing in production, PolicyError for a
    CONSENT_CSP that cannot be used, RegionError for such a CONSENT_REGION.
    """

    signals = (decision_recorded, decision_withdrawn)

    def __init__(self, app: Flask | None = None) -> None:
        self._states: weakref.WeakSet[State] = weakref.WeakSet()
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Mount into an application; one Consent may serve several."""
        for name, value in DEFAULTS.items():
            app.config.setdefault(name, value)
        state = State(app)
        app.extensions["consent"] = state
        self._states.add(state)
        app.register_blueprint(people.blueprint(self), url_prefix=state.prefix)
        app.register_blueprint(tag.blueprint(self), url_prefix=state.tag)
        if app.config["CONSENT_GPC_JSON"]:
            wellknown.add(app, state.site)
        app.context_processor(lambda: {"consent": self})
        _exempt(app)
        app.before_request(self.take_place)
        app.after_request(self.after)
        if "wsgi_app" not in vars(app):  # else what stands before Flask, a proxy's fix perhaps, would come after us
            app.wsgi_app = Direct(app.wsgi_app, app, self, state)  # type: ignore[method-assign]

    # for the host's code

    def allows(self, requirement: str, subject: str | None = None) -> bool:
        """Whether the person at the other end allows `analytics`, `analytics/ga4`, or several, which mean all.

        Only a recorded yes allows. Unknown is no. With `subject`, the host's own user id, it is asked of that account,
        by its newest record, and outside a request too. Raises AccountError, and with `subject` StoreUnavailable.
        """
        if subject is not None:
            return self._here().service.allows_account(subject, requirement)
        here = request_ctx._get_current_object()  # type: ignore[attr-defined]  # once, not a proxy at each step
        service = here.app.extensions["consent"].service
        noted = _noted()
        noted.consent_varies = True
        environ = here.request.environ
        if "consent_holds" in noted:
            token = noted.consent_holds
        else:
            token = cookies.believed(service, environ.get("HTTP_COOKIE"))
        if token and token.yields:
            noted.consent_heard = True
            if gpc.is_on(environ):
                token = service.yielded(token)
        return bool(service.allows(token, requirement))

    def link(self, user_id: str) -> None:
        """Link this browser to an account of the host's, so that a choice follows the person to other browsers.

        What holds then is in docs/accounts.md: the stricter, until the person chooses again. Call it in each request of
        somebody who is logged in; it costs little when there is nothing to do. Raises AccountError.
        """
        state, before = _state(), _token(_state())
        try:
            linked = state.service.linking.link(user_id, before, read_signals(request.headers))
        except StoreError as error:  # the page is shown, and the browser's own answers hold until the store is back
            current_app.logger.error("consent: this browser could not be linked to its account", exc_info=error)
            return
        g.consent_account = linked.subject
        self.holds(linked.token, before)
        if linked.outcome:
            self.announce(linked.outcome, linked.before)
        gpc.obey(self, page=False)  # the signal opts out a known account too, CCPA regs §7025(c)

    def unlink(self, user_id: str | None = None) -> None:
        """Forget, at logout, a choice that is the account's, so that whoever comes next is asked anew.

        Without `user_id` it is the account that this request was linked to; where there is none, every choice that
        leads to records is forgotten. Raises AccountError.
        """
        state, before = _state(), _token(_state())
        account = g.pop("consent_account", None)
        if user_id is not None:
            account = account_subject(state.service.keys, user_id)
        try:
            theirs = state.service.linking.is_of(account, before)
        except StoreError as error:  # then nobody knows whose it is, and it is forgotten
            current_app.logger.error("consent: at logout a choice was forgotten unread", exc_info=error)
            theirs = True
        if theirs:
            self.holds(None, before)

    def holds(self, token: Token | None, before: Token | None) -> None:
        """From now on, and in the browser with the response, this is the choice."""
        g.consent_varies = True
        if token != before:
            g.consent_holds = token
            g.consent_changed = True

    @property
    def account(self) -> str | None:
        """The subject of the account that this request was linked to."""
        subject: str | None = g.get("consent_account")
        return subject

    def _here(self) -> State:
        """What the present application holds, or outside of any the only one."""
        if current_app:
            return _state()
        if len(self._states) != 1:
            raise RuntimeError("Several applications have this Consent: say which by app.app_context().")
        return next(iter(self._states))

    def required(self, requirement: str) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
        """Decorate a view that needs a yes: without one it answers 403 and shows the way to give it."""

        def decorate(view: Callable[P, R]) -> Callable[P, R | Response]:
            @functools.wraps(view)
            def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
                if self.allows(requirement):
                    return cast(R, current_app.ensure_sync(view)(*args, **kwargs))
                return people.consent_needed(self, requirement)

            return guarded

        return decorate

    @property
    def record(self) -> Token | None:
        """The token of the present request if there is a valid one: answers, time, notice, record id."""
        g.consent_varies = True
        return _token(_state())

    @property
    def service(self) -> Service:
        """The site at work, for what goes beyond one request."""
        return _state().service

    @property
    def state(self) -> State:
        """What the present application holds."""
        return _state()

    # for templates, by hand

    def head(self) -> Markup:
        """The gate, and the banner's styles where it is shown; for the start of `<head>`."""
        g.consent_head = True
        return Markup(self._head(self._entrance(None), self._asks(), self.regime))

    def banner(self) -> Markup:
        """The first layer where there is something to ask, else nothing; for the end of `<body>`."""
        g.consent_banner = g.consent_languages = True
        return Markup(self._banner(self.notice(), _token(_state())) if self._asks() else "")

    def settings_link(self) -> Markup:
        """The way back to the choices (GDPR Art. 7(3)), with the other links that the person's law asks for."""
        g.consent_link = True
        return render.settings_link(self.notice(), self.base)

    def declaration(self) -> Markup:
        """Purposes, vendors and stored items as tables."""
        notice = self.anywhere()
        earlier = f"{self.base}changes?locale={notice.locale}", changed.words(notice.locale)["link"]
        return render.declaration(notice, earlier)

    def placeholder(self, requirement: str, content: str, vendor: str = "") -> Markup:
        """Content that waits for a yes, with the question in its place. `content` is the host's own trusted markup."""
        return render.placeholder(self.notice(), requirement, Markup(content), vendor, self.base)

    def notice(self, *wanted: str) -> Notice:
        """The notice in the first language of `wanted`, the host's, the person's, or the site's.

        The host's is that of `CONSENT_LOCALE`, else of Flask-Babel.
        """
        return _state().service.notice(*wanted, *self._languages(), region=self.region)

    def anywhere(self, *wanted: str) -> Notice:
        """The same under the strictest rules, for what they have no part in and any cache may keep."""
        return _state().service.notice(*wanted, *self._languages())

    @property
    def region(self) -> str | None:
        """Where the person at the other end is (ISO 3166-2), as CONSENT_REGION has us know it; None: nobody knows."""
        noted = _noted()
        if "consent_region" not in noted:
            noted.consent_region = _state().where(request.environ)
        return cast("str | None", noted.consent_region)

    @property
    def regime(self) -> Regime:
        """The rules under which this site meets the person at the other end."""
        return _state().service.regime(self.region)

    # the request at hand

    @property
    def base(self) -> str:
        """The path of the blueprint, with the application's own prefix, ending in a slash."""
        return request.script_root + _state().prefix.rstrip("/") + "/"

    def _asks(self) -> bool:
        g.consent_varies = True
        state = _state()
        return not state.service.decided(_token(state))

    def _languages(self) -> list[str]:
        make = _state().locale
        host = [make()] if make else []
        if not make and "babel" in current_app.extensions:
            from flask_babel import get_locale

            locale = get_locale()
            host = [str(locale)] if locale else []
        g.consent_languages = True
        return [*host, *request.accept_languages.values()]

    def _entrance(self, response: Response | None) -> csp.Entrance:
        policies = response.headers.getlist("Content-Security-Policy") if response else []
        make = _state().nonce
        nonce = make() if make else getattr(request, "csp_nonce", "") or g.get("csp_nonce", "")
        return csp.entrance(policies, nonce if isinstance(nonce, str) else "")

    def _head(self, entrance: csp.Entrance, styles: bool, regime: Regime) -> str:
        state = _state()
        enforced = state.always_allowed is not None
        told = None if state.where == regions.Fixed() else regime.presumes
        return render.head(state.site, self.base, entrance, styles, enforced, state.service.earlier.carried, told)

    def _banner(self, notice: Notice, token: Token | None) -> str:
        state = _state()
        again = changed.again(state.service.earlier.news(token, notice), notice)
        if again:
            g.consent_private = True
        return str(render.banner(notice, state.site, self.base, csrf.token(state.service), _here(), again))

    # what happens to every response

    def take_place(self) -> None:
        """Once, when all that the host initialises is there: find our place beside it.

        Pages are rewritten after every other hook has set its headers (their policy says how we may enter), but
        before Flask-Compress packs them. Flask runs these hooks from the last to the first.
        """
        state = _state()
        if state.placed:
            return
        state.placed = True
        state.start()
        app = _app()
        _exempt(app)
        hooks = app.after_request_funcs[None]
        packing = [hook for hook in hooks if getattr(hook, "__module__", "").startswith("flask_compress")]
        rest = [hook for hook in hooks if hook not in packing and hook != self.after]
        app.after_request_funcs[None] = [*packing, self.after, *rest]

    def after(self, response: Response) -> Response:
        """Put in what the page needs, expire what is not allowed, and say what the page depends on."""
        noted = _noted()
        page = response.mimetype == "text/html" and not noted.get("consent_page")
        shared = page and pages.is_shared(response)
        if page and not shared and (_state().inject or noted.get("consent_head")) and pages.is_page(response):
            gpc.obey(self)
        if noted.get("consent_changed"):
            self._hand_over(response)
        _depends(response, noted)
        if response.mimetype == "text/html" and _state().site.dnt == "honour" and not pages.is_shared(response):
            self._tell_status(response)
        if page:
            self._page(response, shared)
        if noted.get("consent_heard"):
            response.vary.add(gpc.HEADER)
        if "consent_region" in noted:
            regions.depend(response, _state().where)
        return response

    def _page(self, response: Response, shared: bool) -> None:
        """Do to a page of the host's what has to be done to each."""
        if _state().inject and pages.is_page(response):
            self._inject(response, shared)
        if (always := _state().always_allowed) is not None:
            self._enforce(response, shared, always)
        if not shared:
            self._sweep(response)

    def _hand_over(self, response: Response) -> None:
        """Have the browser keep what holds since it was linked, or forget its choice."""
        if pages.is_shared(response):
            return  # nobody else may get it from a cache; the next response brings it
        self.keep(response, g.consent_holds)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private"

    def keep(self, response: Response, token: Token | None) -> None:
        """Have the browser keep a token, or none, and expire what that does not allow."""
        state, site = _state(), _state().site
        g.pop("consent_changed", None)  # of two the last one counts
        for stray in cookies.strays(request.environ.get("HTTP_COOKIE"), site.cookie, request.host):
            response.headers.add("Set-Cookie", stray)
        if token:
            secure = request.is_secure if state.secure is None else state.secure
            response.headers.add("Set-Cookie", cookies.header(token, site.cookie, site.cookie_domain, secure))
        self.expire(response, token)

    def _inject(self, response: Response, shared: bool) -> None:
        held = None if shared else _token(_state())
        if shared:
            _state().service.earlier.look()  # nobody's own page: whose earlier yes counts has to stand in it
        asks = shared or self._asks()
        if asks and held and not g.get("consent_banner"):
            _private(response)  # it says what is new since this person's own choice
        entrance = self._entrance(response)
        has_banner, has_link = g.get("consent_banner"), g.get("consent_link")
        wanted = [] if shared else self._languages()
        service = _state().service
        base = self.base
        path = _here()
        token = csrf.token(service)
        # What others get from a cache is made for anybody, wherever they are.
        region = _state().where({}) if shared else self.region
        head = "" if g.get("consent_head") else self._head(entrance, asks, service.regime(region))
        stands = gpc.NOBODY if shared else gpc.stands(self)

        def make(page: bytes) -> pages.Additions:
            notice = service.notice(rewrite.language(page), *wanted, region=region)
            banner = ""
            if asks and not has_banner:
                again = changed.again(service.earlier.news(held, notice), notice)
                banner = str(render.banner(notice, service.site, base, token, path, again))
            own = has_link or b"data-consent-open" in page
            link = str(render.settings_corner(notice, base, stands, own=bool(own), linked=bool(has_link)))
            return pages.Additions(head, link + banner)

        if pages.put_in(response, make) and not shared:
            response.vary.add("Cookie")

    def _tell_status(self, response: Response) -> None:
        """Answer `DNT: 1` where it is honoured (see `tracking`)."""
        _vary(response, "DNT")
        if request.headers.get("DNT") == "1":
            state = _state()
            _vary(response, "Cookie")
            response.headers["Tk"] = tracking.status(state.service, _token(state))

    def _enforce(self, response: Response, shared: bool, always: tuple[str, ...]) -> None:
        """Add the policy of the present answers. What a shared cache may keep gets that of someone who allows all:
        it must not differ, and a stricter one would hold back what others have allowed."""
        service = _state().service
        allows = enforce.everybody
        if not shared:
            _vary(response, "Cookie")
            allows = functools.partial(service.allows, _effective(_state()))
        response.headers.add("Content-Security-Policy", enforce.policy(service.site, allows, always))

    def _sweep(self, response: Response) -> None:
        """Expire, also on each later page, what is still sent without a yes: clients write while a page unloads.

        So too a second cookie of our own, from before the site changed which domain has it: the youngest stays, where
        the site has it now.
        """
        header = request.environ.get("HTTP_COOKIE")
        state = _state()
        site, token = state.site, _token(state)
        if cookies.several(header, site.cookie) and "consent_holds" not in g:
            for stray in cookies.strays(header, site.cookie, request.host):
                response.headers.add("Set-Cookie", stray)
            if token:
                secure = request.is_secure if state.secure is None else state.secure
                response.headers.add("Set-Cookie", cookies.header(token, site.cookie, site.cookie_domain, secure))
        if token is not None:
            self.expire(response, _effective(state))

    def expire(self, response: Response, token: Token | None) -> None:
        """Expire the cookies of this request that belong to purposes which `token` does not allow."""
        state = _state()
        header = request.environ.get("HTTP_COOKIE", "")
        if not sweep.concerns(state.site, header):
            return
        sent = cookies.names(header)
        for name in sweep.expired(state.site, lambda wanted: state.service.allows(token, wanted), sent):
            for domain in sweep.domains(request.host):
                for path in sweep.paths(request.path):
                    response.delete_cookie(name, path=path, domain=domain)

    def announce(self, outcome: Outcome, before: Token | None) -> None:
        """Tell the host's code, once a record."""
        if not outcome.fresh:
            return
        app = _app()
        decision_recorded.send(app, outcome=outcome)
        if before is None:
            return
        standing = _state().service.standing(before)
        withdrawn = sorted(standing.granted - set(outcome.decision.fingerprints))
        if withdrawn:
            decision_withdrawn.send(app, outcome=outcome, withdrawn=withdrawn)


def _exempt(app: Flask) -> None:
    """The host's CSRFProtect asks for a session's token, which would name the person; ours is checked instead."""
    if protect := app.extensions.get("csrf"):
        for name in (people.NAME, tag.NAME):
            protect.exempt(app.blueprints[name])


def _here() -> str:
    """The path and query of this request, percent-encoded; "" for an address that is too long to come back to."""
    path = quote(request.script_root + request.path, safe="/!$&'()*+,;=:@~")
    query = request.query_string.decode("latin-1")
    here = f"{path}?{query}" if query else path
    return here if len(here) <= MAX_RETURN else ""


def _app() -> Flask:
    """The application itself, not its proxy."""
    return cast(Flask, current_app._get_current_object())  # type: ignore[attr-defined]


def _depends(response: Response, noted: Any) -> None:
    """Tell caches what a response depends on, as far as that was noted on the way."""
    if noted.get("consent_varies"):
        _vary(response, "Cookie")
    if noted.get("consent_languages") and not noted.get("consent_page"):
        response.vary.add("Accept-Language")
    if noted.get("consent_private"):
        _private(response)


def _private(response: Response) -> None:
    """Keep a response out of shared caches: something in it is one person's own."""
    if not response.cache_control.no_store:
        del response.cache_control.public
        del response.cache_control.s_maxage
        response.cache_control.private = True


def _vary(response: Response, header: str) -> None:
    """Say that a response depends on a request header; most have said nothing of the kind yet."""
    if response.headers.getlist("Vary"):  # `in` raises and catches an error where it is not: slower
        response.vary.add(header)
    else:
        response.headers.add("Vary", header)


def _noted() -> Any:
    """`g` itself, not its proxy: every response of the host is asked what was noted."""
    return g._get_current_object()


def _state() -> State:
    return cast(State, _app().extensions["consent"])


def _effective(state: State) -> Token | None:
    """What holds in this request: the choice, less what gives way to a signal that came after it."""
    token = _token(state)
    if token and token.yields and gpc.is_on(request.environ):
        _noted().consent_heard = True
        return state.service.yielded(token)
    return token


def _token(state: State) -> Token | None:
    """What holds since this request was linked to an account, else the last valid token among its cookies."""
    noted = _noted()
    if "consent_holds" in noted:
        return cast("Token | None", noted.consent_holds)
    here: Request = request._get_current_object()  # type: ignore[attr-defined]
    return cookies.believed(state.service, here.environ.get("HTTP_COOKIE"))
