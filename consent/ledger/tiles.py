"""Hashes in tiles (https://c2sp.org/tlog-tiles): 256 of one height together, under paths that never change. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from .tree import HASH, HashReader, root, root_of

WIDTH = 256
HEIGHT = 8  # 2 ** HEIGHT == WIDTH
ENTRIES = -1  # the "level" of entry bundles
MAX_ENTRY = 0xFFFF  # bytes

TileReader = Callable[[int, int], bytes]  # (level, number) → the tile's hashes, as many as there are

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<number>(x[0-9]{3}/){0,5}[0-9]{3})(\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


class Name(NamedTuple):
    """Which tile: its level (ENTRIES for a bundle of entries), its number, and its width."""

    level: int
    number: int
    width: int = WIDTH


def path(name: Name) -> str:
    """Where a tile is served: `tile/0/x001/x234/067`, and `.p/112` behind it for a partial one."""
    digits = f"{name.number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    number = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    level = "entries" if name.level == ENTRIES else str(name.level)
    return f"tile/{level}/{number}" + (f".p/{name.width}" if name.width < WIDTH else "")


def parse_path(text: str) -> Name | None:
    """The tile that such a path names, or None for any other spelling."""
    found = _PATH.fullmatch(text)
    if found is None:
        return None
    level = ENTRIES if found["level"] == "entries" else int(found["level"])
    name = Name(level, int(found["number"].replace("x", "").replace("/", "")), int(found["width"] or WIDTH))
    return name if level < 64 and path(name) == text else None


def names(size: int) -> Iterator[Name]:
    """Every tile of hashes that a tree of `size` has, level by level."""
    level, hashes = 0, size
    while hashes:
        for number in range(hashes // WIDTH):
            yield Name(level, number)
        if hashes % WIDTH:
            yield Name(level, hashes // WIDTH, hashes % WIDTH)
        level, hashes = level + 1, hashes // WIDTH


def edge(size: int) -> list[Name]:
    """The last tile of each level of a tree of `size`: all that its root needs."""
    found = []
    level, hashes = 0, size
    while hashes:
        found.append(Name(level, (hashes - 1) // WIDTH, (hashes - 1) % WIDTH + 1))
        level, hashes = level + 1, hashes // WIDTH
    return found


def hashes(tile: bytes) -> list[bytes]:
    """The hashes of a tile."""
    return [tile[at : at + HASH] for at in range(0, len(tile), HASH)]


def grow(size: int, last: TileReader, leaves: Sequence[bytes]) -> dict[tuple[int, int], bytes]:
    """What changes when leaf hashes are added to a tree of `size`: tiles by (level, number), whole."""
    changed: dict[tuple[int, int], bytes] = {}
    level, before, fresh = 0, size, list(leaves)
    while fresh:
        number, width = divmod(before, WIDTH)
        row = (hashes(last(level, number)[: width * HASH]) if width else []) + fresh
        up = []
        for at in range(0, len(row), WIDTH):
            part = row[at : at + WIDTH]
            changed[level, number + at // WIDTH] = b"".join(part)
            if len(part) == WIDTH:
                up.append(root(part))
        level, before, fresh = level + 1, before // WIDTH, up
    return changed


def reader(tiles: TileReader, remembered: int = 64) -> HashReader:
    """How a tree is read out of its tiles, the last `remembered` of which are kept. It raises LookupError."""
    kept = lru_cache(maxsize=remembered)(tiles)

    def read(level: int, index: int) -> bytes:
        height, within = divmod(level, HEIGHT)
        first = index << within
        number, offset = divmod(first, WIDTH)
        part = kept(height, number)[offset * HASH : (offset + (1 << within)) * HASH]
        if len(part) != HASH << within:
            raise LookupError(f"tile {path(Name(height, number))} lacks hash {offset}")
        return root(hashes(part))

    return read


def root_from(size: int, tiles: TileReader) -> bytes:
    """The root of the first `size` leaves, from the tiles at the edge. Raises LookupError."""
    return root_of(size, reader(tiles))


def entry_bundle(entries: Sequence[bytes]) -> bytes:
    """Entries as they are served together: each behind its length, 16 bits big-endian. Raises ValueError."""
    if any(len(entry) > MAX_ENTRY for entry in entries):
        raise ValueError("an entry is longer than 65,535 bytes")
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)
