"""A host's account and the browsers that are linked to it: whose records, and which answers hold. Pure.

The rule, for each purpose and vendor: a no of either side holds, and a yes holds where neither side says no. So where
one side has not answered, the other's answer holds; where both have, the stricter wins, until the person chooses again.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .decision import Decision
from .encoding import b64, unb64
from .errors import AccountError
from .keys import Keys
from .signals import Signals
from .site.model import Site

LONGEST = 255  # characters of a host's user id
_NAME, _MARK = 12, 4  # bytes


def account_subject(keys: Keys, user_id: str) -> str:
    """The subject of a host's own user id: 22 base64url characters, which only a holder of the key can make.

    They come from a key of their own, not from the index key: that one is replaced now and then, and all the account's
    records must still be found. Raises AccountError.
    """
    if not isinstance(user_id, str) or not 0 < len(user_id) <= LONGEST:
        raise AccountError(f"A user id is a text of 1 to {LONGEST} characters.")
    try:
        return _subject(keys.accounts, keys.site, user_id.encode())
    except UnicodeEncodeError as error:
        raise AccountError("The user id holds half a character, which no text in UTF-8 can.") from error


def is_account(keys: Keys, subject: str) -> bool:
    """Whether a subject is some account's. One browser's in four thousand million is taken for one, and not linked."""
    try:
        made = unb64(subject)
    except ValueError:
        return False
    return len(made) == _NAME + _MARK and hmac.compare_digest(made[_NAME:], _mark(keys.accounts, made[:_NAME]))


@lru_cache(maxsize=1024)
def _subject(key: bytes, site: str, user_id: bytes) -> str:
    name = hmac.digest(key, b"account\x00" + site.encode() + b"\x00" + user_id, "sha256")[:_NAME]
    return b64(name + _mark(key, name))


def _mark(key: bytes, name: bytes) -> bytes:
    """What tells an account's subject from a browser's, which is random: to those who have the key alone."""
    return hmac.digest(key, b"mark\x00" + name, "sha256")[:_MARK]


@dataclass(frozen=True, slots=True)
class Answers:
    """What one side says to what is asked today. Whoever has not chosen says nothing: `Answers()`."""

    yes: frozenset[str] = frozenset()  # purposes
    no: frozenset[str] = frozenset()  # purposes refused, vendors left out (`purpose/vendor`), purposes objected to

    def __bool__(self) -> bool:
        return bool(self.yes or self.no)


SILENT = Answers()


def answers_of(given: Mapping[str, Any], wanted: Mapping[str, Any]) -> Answers:
    """The answers in a token, as far as they are to today's questions (`wanted`, see `notice.wanted`)."""
    asked = {name: wanted.get(name.partition("/")[0]) for name in given}
    return Answers(
        yes=frozenset(name for name, value in given.items() if value and value == asked[name] and "/" not in name),
        no=frozenset(name for name, value in given.items() if value == 0 and asked[name] is not None),
    )


def together(browser: Answers, account: Answers) -> Answers:
    """What holds when a browser is linked to an account, neither of whose answers is the other's older one."""
    no = browser.no | account.no
    return Answers((browser.yes | account.yes) - no, no)


METHOD = "linked"  # of a record that a browser and an account made together


@dataclass(frozen=True, slots=True)
class Shown:
    """The notice that the newer of two choices was made under."""

    id: str
    regime: str
    locale: str


def decision(
    site: Site,
    holds: Answers,
    wanted: Mapping[str, Any],
    shown: Shown,
    lifetime: int,
    seen: Signals,
    yields: tuple[str, ...] = (),
) -> Decision:
    """The decision that linking makes. What neither side has answered stays open, so that it is still asked.

    `lifetime` is in seconds; `yields` as in the decision.
    """
    answers = {
        purpose.id: purpose.id not in holds.no
        for purpose in site.purposes
        if purpose.answerable and (not purpose.asked or purpose.id in holds.yes | holds.no)
    }
    return Decision(
        site=site.id,
        notice=shown.id,
        regime=shown.regime,
        locale=shown.locale,
        method=METHOD,
        via="api",
        answers=answers,
        vendors={name: False for name in sorted(holds.no) if name.partition("/")[0] in holds.yes},
        lifetime=lifetime,
        signals=seen,
        fingerprints={name: wanted[name] for name in sorted(holds.yes)},
        objections=frozenset(name for name in holds.no if wanted.get(name) == 1),
        yields=yields,
    )
