"""What the law of a region means for one site: its own stricter rules, and the age it asks for."""

from __future__ import annotations

from dataclasses import replace

from ..site.durations import days
from ..site.model import Site
from .regions import REGIONS, for_region, region
from .table import BOTH, STRICTNESS, TOLD, Kind, Regime

EVERYWHERE = "*"
OLDEST = max(row.age for row in REGIONS.values() if row.age)  # years, of any law
GDPR_AGE = 16  # GDPR 8(1), where a law names none of its own


def at(site: Site, code: str | None) -> Regime:
    """The regime under which a site meets someone from a region (ISO 3166-2), or from nobody knows where."""
    law = for_region(code)
    yes_days = min(law.yes_days, int(days(site.ask_again))) if site.ask_again else law.yes_days
    regime = replace(
        law,
        age=age(site, code),
        yes_days=yes_days,
        honours_gpc=law.obeys_gpc or (law.presumes and site.gpc == "honour"),
    )
    if regime.age and regime.presumes:  # nothing is presumed of somebody whose age is asked
        regime = replace(regime, first_layer=BOTH)
    wanted = wanted_kind(site, code)
    if wanted is None or wanted == law.kind:
        return regime
    laxer = STRICTNESS[wanted] < STRICTNESS[law.kind]
    if laxer and not site.legal_advice:  # the site file is refused then; a value made by hand is not believed either
        return regime
    return replace(
        regime,
        id=f"{law.id}+{wanted}",
        kind=wanted,
        first_layer=TOLD if wanted == "notice" and not regime.age else BOTH,
        honours_gpc=law.obeys_gpc or site.gpc == "honour",
        advice=site.legal_advice if laxer else "",
    )


def wanted_kind(site: Site, code: str | None) -> Kind | None:
    """What the site file asks for in a region: for the region itself, its country, or everywhere."""
    tag = (code or "").upper()
    return site.regions.get(tag) or site.regions.get(tag[:2]) or site.regions.get(EVERYWHERE)


def age(site: Site, code: str | None) -> int | None:
    """The age under which nothing optional is offered, in years; None where nobody is asked."""
    if not site.asks_age:
        return None
    tag, row = (code or "").upper(), region(code)
    own = site.age_regions.get(tag) or site.age_regions.get(tag[:2])
    if own:
        return own
    if not site.age_local:
        return site.age_minimum
    if row is None:
        return max(OLDEST, site.age_minimum or 0)
    return row.age or site.age_minimum or GDPR_AGE
