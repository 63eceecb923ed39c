"""VERIFY.md: how to check a bundle, by this tool and by hand. Pure; a test runs its commands."""

from __future__ import annotations

from importlib.resources import files

from ..encoding import b64
from ..ledger.checkpoint import Checkpoint
from ..ledger.note import VerifierKey, to_base64

# What stands in front of the 32 bytes of an Ed25519 key in SubjectPublicKeyInfo (RFC 8410 §4)
_SPKI = bytes.fromhex("302a300506032b6570032100")


def help_text(site: str, head: Checkpoint, key: VerifierKey, made: str) -> str:
    """The text for one bundle."""
    text = files(__package__).joinpath("VERIFY.md").read_text(encoding="utf-8")
    values = {
        "SITE": site,
        "ORIGIN": head.origin,
        "SIZE": str(head.size),
        "ROOT": to_base64(head.root),
        "VKEY": str(key),
        "PEM": to_base64(_SPKI + key.public),
        "KEYHASH": key.id.hex(),
        "MADE": made,
        "PUBLIC": b64(key.public),
    }
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text
