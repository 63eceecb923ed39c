"""From the parts to the whole: the upper tiles, the root of every checkpoint, no id twice. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from ...ledger import tree
from ...ledger.tiles import HEIGHT, WIDTH
from ...ledger.tree import HASH
from ..container import Read
from ..errors import Lie, about
from ..layout import CHECKPOINTS, PART
from .leaves import ID
from .part import Part, Placed, Result, name_of, read_lines

BUCKET = 500_000  # ids that are compared with one another at a time


class Whole:
    """Takes the results of the parts in order."""

    def __init__(self) -> None:
        self._row = bytearray()  # the hashes of all complete tiles of level 0
        self.checkpoints = 0
        self.root = tree.EMPTY
        self._reader = lru_cache(maxsize=4096)(self._subtree)

    def add(self, number: int, result: Result) -> None:
        """One more part. Raises Lie for a checkpoint in it whose root is another than that of the records."""
        left = self._left(number)
        for size, root, share in result.rest:
            found = _folded(left, share) if size else tree.EMPTY
            if found != root:
                raise Lie(
                    f"{CHECKPOINTS}, the checkpoint of {size:,} records",
                    "its root is not that of the first records of the log: records before it were added, left out, "
                    "changed or moved, or the checkpoint is of another log",
                )
            self.checkpoints += 1
        self.root = _folded(left, result.tail)
        self._row += result.row

    def tiles(self, members: Mapping[str, Placed], size: int, read: Read) -> None:
        """Checks the tiles above the lowest. Raises Lie."""
        level, row = 1, bytes(self._row)
        while row:
            width = WIDTH * HASH
            pieces = [row[at : at + width] for at in range(0, len(row), width)]
            for number, expected in enumerate(pieces):
                member = members[name_of(level, number, size)]
                found = read(member.at, member.bytes)
                if hashlib.sha256(found).hexdigest() != member.sha256:
                    raise Lie(member.path, "its bytes are not those that the manifest lists")
                if found != expected:
                    raise Lie(member.path, "its hashes are not those that the tiles below it give")
            row = b"".join(tree.root(_hashes(piece)) for piece in pieces if len(piece) == width)
            level += 1

    def _left(self, number: int) -> list[bytes]:
        """The complete subtrees in front of a part, largest first."""
        pieces = []
        start, end = 0, number * PART
        while start < end:
            level = (end - start).bit_length() - 1
            pieces.append(self._reader(level, start >> level))
            start += 1 << level
        return pieces

    def _subtree(self, level: int, index: int) -> bytes:
        height = level - HEIGHT
        return tree.root(_hashes(self._row[(index << height) * HASH : ((index + 1) << height) * HASH]))


def _hashes(row: bytes | bytearray) -> list[bytes]:
    return [bytes(row[at : at + HASH]) for at in range(0, len(row), HASH)]


def _folded(left: Sequence[bytes], share: bytes) -> bytes:
    for piece in reversed(left):
        share = tree.node_hash(piece, share)
    return share


def distinct(parts: Sequence[Part], ranges: Sequence[tuple[str, str]], read: Read) -> None:
    """No id in two parts. Ids rise with time, so that hardly any two parts have anything to compare. Raises Lie."""
    touching = _touching(ranges)
    buckets = -(-len(touching) * PART // BUCKET) or 1
    for bucket in range(buckets):
        seen: set[bytes] = set()
        for number in touching:
            for index, own in _ids(parts[number], read):
                if int(own[-4:], 16) % buckets != bucket:
                    continue
                if own in seen:
                    raise _twice(parts, touching, own, index, read)
                seen.add(own)


def _touching(ranges: Sequence[tuple[str, str]]) -> list[int]:
    """The parts whose ids lie among those of another."""
    order = sorted(range(len(ranges)), key=lambda number: ranges[number])
    found: set[int] = set()
    widest = -1
    for number in order:
        if widest >= 0 and ranges[number][0] <= ranges[widest][1]:
            found |= {number, widest}
        if widest < 0 or ranges[number][1] > ranges[widest][1]:
            widest = number
    return sorted(found)


def _ids(part: Part, read: Read) -> Iterator[tuple[int, bytes]]:
    index = part.start
    for lines in read_lines(part.member, read, lambda _: None):
        for line in lines:
            at = line.find(b'"id":"', line.find(b'"expires":"')) + 6
            yield index, line[at : at + ID]
            index += 1


def _twice(parts: Sequence[Part], touching: Sequence[int], own: bytes, index: int, read: Read) -> Lie:
    first = next(at for number in touching for at, found in _ids(parts[number], read) if found == own)
    return about(
        parts[index // PART].member.path, index, own.decode(), f"its id stands twice: record {first:,} has it, too"
    )
