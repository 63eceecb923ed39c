"""Trees by the definition of RFC 9162 §2.1, written down as it stands there: slow, and plainly right."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from consent.ledger.tree import HashReader, leaf_hash, root


def head(leaves: Sequence[bytes]) -> bytes:
    """MTH of leaf hashes."""
    if len(leaves) == 1:
        return leaves[0]
    middle = half(len(leaves))
    return sha256(b"\x01" + head(leaves[:middle]) + head(leaves[middle:])).digest() if leaves else sha256().digest()


def half(count: int) -> int:
    """The greatest power of two below `count`."""
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D_n)."""
    if len(leaves) == 1:
        return []
    middle = half(len(leaves))
    if index < middle:
        return [*path(index, leaves[:middle]), head(leaves[middle:])]
    return [*path(index - middle, leaves[middle:]), head(leaves[:middle])]


def subproof(old: int, leaves: Sequence[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF(m, D_n, b)."""
    if old == len(leaves):
        return [] if whole else [head(leaves)]
    middle = half(len(leaves))
    if old <= middle:
        return [*subproof(old, leaves[:middle], whole), head(leaves[middle:])]
    return [*subproof(old - middle, leaves[middle:], False), head(leaves[:middle])]


def leaves(count: int) -> list[bytes]:
    """Leaf hashes, each its own."""
    return [leaf_hash(b"%d" % number) for number in range(count)]


def reading(hashes: Sequence[bytes]) -> HashReader:
    """A reader of leaf hashes."""
    known: dict[tuple[int, int], bytes] = {}

    def read(level: int, index: int) -> bytes:
        assert (index + 1) << level <= len(hashes), "only complete subtrees may be read"
        if (level, index) not in known:
            known[level, index] = root(hashes[index << level : (index + 1) << level])
        return known[level, index]

    return read
