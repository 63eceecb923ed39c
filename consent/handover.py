"""A ticket that takes a choice from one domain of an owner to another, within a minute. Pure.

    base64url(canonical JSON) "." base64url(Ed25519 signature)

Of a yes it carries the id of the record. Of a refusal it carries the token itself, which names nobody, and its minute
begins every ten seconds: so it is the same for everyone who refused and goes over then (regulation R15).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
    payload |= {"i": token.record} if token.record else {"t": token.text}
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
        record, refusal = fields.get("i"), fields.get("t")
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
    return Ticket(value, fields["x"], record, refusal)
