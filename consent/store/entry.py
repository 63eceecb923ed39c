"""What goes into the store and comes out of it: one record with its personal part and its request."""

from __future__ import annotations

from dataclasses import dataclass

from ..personal import Sealed
from ..record import Record


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as it is stored.

    `sealed` is its personal part (None: it has none, or it was erased). `request_key` is the idempotency key
    of the request that made it (16 bytes, or None when the client sent none), `request_digest` 16 bytes of a
    hash over what was asked, so that the same key with another request is noticed.
    """

    record: Record
    sealed: Sealed | None
    request_key: bytes | None
    request_digest: bytes
