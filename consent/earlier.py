"""What a site's terms were before: which earlier yes still covers them, what is new to whom, and every version."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .changes import Change, compare
from .locale import pick, translator
from .notice import Notice, build, version
from .regimes import at
from .store import StoreError
from .store.versions import Version
from .terms import terms_in, terms_of
from .token import Token

if TYPE_CHECKING:
    from .decision import Standing
    from .service import Service

AGAIN = 300  # seconds until versions are read once more for a token that none of them explains
MOST_VERSIONS = 50  # that are looked at, and shown
MOST_CARRIED = 16  # earlier fingerprints of one purpose that count: each weighs in the pages of a site that has some

Carried = tuple[tuple[str, tuple[str, ...]], ...]  # by purpose: fingerprints of earlier terms that cover today's
log = logging.getLogger("consent")


@dataclass(frozen=True, slots=True)
class News:
    """What somebody is asked about anew: the purposes, and what is different in them since the notice `since`."""

    since: str
    time: int  # of their choice, Unix seconds
    purposes: tuple[str, ...]
    changes: tuple[Change, ...]


class Earlier:
    """The earlier versions of a service's site. For any number of threads."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._terms = terms_of(service.site)
        self._version = version(service.site)
        self._carried: Carried = ()
        self._covered: Mapping[str, frozenset[str]] = {}
        self._due = 0
        self._known = lru_cache(maxsize=256)(self._compared)
        self._coming = lru_cache(maxsize=64)(self._announced)

    def shown(self, notice: Notice) -> Version:
        """What the store keeps of a notice that is answered: it is one of today's version."""
        return Version(self._version, notice.locale, notice.id, self._service.now())

    # which yes still counts

    @property
    def carried(self) -> Carried:
        """Which earlier yes covers what is asked today, as far as anybody has asked. The store is not looked at."""
        return self._carried

    def look(self) -> Carried:
        """The same; the store is looked at, unless it was a moment ago. While it is away no earlier yes counts."""
        now = self._service.now()
        if now >= self._due:
            self._due = now + AGAIN
            try:
                covered = self._read()
            except StoreError as error:
                log.error("consent: earlier versions of the terms cannot be read", exc_info=error)
            else:
                self._covered = {name: frozenset(found) for name, found in covered.items()}
                self._carried = tuple((name, tuple(found)) for name, found in sorted(covered.items()))
        return self._carried

    def _read(self) -> dict[str, list[str]]:
        today = self._service.fingerprints
        found: dict[str, list[str]] = {}
        seen = {self._version}
        for each in self._service.store.versions(self._service.site.id):
            if each.id in seen or len(seen) > MOST_VERSIONS:
                continue
            seen.add(each.id)
            content = self._content(each.notice)
            for name, terms in (terms_in(content) if content else {}).items():
                mark, mine = terms.fingerprint, found.setdefault(name, [])
                more = name in today and mark != today[name] and mark not in mine and len(mine) < MOST_CARRIED
                if more and terms.covers(self._terms[name]):
                    mine.append(mark)
        return {name: marks for name, marks in found.items() if marks}

    def carry(self, token: Token) -> Token:
        """The token as it counts today: an earlier yes that covers what is asked today is one to that."""
        wanted = self._service.wanted
        old = {name: given for name, given in token.answers.items() if given and wanted.get(name, 1) not in (1, given)}
        if not old:
            return token  # as nearly always
        if any(given not in self._covered.get(name, ()) for name, given in old.items()):
            self.look()
        held = {name: wanted[name] for name, given in old.items() if given in self._covered.get(name, ())}
        return dataclasses.replace(token, answers={**token.answers, **held}) if held else token

    # what is new to whom

    def news(self, token: Token | None, notice: Notice) -> News | None:
        """What somebody with a believed token is asked about anew; None where everything is to be asked or nothing.

        That is so, too, where the notice of their choice cannot be read: what cannot be said is asked in full.
        """
        if token is None or token.notice == notice.id:
            return None
        wanted = self._service.wanted
        asked = [purpose for purpose in self._service.site.purposes if purpose.asked and not purpose.explicit]
        new = [each.id for each in asked if token.answers.get(each.id) not in (0, wanted[each.id])]
        changes = self.between(token.notice, notice) if new else None
        if not changes:
            return None
        asking = tuple(change for change in changes if change.asks and change.of in ("", *new))
        of = {change.of for change in asking}
        if "" not in of and not of >= set(new):
            return None
        return News(token.notice, token.time, tuple(new), asking)

    def between(self, since: str, notice: Notice) -> tuple[Change, ...] | None:
        """What changed from an archived notice to one of today's; None where that one cannot be read."""
        try:
            return self._known(since, notice.id)
        except (StoreError, LookupError) as error:
            log.info("consent: notice %s cannot be compared: %s", since[:43], error)
            return None

    def _compared(self, since: str, notice_id: str) -> tuple[Change, ...]:
        old, new = self._content(since), self._content(notice_id)
        if old is None or new is None:
            raise LookupError("it is not in the store")
        return compare(old, new)

    def held(self, token: Token | None, standing: Standing) -> Standing:
        """What holds under a token when what is new is refused: an earlier yes goes on without the vendors that are
        new, where nothing else in its purpose is more than it was."""
        content = self._content(token.notice) if token else None
        before = terms_in(content) if content else {}
        held, without = set(), set()
        for name, terms in before.items():
            now = self._terms.get(name)
            if token is None or now is None or token.answers.get(name) != terms.fingerprint:
                continue
            new = terms.new_vendors(now)
            if new and terms.covers(now.without(new)):
                held.add(name)
                without |= {f"{name}/{vendor}" for vendor in new}
        return dataclasses.replace(standing, held=frozenset(held), without=frozenset(without))

    # what is announced, and every version

    def coming(self, locale: str) -> tuple[Change, ...] | None:
        """What will change with the version that is announced; None where none is."""
        return self._coming(locale)

    def _announced(self, locale: str) -> tuple[Change, ...] | None:
        site = self._service.site.coming
        if site is None:
            return None
        best = pick(site.languages, [locale])
        then = build(site, at(site, None), best, translator(best))
        return compare(self._service.notice(locale).content, then.content)

    def versions(self, locale: str) -> list[tuple[Version, Mapping[str, Any]]]:
        """Versions that were answered, newest first, each with a notice, in the language if there is one in it.

        Raises StoreUnavailable.
        """
        best: dict[str, Version] = {}
        for each in self._service.store.versions(self._service.site.id):
            if each.locale == locale if each.id in best else len(best) < MOST_VERSIONS:
                best[each.id] = each
        found = ((each, self._content(each.notice)) for each in best.values())
        return [(each, content) for each, content in found if content]

    @property
    def version(self) -> str:
        """Today's."""
        return self._version

    def _content(self, notice_id: str) -> Mapping[str, Any] | None:
        body = self._service.archived(notice_id)
        content: Mapping[str, Any] | None = json.loads(body) if body else None
        return content
