"""region → the rules that hold there, each with its source. Pure.

`table` has the regimes, `regions` says where each holds, `ages` from which age a person answers alone, and `here` what
all that means for one site. Unknown means strict (design, decision 9).
"""

from .here import at
from .regions import REGIONS, Region, for_region, region
from .table import DAY, LONGEST_DAYS, OPT_IN, Kind, Regime, named

__all__ = [
    "DAY",
    "LONGEST_DAYS",
    "OPT_IN",
    "REGIONS",
    "Kind",
    "Regime",
    "Region",
    "at",
    "for_region",
    "named",
    "region",
]
