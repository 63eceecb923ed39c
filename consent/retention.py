"""How long what a record holds of a person is kept, class by class. Pure.

The leaf, its signature and its place in the log identify nobody and stay (GDPR Recital 26). Each class has one rule;
what is older than it is due. The site file's `[retention]` can change each.
"""

from __future__ import annotations

from collections.abc import Mapping

from .regimes import LONGEST_DAYS
from .site.durations import days
from .site.model import Duration, Retention, Site

DAY = 86_400  # seconds

# The proof of a consent has to outlive it (GDPR 5(2), 7(1)), and is then kept no longer than claims call for (EDPB
# 05/2020 §108): six months more, in which a complaint about its last day can still be answered.
PERSONAL = Duration(LONGEST_DAYS + 182, "day")
# A banner that met an outage sends its request again, and finds what it made; nobody keeps one for longer.
REQUESTS = Duration(30, "day")
# Claims and fines usually lapse after three years (BGB 195, OWiG 31(2) 1): so long one can show who looked at what.
ACCESS = Duration(3, "year")


def rules(site: Site) -> Mapping[str, Duration]:
    """Each class with how long it is kept. What another tool had stored goes with its personal part at the latest."""
    kept: Retention = site.retention
    personal = kept.personal or PERSONAL
    return {
        "requests": kept.requests or REQUESTS,
        "imported": kept.imported or personal,
        "personal": personal,
        "access": kept.access or ACCESS,
    }


def deadline(kept: Duration, now: int) -> int | None:
    """What is older than this second is due; None where it is kept for ever. A month has 30.44 days, a year 365.25."""
    return None if kept.unit == "forever" else max(now - int(days(kept) * DAY), 0)
