"""A draft → one that the site file takes: standard purposes, no tracker where nobody is asked, nothing twice.

What this changes is reported at the place that it came from.
"""

from __future__ import annotations

from consent.site import trackers
from consent.site.mistakes import short
from consent.site.schema import MOST_ITEMS, MOST_LANGUAGES, MOST_PURPOSES

from .draft import Draft, Imported, Item, Purpose
from .reasons import NEED
from .report import Report
from .vendors import recognise

OURS = "consent_"  # what the names of our own cookie and key begin with


def settle(draft: Draft, report: Report) -> Imported:
    """The draft as it can be written, with everything that was left."""
    if not draft.languages:
        draft.languages = ["en"]
    for language in draft.languages[MOST_LANGUAGES:]:
        report.leave(f"the language {language}", f"A site has {MOST_LANGUAGES} languages at most.")
    del draft.languages[MOST_LANGUAGES:]
    _ask_about_measuring(draft, report)
    _move_trackers(draft, report)
    _once(draft, report)
    _spare(draft, report)
    _bound(draft, report)
    recognise(draft, report)
    left = report.finish()
    return Imported(draft, frozenset(report.carried), left)


def _ask_about_measuring(draft: Draft, report: Report) -> None:
    for purpose in draft.purposes.values():
        if purpose.demoted:
            report.leave(f"{purpose.path} as mandatory", f"Measuring people and advertising need a yes. {NEED}")


def _move_trackers(draft: Draft, report: Report) -> None:
    """Known trackers go to a purpose that people are asked about."""
    for purpose in [purpose for purpose in draft.purposes.values() if purpose.needed]:
        for item in [item for item in purpose.items if trackers.maker(item.name)]:
            purpose.items.remove(item)
            draft.purpose("analytics", item.path).items.append(item)
            who = trackers.maker(item.name)
            why = f"“{short(item.name)}” is a tracker ({who}); people are asked about it. {NEED}"
            report.leave(item.path, why)


def _once(draft: Draft, report: Report) -> None:
    """Withdrawing a purpose deletes its items, so each belongs to one. What is needed comes first."""
    seen: dict[tuple[str, str], Purpose] = {}
    for purpose in sorted(draft.purposes.values(), key=lambda purpose: not purpose.needed):
        kept: list[Item] = []
        for item in purpose.items:
            other = seen.setdefault((item.kind, item.name), purpose)
            if item.name.startswith(OURS):
                report.leave(item.path, "Names that begin with “consent_” are kept for the choice itself.")
            elif other is purpose and any(_same(item, one) for one in kept):
                report.carry(item.path)
            elif other is not purpose:
                why = f"It stays with “{other.id}”: withdrawing one would delete it for the other. [R8]"
                report.leave(item.path, why)
            else:
                kept.append(item)
        purpose.items = kept


def _same(item: Item, other: Item) -> bool:
    return (item.kind, item.name) == (other.kind, other.name)


def _spare(draft: Draft, report: Report) -> None:
    """A pattern that would delete what is needed, or the choice itself, is no pattern to keep."""
    needed = [("local", OURS), ("cookie", OURS)]
    needed += [(item.kind, item.name) for p in draft.purposes.values() if p.needed for item in p.items]
    for purpose in draft.purposes.values():
        if purpose.needed:
            continue
        for item in [item for item in purpose.items if item.name.endswith("*")]:
            stem = item.name[:-1]
            if any(kind == item.kind and name.startswith(stem) for kind, name in needed):
                purpose.items.remove(item)
                report.leave(item.path, f"“{short(item.name)}” would also delete something necessary. [R8]")


def _bound(draft: Draft, report: Report) -> None:
    draft.purposes = {p.id: p for p in sorted(draft.purposes.values(), key=lambda purpose: not purpose.needed)}
    for purpose in list(draft.purposes.values())[MOST_PURPOSES - 1 :]:
        report.leave(purpose.path, f"A site has {MOST_PURPOSES} purposes at most.")
        del draft.purposes[purpose.id]
    for purpose in draft.purposes.values():
        for item in purpose.items[MOST_ITEMS:]:
            report.leave(item.path, f"A purpose has {MOST_ITEMS} items at most. Use a pattern, such as “_mdw_*”.")
        del purpose.items[MOST_ITEMS:]
