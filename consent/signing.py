"""Ed25519 (RFC 8032) as itsdangerous' signing algorithm, with domain separation.

An HMAC could be checked only by whoever could also forge it, which is worthless to an auditor (design, decision 4).
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from itsdangerous import Signer
from itsdangerous.signer import SigningAlgorithm

from .encoding import b64, sha256

TOKEN_DOMAIN = b"consent-ledger/token/v1\x00"
HANDOVER_DOMAIN = b"consent-ledger/handover/v1\x00"


@lru_cache(maxsize=1024)
def _private(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)


@lru_cache(maxsize=1024)
def _public(raw: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(raw)


class Ed25519(SigningAlgorithm):
    """Signs with a 32-byte seed, verifies with a 32-byte public key, over `domain ‖ value`."""

    def __init__(self, domain: bytes) -> None:
        self.domain = domain

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        """The 64-byte signature; `key` is the seed."""
        return _private(key).sign(self.domain + value)

    def verify_signature(self, key: bytes, value: bytes, sig: bytes) -> bool:
        """Whether `sig` is that of `value`; `key` is the public key."""
        try:
            _public(key).verify(sig, self.domain + value)
        except InvalidSignature:
            return False
        return True


_ALGORITHMS = {domain: Ed25519(domain) for domain in (TOKEN_DOMAIN, HANDOVER_DOMAIN)}


def signer(key: bytes, domain: bytes = TOKEN_DOMAIN) -> Signer:
    """A Signer for what belongs to `domain`: with a seed it signs, with a public key it verifies."""
    return Signer(key, sep=".", key_derivation="none", algorithm=_ALGORITHMS[domain])


def sign_bytes(seed: bytes, message: bytes) -> bytes:
    """The 64-byte signature of a message that has a domain of its own: notes of a log (C2SP)."""
    return _private(seed).sign(message)


def verify_bytes(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether that is the signature of the message."""
    try:
        _public(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def public_key(seed: bytes) -> bytes:
    """The 32-byte public key of a seed."""
    return _private(seed).public_key().public_bytes_raw()


def key_id(public: bytes) -> str:
    """The id of a public key: 11 base64url characters, the first 8 bytes of its SHA-256 under the token domain."""
    return b64(sha256(TOKEN_DOMAIN + public)[:8])
