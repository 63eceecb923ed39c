"""A leaf in two parts: the shape that thousands of records share, and the few bytes that are its own.

Leaves of one notice differ in the id, two times and the commitment; the rest repeats. It is stored once,
under its own hash, which brings a leaf of 510 bytes to 80 and costs no more than writing the bytes would.
Putting the two together gives the very bytes that were signed, whatever they were. Pure.
"""

from __future__ import annotations

import hashlib
import uuid

TIME = 20  # 2026-11-21T04:00:00Z
ID = 36
COMMITMENT = 43  # base64url of 32 bytes
GAP = b"\x00"  # no JSON text contains it


def split(leaf: bytes, record_id: uuid.UUID) -> tuple[bytes, bytes] | None:
    """A leaf's shape, with gaps, and what belongs into them; None for what does not look like a leaf."""
    expires = leaf.find(b'"expires":"') + 11
    own_id = leaf.find(b'"id":"', expires) + 6
    if expires < 11 or own_id < expires + TIME or leaf[own_id : own_id + ID] != str(record_id).encode():
        return None
    after = own_id + ID
    commitment = leaf.find(b'"personal":"', after) + 12
    has = commitment > 11
    time = leaf.find(b'"time":"', commitment + COMMITMENT if has else after) + 8
    if time < 8 or len(leaf) < time + TIME or GAP in leaf:
        return None
    middle = [leaf[after:commitment], leaf[commitment + COMMITMENT : time]] if has else [leaf[after:time]]
    pieces = [leaf[:expires], leaf[expires + TIME : own_id], *middle, leaf[time + TIME :]]
    own = leaf[expires : expires + TIME] + leaf[time : time + TIME]
    return GAP.join(pieces), own + leaf[commitment : commitment + COMMITMENT] if has else own


def join(shape: bytes, own: bytes, record_id: uuid.UUID) -> bytes:
    """The leaf that `split` parted. Raises ValueError when the two do not belong together."""
    pieces = shape.split(GAP)
    first, middle, last = pieces[0], pieces[2:-1], pieces[-1]
    expires, time, commitment = own[:TIME], own[TIME : 2 * TIME], own[2 * TIME :]
    if len(pieces) != (5 if commitment else 4):
        raise ValueError("a leaf's own parts do not fit its shape")
    inner = commitment.join(middle) if commitment else middle[0]
    return b"".join((first, expires, pieces[1], str(record_id).encode(), inner, time, last))


def shape_id(shape: bytes) -> bytes:
    """A shape's name: 16 bytes of its SHA-256."""
    return hashlib.sha256(shape).digest()[:16]
