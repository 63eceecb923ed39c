"""The four purposes that every site knows, with their words in English. A site may replace each word.

`_mark` marks a sentence for the translators; the notice says it in the visitor's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .model import Basis, Duration, StoredItem


def _mark(text: str) -> str:
    """Mark `text` for the catalogue of translations."""
    return text


@dataclass(frozen=True, slots=True)
class Standard:
    """What holds for a purpose of this name unless the site says otherwise."""

    name: str
    text: str
    basis: Basis
    retention: str = ""  # "": the site has to say it
    sale: bool = False


NECESSARY = "necessary"

STANDARD: Mapping[str, Standard] = {
    NECESSARY: Standard(
        name=_mark("Necessary"),
        text=_mark("Keeps the site working and safe, and remembers your choice here. It cannot be switched off."),
        basis="necessary",
        retention=_mark("As long as each entry below says."),
    ),
    "functional": Standard(
        name=_mark("Comfort"),
        text=_mark("Remembers how you like to use the site, so that you need not set it up again."),
        basis="consent",
    ),
    "analytics": Standard(
        name=_mark("Statistics"),
        text=_mark("Shows us which parts of the site are used and where they fail, so that we can improve them."),
        basis="consent",
    ),
    "marketing": Standard(
        name=_mark("Advertising"),
        text=_mark("Measures which advertisements bring people here and what they do next."),
        basis="consent",
        sale=True,  # “sharing” is for cross-context behavioural advertising, with or without money (CCPA 1798.140(ah))
    ),
}

CHOICE_TEXT = _mark("Remembers your choice about cookies.")


PENDING_TEXT = _mark("Keeps your choice while our server cannot be reached, and is deleted once it is stored there.")


def choice_items(cookie: str) -> tuple[StoredItem, StoredItem]:
    """What remembers the choice itself, declared like anything else: the token's cookie, for six months
    (regulation R9), and what `banner.js` keeps of an answer that the server has not stored yet."""
    return (
        StoredItem(name=cookie, kind="cookie", duration=Duration(6, "month"), text={"en": CHOICE_TEXT}),
        StoredItem(name="consent_pending", kind="local", duration=Duration(0, "forever"), text={"en": PENDING_TEXT}),
    )
