"""A draft and the facts that only the site knows → the text of a site file. What we assumed says so. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from consent.site import compat
from consent.site.mistakes import short
from consent.site.standard import NECESSARY, STANDARD
from consent.site.write import RETENTION, Answers, quoted, top

from .draft import LONGEST, Draft, Item, Purpose, Service, Text
from .names import titled

UNSAID = "The site has not said yet what this is for."


def write(draft: Draft, answers: Answers, assumed: frozenset[str] = frozenset(), tool: str = "") -> str:
    """The site file. `assumed` names the answers that nobody gave."""
    blocks = [_top(draft, answers, assumed, tool)]
    blocks += [_purpose(purpose, draft.languages) for purpose in draft.purposes.values()]
    blocks += [
        _vendor(service, purpose)
        for purpose in draft.purposes.values()
        for service in purpose.services
        if not service.preset
    ]
    blocks += _compat(draft)
    return "\n".join(blocks)


def _compat(draft: Draft) -> Iterator[str]:
    """The table by which the tool's marks in pages are read as they stand."""
    if draft.tool not in compat.MARKS:
        return
    lines = [
        "# The marks in your pages count as they stand: docs/coming-from.md",
        "[compat]",
        f"markers = [{quoted(draft.tool)}]",
    ]
    if draft.stored:
        lines.append(
            f"# choices = [{quoted(draft.stored)}] # keeps the old choices as evidence; they count for nothing"
        )
    marked = {name: _meant(*found) for name, found in draft.marks.items() if found[0].id in draft.purposes}
    names = [
        f"{quoted(name)} = {quoted(meant)}" for name, meant in marked.items() if compat.is_name(name) and name != meant
    ]
    if names:
        lines += ["[compat.names]", *names[: compat.MOST_NAMES]]
    yield "\n".join([*lines, ""])


def _meant(purpose: Purpose, service: Service | None) -> str:
    return f"{purpose.id}/{service.preset}" if service and service.preset else purpose.id


def _top(draft: Draft, answers: Answers, assumed: frozenset[str], tool: str) -> str:
    lines = top(answers).splitlines()
    wrong = {"contact": "contact", "policy": "policy", "controller": "name", "name": "name", "url": "origins"}
    section = ""
    made: list[str] = [f"# Imported from {tool}. Look at everything that says “assumed”."] if tool else []
    for line in lines:
        section = line[1 : line.index("]")] if line.startswith("[") else section
        key = line.split(" = ")[0]
        guessed = any(
            wrong[name] == key and (section == "controller") == (name in ("controller", "contact"))
            for name in assumed
            if name in wrong
        )
        if key == "dnt" and draft.honour_dnt:
            line = 'dnt = "honour" # Do Not Track keeps everything optional off until people choose'
        if key == "layout" and draft.layout:
            line = f"layout = {quoted(draft.layout)}"
        made.append(f"{line} # assumed: put in what is true" if guessed and " #" not in line else line)
        if key == "layout" and draft.scheme:
            made.append(f"scheme = {quoted(draft.scheme)}")
    if draft.domain:
        made += ["", "[cookie]", f"domain = {quoted(draft.domain)} # the choice is shared among its hosts"]
    return "\n".join([*made, ""])


def _purpose(purpose: Purpose, languages: list[str]) -> str:
    return "\n".join([f"[purposes.{purpose.id}]", *_words(purpose, languages), *_items(purpose), ""])


def _words(purpose: Purpose, languages: list[str]) -> Iterator[str]:
    standard = purpose.id in STANDARD
    note = " # assumed: put it in your own words" if purpose.assumed else ""
    if purpose.name:
        yield f"name = {_text(purpose.name, languages)}{note}"
    elif not standard:
        yield f"name = {quoted(titled(purpose.id))} # assumed: say it as visitors would"
    if purpose.text:
        yield f"text = {_text(purpose.text, languages)}{note}"
    elif not standard:
        yield f"text = {quoted(UNSAID)} # assumed: say what is done, and why"
    if not standard or (purpose.needed and purpose.id != NECESSARY):
        yield f"basis = {quoted('necessary' if purpose.needed else 'consent')}"
    if purpose.id != NECESSARY:
        yield f"retention = {quoted(RETENTION.get(purpose.id, LONGEST))} # assumed: say how long data are kept"
    if known := dict.fromkeys(service.preset for service in purpose.services if service.preset):
        yield f"vendors = [{', '.join(map(quoted, known))}]"


def _items(purpose: Purpose) -> Iterator[str]:
    if not purpose.items:
        yield "items = []"
        return
    yield "items = ["
    for item in purpose.items:
        parts = [f"name = {quoted(item.name)}"]
        parts += [f'kind = "{item.kind}"'] if item.kind != "cookie" else []
        parts += [f"duration = {quoted(item.duration or _longest(item))}"]
        parts += ["http_only = true"] if item.http_only else []
        parts += [f"text = {_text(item.text, list(item.text))}"] if item.text else []
        yield f"  {{ {', '.join(parts)} }},{_note(item)}"
    yield "]"


def _longest(item: Item) -> str:
    return "session" if item.kind == "session" else LONGEST


def _note(item: Item) -> str:
    if item.assumed:
        return " # assumed: what this vendor is known to store, for the longest time"
    return "" if item.duration or item.kind == "session" else " # assumed: the longest time; put in what is true"


def _text(text: Text, languages: list[str]) -> str:
    if len(text) == 1 and len(languages) == 1 and languages[0] in text:
        return quoted(text[languages[0]])
    return "{ " + ", ".join(f"{_bare(tag)} = {quoted(words)}" for tag, words in text.items()) + " }"


def _bare(tag: str) -> str:
    return tag if tag.replace("_", "").isalnum() and tag.isascii() else quoted(tag)


def _vendor(service: Service, purpose: Purpose) -> str:
    """A vendor as a comment: its country and mostly its policy are not in the configuration, and are not guessed."""
    from .names import slug

    id_ = slug(service.name) or "vendor"
    policy = short(service.policy, 200) if service.policy.startswith("https://") else "https://…"
    return f"""\
# To be completed: who receives data for “{purpose.id}”. Then name it there: vendors = [{quoted(id_)}]
# [vendors.{id_}]
# name = {quoted(short(service.name))}
# country = "…" # two letters
# policy = {quoted(policy)}
"""
