"""What a yes is to: a purpose as values, without words. Two of them say whether a yes to one covers the other. Pure.

A yes covers what asks for no more than it was given to (regulation R11; GDPR 4(11), 6(1)(a)): nobody is asked again
because less is done. What cannot be compared counts as more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .encoding import b64, canonical, sha256
from .site.model import Duration, Purpose, Site, StoredItem, Text

Span = tuple[int, str]  # 13, "month"
Lasting = Span | str  # in words where no number says it, in the site's first language
Items = tuple[tuple[str, str, Span], ...]  # kind, name, how long
Parties = tuple[tuple[str, str, str, Items], ...]  # id, role, country, stored items

SECONDS = {"session": (0, 0), "minute": (60, 60), "hour": (3600, 3600), "day": (86_400, 86_400)}
SECONDS["week"] = 604_800, 604_800
MONTH, YEAR = (28, 31), (365, 366)  # days, at least and at most
FOREVER = 1 << 60
VERSION = 5  # of the way in which fingerprints are made: another asks everybody once more


@dataclass(frozen=True, slots=True)
class Terms:
    """One purpose that is asked for: by whom, on which conditions, with whom, and what is stored for how long."""

    controller: str
    explicit: bool
    sale: bool
    sensitive: bool
    retention: Lasting
    items: Items
    vendors: Parties

    @property
    def fingerprint(self) -> str:
        """Six base64url characters, the same for the same terms."""
        material = {
            "v": VERSION,
            "controller": self.controller,
            "explicit": self.explicit,
            **{name: True for name in ("sale", "sensitive") if getattr(self, name)},
            "retention": self.retention,
            "items": self.items,
            "vendors": self.vendors,
        }
        return b64(sha256(canonical(material)))[:6]

    def without(self, vendors: frozenset[str]) -> Terms:
        """The same without these vendors, by id."""
        return replace(self, vendors=tuple(vendor for vendor in self.vendors if vendor[0] not in vendors))

    def new_vendors(self, other: Terms) -> frozenset[str]:
        """The vendors of `other` that are not among these, by id."""
        return frozenset(vendor[0] for vendor in other.vendors) - {vendor[0] for vendor in self.vendors}

    def covers(self, other: Terms) -> bool:
        """Whether a yes to these is one to `other`, too: there, nothing is more, longer, or for somebody else."""
        before = {vendor[0]: vendor for vendor in self.vendors}
        return (
            self.controller == other.controller
            and self.explicit == other.explicit
            and self.sale >= other.sale
            and self.sensitive >= other.sensitive
            and not longer(other.retention, self.retention)
            and _kept(self.items, other.items)
            and all(
                id_ in before and before[id_][1:3] == (role, country) and _kept(before[id_][3], items)
                for id_, role, country, items in other.vendors
            )
        )


def _kept(before: Items, after: Items) -> bool:
    """Whether all that is stored after was stored before, for as long at least."""
    had = {(kind, name): span for kind, name, span in before}
    return all((kind, name) in had and not longer(span, had[kind, name]) for kind, name, span in after)


def longer(new: Lasting, old: Lasting) -> bool:
    """Whether `new` may be longer than `old`. Words that differ may be."""
    if new == old:
        return False
    if isinstance(new, str) or isinstance(old, str):
        return True
    months = [_months(span) for span in (new, old)]
    if months[0] is not None and months[1] is not None:
        return months[0] > months[1]
    return _bounds(new)[1] > _bounds(old)[0]


def _months(span: Span) -> int | None:
    count, unit = span
    return {"month": count, "year": count * 12}.get(unit)


def _bounds(span: Span) -> tuple[int, int]:
    """In seconds: how long it is at least and at most. A session counts as the shortest of all."""
    count, unit = span
    if unit == "forever":
        return FOREVER, FOREVER
    months = _months(span)
    if months is None:
        least, most = SECONDS[unit]
        return least * count, most * count
    years, rest = divmod(months, 12)
    least, most = (years * year + rest * month for year, month in zip(YEAR, MONTH, strict=True))
    return least * 86_400, most * 86_400


def terms_of(site: Site) -> dict[str, Terms]:
    """Of each purpose of a site that needs a yes."""
    return {purpose.id: _of_purpose(site, purpose) for purpose in site.purposes if purpose.asked}


def lasting(value: Duration | Text) -> Lasting:
    """How long something is kept, as a value that is the same in every language."""
    return (value.count, value.unit) if isinstance(value, Duration) else next(iter(value.values()), "")


def _of_purpose(site: Site, purpose: Purpose) -> Terms:
    return Terms(
        controller=site.controller.name,
        explicit=purpose.explicit,
        sale=purpose.sale,
        sensitive=purpose.sensitive,
        retention=lasting(purpose.retention),
        items=_of_items(purpose.items),
        vendors=tuple(sorted((v.id, v.role, v.country, _of_items(v.items)) for v in purpose.vendors)),
    )


def _of_items(items: tuple[StoredItem, ...]) -> Items:
    return tuple(sorted((item.kind, item.name, (item.duration.count, item.duration.unit)) for item in items))


def terms_in(notice: Mapping[str, Any]) -> dict[str, Terms]:
    """Of each purpose of a notice's content that needed a yes. Notices of before it had values as well as words say
    nothing here."""
    found: dict[str, Terms] = {}
    for purpose in notice["purposes"]:
        if purpose["asked"] and "retention_value" in purpose:
            found[purpose["id"]] = _in_notice(notice["controller"]["name"], purpose)
    return found


def _in_notice(controller: str, purpose: Mapping[str, Any]) -> Terms:
    return Terms(
        controller=controller,
        explicit=purpose["explicit"],
        sale=purpose["sale"],
        sensitive=purpose["sensitive"],
        retention=as_lasting(purpose["retention_value"]),
        items=_in_items(purpose["items"]),
        vendors=tuple(sorted((v["id"], v["role"], v["country"], _in_items(v["items"])) for v in purpose["vendors"])),
    )


def _in_items(items: list[Mapping[str, Any]]) -> Items:
    return tuple(sorted((item["kind"], item["name"], as_span(item["duration_value"])) for item in items))


def as_lasting(value: Any) -> Lasting:
    """What a notice says of a retention."""
    return value if isinstance(value, str) else as_span(value)


def as_span(value: Any) -> Span:
    """What a notice says of a duration."""
    count, unit = value
    return int(count), str(unit)
