"""A whole bundle, checked on all cores in bounded memory; it stops at the first lie."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ...ledger.tiles import WIDTH
from .. import layout
from ..errors import Lie
from .opening import Opened, Trust, opened, whole
from .part import Part, Placed, Result, check, name_of
from .pool import Bench, crew
from .rows import Rows, Span, has_arrow, total
from .rows import check as compare
from .source import Source
from .whole import Whole, distinct

Tick = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Findings:
    """What holds in a bundle that holds."""

    bundle: Opened
    checkpoints: int
    first: str  # the time of the earliest record
    last: str
    signatures: bool
    rows: int | None  # of Parquet that agree with the records; None: only their hash was checked


def verify(
    source: Source,
    trust: Trust,
    *,
    signatures: bool = False,
    parquet: bool = False,
    jobs: int = 1,
    tick: Tick = lambda _: None,
) -> Findings:
    """What a bundle shows. `tick` gets the number of bytes that were checked. Raises Lie."""
    bundle = opened(source.read, source.size, trust, signatures=signatures)
    size, parts = bundle.manifest.size, list(_parts(bundle))
    together = Whole()
    ranges: list[tuple[str, str]] = []
    times: list[str] = []
    notices: set[str] = set()
    done = 0
    with crew(Bench(bundle.context, source), jobs if len(parts) > 1 else 1) as workers:
        for number, (part, result) in enumerate(workers.run(_part, parts)):
            together.add(number, result)
            ranges.append((result.first, result.last))
            times += result.times
            notices |= result.notices
            done += part.member.bytes
            tick(done)
        together.tiles(bundle.members, size, source.read)
        if together.root != bundle.manifest.root:
            raise Lie(layout.CHECKPOINT, "its root is not that of the records")
        distinct(parts, ranges, source.read)
        _shown(bundle, notices)
        parquets = [one for path, one in bundle.members.items() if layout.is_parquet(path)]
        for one, _ in workers.run(_hash, parquets):
            done += one.bytes
            tick(done)
        rows = None
        if parquet and has_arrow():
            work = [Rows(one, tuple(parts), size, bundle.manifest.site) for one in parquets]
            rows = total([span for _, span in workers.run(_rows, work)], size)
    return Findings(bundle, together.checkpoints, min(times, default=""), max(times, default=""), signatures, rows)


def _part(bench: Bench, part: Part) -> Result:
    return check(part, bench.context, bench.source.read, bench.lines)


def _hash(bench: Bench, member: Placed) -> None:
    whole(member, bench.source.read)


def _parts(bundle: Opened) -> Iterator[Part]:
    size, sizes = bundle.manifest.size, bundle.sizes
    for number in range(layout.parts(size)):
        start, end = number * layout.PART, min((number + 1) * layout.PART, size)
        first = max(bisect_right(sizes, start) - 1, 0)
        last = bisect_left(sizes, end)
        tiles = range(start // WIDTH, -(-end // WIDTH))
        yield Part(
            bundle.members[layout.part(number)],
            tuple(bundle.members[name_of(0, tile, size)] for tile in tiles),
            start,
            end - start,
            bundle.notes[first : last + 1],
        )


def _shown(bundle: Opened, seen: set[str]) -> None:
    """Every notice in it is that of a record."""
    surplus = sorted(bundle.context.notices.keys() - seen)
    if surplus:
        raise Lie(layout.notice(surplus[0]), "no record names this notice, so nobody answered it")


def _rows(bench: Bench, work: Rows) -> Span:
    return compare(work, bench.source.read)
