"""region → the rules that hold there, each with its source. Pure.

For now every visitor is met under the strictest regime; the table of regions comes with the other laws.
Unknown means strict (design, decision 9), so this is also what an unknown region will always get.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DAY = 86_400  # seconds


@dataclass(frozen=True, slots=True)
class Regime:
    """The rules of a region. Lifetimes are in days."""

    id: Literal["opt-in"]
    first_layer: tuple[str, ...]
    yes_days: int
    no_days: int


OPT_IN = Regime(
    id="opt-in",
    # Refusing is as easy as accepting, on the first layer. CNIL 2020-092 §34; EDPB Taskforce 2023 ¶8
    first_layer=("reject_all", "accept_all", "choose"),
    # Six months for a yes and for a no. CNIL 2020-092 §39; EDPB 03/2022 (continuous prompting)
    yes_days=182,
    no_days=182,
)
LONGEST_DAYS = max(OPT_IN.yes_days, OPT_IN.no_days)  # that any answer lasts


def for_region(region: str | None) -> Regime:
    """The regime of a region (ISO 3166-2), the strictest for None and for every region not in the table."""
    del region  # no region has laxer rules yet
    return OPT_IN
