"""A record's receipt, from the store: with the proof of its place in the log if it has one by now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..keys import Keys
from ..ledger import checkpoint as checkpoints
from ..ledger import tiles
from ..ledger.proof import Proof
from ..ledger.tree import inclusion_proof
from ..personal import unseal
from ..receipt import Kept, build, hints
from ..record import Record
from .entry import Entry
from .errors import LedgerDamaged

if TYPE_CHECKING:
    from .store import Store


def receipt(store: Store, keys: Keys, entry: Entry, notice: bytes, *, own: bool = False) -> dict[str, Any]:
    """The receipt of an entry whose notice is `notice`. `own`: with the personal part, for its person alone.

    A record that waits for its place gets one without proof. Raises StoreUnavailable, LedgerDamaged, KeysError.
    """
    record = entry.record
    personal = unseal(entry.sealed, keys, record.id) if own and entry.sealed else None
    proof, time = _proof(store, keys, record)
    return build(Kept(record.leaf, record.signature, notice, hints(keys, record.leaf), proof, personal), time)


def _proof(store: Store, keys: Keys, record: Record) -> tuple[str | None, int | None]:
    """The proof of a record's place, and the checkpoint's time."""
    place = store.place(record.site, record.id)
    if place is None or keys.ledger is None:
        return None, None
    read = tiles.reader(store.tiles_reader(record.site))
    try:
        hashes = inclusion_proof(place.index, place.head.size, read)
    except (LookupError, ValueError) as error:
        raise LedgerDamaged(f"The log of site {record.site!r} has lost hashes: {error}. See: consent verify") from error
    signed = checkpoints.read(place.head.note, [keys.ledger.verifier])
    return str(Proof(place.index, tuple(hashes), place.head.note)), signed.time
