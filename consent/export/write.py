"""Records to a file or a pipe, oldest first, in the memory of a few of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ..keys import Keys
from ..store import Page
from .lines import ALL_COLUMNS, COLUMNS, as_csv
from .quick import Lines, Rows
from .read import Form

BATCH = 1000  # records that are made one text of


def write(pages: Iterable[Page], out: BinaryIO, form: Form, keys: Keys | None, tick: Callable[[int], None]) -> int:
    """Write the records of pages and return how many there were. `tick` is called with how many are done.

    With a key ring the personal parts are opened and written, too; the pages must bring them. Raises KeysError where
    one does not open.
    """
    if form == "csv":
        out.write(as_csv([ALL_COLUMNS if keys else COLUMNS]).encode())
    encoder = Rows() if form == "csv" else Lines()
    done = 0
    for page in ticking(pages, tick):
        for start in range(0, len(page), BATCH):
            out.write(encoder.of(page.cut(start, start + BATCH), keys))
        done += len(page)
    out.flush()
    return done


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
