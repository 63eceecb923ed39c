"""Some thousand records of one site as the tables have them: what many of them share is there once. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from ..personal import Sealed
from ..record import Record
from .entry import Entry
from .errors import StoreError
from .shape import join, shape_id, split


@dataclass(frozen=True, slots=True)
class Page:
    """Columns of equal length, in the order of the ids, which is that of time.

    A leaf is its own bytes, or these in the gaps of the shape that `names` has for it (see `shape`). `sealed` are the
    personal parts (None: not asked for), `places` the positions in the ledger (None where a record waits for its own).
    """

    site: str
    ids: Sequence[bytes]  # 16 bytes each
    names: Sequence[bytes | None]
    owns: Sequence[bytes]
    signatures: Sequence[bytes]
    shapes: Mapping[bytes, bytes]  # by name; others may be there as well
    sealed: Sequence[Sealed | None] | None = None
    places: Sequence[int | None] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def record_id(self, number: int) -> uuid.UUID:
        """The id of one record."""
        return uuid.UUID(bytes=self.ids[number])

    def leaf(self, number: int) -> bytes:
        """The leaf of one record. Raises StoreError where the database has lost a part of it."""
        name, own = self.names[number], self.owns[number]
        if name is None:
            return own
        record_id = self.record_id(number)
        if name not in self.shapes:
            raise StoreError(f"The database is damaged: record {record_id} of site {self.site!r} has lost its shape.")
        try:
            return join(self.shapes[name], own, record_id)
        except ValueError as error:
            raise StoreError(f"The database is damaged: record {record_id} of site {self.site!r}: {error}.") from error

    def record(self, number: int) -> Record:
        """One record. Raises StoreError like `leaf`."""
        return Record(self.site, self.record_id(number), self.leaf(number), self.signatures[number])

    def cut(self, start: int, end: int) -> Page:
        """The records from `start` up to but not at `end`."""
        part = slice(start, end)
        return Page(
            self.site,
            self.ids[part],
            self.names[part],
            self.owns[part],
            self.signatures[part],
            self.shapes,
            None if self.sealed is None else self.sealed[part],
            None if self.places is None else self.places[part],
        )


def paged(entries: Iterable[Entry], size: int = 500) -> Iterator[Page]:
    """The same records, of one site, in pages; with their personal parts."""
    entries = iter(entries)
    while batch := list(islice(entries, size)):
        shapes: dict[bytes, bytes] = {}
        names, owns = [], []
        for entry in batch:
            name, own = None, entry.record.leaf
            parted = split(own, entry.record.id)
            if parted is not None:
                body, own = parted
                name = shape_id(body)
                shapes[name] = body
            names.append(name)
            owns.append(own)
        yield Page(
            batch[0].record.site,
            [entry.record.id.bytes for entry in batch],
            names,
            owns,
            [entry.record.signature for entry in batch],
            shapes,
            [entry.sealed for entry in batch],
        )
