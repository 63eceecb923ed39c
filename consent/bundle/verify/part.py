"""One part of a bundle: its lines, their tiles, the checkpoints that end in it, the time of each record. Pure."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ...encoding import timestamp
from ...ledger import checkpoint as checkpoints
from ...ledger import tree
from ...ledger.errors import LedgerError
from ...ledger.tiles import HEIGHT, WIDTH, Name, path
from ...ledger.tree import HASH
from ..container import Read
from ..errors import Lie, about
from ..layout import CHECKPOINTS
from .context import GRACE, Context
from .leaves import Columns, Lines, Wrong

CHUNK = 1 << 17  # bytes that are read at a time: what a processor has near it


@dataclass(frozen=True, slots=True)
class Placed:
    """A listed member and where its bytes are."""

    path: str
    at: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Part:
    """What there is to check. `notes` are the checkpoints of sizes from the last below its first record's index
    to the first that is not below its end."""

    member: Placed
    tiles: tuple[Placed, ...]
    start: int  # the index of its first record
    count: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What the whole needs of a part that holds."""

    row: bytes  # the hashes of its complete tiles
    rest: tuple[tuple[int, bytes, bytes], ...]  # checkpoint size, its root, the hash over this part's share of it
    tail: bytes  # the hash over all that the part holds
    first: str  # the smallest id
    last: str  # the greatest
    notices: frozenset[str]
    times: tuple[str, str]  # earliest and latest


def check(part: Part, context: Context, read: Read, lines: Lines) -> Result:
    """The result on a part. Raises Lie for the first thing in it that does not hold."""
    columns, honest = _columns(part, read, lines)
    levels = _levels(columns.hashes)
    _compare(part, read, levels[0], columns, honest)
    if not honest:
        _signatures(part, read, lines)
        raise Lie(part.member.path, "its bytes are not those that the manifest lists")
    rest = _heads(part, context, levels, columns)
    if len(set(columns.ids)) != len(columns.ids):
        _twice(part, columns.ids)
    return Result(
        row=levels[HEIGHT] if len(levels) > HEIGHT else b"",
        rest=rest,
        tail=_share(levels, part.count),
        first=min(columns.ids).decode(),
        last=max(columns.ids).decode(),
        notices=frozenset(lines.notices),
        times=(min(columns.times).decode(), max(columns.times).decode()),
    )


def read_lines(member: Placed, read: Read, seen: Callable[[bytes | memoryview], object]) -> Iterator[list[bytes]]:
    """The lines of a member, without their ends, some at a time. `seen` gets the bytes. Raises Lie."""
    at, end, done = member.at, member.at + member.bytes, 0
    while at < end:
        chunk = read(at, min(CHUNK, end - at))
        if not chunk:
            break
        lines = chunk.split(b"\n")
        whole = len(chunk) - len(lines.pop())  # a line that goes on is read again, with its end
        if not whole:
            seen(chunk)
            long = at + len(chunk) < end
            words = "it is longer than any record is" if long else "its last line has no end: the part is cut off"
            raise Lie(f"{member.path}, line {done + 1}", words)
        seen(memoryview(chunk)[:whole])
        at += whole
        done += len(lines)
        yield lines


def _columns(part: Part, read: Read, lines: Lines) -> tuple[Columns, bool]:
    """What is its own of each record, and whether the part's bytes are the listed ones."""
    columns, digest = Columns(), hashlib.sha256()
    for some in read_lines(part.member, read, digest.update):
        done = len(columns.ids)
        if done + len(some) > part.count:
            raise Lie(part.member.path, f"it has more than the {part.count:,} records that belong into it")
        try:
            lines.take(some, columns)
        except Wrong as wrong:
            raise about(part.member.path, part.start + done + wrong.offset, wrong.record, wrong.words) from None
    if len(columns.ids) != part.count:
        raise Lie(
            part.member.path, f"it has {len(columns.ids):,} records, and {part.count:,} of the log belong into it"
        )
    return columns, digest.hexdigest() == part.member.sha256


def _levels(hashes: Sequence[bytes]) -> list[bytes]:
    """The hashes of the complete subtrees, level by level, joined."""
    sha = hashlib.sha256
    row = b"".join(hashes)
    levels = [row]
    while len(row) >= 2 * HASH:
        row = b"".join([sha(b"\x01" + row[at : at + 2 * HASH]).digest() for at in range(0, len(row) - HASH, 2 * HASH)])
        levels.append(row)
    return levels


def _compare(part: Part, read: Read, row: bytes, columns: Columns, honest: bool) -> None:
    """Whether the tiles of the lowest level are what the records give."""
    width = WIDTH * HASH
    for number, tile in enumerate(part.tiles):
        found, expected = read(tile.at, tile.bytes), row[number * width : (number + 1) * width]
        same = hashlib.sha256(found).hexdigest() == tile.sha256
        if found == expected and same:
            continue
        if honest and not same:
            raise Lie(tile.path, "its bytes are not those that the manifest lists")
        if len(found) != len(expected):
            raise Lie(tile.path, f"it has {len(found):,} bytes, and the records of it give {len(expected):,}")
        at = next(n for n in range(0, len(found), HASH) if found[n : n + HASH] != expected[n : n + HASH]) // HASH
        index = number * WIDTH + at
        words = f"its leaf hash is not the one at its place in {tile.path}: the record is not the one that was logged"
        if honest:
            words += ", or the tile was changed; the manifest lists both as they stand"
        raise about(part.member.path, part.start + index, columns.ids[index].decode(), words)


def _signatures(part: Part, read: Read, lines: Lines) -> None:
    """Names the record whose signature was changed: nothing but the part's hash covers it."""
    done = part.start
    for some in read_lines(part.member, read, lambda _: None):
        try:
            lines.signed(some)
        except Wrong as wrong:
            raise about(part.member.path, done + wrong.offset, wrong.record, wrong.words) from None
        done += len(some)


def _share(levels: Sequence[bytes], count: int) -> bytes:
    """The hash over the first `count` records of the part, as a subtree at its place."""
    return tree.root_of(count, lambda level, index: levels[level][index * HASH : (index + 1) * HASH])


def _heads(
    part: Part, context: Context, levels: Sequence[bytes], columns: Columns
) -> tuple[tuple[int, bytes, bytes], ...]:
    """Checks the checkpoints around the part by themselves, and the records' times by them."""
    end = part.start + part.count
    sizes: list[int] = []
    times: list[int] = []
    rest = []
    for text in part.notes:
        size, time, root = read_note(text, context)
        if sizes and size <= sizes[-1]:
            raise Lie(CHECKPOINTS, f"the checkpoint of {size:,} records does not stand behind that of {sizes[-1]:,}")
        if times and time < times[-1]:
            raise Lie(
                CHECKPOINTS,
                f"the checkpoint of {size:,} records is of {timestamp(time)}, before that of {sizes[-1]:,} records, "
                f"which is of {timestamp(times[-1])}",
            )
        sizes.append(size)
        times.append(time)
        if part.start < size <= end:
            rest.append((size, root, _share(levels, size - part.start)))
        elif size == 0:
            rest.append((0, root, tree.EMPTY))
    _in_time(part, sizes, times, columns)
    return tuple(rest)


def read_note(text: str, context: Context, *, full: bool = False) -> tuple[int, int, bytes]:
    """Size, time and root of a checkpoint that the log's key signed. Raises Lie.

    `full`: its signatures are verified. Older ones stand in the manifest, which the same key signed: they add no more
    than a record's own signature does, and are verified with those.
    """
    try:
        read_one = checkpoints.read if full or context.signatures else checkpoints.claimed
        signed = read_one(text, context.trusted)
    except LedgerError as error:
        size = text.split("\n", 2)[1][:20] if text.count("\n") > 1 else "?"
        raise Lie(f"{CHECKPOINTS}, the checkpoint of {size} records", str(error)) from error
    head = signed.checkpoint
    where = f"{CHECKPOINTS}, the checkpoint of {head.size:,} records"
    if head.origin != context.origin:
        raise Lie(where, f"it is of the log {head.origin[:100]!r}, and the bundle is of {context.origin!r}")
    if signed.time is None:
        raise Lie(where, "it has no time that the log's key signed")
    return head.size, signed.time, head.root


def _in_time(part: Part, sizes: list[int], times: list[int], columns: Columns) -> None:
    """Whether each record's time lies between those of the checkpoints around it, give or take GRACE."""
    at, end = part.start, part.start + part.count
    while at < end:
        newer = bisect_right(sizes, at)  # the first checkpoint that holds the record
        stop = min(sizes[newer], end)
        low = timestamp(max(times[newer - 1] - GRACE, 0)).encode() if newer else b""
        high = timestamp(times[newer] + GRACE).encode()
        own = columns.times[at - part.start : stop - part.start]
        if min(own) < low or max(own) > high:
            index = next(at + n for n, time in enumerate(own) if time < low or time > high)
            _late(part, index, columns, (sizes, times), newer)
        at = stop


def _late(part: Part, index: int, columns: Columns, known: tuple[list[int], list[int]], newer: int) -> None:
    sizes, times = known
    own = columns.times[index - part.start].decode()
    after = own > timestamp(times[newer] + GRACE)
    nearest = newer if after else newer - 1
    words = (
        f"its field time says {own}, and the log's checkpoint of {sizes[nearest]:,} records, which does "
        f"{'' if after else 'not '}hold it, is of {timestamp(times[nearest])}: "
        + ("it is dated ahead" if after else "it is dated back")
    )
    raise about(part.member.path, index, columns.ids[index - part.start].decode(), words)


def _twice(part: Part, ids: list[bytes]) -> None:
    seen: dict[bytes, int] = {}
    for number, own in enumerate(ids):
        if own in seen:
            words = f"its id stands twice: record {part.start + seen[own]:,} has it, too"
            raise about(part.member.path, part.start + number, own.decode(), words)
        seen[own] = number


def name_of(level: int, number: int, size: int) -> str:
    """The path of a tile of a tree of `size`."""
    hashes = size >> (HEIGHT * level)
    return path(Name(level, number, min(WIDTH, hashes - number * WIDTH)))
