"""The page "My data": all that is stored about whoever holds a token, with no account (GDPR Art. 15 to 21; EinwV §4).

    GET  me                        present choice, every record with the notice as it was shown then
    GET  me/records.jsonl          all of it, as `consent export --personal` gives it
    GET  me/receipt/RECORD.json    the receipt of one record
    GET  me/erase                  what erasing removes and what it leaves
    POST me/erase                  and erases

Withdrawing, objecting and choosing anew are decisions like all others. By tag no cookie comes here: a link brings the
token behind its "#", which no server sees, and from there on it goes with forms, so that each of these is a POST.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import RequestEntityTooLarge

from .. import signals
from ..decision import Answer
from ..export.lines import Exported, fields_of, to_line
from ..locale import translator
from ..notice import Notice
from ..service import Service
from ..store import Entry
from ..texts import ME
from ..token import MAX_LENGTH, Token
from . import answers, cors, csrf, gpc, origin, past, problems, render
from .replies import html, page, refusal

if TYPE_CHECKING:
    from ..extension import Consent

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever holds a token. `subject` is None where nothing leads to anyone."""

    token: Token | None
    subject: str | None
    account: bool = False  # the subject is that of the host's account, which this request is linked to
    tagged: bool = False  # the token came with a form: whatever changes the browser's cookie is done on the site itself

    @property
    def text(self) -> str:
        """The token for the next form."""
        return self.token.text if self.tagged and self.token else ""


@lru_cache(maxsize=64)
def words(locale: str) -> Words:
    """The page's own words."""
    return {name: translator(locale)(text) for name, text in ME.items()}


def add(routes: Blueprint, consent: Consent) -> None:
    """Add these routes to the blueprint of people."""

    @routes.get("/me")
    def me() -> Response:
        """All that is stored about this browser's choices."""
        return _guarded(consent) or show(consent, _here(consent))

    @routes.get("/me/records.jsonl")
    def records() -> Response:
        """The same as a file."""
        return _guarded(consent) or download(consent, _here(consent))

    @routes.get("/me/receipt/<record>.json")
    def receipt(record: str) -> Response:
        """The receipt of one record."""
        return _guarded(consent) or one(consent, _here(consent), record)

    @routes.get("/me/erase")
    def before_erasing() -> Response:
        """What erasing removes and what it leaves."""
        return _guarded(consent) or ask(consent, _here(consent))

    @routes.post("/me/erase")
    def erase() -> Response:
        """Erase, and leave a refusal that names nobody in the browser."""
        here = request.headers
        if not origin.is_own(here, request.host, consent.service.site.origins):
            return refusal(consent, problems.FOREIGN)
        return _guarded(consent) or _erase(consent, _here(consent))


def add_tagged(routes: Blueprint, consent: Consent) -> None:
    """Add these routes to the blueprint of tags: the same by forms that bring the token along."""

    @routes.get("/<site>/me")
    def entrance(site: str) -> Response:
        """Where a tag's link leads: the same for everyone."""
        return _entrance(consent) if site == consent.service.site.id else problems.NOT_FOUND.response()

    @routes.post("/<site>/me")
    def me(site: str) -> Response:
        """All that is stored about a browser's choices."""
        return _tagged(consent, site, show)

    @routes.post("/<site>/me/records.jsonl")
    def records(site: str) -> Response:
        """The same as a file."""
        return _tagged(consent, site, download)

    @routes.post("/<site>/me/receipt/<record>.json")
    def receipt(site: str, record: str) -> Response:
        """The receipt of one record."""
        return _tagged(consent, site, lambda consent, who: one(consent, who, record))

    @routes.post("/<site>/me/erase")
    def erase(site: str) -> Response:
        """What erasing removes and what it leaves; and when the person is sure, erase."""
        return _tagged(consent, site, lambda consent, who: (_erase if _field("sure") else ask)(consent, who))


def _tagged(consent: Consent, site: str, then: Callable[[Consent, Holder], Response]) -> Response:
    """What is answered to a form that a listed page, or one of ours, has sent with a token."""
    service = consent.service
    if site != service.site.id:
        return problems.NOT_FOUND.response()
    if not cors.is_listed(request.headers, request.host, service.site.origins):
        return problems.UNLISTED.response()
    if refused := _guarded(consent):
        return refused
    token = service.believe(_field("token", MAX_LENGTH))
    return then(consent, Holder(token, service.subject(token), tagged=True))


def _guarded(consent: Consent) -> Response | None:
    """What is answered to somebody who asks too often, or too much."""
    if not consent.state.limiter.admits(request.remote_addr or "", time.monotonic()):
        return refusal(consent, problems.TOO_OFTEN)
    request.max_content_length = answers.MAX_BODY
    try:
        request.form  # noqa: B018 (read here, under the bound)
    except RequestEntityTooLarge:
        return refusal(consent, problems.TOO_LARGE)
    return None


def _field(name: str, longest: int = answers.LONGEST) -> str:
    text = request.form.get(name, "")
    return text if len(text) <= longest else ""


def _here(consent: Consent) -> Holder:
    token = consent.record
    account = consent.account
    return Holder(token, account or consent.service.subject(token), account=account is not None)


# pages


def show(consent: Consent, who: Holder) -> Response:
    """The page."""
    service, notice = consent.service, _notice(consent)
    said = words(notice.locale)
    found = service.latest(who.subject, past.MOST + 1) if who.subject else []
    records = past.records(found[: past.MOST], notice, said, lambda each: service.store.place(each.site, each.id))
    token = who.token
    # The newest is the receipt, where it is this browser's; of an account's refusal the browser knows no record.
    own = records[0] if records and token and token.record in (None, records[0]["id"]) else None
    standing = service.standing(token)
    values = {
        "kind": "erased" if not records and request.args.get("done") == "erased" else _kind(who, bool(records)),
        "account": who.account,
        "present": past.present(service, token, notice, said) if token else None,
        "own": own,
        "records": records[1:] if own else records,
        "more": len(found) > past.MOST,
        "granted": bool(standing.granted),
        "stands": () if who.tagged else gpc.stands(consent).words,
        "authority": render.authority(notice, consent.region, service.site.controller.country),
        "objectable": [
            (purpose["id"], purpose["name"])
            for purpose in notice.content["purposes"]
            if purpose["basis"] == "legitimate_interest" and purpose["id"] not in standing.objections
        ],
    }
    return _page(consent, who, notice, "me", values)


def _entrance(consent: Consent) -> Response:
    return _page(consent, Holder(None, None, tagged=True), _notice(consent), "arrive", {})


def ask(consent: Consent, who: Holder) -> Response:
    """What erasing removes and what it leaves, with the button."""
    if who.subject is None:
        return show(consent, who)
    count = sum(1 for _ in consent.service.entries(who.subject))
    return _page(consent, who, _notice(consent), "erase", {"account": who.account, "count": count})


def _kind(who: Holder, recorded: bool) -> str:
    if recorded:
        return "known"
    if who.token is None:
        return "nobody"
    return "erased" if who.token.record else "anonymous"


def _notice(consent: Consent) -> Notice:
    return consent.notice((request.args.get("locale") or _field("locale")).replace("_", "-")[:35])


def _page(consent: Consent, who: Holder, notice: Notice, name: str, me: Mapping[str, Any]) -> Response:
    service, said = consent.service, words(notice.locale)
    up = "../" if request.path.endswith("/erase") else ""  # by tag all addresses go by the tag's own
    base = up if who.tagged else consent.base
    way = (service.site.origins or ("/",))[0] if who.tagged else request.script_root + "/"
    form = render.form(notice, base, csrf.token(service), f"{base}me") | {"token": who.text, "base": base}
    inner = render.me(name, notice, form=form, words=said, me=me)
    title = said["erase_title"] if name == "erase" else notice.texts["me_title"]
    markup = page(consent, notice, way, "me", tagged=up if who.tagged else None, title=title, inner=inner)
    return _private(html(notice, markup))


def _private(response: Response) -> Response:
    """For nobody else. (The referrer policy stays same-origin: under no-referrer browsers send no origin with our own
    forms, which would fail their guard, and to others nothing is said in either case.)"""
    response.headers["Cache-Control"] = "private, no-store"
    return response


# files


def download(consent: Consent, who: Holder) -> Response:
    """Every record with its personal part, as JSON Lines."""
    service = consent.service
    if who.subject is None:
        return show(consent, who)
    lines: Iterator[bytes] = (_line(service, entry) for entry in service.taken_out(who.subject))
    first = next(lines, b"")  # what fails, fails before the answer begins

    def whole() -> Iterator[bytes]:
        yield first
        yield from lines

    return _file(Response(whole(), mimetype="application/jsonl"), f"my-data-{service.site.id}.jsonl")


def one(consent: Consent, who: Holder, record: str) -> Response:
    """The receipt of a record, to those alone whose it is: with its proof once it stands in the log (see `receipt`)."""
    entry = _theirs(consent.service, who, record)
    body = consent.service.receipt_of(entry, own=True) if entry else None
    if entry is None or body is None:
        return refusal(consent, problems.NOT_FOUND)
    return _file(Response(body, mimetype="application/ld+json"), f"receipt-{entry.record.id}.json")


def _theirs(service: Service, who: Holder, record: str) -> Entry | None:
    try:
        record_id = uuid.UUID(record)
    except ValueError:
        return None
    entry = service.store.record(service.site.id, record_id) if who.subject else None
    personal = service.opened(entry) if entry else None
    if personal is None or personal.subject not in service.subjects(who.subject or ""):
        return None
    return entry


def _line(service: Service, entry: Entry) -> bytes:
    leaf = entry.record.leaf
    return to_line(Exported(leaf, fields_of(leaf), entry.record.signature, service.opened(entry), True))


def _file(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return _private(response)


# erasing


def _erase(consent: Consent, who: Holder) -> Response:
    service = consent.service
    if not csrf.valid(service, _field("csrf_token")):
        return refusal(consent, problems.CSRF)
    if who.tagged:
        service.erase(who.token)
        return show(consent, Holder(who.token, None, tagged=True))
    outcome = None
    if who.token and who.token.record:
        # A yes that nothing leads to cannot be shown to be anyone's, so it ends: the host is told, and a refusal that
        # names nobody is left, so that nobody is asked again because they had something erased.
        answer = Answer("withdraw", signals=signals.read(request.headers))
        account = who.subject if who.account else None
        outcome = service.answer(answer, _notice(consent).id, token=who.token, region=consent.region, account=account)
        consent.announce(outcome, who.token)
    service.erase(who.token, who.subject if who.account else None)
    response = cast(Response, redirect(f"{consent.base}me?done=erased&locale={_notice(consent).locale}", 303))
    if outcome:
        consent.keep(response, outcome.token)
    return _private(response)
