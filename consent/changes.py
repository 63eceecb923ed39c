"""What is different between two notices, in the order of the page, and whether a yes to the first still counts. Pure.

Material is what a yes has to be given to anew (regulation R11, promises B6 and E13): what is asked for, by whom, with
whom, and for how long. The rest is told, and asks nobody. `terms` decides the same for the gate; a test holds the two
together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .terms import as_lasting, longer
from .texts import CHANGES

Json = Mapping[str, Any]
Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. Names are those that people read; `of` is the id of the purpose, "" where it is none's.

    `material`: a yes to the old notice does not cover it. `asks`: so it is asked for anew.
    """

    kind: str  # of texts.CHANGES, or of UNSAID
    material: bool = False
    of: str = ""
    purpose: str = ""
    vendor: str = ""
    item: str = ""
    old: str = ""
    new: str = ""
    asks: bool = False


# What people are not told in words of its own: it takes something back, or stands beside the purpose anyway.
UNSAID = {
    "sale_gone": "{purpose}: this no longer includes selling or sharing personal information.",
    "sensitive_gone": "{purpose}: this no longer uses sensitive personal information.",
    "profiling": "{purpose}: this now identifies, locates or profiles people.",
    "profiling_gone": "{purpose}: this no longer identifies, locates or profiles people.",
}


def say(change: Change, translate: Translate, accept_all: str) -> str:
    """A change as a sentence; "" for what people are not told in words. `accept_all` is what that button says."""
    if change.kind not in CHANGES:
        return ""
    values = {name: getattr(change, name) for name in ("purpose", "vendor", "item", "old", "new")}
    return translate(CHANGES[change.kind]).format(**values, accept_all=accept_all)


def compare(old: Json, new: Json) -> tuple[Change, ...]:
    """All changes from one notice's content to another's. Sentences are compared where both are in one language."""
    return tuple(_Pair(old, new).changes())


def asked_again(changes: Sequence[Change], new: Json) -> frozenset[str]:
    """The purposes of the new notice that are asked anew, of somebody who had said yes to all of the old one."""
    if any(change.asks and not change.of for change in changes):
        return frozenset(purpose["id"] for purpose in new["purposes"] if purpose["asked"])
    return frozenset(change.of for change in changes if change.asks)


class _Pair:
    """Two notices side by side."""

    def __init__(self, old: Json, new: Json) -> None:
        self.old, self.new = old, new
        self.same_language = old["locale"] == new["locale"]

    def changes(self) -> Iterator[Change]:
        old, new = self.old, self.new
        asked = any(purpose["asked"] for purpose in new["purposes"])
        for name in ("name", "contact"):
            if old["controller"][name] != new["controller"][name]:
                kind = "controller" if name == "name" else name
                material = name == "name" and asked
                yield Change(kind, material, asks=material, old=old["controller"][name], new=new["controller"][name])
        if old["policy"] != new["policy"]:
            yield Change("policy", old=old["policy"], new=new["policy"])
        ages = [notice.get("age_minimum") for notice in (old, new)]
        if ages[0] != ages[1] and all(ages):
            yield Change("age", old=str(ages[0]), new=str(ages[1]))
        before = {purpose["id"]: purpose for purpose in old["purposes"]}
        now = {purpose["id"]: purpose for purpose in new["purposes"]}
        for id_, purpose in sorted(now.items(), key=lambda pair: not pair[1]["asked"]):  # as the page has them
            if id_ in before:
                yield from self.purpose(before[id_], purpose)
            else:
                asks = purpose["asked"]
                yield Change("purpose_new", asks, id_, purpose["name"], new=purpose["text"], asks=asks)
        for id_, purpose in before.items():
            if id_ not in now:
                yield Change("purpose_gone", of=id_, purpose=purpose["name"])

    def purpose(self, old: Json, new: Json) -> Iterator[Change]:
        """What is different in one purpose. Where no yes is needed, nothing asks for one."""
        asked: bool = new["asked"]

        def change(kind: str, material: bool = True, **values: str) -> Change:
            more = material and asked
            return Change(kind, more, new["id"], new["name"], asks=more, **values)

        if old["basis"] != new["basis"]:
            moved = old["asked"] or asked  # from consent there is nothing to ask, but it is no small thing
            words = {"old": old["basis_text"], "new": new["basis_text"]}
            yield Change("basis", moved, new["id"], new["name"], asks=asked, **words)
        if old["explicit"] != new["explicit"]:
            yield change("explicit" if new["explicit"] else "included")
        for name in ("sale", "sensitive", "profiling"):
            if bool(old.get(name)) != bool(new.get(name)):
                gone = not new.get(name)
                yield change(f"{name}_gone" if gone else name, not gone and name != "profiling")
        if kept := self.lasting(old, new, "retention"):
            yield change("retention", kept[0], old=old["retention"], new=new["retention"])
        yield from self.words(old, new, ("name", "text"), change)
        yield from self.items(old["items"], new["items"], change)
        yield from self.vendors(old["vendors"], new["vendors"], change)

    def vendors(self, old: list[Json], new: list[Json], change: Callable[..., Change]) -> Iterator[Change]:
        before, now = ({vendor["id"]: vendor for vendor in vendors} for vendors in (old, new))
        for id_, vendor in now.items():
            name = vendor["name"]
            if id_ not in before:
                yield change("vendor_new", vendor=name)
                continue
            had = before[id_]
            for key in ("role", "country"):
                if had[key] != vendor[key]:
                    words = {"old": had[f"{key}_text"], "new": vendor[f"{key}_text"]}
                    yield change(f"vendor_{key}", vendor=name, **words)
            if self.same_language and had["safeguard"] != vendor["safeguard"]:
                words = {"old": had["safeguard"] or "–", "new": vendor["safeguard"] or "–"}
                yield change("vendor_safeguard", False, vendor=name, **words)
            yield from self.words(had, vendor, ("name",), change)
            if had["policy"] != vendor["policy"]:
                yield change("reworded", False, old=had["policy"], new=vendor["policy"])
            yield from self.items(had["items"], vendor["items"], change)
        for id_, vendor in before.items():
            if id_ not in now:
                yield change("vendor_gone", False, vendor=vendor["name"])

    def items(self, old: list[Json], new: list[Json], change: Callable[..., Change]) -> Iterator[Change]:
        before, now = ({(item["kind"], item["name"]): item for item in items} for items in (old, new))
        for id_, item in now.items():
            if id_ not in before:
                yield change("item_new", item=item["name"], new=item["duration"])
                continue
            if kept := self.lasting(before[id_], item, "duration"):
                words = {"old": before[id_]["duration"], "new": item["duration"]}
                yield change("item_duration", kept[0], item=item["name"], **words)
            yield from self.words(before[id_], item, ("text",), change)
        for id_, item in before.items():
            if id_ not in now:
                yield change("item_gone", False, item=item["name"])

    def words(self, old: Json, new: Json, names: tuple[str, ...], change: Callable[..., Change]) -> Iterator[Change]:
        for name in names:
            if self.same_language and old[name] != new[name]:
                yield change("reworded", False, old=old[name] or "–", new=new[name] or "–")

    def lasting(self, old: Json, new: Json, name: str) -> tuple[bool] | None:
        """Whether something is kept for longer; None where it is as it was. A notice from before there were values has
        words alone: those that differ may say more."""
        values = [entry.get(f"{name}_value") for entry in (old, new)]
        if None in values:
            return (True,) if not self.same_language or old[name] != new[name] else None
        before, now = map(as_lasting, values)
        return (longer(now, before),) if before != now else None
