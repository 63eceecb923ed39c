"""Answers to a few questions → the text of a site file, with a comment wherever there is more to say. Pure."""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from dataclasses import dataclass

from .standard import NECESSARY

ALL = "all"  # every language that the product speaks
OFFERED = ("functional", "analytics", "marketing")  # what `consent init` asks about besides `necessary`
RETENTION = {"functional": "12 months", "analytics": "13 months", "marketing": "6 months"}


@dataclass(frozen=True, slots=True)
class Answers:
    """What `consent init` asks."""

    name: str
    origin: str  # such as https://example.com; "" where it is not known yet
    controller: str
    contact: str
    policy: str
    effective: dt.date
    languages: tuple[str, ...] = ("en",)  # or ("all",)
    purposes: tuple[str, ...] = OFFERED
    age_minimum: int | None = None

    @property
    def id(self) -> str:
        """An id made of the name: `Café Olé!` becomes `cafe_ole`."""
        plain = unicodedata.normalize("NFKD", self.name).encode("ascii", "ignore").decode().lower()
        letters = re.sub(r"[^a-z0-9]+", "_", plain).strip("_").lstrip("0123456789_")
        return letters[:32].rstrip("_") or "site"


def write(answers: Answers) -> str:
    """The site file. What is asked for well is in it; what most sites need next stands there as a comment."""
    blocks = [top(answers), _age(answers.age_minimum), _NECESSARY]
    blocks += [_purpose(name, answers.languages) for name in OFFERED if name in answers.purposes]
    return "\n".join([*blocks, _MORE])


def quoted(text: str) -> str:
    """A TOML basic string. JSON escapes the same characters in the same way, but for DEL, which TOML forbids."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def top(answers: Answers) -> str:
    """The file as far as `[look]`: what does not depend on the purposes."""
    origins = [answers.origin] if answers.origin else []
    return f"""\
# Who asks for consent on this site, for what, and how it looks.
# Check it with “consent check”. Every key is explained in docs/site-file.md.

[site]
id = {quoted(answers.id)} # stands in the cookie's name and in every record: do not change it later
name = {quoted(answers.name)}
policy = {quoted(answers.policy)}
effective = {answers.effective.isoformat()} # since when this holds; move it when something changes
languages = {_languages(answers.languages)} # the first one leads, where a translation is missing; or "all"
origins = {_list(origins)}

[controller] # who answers for the data (GDPR Art. 13)
name = {quoted(answers.controller)}
contact = {quoted(answers.contact)}
# address = "1 Example Street, Exampletown"
# country = "IE"

[signals]
dnt = "note" # or "honour": Do Not Track then keeps everything optional off until people choose
gpc = "honour" # Global Privacy Control, which is binding in California

[look]
# accent = "#1f4fd8"      # for the light scheme; must be legible on white
# accent_dark = "#9db8ff" # for the dark one
layout = "bar" # or corner, corner-start, centre, inline
"""


def _age(minimum: int | None) -> str:
    head = "# Under this age nothing optional can be switched on.\n"
    return f"{head}[age]\nminimum = {minimum}\n" if minimum else f"{head}# [age]\n# minimum = 13\n"


_NECESSARY = f"""\
# The site cannot do without this, so it is shown and not asked. Trackers do not belong here.
[purposes.{NECESSARY}]
items = [
  # {{ name = "session", duration = "session", http_only = true, text = "Keeps you signed in." }},
]
"""

_MORE = """\
# A purpose of your own needs a name, a text and a basis. With explicit = true, Accept all leaves it out.
# [purposes.ai_training]
# name = "Training AI"
# text = "Lets us train our models with your pictures."
# basis = "consent"
# retention = "12 months"
# explicit = true

# Who receives data. Name each vendor in the purposes that it serves.
# [vendors.meadow]
# name = "Meadow Analytics"
# role = "processor" # or controller, joint_controller
# country = "DE"
# policy = "https://meadow-analytics.example/privacy"
# items = [
#   { name = "_mdw", duration = "13 months" },
#   { name = "mdw_*", kind = "local", duration = "13 months" }, # also session, indexeddb
# ]
"""


def _purpose(name: str, languages: tuple[str, ...]) -> str:
    tags = languages if ALL not in languages else (*languages[: languages.index(ALL)], "en", "fr")[:2]
    table = ", ".join(f'{tag} = "…"' for tag in tags)
    text = f"# text = {{ {table} }}" if len(tags) > 1 else '# text = "…"'
    return f"""\
[purposes.{name}]
{text} # your own words in place of the built-in ones
retention = {quoted(RETENTION[name])}
vendors = []
items = []
"""


def _languages(tags: tuple[str, ...]) -> str:
    return quoted(ALL) if tags == (ALL,) else _list(tags)


def _list(texts: tuple[str, ...] | list[str]) -> str:
    return "[" + ", ".join(map(quoted, texts)) + "]"
