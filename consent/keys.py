"""A site's keys, as values: those that sign, those that verify, those that hide the personal part. Pure.

Keys are a list from the first day: the newest live one signs, every live one verifies a browser's token, and
also a retired one verifies the records that it signed while it lived.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from itsdangerous import Signer

from .encoding import b64, sha256, timestamp, unb64
from .errors import KeysError
from .ledger.note import ED25519, VerifierKey, is_name
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


@dataclass(frozen=True, slots=True)
class LedgerKey:
    """The Ed25519 key of a site's log. `origin` names the log and the key, for ever (C2SP tlog-checkpoint)."""

    origin: str
    public: bytes
    seed: bytes
    created: str

    @property
    def verifier(self) -> VerifierKey:
        """Its public part."""
        return VerifierKey(self.origin, ED25519, self.public)


@dataclass(frozen=True, slots=True)
class EndedLog:
    """A log that the site has ended: what it held still verifies, by the public part of its key."""

    origin: str
    public: bytes
    ended: str  # RFC 3339
    note: str  # the last checkpoint, "" where it had none

    @property
    def verifier(self) -> VerifierKey:
        """The key that its checkpoints are verified by."""
        return VerifierKey(self.origin, ED25519, self.public)


@dataclass(frozen=True)
class Keys:
    """The key ring of one site. `index` is the HMAC key of the blind index by subject.

    `ledger` is None only in a ring of before there was a log; `keyfile.load` adds one. Tokens and checkpoints have
    separate keys (design, decision 6).

    `accounts` is that of the subjects of accounts (see `account`). It has a key of its own, which is never replaced:
    a new index key must not make other subjects of the same people.

    While a rotation is under way, `former` has the index keys under which rows may still stand.
    """

    site: str
    signing: tuple[SigningKey, ...]
    personal: tuple[PersonalKey, ...]
    index: bytes
    ledger: LedgerKey | None = None
    ended: tuple[EndedLog, ...] = ()
    accounts: bytes = b""
    former: tuple[bytes, ...] = ()
    forms: bytes = b""  # guards forms, once the index key has been rotated; see `form_key`

    def __post_init__(self) -> None:
        """A ring from before there were accounts gets their key from its index key, and keeps it when that changes."""
        if not self.accounts:
            key = hmac.digest(self.index, b"consent-ledger/accounts/v1", "sha256")
            object.__setattr__(self, "accounts", key)

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

    @cached_property
    def form_key(self) -> bytes:
        """The key that guards forms. It outlives a rotation, since pages with a form lie in caches for weeks."""
        return self.forms or sha256(b"consent-ledger/csrf\x00" + self.index)

    @property
    def rotating(self) -> bool:
        """Whether a rotation of the personal and index keys has begun and not ended."""
        return bool(self.former)

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


def ledger_key(site: str, seed: bytes, now: int, origin: str = "") -> LedgerKey:
    """The key of a site's log from a fresh 32-byte seed. Raises KeysError for an origin that cannot name a log.

    An origin should be an address without its scheme (`shop.example/consent`); it needs to lead nowhere.
    """
    public = public_key(seed)
    origin = origin or f"consent-ledger/{site}/{b64(sha256(public))[:8]}"
    if not is_name(origin):
        raise KeysError("The origin of a log is a name without spaces or “+”, as in shop.example/consent.")
    return LedgerKey(origin, public, seed, timestamp(now))


def new_ring(site: str, now: int, seed: bytes, personal: bytes, index: bytes, ledger: LedgerKey | None = None) -> Keys:
    """A first key ring, from 32 random bytes each."""
    wrapping = PersonalKey(_personal_id(personal), personal, timestamp(now))
    return Keys(site, (signing_key(seed, now),), (wrapping,), index, ledger)


def add_signing(keys: Keys, now: int, seed: bytes) -> Keys:
    """The ring with one more key, which signs from now on."""
    return replace(keys, signing=(*keys.signing, signing_key(seed, now)))


def renew_ledger(keys: Keys, seed: bytes, now: int, note: str = "", origin: str = "") -> Keys:
    """The ring with a key for a new log; the old one's seed is gone, and `note`, its last checkpoint, stays.

    Raises KeysError for an origin that cannot name a log, or names one of the site's already.
    """
    fresh = ledger_key(keys.site, seed, now, origin)
    ended = keys.ended
    if keys.ledger:
        ended = (*ended, EndedLog(keys.ledger.origin, keys.ledger.public, timestamp(now), note))
    if fresh.origin in {one.origin for one in ended}:
        raise KeysError(f"A log of {keys.site} was named {fresh.origin} already. Choose another name.")
    return replace(keys, ledger=fresh, ended=ended)


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


def begin_rotation(keys: Keys, now: int, personal: bytes, index: bytes) -> Keys:
    """The ring with a new personal and a new index key, which count from now on, beside those before them.

    Of a rotation that was interrupted, the ring as it is. `personal` and `index` are 32 random bytes each.
    """
    if keys.rotating:
        return keys
    fresh = PersonalKey(_personal_id(personal), personal, timestamp(now))
    return replace(keys, personal=(*keys.personal, fresh), index=index, former=(keys.index,), forms=keys.form_key)


def end_rotation(keys: Keys) -> Keys:
    """The ring without the keys that a rotation replaced: what they hid cannot be read any more."""
    return replace(keys, personal=keys.personal[-1:], former=())


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
        "ledger": _ledger_to(keys.ledger) if keys.ledger else None,
        "ended": [
            {"origin": one.origin, "public": b64(one.public), "ended": one.ended, "checkpoint": one.note}
            for one in keys.ended
        ],
        "accounts": b64(keys.accounts),
        "former": [b64(key) for key in keys.former],
        "forms": b64(keys.forms) if keys.forms else None,
    }


def _ledger_to(key: LedgerKey) -> dict[str, Any]:
    return {"origin": key.origin, "public": b64(key.public), "private": b64(key.seed), "created": key.created}


def from_dict(data: Any) -> Keys:
    """The ring from a key file's JSON. Raises KeysError for anything else."""
    try:
        signing = tuple(_signing_from(entry) for entry in data["signing"])
        personal = tuple(PersonalKey(str(e["id"]), _bytes32(e["key"]), str(e["created"])) for e in data["personal"])
        ledger = _ledger_from(data["ledger"]) if data.get("ledger") else None
        ended = tuple(_ended_from(entry) for entry in data.get("ended", ()))
        accounts = _bytes32(data["accounts"]) if "accounts" in data else b""
        former = tuple(_bytes32(key) for key in data.get("former", ()))
        forms = _bytes32(data["forms"]) if data.get("forms") else b""
        own = str(data["site"]), signing, personal, _bytes32(data["index"])
        return Keys(*own, ledger, ended, accounts, former, forms)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise KeysError("This is not a key file, or it is damaged. Restore it from a backup.") from error


def _signing_from(entry: Any) -> SigningKey:
    public, private = _bytes32(entry["public"]), entry["private"]
    seed = _bytes32(private) if private else None
    if entry["id"] != key_id(public) or (seed is not None and public_key(seed) != public):
        raise ValueError("the parts of a key do not belong together")
    return SigningKey(entry["id"], public, seed, str(entry["created"]), entry["retired"])


def _ledger_from(entry: Any) -> LedgerKey:
    key = LedgerKey(entry["origin"], _bytes32(entry["public"]), _bytes32(entry["private"]), str(entry["created"]))
    if not is_name(key.origin) or public_key(key.seed) != key.public:
        raise ValueError("the parts of a key do not belong together")
    return key


def _ended_from(entry: Any) -> EndedLog:
    if not is_name(entry["origin"]):
        raise ValueError("this cannot name a log")
    return EndedLog(entry["origin"], _bytes32(entry["public"]), str(entry["ended"]), str(entry["checkpoint"]))


def _bytes32(text: Any) -> bytes:
    data = unb64(text)
    if len(data) != 32:
        raise ValueError("a key has 32 bytes")
    return data


def published(keys: Keys) -> dict[str, Any]:
    """What anyone may have: enough to verify every record and token of the site."""
    ledgers = [one.verifier for one in keys.ended] + ([keys.ledger.verifier] if keys.ledger else [])  # the present last
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
        "ledger": [str(verifier) for verifier in ledgers],
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


def verifying_ledger(data: Any) -> tuple[VerifierKey, ...]:
    """The keys of the site's log from what `published` made. Raises KeysError for anything else."""
    try:
        return tuple(VerifierKey.parse(text) for text in data["ledger"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise KeysError("This file names no key of the site's log. Fetch it anew: /consent/keys.json") from error
