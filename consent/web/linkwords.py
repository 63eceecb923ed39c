"""The words of a tag's settings link, by the language tags that pages have, as `tag.js` looks them up. Pure.

The script takes the first entry that the page's tag is or begins with, else the last one. So longer tags come first,
the site's first language comes last, and where cutting would find other words than we would speak (zh-TW is Hant, no is
nb), the tag has an entry of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from babel.core import get_global
from babel.localedata import locale_identifiers

from ..locale import match

_PLAIN = re.compile(r"[a-z]{2}(_[A-Z]{2})?")


def by_tag(words: Mapping[str, str]) -> dict[str, str]:
    """The words by tag, from those by locale, whose first is the site's own."""
    offered = tuple(words)
    found = {_tag(locale): said for locale, said in words.items()}
    default = _tag(offered[0])
    languages = {locale.split("_")[0] for locale in offered}
    for sent in _sent():
        locale = match(offered, sent) if sent not in found else None
        if locale and (sent.split("-")[0] not in languages or words[locale] != found[_cut(sent, found) or default]):
            found[sent] = words[locale]
    ordered = {tag: found[tag] for tag in sorted(found, key=lambda tag: (-len(tag), tag)) if tag != default}
    if _cut(default, ordered):  # it has to come before its own language and, as what is left, at the end
        return {default: found[default], **ordered, default.lower(): found[default]}
    return {**ordered, default: found[default]}


def _cut(tag: str, known: Mapping[str, str]) -> str:
    """The longest known tag that this one is or begins with, or ""."""
    return max((each for each in known if f"{tag}-".startswith(f"{each}-")), key=len, default="")


def _tag(locale: str) -> str:
    return locale.replace("_", "-")


@lru_cache(maxsize=1)
def _sent() -> tuple[str, ...]:
    """The tags that pages can be expected to have, without scripts: CLDR's languages and regions, and old names."""
    known = {*locale_identifiers(), *get_global("likely_subtags"), *get_global("language_aliases")}
    found = {_tag(locale) for locale in known if _PLAIN.fullmatch(locale)}
    return tuple(sorted(found, key=lambda tag: (len(tag), tag)))
