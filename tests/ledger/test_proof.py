"""Proofs as texts: round trip, one spelling, and what each checks."""

from __future__ import annotations

import pytest

from consent.ledger import checkpoint as checkpoints
from consent.ledger import proof as proofs
from consent.ledger import tree
from consent.ledger.checkpoint import Checkpoint
from consent.ledger.errors import MalformedNote, UntrustedNote
from consent.ledger.note import ED25519, VerifierKey
from consent.ledger.proof import Proof
from consent.signing import public_key

from . import trees

SEED, ORIGIN, SIZE, AT = b"\x31" * 32, "shop.example/consent", 11, 6
KEY = VerifierKey(ORIGIN, ED25519, public_key(SEED))
LEAVES = trees.leaves(SIZE)


def made() -> Proof:
    read = trees.reading(LEAVES)
    head = Checkpoint(ORIGIN, SIZE, tree.root_of(SIZE, read))
    hashes = tuple(tree.inclusion_proof(AT, SIZE, read))
    return Proof(AT, hashes, checkpoints.sign(head, [(ORIGIN, SEED)], 1_790_000_000))


def test_it_goes_round_and_checks() -> None:
    assert proofs.parse(str(made())) == made()
    signed = proofs.check(made(), LEAVES[AT], [KEY])
    assert (signed.checkpoint.size, signed.time) == (SIZE, 1_790_000_000)
    assert str(made()).startswith("c2sp.org/tlog-proof@v1\nindex 6\n")


def test_it_is_a_proof_of_nothing_else() -> None:
    for hashed in [LEAVES[AT - 1], LEAVES[AT + 1], bytes(32)]:
        with pytest.raises(UntrustedNote, match="does not lead"):
            proofs.check(made(), hashed, [KEY])


def test_every_changed_bit_is_noticed() -> None:
    whole = str(made()).encode()
    for at in range(len(whole)):
        for bit in range(8):
            changed = whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :]
            try:
                found = proofs.check(proofs.parse(changed.decode()), LEAVES[AT], [KEY])
            except (MalformedNote, UntrustedNote, UnicodeDecodeError):
                continue
            assert found.time is None, "only the line that gives the time may become a stranger's"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v2\nindex 0\n\nnote",
        "c2sp.org/tlog-proof@v1\n\nnote",
        "c2sp.org/tlog-proof@v1\nindex 01\n\nnote",
        "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nnote",
        "c2sp.org/tlog-proof@v1\nindex 1\n" + "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n" * 65 + "\nnote",
        "x" * 70_000,
    ],
)
def test_whatever_is_not_a_proof_is_refused(text: str) -> None:
    with pytest.raises(MalformedNote):
        proofs.parse(text)
