"""A ticket that takes a choice from one domain of an owner to another, within a minute. Pure.

    base64url(canonical JSON) "." base64url(Ed25519 signature)

Of a yes it carries the id of the record, sealed: browsers keep the whole address where scripts that measure pages read
it (PerformanceNavigationTiming), and there it shall say nothing. Of a refusal it carries the token itself, which names
nobody, and its minute begins every ten seconds: so it is the same for everyone who goes over then (regulation R15).
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from .encoding import b64, canonical_ascii_keys, strict_json, unb64
from .errors import TokenError
from .keys import Keys
from .signing import HANDOVER_DOMAIN, signer
from .token import MAX_LENGTH as MAX_TOKEN
from .token import Token

LIFETIME = 60  # seconds
STEP = 10  # seconds that begin the minute of a refusal
MAX_LENGTH = 2 * MAX_TOKEN
_FIELDS = {"f": str, "k": str, "o": str, "s": str, "x": int}  # from, key, onto, site, expiry


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket that was believed: it stands for a record, or for a refusal."""

    value: str  # what is signed
    expires: int  # Unix seconds
    record: str | None
    refusal: str | None


def issue(keys: Keys, token: Token, source: str, target: str, now: int) -> str:
    """The ticket of a valid token for the way from the origin `source` to the origin `target`."""
    begins = now if token.record else now - now % STEP
    key = keys.current
    payload: dict[str, Any] = {"f": source, "k": key.id, "o": target, "s": token.site, "x": begins + LIFETIME}
    if token.record:
        sealed = _cipher(keys.index).encrypt(uuid.UUID(token.record).bytes, [canonical_ascii_keys(payload)])
        payload["i"] = b64(sealed)
    else:
        payload["t"] = token.text
    value = b64(canonical_ascii_keys(payload))
    return signer(key.seed or b"", HANDOVER_DOMAIN).sign(value).decode("ascii")


def read(text: str, keys: Keys, site: str, source: str, target: str, now: int) -> Ticket:
    """The ticket, if it is ours and alive, for this very way. Raises TokenError; `site` is that of another way."""
    value, _, signature = text.partition(".")
    try:
        if not 0 < len(text) <= MAX_LENGTH:
            raise ValueError
        fields = strict_json(unb64(value))
        if any(type(fields[name]) is not kind for name, kind in _FIELDS.items()):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise TokenError("malformed") from error
    public = keys.live.get(fields["k"])
    if public is None:
        raise TokenError("unknown_key")
    if not signer(public, HANDOVER_DOMAIN).verify_signature(value, signature):
        raise TokenError("signature")
    if (fields["s"], fields["f"], fields["o"]) != (site, source, target):
        raise TokenError("site")
    if not fields["x"] - LIFETIME - STEP <= now < fields["x"]:
        raise TokenError("expired")
    refusal = fields.get("t")
    return Ticket(value, fields["x"], None if refusal else _record(keys, fields), refusal)


def _record(keys: Keys, fields: dict[str, Any]) -> str:
    """The id of the record of a ticket that was verified."""
    try:
        sealed = unb64(fields.pop("i"))
        return str(uuid.UUID(bytes=_cipher(keys.index).decrypt(sealed, [canonical_ascii_keys(fields)])))
    except (ValueError, KeyError, TypeError, AttributeError, InvalidTag) as error:
        raise TokenError("malformed") from error


@lru_cache(maxsize=256)
def _cipher(index: bytes) -> AESSIV:
    """Deterministic encryption (RFC 5297), so that the core stays free of chance, under a key of its own."""
    return AESSIV(hashlib.sha512(HANDOVER_DOMAIN + index).digest())
