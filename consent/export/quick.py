"""The same lines and rows as `lines` makes, many times as quickly: what a kind of leaves has in common is made once.

A page becomes one text. A record that is of no kind (see `kinds`) goes the long way. Pure.
"""

from __future__ import annotations

from collections.abc import Callable

from ..encoding import b64
from ..keys import Keys
from ..personal import Personal, unseal
from ..store import Page
from ..store.shape import TIME
from .cells import inert
from .kinds import MARK, REMEMBERED, Kind, Kinds, id_texts
from .lines import Exported, as_csv, fields_of, flat, personal_cells, to_line, to_row


class Lines:
    """JSON Lines."""

    def __init__(self) -> None:
        self._kinds = Kinds()
        self._texts: dict[Kind, list[str]] = {}

    def of(self, page: Page, keys: Keys | None = None) -> bytes:
        """The lines of a page; with their personal parts where there is a key ring. Raises KeysError, StoreError."""
        kinds = self._kinds.of(page)
        texts = _made(self._texts, kinds, _line)
        personal = _personal(page, keys)
        ends = [f',"signature":"{b64(signature)}"}}\n' for signature in page.signatures]
        if personal is not None:
            whole = (one.canonical().decode() if one else "null" for one in personal)
            ends = [f',"personal":{part}{end}' for part, end in zip(whole, ends, strict=True)]
        parts: list[str] = []
        records = zip(kinds, id_texts(page), page.owns, ends, strict=True)
        for number, (kind, record_id, raw, end) in enumerate(records):
            if kind is None:
                parts.append(to_line(_exported(page, number, personal)).decode())
                continue
            own = raw.decode()
            expires, time = own[:TIME], own[TIME : 2 * TIME]
            if kind.bound:
                a, b, c, d, e = texts[kind]
                parts += (a, expires, b, record_id, c, own[2 * TIME :], d, time, e, end)
            else:
                a, b, c, d = texts[kind]
                parts += (a, expires, b, record_id, c, time, d, end)
        return "".join(parts).encode()


class Rows:
    """CSV, without the header."""

    def __init__(self) -> None:
        self._kinds = Kinds()
        self._texts: dict[Kind, list[str]] = {}

    def of(self, page: Page, keys: Keys | None = None) -> bytes:
        """The rows of a page; with their personal parts where there is a key ring. Raises KeysError, StoreError."""
        kinds = self._kinds.of(page)
        texts = _made(self._texts, kinds, _row)
        personal = _personal(page, keys)
        ends = [inert(b64(signature)) + "\r\n" for signature in page.signatures]
        if personal is not None:
            cells = (as_csv([map(inert, personal_cells(one))]) for one in personal)
            ends = [f"{end[:-2]},{more}" for end, more in zip(ends, cells, strict=True)]
        parts: list[str] = []
        records = zip(kinds, id_texts(page), page.owns, ends, strict=True)
        for number, (kind, record_id, raw, end) in enumerate(records):
            if kind is None:
                exported = _exported(page, number, personal)
                parts.append(as_csv([to_row(exported, page.site, record_id)]))
                continue
            own = raw.decode()
            expires, time = own[:TIME], own[TIME : 2 * TIME]
            if kind.bound:
                a, b, c, d, e, f, g, h, i = texts[kind]
                bound = own[2 * TIME :]
                parts += (a, record_id, b, inert(time), c, inert(expires), d, inert(bound))
                parts += (e, expires, f, record_id, g, bound, h, time, i, end)
            else:
                a, b, c, d, e, f, g = texts[kind]
                parts += (a, record_id, b, inert(time), c, inert(expires), d, expires, e, record_id, f, time, g, end)
        return "".join(parts).encode()


def _line(kind: Kind) -> list[str]:
    """A line of this kind up to the leaf's end, cut at what is each record's own."""
    return MARK.split('{"leaf":' + kind.text)


def _row(kind: Kind) -> list[str]:
    """The same of a row: id, time, expiry and commitment have cells of their own before that of the leaf."""
    return MARK.split(as_csv([[*map(inert, flat(kind.fields)), kind.text]]).removesuffix("\r\n") + ",")


def _made(
    known: dict[Kind, list[str]], kinds: list[Kind | None], make: Callable[[Kind], list[str]]
) -> dict[Kind, list[str]]:
    """The pieces for each of these kinds."""
    new = {kind for kind in kinds if kind is not None and kind not in known}
    if len(known) + len(new) > REMEMBERED:
        known.clear()
        new = {kind for kind in kinds if kind is not None}
    known.update((kind, make(kind)) for kind in new)
    return known


def _personal(page: Page, keys: Keys | None) -> list[Personal | None] | None:
    """The personal parts of a page. Raises KeysError where one does not open."""
    if keys is None:
        return None
    sealed = page.sealed or [None] * len(page)
    return [None if one is None else unseal(one, keys, page.record_id(number)) for number, one in enumerate(sealed)]


def _exported(page: Page, number: int, personal: list[Personal | None] | None) -> Exported:
    leaf = page.leaf(number)
    fields, signature = fields_of(leaf), page.signatures[number]
    if personal is None:
        return Exported(leaf, fields, signature)
    return Exported(leaf, fields, signature, personal[number], open=True)
