"""An export file as numbered records, in pieces of bounded size, whatever stands in it.

A line of more than LIMIT bytes, one that is not UTF-8, a quote that is never closed: each is a problem with a line
number, and reading goes on with the next line.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

from ..encoding import strict_json
from .check import Columns, Content
from .lines import ALL_COLUMNS, COLUMNS, from_line, from_row

LIMIT = 1 << 20  # bytes of one record
BATCH = 200  # records
BATCH_BYTES = 1 << 18
BOM = b"\xef\xbb\xbf"
TOO_LONG = "it is longer than 1 MiB, and no record is"

Form = Literal["csv", "jsonl"]


class NotAnExport(ValueError):
    """The file is neither of the two kinds; the message says why."""


@dataclass(frozen=True, slots=True)
class Item:
    """One record as it stands in the file, or what keeps it from being read."""

    line: int
    content: Content | None
    problem: str | None = None


class Reader:
    """Reads one file from its beginning. `form` is known at once; `read` counts bytes."""

    unit = "line"

    def __init__(self, file: BinaryIO) -> None:
        """Look at the beginning. Raises NotAnExport."""
        self._file = file
        self.read = 0
        self._number = 0
        self._first: bytes | None = self._raw_line()
        if self._first is not None and self._first.startswith(BOM):
            self._first = self._first[len(BOM) :]
        self.form: Form = self._recognise()
        self._items = self._json_items() if self.form == "jsonl" else self._csv_items()
        self._ahead: Item | None = None

    def _recognise(self) -> Form:
        if not self._first:
            raise NotAnExport("The file is empty, or its first line is longer than 1 MiB.")
        if self._first.startswith(b"{"):
            return "jsonl"
        try:
            header = tuple(next(csv.reader([self._first.decode().rstrip("\r\n")], strict=True)))
        except (UnicodeDecodeError, csv.Error, StopIteration):
            header = ()
        if header not in (COLUMNS, ALL_COLUMNS):
            raise NotAnExport(
                "Line 1 is neither a record in JSON nor the header that “consent export --format csv” writes."
            )
        self._first = None
        self.width = len(header)
        return "csv"

    def items(self) -> Iterator[Item]:
        """Every record of the file, once."""
        if self._ahead:
            yield self._ahead
        yield from self._items

    def batches(self) -> Iterator[list[Item]]:
        """Every record, some at a time, never many bytes at once."""
        batch: list[Item] = []
        since = self.read
        for item in self.items():
            batch.append(item)
            if len(batch) >= BATCH or self.read - since >= BATCH_BYTES:
                yield batch
                batch, since = [], self.read
        if batch:
            yield batch

    def site(self) -> str:
        """The site that the first record names, or "". The file can be read on from its beginning."""
        self._ahead = next(self._items, None)
        content = self._ahead.content if self._ahead else None
        try:
            assert not isinstance(content, Columns)
            leaf = (from_line(content) if isinstance(content, bytes) else from_row(content or ())).leaf
            return str(strict_json(leaf.decode())["site"])
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return ""

    def _raw_line(self) -> bytes | None:
        """The next line, b"" at the end, None for one that is too long."""
        line = self._file.readline(LIMIT + 1)
        self._number += bool(line)
        self.read += len(line)
        if len(line) <= LIMIT:
            return line
        while line and not line.endswith(b"\n"):
            line = self._file.readline(LIMIT)
            self.read += len(line)
        return None

    def _json_items(self) -> Iterator[Item]:
        line = self._first
        while line != b"":
            if line is None:
                yield Item(self._number, None, TOO_LONG)
            else:
                yield Item(self._number, line)
            line = self._raw_line()

    def _csv_items(self) -> Iterator[Item]:
        before = csv.field_size_limit(LIMIT)
        try:
            ended = False
            while not ended:
                source = _Rows(self)
                rows = csv.reader(source, strict=True)
                try:
                    for cells in rows:
                        yield self._row(source.start, cells)
                        source.start = 0
                    ended = True
                except (csv.Error, _Unreadable) as error:
                    ended = source.ended
                    yield Item(source.start or self._number, None, _csv_words(error))
        finally:
            csv.field_size_limit(before)

    def _row(self, line: int, cells: list[str]) -> Item:
        if len(cells) != self.width:
            return Item(line, None, f"it has {len(cells)} cells, and the header has {self.width}")
        return Item(line, cells)


class _Unreadable(Exception):
    """A line that cannot be given to the CSV reader."""


class _Rows:
    """The lines of one file for the CSV reader; a row of many lines may not be larger than LIMIT either."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.start = 0  # line at which the present row began; 0: none has
        self.ended = False
        self._size = 0

    def __iter__(self) -> _Rows:
        return self

    def __next__(self) -> str:
        line = self._reader._raw_line()
        if not self.start:
            self.start, self._size = self._reader._number, 0
        if line is None:
            raise _Unreadable(TOO_LONG)
        if line == b"":
            self.ended = True
            raise StopIteration
        self._size += len(line)
        if self._size > LIMIT:
            raise _Unreadable(TOO_LONG)
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            raise _Unreadable("it is not UTF-8") from error


def _csv_words(error: Exception) -> str:
    return str(error) if isinstance(error, _Unreadable) else f"it is not CSV ({error})"
