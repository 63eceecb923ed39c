"""A site file without mistakes, to plant mistakes in."""

from __future__ import annotations

from consent.site.load import reads
from consent.site.mistakes import Mistake

GOOD = """\
[site]
id = "shop"
name = "Example Shop"
policy = "https://shop.example/privacy"
effective = 2026-04-06
languages = ["en"]

[controller]
name = "Example Shop Ltd"
contact = "privacy@shop.example"

[purposes.necessary]
items = [
  { name = "session", duration = "session", http_only = true, text = "Keeps you signed in." },
]

[purposes.analytics]
text = "Shows us what is used."
retention = "13 months"
vendors = ["meadow"]

[vendors.meadow]
name = "Meadow Analytics"
country = "DE"
policy = "https://meadow.example/privacy"
items = [
  { name = "_mdw", duration = "13 months" },
]
"""


def changed(*pairs: tuple[str, str]) -> str:
    """The good file with some of its text replaced."""
    text = GOOD
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def mistakes(*pairs: tuple[str, str], more: str = "") -> list[Mistake]:
    """What is wrong with the good file after these replacements and additions."""
    return list(reads(changed(*pairs) + more).mistakes)


def only(*pairs: tuple[str, str], more: str = "") -> Mistake:
    """The one mistake that a change makes."""
    found = mistakes(*pairs, more=more)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]
