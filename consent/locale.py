"""Which language to speak, and its words: the Babel catalogues of `translations/`, read once each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from babel import Locale, UnknownLocaleError, negotiate_locale
from babel.support import NullTranslations, Translations

from .assets import folder

DOMAIN = "consent"


@lru_cache(maxsize=128)
def translator(locale: str) -> Callable[[str], str]:
    """gettext for a locale; English, and what has no translation, comes back as it is."""
    found = Translations.load(str(folder("translations")), [locale], DOMAIN)
    return found.gettext if isinstance(found, NullTranslations) else str


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


def pick(offered: Sequence[str], wanted: Iterable[str]) -> str:
    """The first of `wanted` (best first) that is offered, exactly or by its language, else the first offered."""
    tags = [tag.replace("-", "_") for tag in wanted if tag and len(tag) <= 35]
    for tag in tags:
        if match := negotiate_locale([tag], list(offered), sep="_"):
            return match
    return offered[0]
