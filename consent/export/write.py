"""Records to a file or a pipe, oldest first, in the memory of a few of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from .. import personal as personals
from ..keys import Keys
from ..store import Entry, Page
from .lines import ALL_COLUMNS, COLUMNS, Exported, as_csv, fields_of, to_line, to_row
from .quick import Quick
from .read import Form

BATCH = 500  # records that are written at a time


def write(entries: Iterable[Entry], out: BinaryIO, form: Form, keys: Keys | None, tick: Callable[[int], None]) -> int:
    """Write entries and return how many there were. `tick` is called with how many are done.

    With a key ring the personal parts are opened and written, too. Raises KeysError where one does not open.
    """
    if form == "csv":
        out.write(as_csv([ALL_COLUMNS if keys else COLUMNS]).encode())
    encode, quick = _rows if form == "csv" else _lines, Quick()
    done = 0
    entries = iter(entries)
    while batch := list(islice(entries, BATCH)):
        out.write(encode(batch, keys, quick))
        done += len(batch)
        tick(done)
    out.flush()
    return done


def _lines(batch: list[Entry], keys: Keys | None, quick: Quick) -> bytes:
    if keys is not None:
        return b"".join(to_line(_exported(entry, keys)) for entry in batch)
    return b"".join(quick.line(entry.record) or to_line(_exported(entry, None)) for entry in batch)


def _rows(batch: list[Entry], keys: Keys | None, quick: Quick) -> bytes:
    if keys is not None:
        return as_csv(to_row(_exported(entry, keys), entry.record.site, entry.record.id) for entry in batch).encode()
    return "".join(quick.row(entry.record) or _row(entry) for entry in batch).encode()


def _row(entry: Entry) -> str:
    return as_csv([to_row(_exported(entry, None), entry.record.site, entry.record.id)])


def _exported(entry: Entry, keys: Keys | None) -> Exported:
    record, sealed = entry.record, entry.sealed
    fields = fields_of(record.leaf)
    if keys is None:
        return Exported(record.leaf, fields, record.signature)
    personal = personals.unseal(sealed, keys, record.id) if sealed else None
    return Exported(record.leaf, fields, record.signature, personal, open=True)


def ticking(pages: Iterable[Page], tick: Callable[[int], None]) -> Iterator[Page]:
    """The same pages; `tick` is called with how many records there were, after each that was worked on."""
    done = 0
    for page in pages:
        yield page
        done += len(page)
        tick(done)


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file that is there under its name only when it is complete; readable by its owner alone (0600).

    What is written goes to `path` with `.part` behind it, which goes away when writing fails.
    """
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
