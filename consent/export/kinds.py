"""What thousands of leaves have in common, found once: a shape cut at its gaps, and the fields that stand in it. Pure.

Leaves of one notice and answer differ in four places (see `store.shape`): two times, the id and the commitment. Where
these look as they should, nothing that JSON or CSV writes depends on what they say, so a leaf is the pieces of its
kind with its own between. Every other record goes the long way (`lines`).
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from ..store import Page
from ..store.shape import COMMITMENT, GAP, TIME
from .lines import fields_of

REMEMBERED = 1024

# They fill the gaps while a shape is looked at: no two alike, and none that the shape could contain.
_SIGN = "\N{OBJECT REPLACEMENT CHARACTER}"
MARK = re.compile(_SIGN + "[0-3]")
_MARKS = {name: f"{_SIGN}{number}" for number, name in enumerate(("expires", "id", "personal", "time"))}

_TIMES = 2 * TIME
_OWN = re.compile(rb"[A-Za-z0-9_:-]*")  # needs no escape in JSON and no quotes in CSV, but may begin with a hyphen
_SAFE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_:-"


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A shape with its gaps where they should be. Marks (see MARK) stand for what goes there."""

    pieces: tuple[bytes, ...]  # five, or four where there is no commitment
    fields: dict[str, Any]

    text: str  # the leaf with these marks
    bound: bool  # whether there is a commitment


def kind_of(shape: bytes) -> Kind | None:
    """The kind of leaves of this shape; None where they have to go the long way."""
    pieces = tuple(shape.split(GAP))
    marks = {name: mark for name, mark in _MARKS.items() if name != "personal" or len(pieces) == 5}
    if len(pieces) != len(marks) + 1 or _SIGN.encode() in shape:
        return None
    gaps = [*(mark.encode() for mark in marks.values()), b""]
    filled = b"".join(part for pair in zip(pieces, gaps, strict=True) for part in pair)
    fields = fields_of(filled)
    # Not so in a leaf that has something of these names elsewhere, or that is not canonical.
    if fields is None or {name: fields.get(name, "") for name in _MARKS} != {"personal": None, **marks}:
        return None
    return Kind(pieces, fields, filled.decode(), len(pieces) == 5)


class Kinds:
    """The kinds of the shapes that were seen of late."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, Kind | None] = OrderedDict()

    def of(self, page: Page) -> list[Kind | None]:
        """The kind of each record; None for one that has to go the long way."""
        fitting: dict[tuple[bytes | None, int], Kind] = {}
        for name, body in page.shapes.items():
            kind = self._kind(body)
            if kind is not None:
                fitting[name, _TIMES + COMMITMENT * kind.bound] = kind
        found = list(map(fitting.get, zip(page.names, map(len, page.owns), strict=True)))
        if not b"".join(page.owns).translate(None, _SAFE):  # one look at a page instead of one at each
            return found
        return [kind if _OWN.fullmatch(own) else None for kind, own in zip(found, page.owns, strict=True)]

    def _kind(self, body: bytes) -> Kind | None:
        if body not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.popitem(last=False)
            self._known[body] = kind_of(body)
        return self._known[body]


def id_texts(page: Page) -> list[str]:
    """The ids as they stand in leaves."""
    texts = [record_id.hex() for record_id in page.ids]
    return [f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}" for text in texts]


def leaves(page: Page, kinds: list[Kind | None], ids: list[str]) -> list[bytes]:
    """The leaves of a page. Raises StoreError where the database has lost a part of one."""
    made = []
    for number, (kind, record_id, own) in enumerate(zip(kinds, ids, page.owns, strict=True)):
        if kind is None:
            made.append(page.leaf(number))
        elif kind.bound:
            a, b, c, d, e = kind.pieces
            commitment, time = own[_TIMES:], own[TIME:_TIMES]
            made.append(b"".join((a, own[:TIME], b, record_id.encode(), c, commitment, d, time, e)))
        else:
            a, b, c, d = kind.pieces
            made.append(b"".join((a, own[:TIME], b, record_id.encode(), c, own[TIME:], d)))
    return made
