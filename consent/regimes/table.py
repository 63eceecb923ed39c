"""The regimes: what a person is shown first, what holds before they answer, what a signal does, how long answers last.

Each rule names its source. This is a tool, not legal advice: where courts and authorities differ, the stricter reading
stands here, and a site may be stricter still (see `here`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from ..site.model import RegimeKind

DAY = 86_400  # seconds

Kind = RegimeKind
STRICTNESS: dict[Kind, int] = {"notice": 0, "opt-out": 1, "opt-in": 2}
Link = Literal["do_not_sell", "privacy_choices", "limit_sensitive"]


@dataclass(frozen=True, slots=True)
class Regime:
    """The rules of a region. Lifetimes are in days.

    `kind` says what holds before an answer: opt-in nothing; opt-out and notice everything that is not explicit, not
    sensitive and not held back by a signal, and only once the person was told and that is on record.
    """

    id: str  # stands in notices and records
    kind: Kind
    source: str
    first_layer: tuple[str, ...]  # its buttons; refusing is always one of them, and no smaller
    yes_days: int
    no_days: int
    links: tuple[Link, ...] = ()  # on every page
    obeys_gpc: bool = False  # Global Privacy Control opts out of sale and sharing, whatever the site file says
    sensitive: Literal["opt-in", "opt-out"] = "opt-in"  # what a purpose with sensitive data needs
    age: int | None = None  # asked for, where the site asks
    honours_gpc: bool = False  # here and on this site: see `here`
    advice: str = ""  # by whose legal advice this is laxer than the law (see `here`); stands on every record

    @property
    def presumes(self) -> bool:
        """Whether anything may be on that nobody has said yes to."""
        return self.kind != "opt-in"

    def laxer_than(self, other: Regime) -> bool:
        """Whether less has to be asked than under another, or people of fewer years are let in."""
        return STRICTNESS[self.kind] < STRICTNESS[other.kind] or (self.age or 0) < (other.age or 0)

    def met_in(self, here: Regime) -> Regime:
        """These rules for somebody who is met where others hold, by a notice from a cache perhaps: what a signal does
        and what sensitive data need is up to where they are."""
        honours = self.honours_gpc or here.honours_gpc
        sensitive = here.sensitive if here.sensitive == "opt-in" else self.sensitive
        if (honours, sensitive) == (self.honours_gpc, self.sensitive):
            return self
        return replace(self, honours_gpc=honours, sensitive=sensitive)


# Refusing is as easy as accepting, on the first layer. CNIL 2020-092 §34; EDPB Cookie Banner Taskforce 2023 ¶8;
# CCPA regs §7004(a)(2): symmetry in choice
BOTH = ("reject_all", "accept_all", "choose")
# Where nothing is asked, no is still one press away.
TOLD = ("reject_all", "told", "choose")

# Six months for a yes and for a no. CNIL 2020-092 §39; EDPB 03/2022 (continuous prompting)
HALF_A_YEAR = 182
# Who has opted out is not asked to opt in again for twelve months. CCPA 1798.135(c)(4)
YEAR = 365


def _opt_in(id_: str, source: str) -> Regime:
    return Regime(id_, "opt-in", source, BOTH, HALF_A_YEAR, HALF_A_YEAR)


OPT_IN = _opt_in("opt-in", "The strictest: for regions unknown, and for laws that ask consent as the GDPR does")
EU = _opt_in("eu", "GDPR 4(11), 7; ePrivacy Directive 2002/58/EC 5(3)")
UK = _opt_in("uk", "UK GDPR 4(11), 7; PECR 2003 reg. 6")
SWITZERLAND = _opt_in("ch", "FADP (nDSG) 6, 19, 31; FMG 45c")
BRAZIL = _opt_in("br", "LGPD 7(I), 8, 9; ANPD, Guia de cookies e proteção de dados pessoais (2022)")
QUEBEC = _opt_in("ca-qc", "Law 25 (CQLR c. P-39.1) §§8.1, 12, 14")

CANADA = Regime(
    "ca",
    "opt-out",
    "PIPEDA Sch. 1, 4.3; OPC, Policy position on online behavioural advertising (2021)",
    BOTH,
    HALF_A_YEAR,
    YEAR,
    links=("privacy_choices",),
)
CALIFORNIA = Regime(
    "us-ca",
    "opt-out",
    "CCPA 1798.120, 1798.121, 1798.135; regs §§7004, 7013-7015, 7025-7027",
    BOTH,
    YEAR,
    YEAR,
    links=("do_not_sell", "limit_sensitive"),  # §7013, §7014
    obeys_gpc=True,  # §7025(c)
    sensitive="opt-out",  # the right to limit: 1798.121, §7027
)
US_SIGNAL = Regime(
    "us-signal",
    "opt-out",
    "State laws with a universal opt-out mechanism, such as Colorado, CRS 6-1-1306(1)(a)(IV)",
    BOTH,
    YEAR,
    YEAR,
    links=("privacy_choices",),
    obeys_gpc=True,
)
US_OPT_OUT = Regime(
    "us-opt-out",
    "opt-out",
    "State laws with a right to opt out of sale and targeted advertising, such as VCDPA (Virginia) 59.1-577(A)(5)",
    BOTH,
    YEAR,
    YEAR,
    links=("privacy_choices",),
)
MEXICO = Regime(
    "mx",
    "opt-out",
    "LFPDPPP (2025): tacit consent after the privacy notice, with means to refuse",
    BOTH,
    HALF_A_YEAR,
    YEAR,
    links=("privacy_choices",),
)
NOTICE = Regime(
    "notice",
    "notice",
    "Laws that ask to tell people, and to let them object",
    TOLD,
    YEAR,
    YEAR,
)

_ALL = (OPT_IN, EU, UK, SWITZERLAND, BRAZIL, QUEBEC, CANADA, CALIFORNIA, US_SIGNAL, US_OPT_OUT, MEXICO, NOTICE)
BY_ID = {regime.id: regime for regime in _ALL}


def named(id_: str) -> Regime:
    """The regime of that id in a record or notice, the strictest where there is none."""
    return BY_ID.get(id_.partition("+")[0], OPT_IN)


LONGEST_DAYS = max(max(regime.yes_days, regime.no_days) for regime in _ALL)  # that any answer lasts
