"""What names of the log mean, in plain words. Pure."""

from __future__ import annotations

from babel import Locale
from babel.core import UnknownLocaleError

METHODS = {
    "accept_all": "Accept all was pressed",
    "reject_all": "Refuse all was pressed",
    "save": "Choices were saved in the preference centre",
    "withdraw": "A consent was withdrawn",
    "object": "An objection was made to a legitimate interest",
    "linked": "A choice was taken over into, or from, a person's account",
    "imported": "A choice of an earlier tool was kept as evidence (it allows nothing)",
    "signal": "The browser said so by a signal",
    "unreadable": "The record cannot be read",
}
REGIMES = {
    "opt-in": "Opt-in: nothing is allowed before a yes",
    "opt-out": "Opt-out: allowed until somebody says no",
    "notice": "Notice only",
}
OUTCOMES = {"all": "Accepted all", "some": "Accepted some", "none": "Refused all"}


def method(name: str) -> str:
    """How answers were given."""
    return METHODS.get(name, name)


def regime(name: str) -> str:
    """The rules that held."""
    return REGIMES.get(name, name)


def language(locale: str) -> str:
    """A language by its English name."""
    try:
        return Locale.parse(locale).get_display_name("en") or locale
    except (ValueError, UnknownLocaleError):
        return locale or "unknown"
