"""The personal part of a record, parted from it at birth (design, decision 5). Pure.

It is encrypted with a key of its own, which the site's personal key wraps (both AES-256-GCM, NIST SP 800-38D).
Destroying the row destroys both: the record's salted commitment then binds nothing that anyone can find.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .encoding import b64, canonical_ascii_keys, sha256, strict_json, unb64
from .errors import KeysError
from .keys import Keys

SALT = 16
RANDOM = 12 + 32 + 12  # what `seal` needs: a nonce, a key, a nonce


@dataclass(frozen=True, slots=True)
class Personal:
    """Who, under a random name. Empty fields were not kept. `salt` is 16 random bytes."""

    subject: str
    salt: bytes
    previous: str = ""  # where an account took a browser over: the subject that the browser had
    ip: str = ""  # truncated
    device: str = ""  # browser family, system family, class
    page: str = ""  # path without query
    imported: str = ""  # name=content of what another consent tool had stored

    def canonical(self) -> bytes:
        """The bytes that are committed to and encrypted."""
        fields = {"subject": self.subject, "salt": b64(self.salt)}
        for name, value in (
            ("previous", self.previous),
            ("ip", self.ip),
            ("device", self.device),
            ("page", self.page),
            ("imported", self.imported),
        ):
            if value:
                fields[name] = value
        return canonical_ascii_keys(fields)


def commitment(canonical: bytes) -> str:
    """The salted commitment that stands in the public record: base64url SHA-256 of the personal part's bytes."""
    return b64(sha256(canonical))


@dataclass(frozen=True, slots=True)
class Sealed:
    """The personal part as it is stored. `subject_ref` finds a subject's rows without naming it."""

    subject_ref: bytes  # 16 bytes
    key_id: str
    wrapped: bytes  # nonce ‖ wrapped key: 60 bytes
    box: bytes  # nonce ‖ ciphertext


def subject_ref(keys: Keys, subject: str) -> bytes:
    """The blind index of a subject: 16 bytes of HMAC-SHA-256 under the site's index key."""
    return _ref(keys.index, subject)


def subject_refs(keys: Keys, subject: str) -> tuple[bytes, ...]:
    """All that a subject's rows may stand under: several while a rotation is under way."""
    return tuple(_ref(key, subject) for key in (keys.index, *keys.former))


def _ref(index: bytes, subject: str) -> bytes:
    return hmac.digest(index, b"subject\x00" + subject.encode("utf-8", "surrogatepass"), "sha256")[:16]


def pseudonym(keys: Keys, subject: str) -> str:
    """What the access log calls a subject: it tells two apart, and leads to no row of the database."""
    digest = hmac.digest(keys.index, b"access\x00" + subject.encode("utf-8", "surrogatepass"), "sha256")
    return b64(digest[:16])


@lru_cache(maxsize=256)
def _cipher(key: bytes) -> AESGCM:
    """The cipher of a site's own key, which is used again and again."""
    return AESGCM(key)


def seal(subject: str, canonical: bytes, keys: Keys, record_id: uuid.UUID, random: bytes) -> Sealed:
    """The personal part's bytes, encrypted and bound to their record. `random` is RANDOM fresh bytes."""
    about = record_id.bytes + keys.site.encode()
    outer = keys.personal_key()
    nonce1, data_key, nonce2 = random[:12], random[12:44], random[44:56]
    wrapped = nonce1 + _cipher(outer.key).encrypt(nonce1, data_key, about)
    box = nonce2 + AESGCM(data_key).encrypt(nonce2, canonical, about)
    return Sealed(subject_ref(keys, subject), outer.id, wrapped, box)


def unseal(sealed: Sealed, keys: Keys, record_id: uuid.UUID) -> Personal:
    """The personal part again. Raises KeysError when the key is missing or the row is not this record's."""
    about = record_id.bytes + keys.site.encode()
    outer = keys.personal_key(sealed.key_id)
    try:
        data_key = _cipher(outer.key).decrypt(sealed.wrapped[:12], sealed.wrapped[12:], about)
        plain = AESGCM(data_key).decrypt(sealed.box[:12], sealed.box[12:], about)
    except InvalidTag as error:
        raise KeysError(f"The personal part of record {record_id} does not open: it was changed or moved.") from error
    return from_canonical(plain)


def rewrap(sealed: Sealed, old: Keys, new: Keys, record_id: uuid.UUID, nonce: bytes) -> Sealed:
    """The same personal part under the present keys of `new`: its key wrapped anew, its box as it was.

    `old` holds the key that it is under now, `nonce` is 12 fresh bytes. Raises KeysError where it does not open.
    """
    about = record_id.bytes + new.site.encode()
    subject = unseal(sealed, old, record_id).subject
    data_key = _cipher(old.personal_key(sealed.key_id).key).decrypt(sealed.wrapped[:12], sealed.wrapped[12:], about)
    outer = new.personal_key()
    wrapped = nonce + _cipher(outer.key).encrypt(nonce, data_key, about)
    return Sealed(subject_ref(new, subject), outer.id, wrapped, sealed.box)


def from_canonical(data: bytes) -> Personal:
    """The personal part from its canonical bytes."""
    fields = strict_json(data)
    return Personal(salt=unb64(fields.pop("salt")), **fields)


def request_key(site: str, key: str) -> bytes:
    """What is stored of an idempotency key (16 to 64 base64url characters): 16 bytes that do not lead back to it.

    The first six bytes stay as they are. `banner.js` puts the time there, so that the index by key grows at its
    end and costs the same with a million records; a client that does not is only slower.
    """
    digest = hashlib.sha256(f"consent-ledger/request\x00{site}\x00{key}".encode()).digest()
    return urlsafe_b64decode(key[:8]) + digest[:10]
