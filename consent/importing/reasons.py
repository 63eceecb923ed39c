"""Why something is not carried over, where more than one tool has it."""

from __future__ import annotations

CODE = "This is for scripts. Listen to the consent events of the gate instead: docs/mounting.md."
DEFAULT_ON = "An optional purpose cannot be on before it was chosen. [GDPR 4(11), Rec. 32; Planet49; R1, R13]"
LIFETIME = "How long an answer lasts follows from the law, not from the site. [CNIL 2020-092 §39; R9]"
EQUAL = "Refuse all and Accept all are always there and look the same. [CNIL 2020-092 §34; Taskforce 2023 ¶8; R2]"
WALL = "The site stays usable while the question stands. [GDPR 7(4), Rec. 42; EDPB 05/2020 ¶39]"
OLD_COOKIE = "The old choices are not proved, so they do not count here: people are asked once more."
BUILT_IN = "The words of the banner and the preference centre are built in and translated. [R2, R4, R13]"
LOOK = "The look has its own keys: layout, accent, radius, scheme, font. See [look] in docs/site-file.md."
LOADING = "There is nothing to switch: the gate stands in <head> and decides alone. See docs/mounting.md."
PATTERN = "The site file knows whole names and beginnings (“_mdw_*”) only. Declare what it stands for under items."
PLACE = "What a purpose stored is deleted on every path and parent domain, so this is not needed."
SERVICE = "A vendor needs a country and a privacy policy, so it is a comment in the file. Complete it there."
NEED = "Only what the service cannot do without is shown and not asked. [ePrivacy 5(3); R1]"
