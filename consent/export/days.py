"""Pages of records, by day. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import groupby
from operator import itemgetter

from ..store import Page

_DAY = 86_400_000  # milliseconds
_LAST = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp()) // 86_400


def by_day(pages: Iterable[Page]) -> Iterator[tuple[date, Iterator[Page]]]:
    """Each day (UTC) that has records, with its pages; these must be taken before the next day is asked for.

    The day is that of the id, a UUIDv7 (RFC 9562 §5.7): it is what `--since` and `--until` go by, and holds for a
    record whose leaf cannot be read as well.
    """
    for number, parts in groupby(_cut(pages), key=itemgetter(0)):
        yield date.fromordinal(date(1970, 1, 1).toordinal() + number), (page for _, page in parts)


def _cut(pages: Iterable[Page]) -> Iterator[tuple[int, Page]]:
    for page in pages:
        start = 0
        while start < len(page):
            number = _milliseconds(page.ids[start]) // _DAY
            end = bisect_left(page.ids, (number + 1) * _DAY, start, key=_milliseconds)
            yield min(number, _LAST), page.cut(start, end)
            start = end


def _milliseconds(record_id: bytes) -> int:
    return int.from_bytes(record_id[:6])
