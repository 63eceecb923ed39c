"""Durations in words, by CLDR's plural rules. Pure.

CLDR's words are taken where it has them in full. For two languages it has only abbreviations, or English ones: their
words stand here, under CLDR's own plural categories for the language.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from babel import Locale
from babel.units import format_unit

Forms = Mapping[str, str]  # by plural category

OWN: Mapping[str, Mapping[str, Forms]] = {
    "ga": {
        "minute": {"other": "{0} nóiméad"},
        "hour": {"other": "{0} uair an chloig", "few": "{0} huaire an chloig", "many": "{0} n-uaire an chloig"},
        "week": {
            "other": "{0} seachtain",
            "two": "{0} sheachtain",
            "few": "{0} seachtaine",
            "many": "{0} seachtaine",
        },
        "year": {
            "other": "{0} bliain",
            "one": "{0} bhliain",
            "two": "{0} bhliain",
            "few": "{0} bliana",
            "many": "{0} mbliana",
        },
    },
    "mt": {
        "minute": {"other": "{0} minuta", "two": "{0} minuti", "few": "{0} minuti", "many": "{0}-il minuta"},
        "hour": {"other": "{0} siegħa", "two": "sagħtejn", "few": "{0} sigħat", "many": "{0}-il siegħa"},
        "day": {"other": "{0} jum", "two": "jumejn", "few": "{0} ijiem", "many": "{0}-il jum"},
        "week": {"other": "{0} ġimgħa", "two": "ġimagħtejn", "few": "{0} ġimgħat", "many": "{0}-il ġimgħa"},
        "month": {"other": "{0} xahar", "two": "xahrejn", "few": "{0} xhur", "many": "{0}-il xahar"},
        "year": {"other": "{0} sena", "two": "sentejn", "few": "{0} snin", "many": "{0}-il sena"},
    },
}


def duration(count: int, unit: str, babel: Locale) -> str:
    """So many minutes, hours, days, weeks, months or years."""
    form = babel.plural_form(count)
    if own := OWN.get(babel.language, {}).get(unit):
        return own.get(form, own["other"]).format(count)
    return str(format_unit(count, f"duration-{unit}", _length(babel, f"duration-{unit}", form), locale=babel))


def _length(babel: Locale, unit: str, form: str) -> Literal["long", "short"]:
    """Babel has no long forms where CLDR takes them from the short ones (days, weeks and months in Arabic), and not all
    of them where a category is rare (millions in French)."""
    return "long" if form in babel._data["unit_patterns"][unit].get("long", {}) else "short"
