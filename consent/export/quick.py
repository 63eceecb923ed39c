"""The same lines and rows, several times as quickly: what thousands of leaves have in common is made once. Pure.

Leaves of one notice and answer differ in four places (see `store.shape`), which hold nothing that JSON or CSV would
write in another way. So the first leaf of a shape goes the long way (`lines`), and the others fill the gaps.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..encoding import b64
from ..record import Record
from ..store.shape import GAP, TIME, split
from .cells import inert
from .lines import COLUMNS, Exported, as_csv, fields_of, flat, to_row

REMEMBERED = 1024  # shapes

_OWN = re.compile(rb"[0-9TZ:-]{40}([A-Za-z0-9_-]{43})?")


class _Own(NamedTuple):
    """What is a record's own: the two times, the commitment ("" for none), id and signature."""

    expires: str
    time: str
    commitment: str
    id: str
    signature: str

    def row(self, gaps: str) -> str:
        """A row of its shape."""
        commitment, signature = inert(self.commitment), inert(self.signature)
        if self.commitment:
            inner = (self.expires, self.id, self.commitment, self.time)
            return gaps % (self.id, self.time, self.expires, commitment, *inner, signature)
        return gaps % (self.id, self.time, self.expires, self.expires, self.id, self.time, signature)


class Quick:
    """Lines and rows without personal parts. None for a record that has to go the long way."""

    def __init__(self) -> None:
        self._rows: dict[bytes, str | None] = {}

    def line(self, record: Record) -> bytes | None:
        """What `lines.to_line` would make."""
        if self._known(record) is None:
            return None
        return b'{"leaf":%b,"signature":"%b"}\n' % (record.leaf, b64(record.signature).encode())

    def row(self, record: Record) -> str | None:
        """What `lines.to_row` would make, as CSV."""
        known = self._known(record)
        return None if known is None else known[1].row(known[0])

    def _known(self, record: Record) -> tuple[str, _Own] | None:
        parted = split(record.leaf, record.id)
        if parted is None or not _OWN.fullmatch(parted[1]):
            return None
        shape, text = parted[0], parted[1].decode()
        own = _Own(text[:TIME], text[TIME : 2 * TIME], text[2 * TIME :], str(record.id), b64(record.signature))
        if shape not in self._rows:
            if len(self._rows) >= REMEMBERED:
                self._rows.clear()
            self._rows[shape] = _gaps(shape, record, own)
        gaps = self._rows[shape]
        return None if gaps is None else (gaps, own)


def _gaps(shape: bytes, record: Record, own: _Own) -> str | None:
    """A row of this shape with `%s` for each gap, or None if it would not be what the long way makes."""
    fields = fields_of(record.leaf)
    if fields is None:
        return None
    given = dict(zip(COLUMNS, flat(fields), strict=False))
    cells = [_cell(given[column]) for column in COLUMNS[:-2]]
    for column in ("id", "time", "expires", *(["commitment"] if own.commitment else [])):
        cells[COLUMNS.index(column)] = "%s"
    leaf = '"' + shape.decode().replace("%", "%%").replace('"', '""').replace(GAP.decode(), "%s") + '"'
    gaps = ",".join([*cells, leaf, "%s\r\n"])
    long_way = as_csv([to_row(Exported(record.leaf, fields, record.signature), record.site, record.id)])
    try:
        return gaps if own.row(gaps) == long_way else None
    except TypeError:  # the leaf has its gaps elsewhere
        return None


def _cell(text: str) -> str:
    """One cell as CSV writes it among others, to be filled in by `%`."""
    return as_csv([[inert(text), ""]]).removesuffix(",\r\n").replace("%", "%%")
