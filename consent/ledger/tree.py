"""The Merkle tree of RFC 9162 §2.1 (the same as RFC 6962's) with SHA-256: roots and proofs, and what checks them. Pure.

Hashes are read through a function, so that a tree of any size needs the memory of a proof.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

HASH = 32  # bytes
EMPTY = hashlib.sha256(b"").digest()  # the root of no leaves
MAX_PROOF = 64  # hashes: more than any tree needs

# (level, index) → the hash of the complete subtree over leaves [index · 2^level, (index + 1) · 2^level)
HashReader = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 ‖ entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, or over those of complete subtrees of one size."""
    if not hashes:
        return EMPTY
    sha = hashlib.sha256
    level = list(hashes)
    while len(level) > 1:
        up = [sha(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        if len(level) % 2:
            up.append(level[-1])
        level = up
    return level[0]


def root_of(size: int, reader: HashReader) -> bytes:
    """The root of the first `size` leaves."""
    return _range(0, size, reader) if size else EMPTY


def _range(start: int, end: int, reader: HashReader) -> bytes:
    """The hash over leaves [start, end), where `start` is a multiple of a power of two that is not below the length."""
    pieces = []
    while start < end:
        level = (end - start).bit_length() - 1
        pieces.append(reader(level, start >> level))
        start += 1 << level
    hashed = pieces.pop()
    while pieces:
        hashed = node_hash(pieces.pop(), hashed)
    return hashed


def _split(length: int) -> int:
    """The greatest power of two below `length`."""
    return 1 << (length - 1).bit_length() - 1


def inclusion_proof(index: int, size: int, reader: HashReader) -> list[bytes]:
    """PATH(index, D[0:size]) of RFC 9162 §2.1.3.1, from the leaf's sibling upwards. Raises ValueError."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_range(middle, end, reader))
            end = middle
        else:
            proof.append(_range(start, middle, reader))
            start = middle
    return proof[::-1]


def check_inclusion(hashed: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> bool:
    """Whether the proof shows the leaf hash at `index` of the tree of `size` with that root (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size or len(proof) > MAX_PROOF or any(len(one) != HASH for one in proof):
        return False
    first, last, found = index, size - 1, hashed
    for sibling in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            found = node_hash(sibling, found)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and found == expected


def consistency_proof(old: int, new: int, reader: HashReader) -> list[bytes]:
    """PROOF(old, D[0:new]) of RFC 9162 §2.1.4.1; empty where nothing needs a proof. Raises ValueError."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} does not extend one of {old}")
    if old in (0, new):
        return []
    proof: list[bytes] = []
    start, end = 0, new
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(_range(middle, end, reader))
            end = middle
        else:
            proof.append(_range(start, middle, reader))
            start = middle
    if start:
        proof.append(_range(start, end, reader))
    return proof[::-1]


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the new tree extends the old one (RFC 9162 §2.1.4.2)."""
    if not 0 <= old <= new or len(proof) > MAX_PROOF or any(len(one) != HASH for one in proof):
        return False
    if old in (0, new):
        return not proof and old_root == (EMPTY if old == 0 else new_root) and (new > 0 or new_root == EMPTY)
    rest = list(proof)
    if old & (old - 1) == 0:
        rest.insert(0, old_root)
    if not rest:
        return False
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    before = after = rest[0]
    for sibling in rest[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root
