"""What changed, in words: on a first layer about the new alone, in the preference centre, on the page of all versions.

GET  again?since=NOTICE&notice=NOTICE    that first layer, for what differs between the two: the same for everyone
GET  changes                             every version of the terms
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from babel.dates import format_date
from flask import Response, request

from ..changes import Change, asked_again, compare, say
from ..earlier import News
from ..locale import translator
from ..notice import Notice
from ..service import Service
from ..texts import CHANGES
from ..token import Token
from . import past, problems, render
from .replies import SHORTLY, back, cached, html, page

if TYPE_CHECKING:
    from ..extension import Consent

ID = 43  # characters of a notice's id
DAY = 86_400  # seconds


@lru_cache(maxsize=64)
def words(locale: str) -> Mapping[str, str]:
    """The words about changes."""
    return {name: translator(locale)(text) for name, text in CHANGES.items()}


def lines(changes: Iterable[Change], notice: Notice) -> list[dict[str, Any]]:
    """Changes as sentences in the notice's language, with the purpose that each is of and whether it asks."""
    translate, accept_all = translator(notice.locale), notice.texts["accept_all"]
    made = [(change, say(change, translate, accept_all)) for change in changes]
    return [
        {
            "of": change.of,
            "text": text,
            "more": change.new if change.kind == "purpose_new" else "",  # what the new purpose is for
            "asks": change.asks,
        }
        for change, text in made
        if text
    ]


# the first layer


def again(news: News | None, notice: Notice) -> dict[str, Any] | None:
    """What `banner.html` shows to somebody who is asked about what is new; None for who is asked about everything."""
    if news is None:
        return None
    said = words(notice.locale)
    date = past.day(news.time, notice.locale) if news.time else "{date}"  # the script knows it
    return {
        "title": said["again_title"],
        "intro": said["again_intro"].replace("{date}", date),
        "lines": lines(news.changes, notice),
        "purposes": news.purposes,
        "choices": [
            ("refuse_new", said["refuse_new"]),
            ("add", said["accept_new"]),
            ("choose", notice.texts["choose"]),
        ],
    }


def fragment(service: Service, region: str | None, base: str) -> Response:
    """The first layer about what differs between two notices, for a script that knows which of it concerns its person.

    An id that leads nowhere is not found: then the whole first layer is what is shown.
    """
    since, now = (request.args.get(name, "") for name in ("since", "notice"))
    notice = service.notice_by_id(now, region) if len(now) == ID else None
    if notice is None:
        return problems.NOT_FOUND.response()
    changes = service.earlier.between(since, notice) if len(since) == ID else None
    anew = asked_again(changes or (), notice.content)
    purposes = tuple(p.id for p in service.site.purposes if p.id in anew and not p.explicit)
    asking = tuple(change for change in changes or () if change.asks and change.of in ("", *purposes))
    if not asking:
        return problems.NOT_FOUND.response()
    news = News(since, 0, purposes, asking)
    return cached(html(notice, render.banner(notice, service.site, base, "", "", again(news, notice))), DAY)


# the preference centre


def since(service: Service, token: Token | None, notice: Notice) -> dict[str, Any]:
    """What has changed since somebody's choice, and what is announced."""
    said = words(notice.locale)
    found = service.earlier.between(token.notice, notice) if token and token.notice != notice.id else None
    changes = found or ()
    still = _undecided(service, token)
    asking = [change for change in changes if change.asks and (change.of in still or (still and not change.of))]
    return {
        "again": {"title": said["again_title"], "lines": lines(asking, notice)},
        "quiet": {"title": said["quiet"], "lines": lines([each for each in changes if each not in asking], notice)},
        "coming": coming(service, notice),
    }


def _undecided(service: Service, token: Token | None) -> frozenset[str]:
    """The purposes that somebody has not answered as they are today. A no stays one, whatever is new in it."""
    given = token.answers if token else {}
    return frozenset(name for name, mark in service.fingerprints.items() if given.get(name) not in (0, mark))


def coming(service: Service, notice: Notice) -> dict[str, Any] | None:
    """What is announced: from when on, and what will be different."""
    site, changes = service.site.coming, service.earlier.coming(notice.locale)
    if site is None or changes is None:
        return None
    title = words(notice.locale)["coming"].replace("{date}", _date(site.effective.isoformat(), notice.locale))
    return {"title": title, "lines": lines(changes, notice)}


# every version


def show(consent: Consent, notice: Notice, way: str, tagged: str | None = None) -> Response:
    """The page of all versions. Raises store.StoreUnavailable."""
    service, said = consent.service, words(notice.locale)
    inner = render.template(
        "changes.html",
        notice=notice.content,
        words=said,
        coming=coming(service, notice),
        versions=versions(service, notice),
    )
    markup = page(consent, notice, way, "changes", tagged=tagged, title=said["title"], inner=inner)
    return cached(html(notice, markup), SHORTLY, varies="Accept-Language")


def versions(service: Service, notice: Notice) -> list[dict[str, Any]]:
    """Each version of the terms with its day and what it changed, newest first."""
    today, now = service.notice(notice.locale).content, service.earlier.version
    before = [content for version, content in service.earlier.versions(notice.locale) if version.id != now]
    before.sort(key=lambda content: str(content["effective"]), reverse=True)  # of one day the newest stays first
    return list(_told([today, *before], notice))


def _told(contents: Sequence[Mapping[str, Any]], notice: Notice) -> Iterable[dict[str, Any]]:
    for number, content in enumerate(contents):
        title = words(notice.locale)["from"].replace("{date}", _date(content["effective"], notice.locale))
        if number + 1 == len(contents):
            yield {"title": title, "first": True, "lines": []}
            return
        before = contents[number + 1]
        changes = compare(before, content)
        if before["regime"] != content["regime"]:  # whose ages are others
            changes = tuple(change for change in changes if change.kind != "age")
        told = lines(changes, notice)
        if told or before["effective"] != content["effective"]:  # else it differs in another language alone
            yield {"title": title, "first": False, "lines": told}


def _date(day: str, locale: str) -> str:
    return str(format_date(dt.date.fromisoformat(day), "long", locale))


def of_people(consent: Consent) -> Response:
    """The page, beside a mounted site's other pages."""
    return show(consent, consent.notice(request.args.get("locale", "")), back())
