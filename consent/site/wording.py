"""Words that press, mislead or threaten people who are to choose freely, in the languages the product speaks.

Each pattern is narrow on purpose: it names phrases that have no place in the description of a purpose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """A kind of forbidden phrase, with the rule against it."""

    name: str
    pattern: re.Pattern[str]
    problem: str
    remedy: str
    source: str
    only_optional: bool = False  # where the phrase would be true of a purpose that needs no consent


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{phrase})" for phrase in phrases), re.IGNORECASE)


FORBIDDEN: tuple[Wording, ...] = (
    Wording(
        "guilt",
        _any(
            r"\bI (?:do not|don['’]?t) (?:care|want|mind|like)\b",
            r"\bare you (?:really )?sure\b",
            r"\byou(?:['’]ll| will| would) (?:be )?(?:miss|los|regret|hurt|disappoint)",
            r"\b(?:sad|sorry) to see you\b",
            r"\bplease (?:do not|don['’]?t) (?:refuse|decline|reject|leave)\b",
            r"\bsind sie (?:sich )?(?:wirklich )?sicher\b",
            r"\b(?:ver(?:passen|säumen) sie|entgeht ihnen|(?:wirklich|sehr) schade)\b",
            r"\bbitte lehnen sie (?:\w+ )?nicht ab\b",
            r"هل أنت متأكد",
            r"(?:سوف تخسر|ستخسر|سيفوتك|ستندم)",
        ),
        "makes people feel guilty or afraid of a no.",
        "Say only what is done and why.",
        "EDPB 03/2022 (emotional steering); R13",
    ),
    Wording(
        "countdown",
        _any(
            r"\bonly \d+ (?:seconds?|minutes?|hours?|days?) (?:left|remain)",
            r"\b(?:seconds|minutes) left\b",
            r"\b(?:hurry|last chance|act now|limited time|before it['’]?s too late)\b",
            r"\bnur noch \d+ (?:sekunden?|minuten?|stunden?|tagen?)\b",
            r"\b(?:beeilen sie|letzte chance|nur für kurze zeit)\b",
            r"(?:الفرصة الأخيرة|لفترة محدودة|سارع الآن|أسرع الآن)",
        ),
        "puts people under pressure of time.",
        "Remove it: an answer has no deadline.",
        "EDPB 03/2022 (pressure); R13",
    ),
    Wording(
        "nag",
        _any(
            r"\bwe(?:['’]ll| will) (?:keep asking|ask (?:you )?(?:again|every)|remind you)\b",
            r"\buntil you (?:accept|agree|say yes|consent)\b",
            r"\b(?:fragen|erinnern) wir sie (?:\w+ )?(?:wieder|erneut|jedes)",
            r"\bbis sie (?:zustimmen|akzeptieren|einwilligen)\b",
            r"(?:سنسألك مجد|سنسألك مرة أخرى|سنذكرك|إلى أن توافق|حتى توافق)",
        ),
        "announces to ask until people give in.",
        "Remove it: after a no nobody is asked again for six months.",
        "EDPB 03/2022 (continuous prompting); CNIL 2020-092 §39; R9, R13",
    ),
    Wording(
        "wall",
        _any(
            r"\bby (?:using|continuing|browsing|visiting|staying|scrolling)\b.{0,80}\b(?:agree|accept|consent)",
            r"\bcontinued use\b.{0,80}\b(?:accept|agree|consent)",
            r"\byou (?:must|have to|need to) (?:accept|agree|consent|say yes)\b",
            r"\b(?:mit|durch) (?:der|die|ihrer?) (?:weiteren? )?nutzung\b.{0,80}(?:stimmen|einverstanden|willigen)",
            r"\bsie müssen\b.{0,60}\b(?:zustimmen|akzeptieren|einwilligen)\b",
            r"(?:باستخدامك|بمتابعتك|باستمرارك).{0,80}(?:توافق|تقبل)",
            r"(?:يجب|عليك) (?:عليك )?أن (?:توافق|تقبل)",
        ),
        "takes use of the site for a yes, or makes a yes the price of it.",
        "Remove it: only a clear act counts, and a no costs nothing.",
        "GDPR 4(11), 7(4); Planet49; EDPB 05/2020 ¶39; R1",
    ),
    Wording(
        "close",
        _any(
            r"\b(?:accept|agree) (?:and|&) close\b",
            r"\bclos(?:e|ing)\b.{0,40}\b(?:means|counts as|to) (?:\w+ )?(?:accept|agree|consent|yes)",
            r"\b(?:akzeptieren|zustimmen|annehmen) (?:und|&) schließen\b",
            r"(?:قبول وإغلاق|موافقة وإغلاق)",
        ),
        "takes closing for a yes.",
        "Remove it: closing keeps everything off.",
        "Garante 10-6-2021; VG Hannover 10 A 5385/22; R4",
    ),
    Wording(
        "false need",
        _any(
            r"\b(?:strictly|technically|absolutely) (?:necessary|required)\b",
            r"\b(?:cannot|can['’]t|can not) be (?:switched|turned) off\b",
            r"\b(?:site|website|page|service) (?:will not|won['’]t|cannot|can['’]t) work\b",
            r"\b(?:unbedingt|technisch|zwingend) (?:erforderlich|notwendig)\b",
            r"\bnicht ab(?:schalten|schaltbar|wählbar)\b",
            r"(?:ضروري للغاية|ضرورية للغاية|لا يمكن إيقاف|لا يمكن تعطيل)",
        ),
        "says of something optional that it is needed.",
        "Say what it is good for, or move what is really needed to a purpose of its own.",
        "ePrivacy 5(3); EDPB 03/2022 (misleading); R1, R13",
        only_optional=True,
    ),
)

ENDLESS = _any(
    r"\b(?:for ?ever|indefinitely|permanently|without (?:a )?limit|unlimited)\b",
    r"\b(?:für immer|unbegrenzt|unbefristet|dauerhaft)\b",
    r"(?:إلى الأبد|للأبد|بلا حدود|دون حد)",
)
