"""Checkpoints and cosignatures: the published form, one spelling, a time that is signed."""

from __future__ import annotations

import pytest

from consent.ledger import checkpoint as checkpoints
from consent.ledger import note as notes
from consent.ledger.checkpoint import Checkpoint
from consent.ledger.errors import MalformedNote, UntrustedNote
from consent.ledger.note import COSIGNATURE, ED25519, VerifierKey
from consent.ledger.tree import EMPTY
from consent.signing import public_key

# The example of c2sp.org/tlog-checkpoint and c2sp.org/tlog-cosignature.
PUBLISHED = (
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5"
    "/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZ"
    "qhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)
SEED, WITNESS = b"\x21" * 32, b"\x22" * 32
ORIGIN = "shop.example/consent"
KEY = VerifierKey(ORIGIN, ED25519, public_key(SEED))
HEAD = Checkpoint(ORIGIN, 70_000, bytes(range(32)))
TIME = 1_790_000_000


def made() -> str:
    return checkpoints.sign(HEAD, [(ORIGIN, SEED)], TIME)


def test_the_published_example() -> None:
    note = notes.parse(PUBLISHED)
    found = checkpoints.parse_text(note.text)
    assert (found.origin, found.size) == ("example.com/behind-the-sofa", 20852163)
    assert found.text == note.text
    assert str(note) == PUBLISHED
    cosignature = note.signatures[1].value
    assert (int.from_bytes(cosignature[:8]), len(cosignature)) == (1679315147, 72)


def test_one_that_we_signed() -> None:
    signed = checkpoints.read(made(), [KEY])
    assert (signed.checkpoint, signed.time, signed.note) == (HEAD, TIME, made())
    assert made().splitlines()[:3] == [ORIGIN, "70000", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]


def test_every_changed_bit_is_noticed() -> None:
    whole = made().encode()
    for at in range(len(whole)):
        for bit in range(8):
            changed = whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :]
            try:
                found = checkpoints.read(changed, [KEY])
            except (MalformedNote, UntrustedNote):
                continue
            # A signature whose name or id was changed is somebody else's, and ignored: then the time is not known.
            assert (found.checkpoint, found.time) == (HEAD, None)


def test_a_witness_adds_its_cosignature() -> None:
    name, later = "witness.example/w1", TIME + 60
    witness = VerifierKey(name, COSIGNATURE, public_key(WITNESS))
    both = checkpoints.with_signatures(made(), [checkpoints.cosign(HEAD.text, name, WITNESS, later)])
    note = notes.parse(both)
    assert checkpoints.cosigned(note, witness) == later
    assert checkpoints.cosigned(notes.parse(made()), witness) is None
    assert checkpoints.read(both, [KEY]).time == TIME
    again = checkpoints.with_signatures(both, [checkpoints.cosign(HEAD.text, name, WITNESS, later + 1)])
    assert checkpoints.cosigned(notes.parse(again), witness) == later + 1
    assert len(notes.parse(again).signatures) == 3


def test_a_time_that_was_changed() -> None:
    note = notes.parse(made())
    ours = note.by(VerifierKey(ORIGIN, COSIGNATURE, KEY.public))
    assert ours is not None
    moved = notes.Signature(ours.name, ours.key_id, (TIME - 1).to_bytes(8) + ours.value[8:])
    with pytest.raises(UntrustedNote, match="cosignature"):
        checkpoints.read(checkpoints.with_signatures(made(), [moved]), [KEY])


def test_a_key_of_another_log_is_not_trusted_here() -> None:
    other = VerifierKey("other.example/consent", ED25519, KEY.public)
    with pytest.raises(UntrustedNote, match=r"shop\.example"):
        checkpoints.read(made(), [other])


@pytest.mark.parametrize(
    "text",
    [
        "shop.example\n5\n",
        "shop.example\n05\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "shop.example\n-5\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "shop.example\n٥\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "shop.example\n99999999999999999999\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "shop.example\n5\nAAEC\n",
        "shop.example\n5\nnot base64\n",
        "shop.example\n0\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "\n5\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "shop.example\n5\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n\n",
    ],
)
def test_whatever_is_not_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(MalformedNote):
        checkpoints.parse_text(text)


def test_the_empty_log_and_extension_lines() -> None:
    empty = Checkpoint("shop.example", 0, EMPTY)
    assert checkpoints.parse_text(empty.text) == empty
    extended = Checkpoint("shop.example", 5, bytes(32), ("more", "and more"))
    assert checkpoints.parse_text(extended.text) == extended
