"""The next version of a site's terms, announced before its day (`[site] announce`), and what happens on that day."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from .mistakes import Mistake
from .model import Site
from .reading import Reading

KEY = "site.announce"


def announced(found: Reading, site: Site, path: Path, coming: Reading, today: dt.date) -> Reading:
    """The reading of a file whose `site` announces the one that was read as `coming`."""
    mistakes = (*found.mistakes, *coming.mistakes)
    if coming.site is None:
        wrong = "The version that it announces cannot be used."
        return Reading(None, (*mistakes, _at(path, wrong, f"Mend {site.announce} first: see above.")))
    then = coming.site
    if then.id != site.id:
        wrong = f"It announces {site.announce}, which is of another site."
        return Reading(None, (*mistakes, _at(path, wrong, f'Write id = "{site.id}" there: records go by it.')))
    if then.announce:
        wrong = f"It announces {site.announce}, which announces yet another version."
        return Reading(None, (*mistakes, _at(path, wrong, "Announce one at a time.")))
    if then.effective <= site.effective:
        wrong = f"It announces {site.announce}, which does not apply from a later day."
        return Reading(None, (*mistakes, _at(path, wrong, f"Give it an effective day after {site.effective}.")))
    if then.effective <= today:
        wrong = f"The day of {site.announce} has come ({then.effective}): it counts from the next start on."
        remedy = f"Put {site.announce} in the place of {path.name}."
        return Reading(then, (*mistakes, _at(path, wrong, remedy, "warning")))
    return Reading(replace(site, coming=then), mistakes)


def _at(path: Path, problem: str, remedy: str, severity: str = "error") -> Mistake:
    return Mistake(str(path), None, KEY, problem, remedy, severity="warning" if severity == "warning" else "error")
