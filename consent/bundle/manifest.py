"""The manifest: what a bundle holds, with a hash for each file; and the note by which the log's key signs it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..encoding import b64, canonical_ascii_keys, sha256, strict_json, unb64
from ..ledger import note as notes
from ..ledger.errors import LedgerError
from ..ledger.note import ED25519, Note, Signature, VerifierKey, to_base64
from ..signing import sign_bytes
from .errors import Lie
from .layout import MANIFEST, SIGNATURE, SUMS

VERSION = 1
DOMAIN = "consent-ledger/bundle/v1"  # the note's first line: no checkpoint has a name where its size should be
UNSUMMED = frozenset({SUMS})  # what SHA256SUMS cannot list

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Listed:
    """One file."""

    path: str
    bytes: int
    sha256: str  # hexadecimal, as sha256sum prints it


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is claimed of a bundle as a whole."""

    site: str
    origin: str
    size: int
    root: bytes
    time: int  # when it was made, Unix seconds
    waiting: int  # records that had no place in the log yet
    tool: str
    members: tuple[Listed, ...]

    def as_bytes(self) -> bytes:
        """Canonical JSON."""
        return canonical_ascii_keys(
            {
                "v": VERSION,
                "site": self.site,
                "origin": self.origin,
                "size": self.size,
                "root": b64(self.root),
                "time": self.time,
                "waiting": self.waiting,
                "tool": self.tool,
                "members": [{"path": one.path, "bytes": one.bytes, "sha256": one.sha256} for one in self.members],
            }
        )


def parse(data: bytes) -> Manifest:
    """The manifest in its one form. Raises Lie."""
    try:
        found = strict_json(data.decode())
        manifest = _of(found)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Lie(MANIFEST, "it cannot be read as a manifest") from error
    if manifest.as_bytes() != data:
        raise Lie(MANIFEST, "it is not canonical JSON of the fields of a manifest")
    return manifest


def _of(found: dict[str, Any]) -> Manifest:
    if found["v"] != VERSION:
        raise Lie(MANIFEST, f"it is of version {str(found['v'])[:20]}, and this tool reads version {VERSION}")
    members = tuple(Listed(_text(one["path"]), _count(one["bytes"]), _hash(one["sha256"])) for one in found["members"])
    root = unb64(found["root"])
    if len(root) != 32:
        raise ValueError("not a root")
    return Manifest(
        site=_text(found["site"]),
        origin=_text(found["origin"]),
        size=_count(found["size"]),
        root=root,
        time=_count(found["time"]),
        waiting=_count(found["waiting"]),
        tool=_text(found["tool"]),
        members=members,
    )


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 300:
        raise ValueError("not a text")
    return value


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 53:
        raise ValueError("not a count")
    return value


def _hash(value: Any) -> str:
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        raise ValueError("not a hash")
    return value


def text_of(manifest: bytes, origin: str) -> str:
    """What the log's key signs about a manifest."""
    return f"{DOMAIN}\n{origin}\n{to_base64(sha256(manifest))}\n"


def sign(manifest: bytes, origin: str, seed: bytes, public: bytes) -> bytes:
    """The note about a manifest (https://c2sp.org/signed-note)."""
    text = text_of(manifest, origin)
    key = VerifierKey(origin, ED25519, public)
    return str(Note(text, (Signature(origin, key.id, sign_bytes(seed, text.encode())),))).encode()


def origin_of(signature: bytes) -> str:
    """Which log's key claims to have signed. Raises Lie."""
    try:
        lines = notes.parse(signature).text.split("\n")
    except LedgerError as error:
        raise Lie(SIGNATURE, str(error)) from error
    if len(lines) != 4 or lines[0] != DOMAIN:
        raise Lie(SIGNATURE, "it is not a note about the manifest of a bundle")
    return lines[1]


def check(manifest: bytes, signature: bytes, trusted: Sequence[VerifierKey]) -> None:
    """Whether a trusted key of the log signed the manifest. Raises Lie."""
    origin = origin_of(signature)
    try:
        note = notes.parse(signature)
        if note.text != text_of(manifest, origin):
            raise Lie(MANIFEST, f"it is not the one that {SIGNATURE} signs: one of the two was changed")
        keys = [key for key in trusted if key.name == origin]
        if not keys:
            raise Lie(SIGNATURE, f"the log is {origin[:100]!r}, and no key of a log of that name is trusted")
        signed = notes.verified(note, keys)
    except LedgerError as error:
        raise Lie(SIGNATURE, f"{error} The bundle is not signed by the key that you trust.") from error
    if str(Note(note.text, note.signatures[:1])).encode() != signature or signed[0].id != note.signatures[0].key_id:
        raise Lie(SIGNATURE, "it carries more than the one signature of the log's key")


def sums(members: Sequence[Listed]) -> bytes:
    """The same hashes as `sha256sum --check` reads them."""
    return "".join(f"{one.sha256}  {one.path}\n" for one in members if one.path not in UNSUMMED).encode()
