"""`[regions]`: where a site is stricter than the law of a region, or, on legal advice, laxer. And ages by region."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, get_args

from ..regimes.here import EVERYWHERE
from ..regimes.regions import for_region, region
from ..regimes.table import STRICTNESS
from . import values
from .mistakes import Bad, short
from .model import RegimeKind

ADVICE = "i_have_legal_advice"
AGES = 6, 21  # years, that a region's threshold may be
MOST = 300

_kind = values.one_of(get_args(RegimeKind))


def read(raw: Any, spot: Any) -> tuple[Mapping[str, RegimeKind], str]:
    """The kinds of regime by region, and whose legal advice allows the laxer of them ("": none)."""
    if not isinstance(raw, dict):
        spot.bad(Bad("This is not a table.", 'Write [regions] and below it a line for each, such as US = "opt-in".'))
        return MappingProxyType({}), ""
    advice, found = "", {}
    if ADVICE in raw:
        try:
            advice = values.paragraph(raw[ADVICE])
        except Bad as wrong:
            spot.at(ADVICE).bad(wrong)
    if len(raw) > MOST:
        spot.bad(Bad(f"These are {len(raw)} regions.", f"List {MOST} at most."))
        return MappingProxyType({}), advice
    for code, value in raw.items():
        if code == ADVICE:
            continue
        try:
            if code != EVERYWHERE:
                code = known(code)
            found[code] = _kind(value)
            _check(code, found[code], advice)
        except Bad as wrong:
            spot.at(code).bad(wrong)
    return MappingProxyType(found), advice


def known(code: Any) -> str:
    """A region that the table has, in capitals. Raises Bad."""
    if region(code) is None:
        raise Bad(
            f"“{short(code)}” is no region that has rules of its own here; those without get the strictest.",
            "Write a code of ISO 3166-1 or 3166-2, such as FR or US-CA; docs/regions.md has them all.",
        )
    return str(code).upper()


def _check(code: str, kind: RegimeKind, advice: str) -> None:
    law = for_region(None if code == EVERYWHERE else code)
    if STRICTNESS[kind] < STRICTNESS[law.kind] and not advice:
        raise Bad(
            f"The law there is {law.kind}, and {kind} is laxer.",
            f'Be as strict, or say whose advice this is: {ADVICE} = "…". It then stands on every record made so.',
            law.source,
        )


def ages(value: Any, spot: Any) -> Mapping[str, int]:
    """Ages by region, in years."""
    if not isinstance(value, dict) or len(value) > MOST:
        raise Bad("This is not a table of ages.", "Write regions = { FR = 15, US-CA = 16 }.")
    found: dict[str, int] = {}
    for code, years in value.items():
        try:
            found[known(code)] = values.whole(*AGES, "years")(years)
        except Bad as wrong:
            spot.at(code).bad(wrong)
    return MappingProxyType(found)
