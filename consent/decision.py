"""signals + regime + answers → a decision. Pure: no clock, no Flask, no database.

What was not asked cannot be answered, what was not granted is refused, and nothing but a deliberate choice
grants (GDPR Art. 4(11), Rec. 32; Planet49).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, cast

from .errors import AgeRequired, UnknownChoice, UnknownPurpose
from .regimes import DAY, Regime
from .remembered import Remembered
from .signals import NONE, Signals
from .site.model import Site

Choice = Literal["accept_all", "reject_all", "save", "add", "withdraw", "told", "refuse_new"]
Via = Literal["script", "form", "api"]
AgeAnswer = Literal["under", "over"]
CHOICES = frozenset({"accept_all", "reject_all", "save", "add", "withdraw", "told", "refuse_new"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person sent. `purposes` are those ticked, `exceptions` the vendors (`purpose/vendor`) left out,
    `objections` the purposes of legitimate interest that they object to (GDPR Art. 21)."""

    choice: str
    purposes: frozenset[str] = frozenset()
    exceptions: frozenset[str] = frozenset()
    objections: frozenset[str] = frozenset()
    via: Via = "form"
    age: AgeAnswer | None = None
    signals: Signals = NONE


@dataclass(frozen=True, slots=True)
class Standing:
    """The answers that hold now, from the newest valid token: purposes granted and refused, and vendors left out.

    `yields`: it was given without Global Privacy Control, under a regime where that signal opts out of sale.
    `held`: purposes that an earlier yes covers as soon as the vendors in `without`, which are new, are left out.
    """

    granted: frozenset[str] = frozenset()
    exceptions: frozenset[str] = frozenset()
    objections: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    yields: bool = False
    held: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()


NOBODY = Standing()  # of someone who has not chosen


@dataclass(frozen=True, slots=True)
class Decision:
    """Answers per purpose and vendor, how they were given, and under what.

    `answers` has each purpose that can be answered: True granted, False refused or objected to.
    `vendors` has only the exceptions. `lifetime` is in seconds.
    """

    site: str
    notice: str
    regime: str
    locale: str
    method: str
    via: Via
    answers: Mapping[str, bool]
    vendors: Mapping[str, bool]
    lifetime: int
    signals: Signals = NONE
    age: AgeAnswer | None = None
    fingerprints: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    objections: frozenset[str] = frozenset()
    yields: tuple[str, ...] = ()  # what is granted here and gives way to Global Privacy Control
    advice: str = ""

    @property
    def grants(self) -> bool:
        """Whether anything that needs a yes has one."""
        return bool(self.fingerprints)


def decide(
    site: Site,
    regime: Regime,
    notice_id: str,
    locale: str,
    fingerprints: Mapping[str, str],
    answer: Answer,
    standing: Standing | None = None,
) -> Decision:
    """The decision that `answer` makes under a notice.

    `fingerprints` are those of the purposes that need a yes (see `notice.fingerprints`).
    Raises UnknownChoice, UnknownPurpose, AgeRequired.
    """
    standing = standing or NOBODY
    signalled = regime.honours_gpc and answer.signals.opts_out
    gives_way = signalled and standing.yields  # the signal came after the yes
    if answer.choice not in CHOICES or (answer.choice == "told" and not (regime.presumes or gives_way)):
        raise UnknownChoice(answer.choice)
    choice = cast(Choice, answer.choice)
    questions = _questions(site)
    _refuse_unknown(questions, answer)
    if gives_way:
        standing = replace(standing, granted=standing.granted - questions.sale, held=standing.held - questions.sale)
    declined = site.dnt == "honour" and answer.signals.declines  # then nothing is presumed
    if choice == "told" and declined:
        granted = standing.granted & questions.asked
    else:
        granted = _granted(questions, regime, choice, answer.purposes, standing, signalled)
    if regime.age is not None and granted:
        if answer.age is None and not granted <= standing.granted | standing.held:
            if choice != "told" or not signalled:
                raise AgeRequired(regime.age)
            granted = standing.granted  # an opt-out by signal waits for no answer
        if answer.age == "under":
            granted = frozenset()
    exceptions, objections = _withheld(choice, answer, standing)
    asked = questions.asked
    answers = {name: name in granted if name in asked else name not in objections for name in questions.answerable}
    return Decision(
        site=site.id,
        notice=notice_id,
        regime=regime.id,
        locale=locale,
        method=_method(choice, granted, objections, standing, signalled or declined),
        via=answer.via,
        answers=answers,
        vendors={name: False for name in sorted(exceptions) if name.split("/")[0] in granted},
        lifetime=(regime.yes_days if granted else regime.no_days) * DAY,
        signals=answer.signals,
        age=answer.age if regime.age is not None else None,
        fingerprints={name: fingerprints[name] for name in sorted(granted)},
        objections=objections,
        yields=tuple(sorted(granted & questions.sale)) if regime.honours_gpc and not signalled else (),
        advice=regime.advice,
    )


@dataclass(frozen=True, slots=True)
class _Questions:
    """What a site's purposes let a person answer: names of purposes, and of vendors as `purpose/vendor`."""

    answerable: tuple[str, ...]  # in the site's order
    asked: frozenset[str]
    explicit: frozenset[str]
    sale: frozenset[str]
    sensitive: frozenset[str]
    objectable: frozenset[str]
    vendors: frozenset[str]


@Remembered
def _questions(site: Site) -> _Questions:
    asked = [p for p in site.purposes if p.asked]
    return _Questions(
        answerable=tuple(p.id for p in site.purposes if p.answerable),
        asked=frozenset(p.id for p in asked),
        explicit=frozenset(p.id for p in asked if p.explicit),
        sale=frozenset(p.id for p in asked if p.sale),
        sensitive=frozenset(p.id for p in asked if p.sensitive),
        objectable=frozenset(p.id for p in site.purposes if p.basis == "legitimate_interest"),
        vendors=frozenset(f"{p.id}/{v.id}" for p in asked for v in p.vendors),
    )


def _granted(
    questions: _Questions,
    regime: Regime,
    choice: Choice,
    ticked: frozenset[str],
    standing: Standing,
    signalled: bool,
) -> frozenset[str]:
    """What an answer grants.

    A signal makes sale and sharing explicit: only a separate yes outranks it, not Accept all (CCPA regs §7025(c)). Who
    was told and has said nothing has what a regime presumes, without what they refused before.
    """
    asked, explicit = questions.asked, questions.explicit | (questions.sale if signalled else frozenset())
    if choice == "told" and not regime.presumes:
        return standing.granted & asked
    if choice == "told":
        held = explicit | (questions.sensitive if regime.sensitive == "opt-in" else frozenset())
        return (asked - held - standing.refused) | (standing.granted & asked)
    if choice == "accept_all":  # an explicit purpose is ticked on its own or keeps the answer it had
        return (asked - explicit) | (explicit & standing.granted)
    if choice == "save":
        return ticked & asked
    if choice == "add":
        return (ticked | standing.granted) & asked
    if choice == "refuse_new":  # what was answered before stays as it is, as far as it is still the same question
        return (standing.granted | standing.held) & asked
    return frozenset()


def _withheld(choice: Choice, answer: Answer, standing: Standing) -> tuple[frozenset[str], frozenset[str]]:
    """Vendors left out, and purposes objected to. Only the preference centre shows both, so only it clears them.

    What is added to what holds can be a yes or an objection. A vendor that was left out stays so when a yes to its
    purpose is given anew.
    """
    if choice == "save":
        return answer.exceptions, answer.objections
    if choice == "add":
        return standing.exceptions, standing.objections | answer.objections
    if choice == "refuse_new":
        return standing.exceptions | standing.without, standing.objections
    return frozenset(), standing.objections


def _refuse_unknown(questions: _Questions, answer: Answer) -> None:
    unknown = (
        (answer.purposes - questions.asked)
        or (answer.objections - questions.objectable)
        or (answer.exceptions - questions.vendors)
    )
    if unknown:
        raise UnknownPurpose(min(unknown))


def _method(
    choice: Choice, granted: frozenset[str], objections: frozenset[str], standing: Standing, signalled: bool
) -> str:
    """How the answers were given. A refusal that takes back a yes is a withdrawal, whatever button made it.

    `signalled`: a signal that is honoured here had a say."""
    if choice == "told":
        return "signal" if signalled else "told"
    if not granted and standing.granted:
        return "withdraw"
    if choice == "refuse_new":
        return "save" if granted else "reject_all"
    if choice in ("save", "add"):
        objects = objections - standing.objections and granted == standing.granted
        return "object" if objects else "save"
    if choice == "withdraw":
        return "reject_all"
    return choice
