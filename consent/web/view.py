"""What the preference centre shows of one person: present answers, with their date, and earlier choices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from babel.dates import format_date, format_datetime
from babel.lists import format_list
from flask import request

from .. import signals
from ..encoding import seconds
from ..notice import Notice
from ..service import Past, Service
from ..token import Token
from . import changed, render
from .gpc import Stands

MAX_HISTORY = 50


def state(service: Service, token: Token | None, notice: Notice, region: str | None, stands: Stands) -> dict[str, Any]:
    """The values that `preferences.html` needs beside the notice. `stands`: how the person does to sale."""
    standing = service.standing(token)
    answers = {p.id: p.id in standing.granted for p in service.site.purposes if p.asked} if token else {}
    subject = service.subject(token)
    said = signals.read(request.headers)
    return {
        "answers": answers,
        "vendors_refused": sorted(standing.exceptions),
        "objected": sorted(standing.objections),
        "date": _date(token, notice.locale) if token else "",
        "granted": bool(standing.granted),
        "decided": token is not None,
        "anonymous": token is not None and token.record is None,
        "history": [entry(past, notice) for past in reversed(service.history(subject)[-MAX_HISTORY:])]
        if subject
        else [],
        "changes": changed.since(service, token, notice),
        "dnt": said.dnt == "1",
        "gpc": said.gpc == "1",
        "gpc_words": _gpc_words(notice, stands),
        "signalled": said.gpc == "1" and notice.content["honours_gpc"],
        "outs": list(_outs(service, token, notice)),
        "authority": render.authority(notice, region, service.site.controller.country),
    }


def _gpc_words(notice: Notice, stands: Stands) -> list[str]:
    """What is made of Global Privacy Control, as names of texts."""
    if not notice.content["honours_gpc"]:
        return ["gpc_note"] if notice.content["kind"] == "opt-in" else []
    return ["gpc_opted_out", *(["gpc_account"] if stands.account else [])] if stands.honoured else []


OUTS = (("do_not_sell", "sale"), ("limit_sensitive", "sensitive"))


def _outs(service: Service, token: Token | None, notice: Notice) -> Iterator[dict[str, Any]]:
    """What opts out by one press, where a law has a link to it. `kept`: what holds and has nothing to do with it."""
    standing, links = service.standing(token), notice.content["links"]
    shown = {"do_not_sell": bool({"do_not_sell", "privacy_choices"} & set(links)) and bool(service.sold)}
    for name, flag in OUTS:
        if not shown.get(name, name in links):
            continue
        concerned = {purpose.id for purpose in service.site.purposes if purpose.asked and getattr(purpose, flag)}
        kept = [("purpose", each) for each in sorted(standing.granted - concerned)]
        kept += [("except", each) for each in sorted(standing.exceptions)]
        kept += [("object", each) for each in sorted(standing.objections)]
        done = token is not None and all(token.answers.get(each) == 0 for each in concerned)
        yield {"id": name, "kept": kept, "done": done}


def _date(token: Token, locale: str) -> str:
    """To the minute for a yes; for a refusal the day, which is all that its token knows."""
    moment = datetime.fromtimestamp(token.time, UTC)
    if token.record is None:
        return str(format_date(moment, "long", locale))
    return str(format_datetime(moment, "long", locale=locale))


def entry(past: Past, notice: Notice) -> Mapping[str, str]:
    """One earlier choice in words."""
    fields = past.record.fields
    names = {purpose["id"]: purpose["name"] for purpose in notice.content["purposes"]}
    allowed = [names.get(name, name) for name in fields["fingerprints"]]
    texts = notice.texts
    moment = datetime.fromtimestamp(seconds(fields["time"]), UTC)
    return {
        "date": str(format_datetime(moment, "long", locale=notice.locale)),
        "method": texts.get(f"method_{fields['method']}", fields["method"]),
        "summary": texts["history_allowed"].replace("{purposes}", str(format_list(allowed, locale=notice.locale)))
        if allowed
        else texts["history_nothing"],
        "notice": fields["notice"],
        "record": fields["id"],
    }
