"""Signed notes: the examples that are published, one canonical form, whose signature counts."""

from __future__ import annotations

import pytest

from consent.ledger import note as notes
from consent.ledger.errors import MalformedNote, UntrustedNote
from consent.ledger.note import COSIGNATURE, ED25519, Note, Signature, VerifierKey
from consent.signing import public_key, sign_bytes

# The example of golang.org/x/mod/sumdb/note, of which the specification is a description.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ANSWER = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
SEED = b"\x11" * 32
KEY = VerifierKey("log.example/one", ED25519, public_key(SEED))
TEXT = "Ein Satz.\n\nNoch einer.\n"


def signed(text: str = TEXT, seed: bytes = SEED, key: VerifierKey = KEY) -> str:
    return str(Note(text, (Signature(key.name, key.id, sign_bytes(seed, text.encode())),)))


def test_the_published_example() -> None:
    key = VerifierKey.parse(NEUMANN)
    found = notes.parse(ANSWER)
    assert notes.verified(found, [key]) == [key]
    assert str(found) == ANSWER
    assert str(key) == NEUMANN


def test_a_note_of_ours_goes_round() -> None:
    found = notes.parse(signed())
    assert (found.text, str(found)) == (TEXT, signed())
    assert notes.verified(found, [KEY]) == [KEY]


def test_every_changed_bit_is_noticed() -> None:
    whole = signed().encode()
    for at in range(len(whole)):
        for bit in range(8):
            changed = whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :]
            with pytest.raises((MalformedNote, UntrustedNote)):
                notes.verified(notes.parse(changed), [KEY])


def test_unknown_signatures_are_ignored() -> None:
    other = VerifierKey("log.example/two", ED25519, public_key(b"\x12" * 32))
    stranger = Signature(other.name, other.id, b"\x00" * 64)
    namesake = Signature(KEY.name, other.id, b"\x00" * 64)
    twin = Signature(other.name, KEY.id, b"\x00" * 64)
    whole = notes.parse(signed())
    found = notes.parse(str(Note(TEXT, (stranger, namesake, twin, *whole.signatures))))
    assert notes.verified(found, [KEY]) == [KEY]


def test_a_known_key_that_did_not_sign_spoils_the_note() -> None:
    other = VerifierKey("log.example/two", ED25519, public_key(b"\x12" * 32))
    false = Signature(other.name, other.id, sign_bytes(SEED, TEXT.encode()))
    found = Note(TEXT, (*notes.parse(signed()).signatures, false))
    with pytest.raises(UntrustedNote, match=r"log\.example/two") as caught:
        notes.verified(found, [KEY, other])
    assert caught.value.name == other.name


def test_nobody_trusted() -> None:
    with pytest.raises(UntrustedNote, match="No trusted key"):
        notes.verified(notes.parse(signed()), [VerifierKey.parse(NEUMANN)])


def test_a_key_signs_only_what_it_is_for() -> None:
    """A cosignature key of the same name and bytes has another id, and signs another text."""
    cosigner = VerifierKey(KEY.name, COSIGNATURE, KEY.public)
    assert cosigner.id != KEY.id
    with pytest.raises(UntrustedNote):
        notes.verified(notes.parse(signed()), [cosigner])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\nnot a signature\n",
        signed().removesuffix("\n"),
        signed().replace("— ", "- "),
        signed().replace("— ", "—  "),
        signed() + "\n",
        signed() + "more\n",
        signed().replace("Satz", "Sa\tz"),
        signed().replace("Satz", "Sa\x00z"),
        signed().replace("\n", "\r\n"),
        signed().replace("log.example/one", "log.example one"),
        signed().replace("log.example/one", "log+example"),
        signed().replace("log.example/one", "log\u2003example"),
        signed().replace("=\n", "\n"),
        "text\n\n— a AAAA\n",
        "text\n\n— a AAAAAAA\n",
        "text\n\n" + "— a AAAAAAAA\n" * 65,
        "x" * 70_000,
    ],
)
def test_whatever_is_not_a_note_is_refused(text: str) -> None:
    with pytest.raises(MalformedNote):
        notes.parse(text)


def test_bytes_that_are_not_utf8() -> None:
    with pytest.raises(MalformedNote, match="UTF-8"):
        notes.parse(b"\xff" + signed().encode())
    with pytest.raises(MalformedNote, match="UTF-8"):
        notes.parse("\ud800" + signed())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PeterNeumann",
        NEUMANN.replace("c74f20a3", "c74f20a4"),
        NEUMANN.replace("c74f20a3", "C74F20A3"),
        NEUMANN.replace("PeterNeumann", "Peter Neumann"),
        NEUMANN[:-4],
        NEUMANN.replace("+ARpc", "+BRpc"),
        NEUMANN + "=",
    ],
)
def test_whatever_is_not_a_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(MalformedNote):
        VerifierKey.parse(text)
