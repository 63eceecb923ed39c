"""Signed notes (https://c2sp.org/signed-note): text, an empty line, signature lines. Pure.

Strict: what is not in its one canonical form is refused, and sizes are capped.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..signing import verify_bytes
from .errors import MalformedNote, UntrustedNote

ED25519 = 0x01  # Ed25519 over the text (signed-note)
COSIGNATURE = 0x04  # timestamped Ed25519 cosignature (https://c2sp.org/tlog-cosignature)
MAX_BYTES = 1 << 16
MAX_SIGNATURES = 64  # a verifier must accept 16

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NAME = re.compile(r"[^\s+\x00-\x20]{1,255}")
_LINE = re.compile(r"— (?P<name>[^\s+\x00-\x20]{1,255}) (?P<signature>[A-Za-z0-9+/]{8,}={0,2})")


def base64_of(text: str) -> bytes:
    """The bytes of standard base64 (RFC 4648 §4) in its one spelling. Raises MalformedNote."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedNote("This is not base64.") from error
    if base64.b64encode(data).decode() != text:
        raise MalformedNote("This is not canonical base64.")
    return data


def to_base64(data: bytes) -> str:
    """Standard base64 with padding."""
    return base64.b64encode(data).decode()


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name and the algorithm that it is trusted for."""

    name: str
    algorithm: int  # ED25519 or COSIGNATURE
    public: bytes  # 32 bytes

    @property
    def id(self) -> bytes:
        """The four bytes that stand before each of its signatures."""
        return hashlib.sha256(f"{self.name}\n".encode() + bytes([self.algorithm]) + self.public).digest()[:4]

    def __str__(self) -> str:
        """The verifier key as text: name, id, algorithm and key."""
        return f"{self.name}+{self.id.hex()}+{to_base64(bytes([self.algorithm]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """The key that such a text stands for. Raises MalformedNote."""
        name, _, rest = text.strip().partition("+")
        hashed, _, encoded = rest.partition("+")
        data = base64_of(encoded)
        if not is_name(name) or len(data) != 33 or data[0] not in (ED25519, COSIGNATURE):
            raise MalformedNote("This is not a verifier key: NAME+ID+BASE64 of an Ed25519 key.")
        key = cls(name, data[0], data[1:])
        if key.id.hex() != hashed:
            raise MalformedNote("The verifier key's id is not that of its key: it was mistyped or changed.")
        return key


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line."""

    name: str
    key_id: bytes  # 4
    value: bytes

    def __str__(self) -> str:
        """The line, without its end."""
        return f"— {self.name} {to_base64(self.key_id + self.value)}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, with its final newline, and who claims to have signed it."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        """The whole note."""
        return self.text + "\n" + "".join(f"{one}\n" for one in self.signatures)

    def by(self, key: VerifierKey) -> Signature | None:
        """The first signature that claims to be the key's, verified or not."""
        for one in self.signatures:
            if one.name == key.name and one.key_id == key.id:
                return one
        return None


def is_name(name: str) -> bool:
    """Whether a key may be named so."""
    return _NAME.fullmatch(name) is not None


def parse(data: bytes | str) -> Note:
    """The note in its one canonical form. Raises MalformedNote for anything else."""
    if len(data) > MAX_BYTES:
        raise MalformedNote(f"The note is longer than {MAX_BYTES:,} bytes.")
    try:
        whole = data if isinstance(data, str) else data.decode()
        whole.encode()
    except UnicodeError as error:
        raise MalformedNote("The note is not UTF-8.") from error
    if _CONTROL.search(whole):
        raise MalformedNote("The note contains a control character.")
    text, gap, lines = whole.rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise MalformedNote("The note has no signatures behind an empty line.")
    return Note(text + "\n", tuple(signature_lines(lines)))


def signature_lines(lines: str) -> list[Signature]:
    """The signatures of lines that each end in a newline. Raises MalformedNote."""
    found = []
    for line in lines.removesuffix("\n").split("\n"):
        parts = _LINE.fullmatch(line)
        data = base64_of(parts["signature"]) if parts else b""
        if parts is None or len(data) < 5:
            raise MalformedNote("A signature line is not “— NAME BASE64”.")
        found.append(Signature(parts["name"], data[:4], data[4:]))
    if len(found) > MAX_SIGNATURES:
        raise MalformedNote(f"The note has more than {MAX_SIGNATURES} signatures.")
    return found


def verified(note: Note, keys: Iterable[VerifierKey]) -> list[VerifierKey]:
    """Those of `keys` (of algorithm ED25519) that signed the note.

    Signatures of unknown keys are ignored. Raises UntrustedNote where a known key's does not verify, or none is there.
    """
    good = []
    for key in keys:
        signature = note.by(key)
        if signature is None:
            continue
        if key.algorithm != ED25519 or not verify_bytes(key.public, note.text.encode(), signature.value):
            raise UntrustedNote(f"The signature of {key.name} is not over this text.", key.name)
        good.append(key)
    if not good:
        raise UntrustedNote("No trusted key signed this.")
    return good
