"""Which language to speak, and its words: the Babel catalogues of `translations/`, read once each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.support import NullTranslations, Translations

from .assets import folder

DOMAIN = "consent"
MOST_WANTED = 32  # tags that are looked at: no browser sends so many
LONGEST_TAG = 35  # characters (RFC 5646 §4.4.1)
_TAG = re.compile(r"[A-Za-z]{2,8}(_[A-Za-z0-9]{1,8})*")
_SCRIPT = re.compile(r"[A-Za-z]{4}")
_REGION = re.compile(r"[A-Za-z]{2}|[0-9]{3}")
# CLDR gives Norwegian the one code `no`, and keeps `nb` as what it is in writing.
_MACRO = {"no": "nb"}

Tags = tuple[str, str, str]  # language, script, region; "" where there is none
_ALIASES: Mapping[str, str] = get_global("language_aliases")
_LIKELY: Mapping[str, str] = get_global("likely_subtags")
_PARENTS: Mapping[str, str] = get_global("parent_exceptions")


@lru_cache(maxsize=128)
def translator(locale: str) -> Callable[[str], str]:
    """gettext for a locale; English, and what has no translation, comes back as it is."""
    spoken = match(available(), locale)
    found = Translations.load(str(folder("translations")), [spoken or "en"], DOMAIN)
    return found.gettext if isinstance(found, NullTranslations) else str


@lru_cache(maxsize=1)
def available() -> tuple[str, ...]:
    """The locales that the product itself speaks."""
    catalogues = folder("translations").glob(f"*/LC_MESSAGES/{DOMAIN}.mo")
    return tuple(sorted({"en", *(path.parent.parent.name for path in catalogues)}))


@lru_cache(maxsize=1024)
def parse(tag: str) -> Locale | None:
    """A language tag (`de-AT`, `de_AT`) as a Babel locale, or None for what is none."""
    try:
        return Locale.parse(tag.strip().replace("-", "_"))
    except (ValueError, UnknownLocaleError, TypeError):
        return None


def direction(locale: str) -> str:
    """`rtl` or `ltr` (CLDR character order)."""
    found = parse(locale)
    return found.text_direction if found else "ltr"


def own_name(locale: str) -> str:
    """What a language is called in itself (CLDR), such as `Deutsch`; its tag where CLDR does not say."""
    found = parse(locale)
    said = found.get_display_name(found) if found else None
    return said[:1].title() + said[1:] if said else locale  # Georgian has no capital to begin with


def pick(offered: Sequence[str], wanted: Iterable[str]) -> str:
    """The first of `wanted` (best first) whose language is offered, in the form of it that is nearest; else the first
    offered. What is no tag is passed over."""
    known = tuple(offered)
    for tag in islice(wanted, MOST_WANTED):
        if tag and len(tag) <= LONGEST_TAG and (found := match(known, tag)):
            return found
    return known[0]


@lru_cache(maxsize=4096)
def match(offered: tuple[str, ...], tag: str) -> str | None:
    """The offered locale that comes nearest to a language tag, if its language is offered at all.

    By the lookup of RFC 4647 §3.4, with the parents that CLDR names (es-MX → es-419 → es), not by cutting alone; then
    in the same script, which is the likely one where the tag names none (zh-TW → Hant, sr-ME → Latn); then in any.
    """
    wanted = _tags(tag)
    if not wanted[0]:
        return None
    there = {locale: _tags(locale) for locale in offered}
    for each in (wanted, *_parents(wanted)):
        for locale, tags in there.items():
            if tags == each:
                return locale
    full = _likely(wanted)
    near = [locale for locale, tags in there.items() if tags[0] == wanted[0]]
    for same in (full, full[:2]):
        for locale in near:
            if _likely(there[locale])[: len(same)] == same:
                return locale
    return near[0] if near else None


def _tags(tag: str) -> Tags:
    """Language, script and region of a tag, with names that have had their day replaced (UTS 35 §3.2.1): iw is he."""
    text = tag.strip().replace("-", "_")
    if len(text) > LONGEST_TAG or not _TAG.fullmatch(text):
        return "", "", ""
    language, script, region = _split(text)
    for known in (f"{language}_{region}", language):
        if alias := _ALIASES.get(known):
            other = _split(alias)
            language, script, region = other[0], script or other[1], region or other[2]
            break
    return _MACRO.get(language, language), script, region


def _split(text: str) -> Tags:
    language, *rest = text.split("_")
    script = rest.pop(0).title() if rest and _SCRIPT.fullmatch(rest[0]) else ""
    region = rest.pop(0).upper() if rest and _REGION.fullmatch(rest[0]) else ""
    return language.lower(), script, region


def _join(tags: Tags) -> str:
    return "_".join(filter(None, tags))


def _parents(tags: Tags) -> Iterator[Tags]:
    """From the nearest on: what CLDR names, else the same without its region. A script is never dropped unless it is
    the likely one, since what is written otherwise is no parent."""
    while tags[1] or tags[2]:
        named = _PARENTS.get(_join(tags))
        if named and named != "root":
            tags = _tags(named)
        elif tags[2]:
            full = _likely(tags)
            bare = (tags[0], tags[1], "")
            tags = bare if _likely(bare)[1] == full[1] else (tags[0], full[1], "")
        elif _likely((tags[0], "", ""))[1] == tags[1]:
            tags = (tags[0], "", "")
        else:
            return
        yield tags


def _likely(tags: Tags) -> Tags:
    """A tag with the script and region that it most likely has (UTS 35 §4.3)."""
    language, script, region = tags
    for known in ((language, script, region), (language, "", region), (language, script, ""), (language, "", "")):
        if found := _LIKELY.get(_join(known)):
            other = _split(found)
            return language, script or other[1], region or other[2]
    return tags
