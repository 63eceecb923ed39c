"""A site's keys, as values: those that sign, those that verify, those that hide the personal part. Pure.

Keys are a list from the first day: the newest live one signs, every live one verifies a browser's token, and
also a retired one verifies the records that it signed while it lived.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from itsdangerous import Signer

from .encoding import b64, timestamp, unb64
from .errors import KeysError
from .signing import key_id, public_key, signer


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One Ed25519 key. `seed` is None once it is retired: what does not exist cannot leak."""

    id: str
    public: bytes
    seed: bytes | None
    created: str  # RFC 3339
    retired: str | None = None


@dataclass(frozen=True, slots=True)
class PersonalKey:
    """One AES-256 key that wraps the keys of personal parts."""

    id: str
    key: bytes
    created: str


@dataclass(frozen=True)
class Keys:
    """The key ring of one site. `index` is the HMAC key of the blind index by subject."""

    site: str
    signing: tuple[SigningKey, ...]
    personal: tuple[PersonalKey, ...]
    index: bytes

    @cached_property
    def current(self) -> SigningKey:
        """The key that signs: the newest that lives. Raises KeysError when none does."""
        for key in reversed(self.signing):
            if key.seed is not None and key.retired is None:
                return key
        raise KeysError(f"Every signing key of {self.site} is retired. Make one: consent keys new {self.site}")

    @cached_property
    def live(self) -> dict[str, bytes]:
        """Public keys by id whose tokens a browser may present."""
        return {key.id: key.public for key in self.signing if key.retired is None}

    @cached_property
    def public(self) -> dict[str, bytes]:
        """All public keys by id, the retired ones too, for records."""
        return {key.id: key.public for key in self.signing}

    @cached_property
    def _signer(self) -> Signer:
        return signer(self.current.seed or b"")

    def sign(self, value: bytes) -> bytes:
        """The 64-byte signature of `value` by the current key."""
        signing = self._signer
        # What `get_signature` gives, before it is base64: the record keeps the bytes.
        return signing.algorithm.get_signature(signing.derive_key(), value)

    def personal_key(self, wanted: str | None = None) -> PersonalKey:
        """The newest personal key, or the one of that id. Raises KeysError when it is not there."""
        for key in reversed(self.personal):
            if wanted is None or key.id == wanted:
                return key
        raise KeysError(
            f"The personal key {wanted or ''} of {self.site} is missing. Restore the key file from a backup."
        )


def signing_key(seed: bytes, now: int) -> SigningKey:
    """The key of a fresh 32-byte seed."""
    public = public_key(seed)
    return SigningKey(key_id(public), public, seed, timestamp(now))


def new_ring(site: str, now: int, seed: bytes, personal: bytes, index: bytes) -> Keys:
    """A first key ring, from 32 random bytes each."""
    return Keys(
        site, (signing_key(seed, now),), (PersonalKey(_personal_id(personal), personal, timestamp(now)),), index
    )


def add_signing(keys: Keys, now: int, seed: bytes) -> Keys:
    """The ring with one more key, which signs from now on."""
    return replace(keys, signing=(*keys.signing, signing_key(seed, now)))


def retire(keys: Keys, wanted: str, now: int) -> Keys:
    """The ring with one key retired and its seed gone. Raises KeysError for an unknown id or the only live key."""
    if wanted not in keys.public:
        raise KeysError(f"There is no key {wanted} for {keys.site}. See: consent keys list {keys.site}")
    if set(keys.live) <= {wanted}:
        raise KeysError(
            f"{wanted} is the only key that signs for {keys.site}. First make one: consent keys new {keys.site}"
        )
    changed = (
        replace(key, seed=None, retired=key.retired or timestamp(now)) if key.id == wanted else key
        for key in keys.signing
    )
    return replace(keys, signing=tuple(changed))


def _personal_id(key: bytes) -> str:
    return key_id(b"personal" + key)


def to_dict(keys: Keys) -> dict[str, Any]:
    """The ring as JSON that a key file holds."""
    return {
        "v": 1,
        "site": keys.site,
        "signing": [
            {
                "id": key.id,
                "public": b64(key.public),
                "private": b64(key.seed) if key.seed else None,
                "created": key.created,
                "retired": key.retired,
            }
            for key in keys.signing
        ],
        "personal": [{"id": key.id, "key": b64(key.key), "created": key.created} for key in keys.personal],
        "index": b64(keys.index),
    }


def from_dict(data: Any) -> Keys:
    """The ring from a key file's JSON. Raises KeysError for anything else."""
    try:
        signing = tuple(_signing_from(entry) for entry in data["signing"])
        personal = tuple(PersonalKey(str(e["id"]), _bytes32(e["key"]), str(e["created"])) for e in data["personal"])
        return Keys(str(data["site"]), signing, personal, _bytes32(data["index"]))
    except (KeyError, TypeError, ValueError) as error:
        raise KeysError("This is not a key file, or it is damaged. Restore it from a backup.") from error


def _signing_from(entry: Any) -> SigningKey:
    public, private = _bytes32(entry["public"]), entry["private"]
    seed = _bytes32(private) if private else None
    if entry["id"] != key_id(public) or (seed is not None and public_key(seed) != public):
        raise ValueError("the parts of a key do not belong together")
    return SigningKey(entry["id"], public, seed, str(entry["created"]), entry["retired"])


def _bytes32(text: Any) -> bytes:
    data = unb64(text)
    if len(data) != 32:
        raise ValueError("a key has 32 bytes")
    return data


def published(keys: Keys) -> dict[str, Any]:
    """What anyone may have: enough to verify every record and token of the site."""
    return {
        "v": 1,
        "site": keys.site,
        "keys": [
            {
                "id": key.id,
                "algorithm": "Ed25519",
                "public": b64(key.public),
                "created": key.created,
                "retired": key.retired,
            }
            for key in keys.signing
        ],
    }


def verifying(data: Any) -> dict[str, bytes]:
    """Public keys by id from what `published` made. Raises KeysError for anything else."""
    try:
        found = {str(entry["id"]): _bytes32(entry["public"]) for entry in data["keys"]}
        if any(key_id(public) != wanted for wanted, public in found.items()):
            raise ValueError("an id is not its key's")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise KeysError("This is not a file of public keys. Fetch it from the site: /consent/keys.json") from error
    return found
