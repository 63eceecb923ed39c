"""A proof of inclusion as a text of its own (https://c2sp.org/tlog-proof), which anyone can check offline. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from . import checkpoint as checkpoints
from .checkpoint import Signed
from .errors import MalformedNote, UntrustedNote
from .note import MAX_BYTES, VerifierKey, base64_of, to_base64
from .tree import HASH, MAX_PROOF, check_inclusion

HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class Proof:
    """That a leaf stands at `index` of the tree of a checkpoint (a signed note)."""

    index: int
    hashes: tuple[bytes, ...]
    note: str

    def __str__(self) -> str:
        """The text."""
        lines = [HEADER, f"index {self.index}", *map(to_base64, self.hashes), "", self.note]
        return "\n".join(lines)


def parse(text: str) -> Proof:
    """The proof in its one canonical form, without extra data. Raises MalformedNote."""
    if len(text) > MAX_BYTES:
        raise MalformedNote(f"The proof is longer than {MAX_BYTES:,} bytes.")
    head, gap, note = text.partition("\n\n")
    lines = head.split("\n")
    if not gap or lines[0] != HEADER or len(lines) < 2 or not lines[1].startswith("index "):
        raise MalformedNote("This is not a proof as tlog-proof writes it.")
    found = Proof(checkpoints.number(lines[1][6:]), tuple(map(base64_of, lines[2:])), note)
    if len(found.hashes) > MAX_PROOF or any(len(one) != HASH for one in found.hashes):
        raise MalformedNote("A hash of the proof is not one of SHA-256.")
    return found


def check(proof: Proof, hashed: bytes, trusted: Iterable[VerifierKey]) -> Signed:
    """The checkpoint under which a leaf hash stands in a log whose keys are `trusted`.

    Raises MalformedNote, UntrustedNote.
    """
    signed = checkpoints.read(proof.note, trusted)
    head = signed.checkpoint
    if not check_inclusion(hashed, proof.index, head.size, proof.hashes, head.root):
        raise UntrustedNote(f"The proof does not lead from this record to the checkpoint of {head.size:,} records.")
    return signed
