"""Whether the Parquet files of a bundle say the same as its records: each row is made again and compared."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from ...encoding import timestamp, unb64
from ...export.columns import NoParquet, arrow, batch_of, schema
from ...export.kinds import Kinds
from ...record import Record
from ...store import Entry
from ...store.page import paged
from .. import layout
from ..container import Read
from ..errors import Lie, about
from .leaves import FRONT, SIGNATURE, TAIL
from .part import Part, Placed, read_lines

ROWS = 4096  # that are compared at a time
PARTS = 4  # whose lines are kept


@dataclass(frozen=True, slots=True)
class Rows:
    """One file, and the parts that hold what it should say."""

    member: Placed
    parts: tuple[Part, ...]
    size: int
    site: str


@dataclass(frozen=True, slots=True)
class Span:
    """How many rows a file has, and its smallest and greatest id."""

    count: int
    first: bytes
    last: bytes


class _File(io.RawIOBase):
    """A member as a file that can be read."""

    def __init__(self, member: Placed, read: Read) -> None:
        self._member, self._read, self._at = member, read, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._member.bytes)[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        left = max(self._member.bytes - self._at, 0)
        found = self._read(self._member.at + self._at, left if size is None or size < 0 else min(size, left))
        self._at += len(found)
        return found


class _Lines:
    """Lines of records by their index; those of a few parts are kept."""

    def __init__(self, parts: tuple[Part, ...], read: Read) -> None:
        self._parts, self._read = parts, read
        self._kept: OrderedDict[int, list[bytes]] = OrderedDict()

    def __getitem__(self, index: int) -> bytes:
        number, at = divmod(index, layout.PART)
        if number not in self._kept:
            found: list[bytes] = []
            for some in read_lines(self._parts[number].member, self._read, lambda _: None):
                found += some
            self._kept[number] = found
            if len(self._kept) > PARTS:
                self._kept.popitem(last=False)
        return self._kept[number][at]


def has_arrow() -> bool:
    """Whether the library is there that reads Parquet."""
    try:
        arrow()
    except NoParquet:
        return False
    return True


def check(work: Rows, read: Read) -> Span:
    """Compare one file with the records. Raises Lie, NoParquet."""
    pa = arrow()
    from pyarrow import parquet

    path, lines, kinds, columns = work.member.path, _Lines(work.parts, read), Kinds(), schema()
    count, first, last = 0, b"", b""
    try:
        file = parquet.ParquetFile(pa.PythonFile(_File(work.member, read), mode="r"))
        if file.schema_arrow.names != columns.names:
            raise Lie(path, "it does not have the columns that an export writes")
        for batch in file.iter_batches(batch_size=ROWS):
            expected, ids = _expected(batch.column("index").to_pylist(), lines, work, (kinds, columns))
            if any(before >= after for before, after in zip([last, *ids], ids, strict=False)):
                raise Lie(path, f"its rows are not in the order of their ids, behind row {count:,}")
            _same(batch, expected, path, count)
            count, first, last = count + len(ids), first or ids[0], ids[-1]
    except (pa.ArrowException, OSError) as error:
        raise Lie(path, "it cannot be read as Parquet") from error
    day = layout.day_of(path)
    for own in (first, last):
        if own and timestamp(int.from_bytes(own[:6]) // 1000)[:10] != day:
            raise Lie(path, "it holds a record of another day")
    return Span(count, first, last)


def _expected(indexes: list[Any], lines: _Lines, work: Rows, how: tuple[Kinds, Any]) -> tuple[Any, list[bytes]]:
    """The rows of these indexes as an export makes them of the records."""
    path = work.member.path
    if any(type(index) is not int or not 0 <= index < work.size for index in indexes):
        raise Lie(path, "its column index names a place that the log does not have")
    order = sorted(range(len(indexes)), key=lambda at: indexes[at])  # each part is read once for them
    found = {at: lines[indexes[at]] for at in order}
    entries = [_entry(found[at], work.site) for at in range(len(indexes))]
    page = replace(next(paged(entries, len(entries))), sealed=None, places=indexes)
    kinds, columns = how
    return batch_of(page, kinds, columns, None), list(page.ids)


def _entry(line: bytes, site: str) -> Entry:
    leaf = line[len(FRONT) : -TAIL]
    at = leaf.find(b'"id":"', leaf.find(b'"expires":"')) + 6
    signature = unb64(line[-SIGNATURE - 2 : -2].decode())
    return Entry(Record(site, UUID(leaf[at : at + 36].decode()), leaf, signature), None, None, b"")


def _same(batch: Any, expected: Any, path: str, done: int) -> None:
    for name in expected.schema.names:
        ours, theirs = expected.column(name), batch.column(name)
        if ours.equals(theirs):
            continue
        at = next((at for at in range(len(ours)) if ours[at].as_py() != theirs[at].as_py()), None)
        if at is None:
            raise Lie(path, f"its column {name} is of another type than in an export")
        index, own = expected.column("index")[at].as_py(), expected.column("id")[at].as_py()
        raise about(path, index, own, f"row {done + at:,} says something else in the column {name} than the record")


def total(found: Sequence[Span], size: int) -> int:
    """How many rows all files have together: each record stands in one of them. Raises Lie."""
    count = sum(one.count for one in found)
    if count != size:
        raise Lie("parquet/", f"its files have {count:,} rows together, and the log has {size:,} records")
    return count
