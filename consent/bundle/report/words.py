"""What names of the log mean, in plain words. Pure."""

from __future__ import annotations

from babel import Locale
from babel.core import UnknownLocaleError

from ...regimes import named

METHODS = {
    "accept_all": "Accept all was pressed",
    "reject_all": "Refuse all was pressed",
    "save": "Choices were saved in the preference centre",
    "withdraw": "A consent was withdrawn",
    "object": "An objection was made to a legitimate interest",
    "linked": "A choice was taken over into, or from, a person's account",
    "imported": "A choice of an earlier tool was kept as evidence (it allows nothing)",
    "told": "The person was told, and did not object",
    "signal": "The browser opted out by Global Privacy Control",
    "unreadable": "The record cannot be read",
}
KINDS = {
    "opt-in": "nothing is allowed before a yes",
    "opt-out": "allowed until somebody says no",
    "notice": "people are told, and may refuse",
}
REGIMES = {
    "opt-in": "The strictest",
    "eu": "European Union and EEA",
    "uk": "United Kingdom",
    "ch": "Switzerland",
    "br": "Brazil",
    "ca": "Canada",
    "ca-qc": "Quebec",
    "mx": "Mexico",
    "us-ca": "California",
    "us-signal": "States of the US that obey an opt-out signal",
    "us-opt-out": "States of the US with a right to opt out",
    "notice": "Regions where people are told",
}
OUTCOMES = {"all": "Accepted all", "some": "Accepted some", "none": "Refused all"}


def method(name: str) -> str:
    """How answers were given."""
    return METHODS.get(name, name)


def regime(name: str) -> str:
    """The rules that held."""
    law, _, own = name.partition("+")
    if law not in REGIMES:
        return name
    kind = own or named(law).kind
    return f"{REGIMES[law]}: {KINDS.get(kind, kind)}{' (the site’s own rule)' if own else ''}"


def language(locale: str) -> str:
    """A language by its English name."""
    try:
        return Locale.parse(locale).get_display_name("en") or locale
    except (ValueError, UnknownLocaleError):
        return locale or "unknown"
