"""A browser is linked to an account of the host: what holds is worked out, and recorded where that is news.

The rules are `account`'s, and docs/accounts.md has them in words.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from . import token as tokens
from .account import METHOD, SILENT, Answers, Shown, account_subject, answers_of, decision, is_account, together
from .encoding import sha256
from .regimes import DAY, named
from .signals import NONE, Signals
from .store import Entry
from .token import Token

if TYPE_CHECKING:
    from .service import Outcome, Service

FRESH = 10  # seconds that a process believes to know an account's newest choice; another process may have a newer
REMEMBERED = 8192  # accounts
LOOK_BACK = 50  # refusals of an account that a nameless one may be
TRIES = 3


@dataclass(frozen=True, slots=True)
class Linked:
    """What a browser that is linked to an account holds from now on; `token` None: nothing.

    `outcome` is the record that linking made, if it made one, and `before` what the account had said until then.
    """

    subject: str
    token: Token | None
    outcome: Outcome | None = None
    before: Token | None = None


@dataclass(frozen=True, slots=True)
class _Side:
    """What a browser brings: its answers, and whether there are records behind them that are nobody's account's."""

    answers: Answers = SILENT
    recorded: bool = False


class Linking:
    """Links browsers to accounts, for any number of threads.

    Most requests of a linked browser cost one look at a table.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lock = Lock()
        self._known: OrderedDict[str, tuple[str, float]] = OrderedDict()  # subject: its token's text, until when

    def remember(self, subject: str, token: Token | None) -> None:
        """Note an account's newest choice."""
        with self._lock:
            self._known.pop(subject, None)
            self._known[subject] = (token.text if token else "", self._service.now() + FRESH)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)

    def link(self, user_id: str, token: Token | None, seen: Signals = NONE) -> Linked:
        """What a browser with `token` holds once it is linked to the host's user. Durable when this returns.

        Raises AccountError, store.StoreUnavailable.
        """
        service = self._service
        subject = account_subject(service.keys, user_id)
        known = self._known.get(subject)
        if known and known[1] > service.now() and known[0] == (token.text if token else ""):
            return Linked(subject, token)
        linked = self._work_out(subject, token, seen)
        self.remember(subject, linked.token)
        return linked

    def is_of(self, account: str | None, token: Token | None) -> bool:
        """Whether a token is of an account's (its subject); of no known account: whether it leads to any record.

        Raises StoreUnavailable.
        """
        if token is None:
            return False
        if account is None:
            return token.record is not None
        if token.record is None:
            return self._is_refusal_of(account, token, None)
        personal = self._service.personal_of(token)
        return personal is not None and personal.subject == account

    def _work_out(self, subject: str, token: Token | None, seen: Signals) -> Linked:
        newest = self._newest(subject)
        current = self._token(newest)
        ours = newest is not None and token is not None and token.record == str(newest.record.id)  # as nearly always
        side = _Side() if ours else self._side(subject, token, current)
        account = self._answers(current)
        holds = together(side.answers, account)
        if not side.recorded and holds == account:
            return Linked(subject, current)
        assert token is not None
        if self._service.site.asks_age and not holds.yes and newest is None:
            return Linked(subject, token)  # perhaps a child's refusal: nothing personal is kept of it (promise C7)
        outcome = self._record(subject, holds, token, current, seen)
        for _ in range(TRIES):
            others = self._since(subject, newest, outcome)
            if not others:
                break
            # Another browser was linked at the same moment, and neither record knows of the other's no.
            for other in others:
                holds = together(holds, self._answers(other))
            newest = self._newest(subject)
            outcome = self._record(subject, holds, outcome.token, None, seen)
        return Linked(subject, outcome.token, outcome, current or token)

    def _side(self, subject: str, token: Token | None, current: Token | None) -> _Side:
        """A browser's own side. What is the account's already, another's, or erased, says nothing here."""
        if token is None:
            return _Side()
        if token.record is None:
            return _Side() if self._is_refusal_of(subject, token, current) else _Side(self._answers(token))
        personal = self._service.personal_of(token)
        if personal is None or is_account(self._service.keys, personal.subject):
            return _Side()
        return _Side(self._answers(token), recorded=True)

    def _is_refusal_of(self, subject: str, token: Token, current: Token | None) -> bool:
        """Whether a nameless refusal is, as far as anyone can tell, one that this account has given."""
        if current and _same(token, current):
            return True
        return any(_same(token, each) for each in map(self._issued, self._latest(subject, LOOK_BACK)))

    def _record(self, subject: str, holds: Answers, token: Token, current: Token | None, seen: Signals) -> Outcome:
        service = self._service
        sides = [token, current] if current else [token]
        newer = max(sides, key=lambda side: side.time)
        # Linking prolongs no yes. A refusal lasts as anyone's of this day: by its end, too, it must name nobody (R15).
        left = min(side.expires for side in sides) - service.now()
        shown = self._shown(newer.notice)
        lifetime = left if holds.yes else named(shown.regime).no_days * DAY
        made = decision(service.site, holds, service.wanted, shown, lifetime, seen, self._yields(holds, sides))
        digest = sha256(f"{METHOD}\x00{subject}\x00{token.text}".encode())[:16]
        return service.record(made, digest, token, account=subject)

    def _yields(self, holds: Answers, sides: list[Token]) -> tuple[str, ...]:
        """What goes on giving way to a signal: what no side gave in spite of one."""
        granted = {name: [side for side in sides if side.answers.get(name)] for name in self._service.sold}
        return tuple(
            sorted(name for name, given in granted.items() if name in holds.yes and all(side.yields for side in given))
        )

    def _shown(self, notice_id: str) -> Shown:
        """The notice behind a choice. It was stored before the choice was; without it, today's."""
        body = self._service.archived(notice_id)
        if body is None:
            notice = self._service.notice()
            self._service.archive(notice)
            return Shown(notice.id, str(notice.content["regime"]), notice.locale)
        content = json.loads(body)
        return Shown(notice_id, content["regime"], content["locale"])

    def _since(self, subject: str, newest: Entry | None, outcome: Outcome) -> list[Token]:
        """Choices of the account that were stored while `outcome` was made from those up to `newest`."""
        found = []
        for entry in self._latest(subject, LOOK_BACK):
            if newest and entry.record.id <= newest.record.id:
                break
            if entry.record.id != outcome.record.id and (token := self._token(entry)):
                found.append(token)
        return found

    def _newest(self, subject: str) -> Entry | None:
        return next(iter(self._latest(subject, 1)), None)

    def _latest(self, subject: str, limit: int) -> list[Entry]:
        service = self._service
        return service.found(subject, lambda refs: service.store.latest(service.site.id, refs, limit))

    def _token(self, entry: Entry | None) -> Token | None:
        """The token of an entry, as strictly as the browser's own."""
        return self._service.believe(self._issued(entry).text) if entry else None

    def _issued(self, entry: Entry) -> Token:
        return tokens.issue(entry.record, self._service.keys)

    def _answers(self, token: Token | None) -> Answers:
        return answers_of(token.answers, self._service.wanted) if token else SILENT


def _same(one: Token, other: Token) -> bool:
    """Whether two refusals cannot be told apart but by the key that signed them."""
    names = ("record", "notice", "time", "expires", "answers")
    return all(getattr(one, name) == getattr(other, name) for name in names)
