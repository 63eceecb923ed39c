"""Whether a newer bundle continues an older one: what the older one shows is still there, unchanged. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ...encoding import timestamp
from ...ledger.tiles import WIDTH, TileReader, reader
from ...ledger.tree import HASH, check_consistency, consistency_proof, root_of
from .. import layout
from ..errors import Lie, about
from .opening import Opened
from .part import name_of, read_note

WHERE = "against the older bundle"


@dataclass(frozen=True, slots=True)
class Continued:
    """The older log is the beginning of the newer."""

    older: int  # records
    newer: int
    checkpoints: int  # of the older bundle that the newer log leads to


def tile_reader(bundle: Opened) -> TileReader:
    """The tiles of a bundle. It raises LookupError."""

    def tile(level: int, number: int) -> bytes:
        member = bundle.members[name_of(level, number, bundle.manifest.size)]
        return bundle.read(member.at, member.bytes)

    return tile


def compare(newer: Opened, older: Opened) -> Continued:
    """Prove that the newer log, which was verified as a whole, extends the older. Raises Lie."""
    old, new = older.manifest, newer.manifest
    if (old.site, old.origin) != (new.site, new.origin):
        raise Lie(
            WHERE, f"that one is of the log {old.origin} of {old.site}, this one is of {new.origin} of {new.site}"
        )
    if old.size > new.size:
        raise Lie(
            WHERE,
            f"that one has {old.size:,} records and this one {new.size:,}: records were removed from its end, "
            "or the two were given in the wrong order. Both are signed by the same key: keep both files as evidence",
        )
    hashes = reader(tile_reader(newer))
    for note in older.notes:
        size, time, root = read_note(note, older.context)
        if root_of(size, hashes) != root:
            raise _forked(newer, older, f"the checkpoint of {size:,} records that was signed at {timestamp(time)}")
    proof = consistency_proof(old.size, new.size, hashes)
    if not check_consistency(old.size, old.root, new.size, new.root, proof):
        raise _forked(newer, older, "its newest checkpoint")
    return Continued(old.size, new.size, len(older.notes))


def _forked(newer: Opened, older: Opened, what: str) -> Lie:
    """The two logs differ; says from which record on."""
    words = (
        f"this log does not lead to {what} of the older bundle: the log was rewritten between the two. "
        "Both are signed by the same key; keep both files as evidence"
    )
    index = _first_difference(newer, older)
    if index is None:
        return Lie(WHERE, words)
    return about(
        layout.part(index // layout.PART), index, "", f"it is another record than the older bundle has; {words}"
    )


def _first_difference(newer: Opened, older: Opened) -> int | None:
    new, old = tile_reader(newer), tile_reader(older)
    for number in range(-(-older.manifest.size // WIDTH)):
        now, then = new(0, number), old(0, number)
        if now[: len(then)] == then:
            continue
        at = next((n for n in range(0, len(then), HASH) if now[n : n + HASH] != then[n : n + HASH]), 0)
        return number * WIDTH + at // HASH
    return None
