"""Checkpoints (https://c2sp.org/tlog-checkpoint): the signed size and root of a log, with a time by cosignature. Pure.

The log signs twice with one key, under two key ids: the text (0x01), and the text with the time (0x04, a cosignature of
its own, https://c2sp.org/tlog-cosignature). So the time is signed, and no extension line is needed, which monitors
could not audit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..signing import public_key, sign_bytes, verify_bytes
from . import note as notes
from .errors import MalformedNote, UntrustedNote
from .note import COSIGNATURE, ED25519, Note, Signature, VerifierKey, base64_of, to_base64
from .tree import EMPTY, HASH

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
MAX_TIME = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: that of `size` leaves has `root`."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()  # opaque lines that another log may have; ours has none

    @property
    def text(self) -> str:
        """The note's text."""
        lines = (self.origin, str(self.size), to_base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint that a trusted key signed. `time` (Unix seconds) is the log's own, None where it gives none."""

    checkpoint: Checkpoint
    time: int | None
    note: str


def number(text: str) -> int:
    """A decimal number in its one spelling. Raises MalformedNote."""
    if not _NUMBER.fullmatch(text):
        raise MalformedNote(f"{text[:20]!r} is not a decimal number without leading zeroes.")
    return int(text)


def parse_text(text: str) -> Checkpoint:
    """The checkpoint of a note's text. Raises MalformedNote."""
    origin, *rest = text.removesuffix("\n").split("\n")
    if len(rest) < 2 or not origin or not all(rest):
        raise MalformedNote("A checkpoint has at least three lines: origin, size and root.")
    found = Checkpoint(origin, number(rest[0]), base64_of(rest[1]), tuple(rest[2:]))
    if len(found.root) != HASH or (found.size == 0) != (found.root == EMPTY):
        raise MalformedNote("The checkpoint's root is not a SHA-256 root of that size.")
    return found


def sign(checkpoint: Checkpoint, keys: Sequence[tuple[str, bytes]], time: int) -> str:
    """The note of a checkpoint at a time (Unix seconds), signed by each (name, seed)."""
    text = checkpoint.text
    signatures = []
    for name, seed in keys:
        key = VerifierKey(name, ED25519, public_key(seed))
        signatures.append(Signature(name, key.id, sign_bytes(seed, text.encode())))
        signatures.append(cosign(text, name, seed, time))
    return str(Note(text, tuple(signatures)))


def cosign(text: str, name: str, seed: bytes, time: int) -> Signature:
    """A cosignature of a checkpoint's text: as of `time`, it is the largest consistent tree of its log that we saw."""
    key = VerifierKey(name, COSIGNATURE, public_key(seed))
    return Signature(name, key.id, time.to_bytes(8) + sign_bytes(seed, _timed(text, time)))


def _timed(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def cosigned(note: Note, key: VerifierKey) -> int | None:
    """The time at which `key` (its algorithm counts as COSIGNATURE) cosigned the note; None where it did not.

    Raises UntrustedNote where it claims to have done so and did not.
    """
    key = replace(key, algorithm=COSIGNATURE)
    signature = note.by(key)
    if signature is None:
        return None
    time = int.from_bytes(signature.value[:8])
    sound = len(signature.value) == 72 and time <= MAX_TIME
    if not sound or not verify_bytes(key.public, _timed(note.text, time), signature.value[8:]):
        raise UntrustedNote(f"The cosignature of {key.name} is not over this text and time.", key.name)
    return time


def cosignature(note: Note, key: VerifierKey) -> Signature | None:
    """The verified cosignature of `key`, whatever algorithm that names; None where there is none. See `cosigned`."""
    return None if cosigned(note, key) is None else note.by(replace(key, algorithm=COSIGNATURE))


def read(data: bytes | str, trusted: Iterable[VerifierKey]) -> Signed:
    """The checkpoint of a log whose keys are `trusted`. Raises MalformedNote, UntrustedNote."""
    note = notes.parse(data)
    checkpoint = parse_text(note.text)
    keys = [key for key in trusted if key.name == checkpoint.origin]
    if not keys:
        raise UntrustedNote(f"No trusted key is named {checkpoint.origin[:100]!r}, as the log is.")
    times = [cosigned(note, key) for key in notes.verified(note, keys)]
    return Signed(checkpoint, next((time for time in times if time is not None), None), str(note))


def claimed(data: bytes | str, trusted: Iterable[VerifierKey]) -> Signed:
    """The checkpoint of a log whose keys are `trusted`, as it claims to be: for notes that something signed lists.

    It must name the key of a log that cosigns its own checkpoints, and no signature is verified. Raises as `read`.
    """
    note = notes.parse(data)
    checkpoint = parse_text(note.text)
    for key in trusted:
        if key.name == checkpoint.origin and note.by(key):
            signature = note.by(replace(key, algorithm=COSIGNATURE))
            time = int.from_bytes(signature.value[:8]) if signature else 0
            if signature is not None and len(signature.value) == 72 and time <= MAX_TIME:
                return Signed(checkpoint, time, str(note))
    return read(data, trusted)


def with_signatures(data: str, more: Iterable[Signature]) -> str:
    """The note with more signatures behind its own; one that is there already (same name and key) is replaced."""
    note = notes.parse(data)
    fresh = {(one.name, one.key_id): one for one in more}
    kept = [one for one in note.signatures if (one.name, one.key_id) not in fresh]
    return str(Note(note.text, (*kept, *fresh.values())))
