"""The token: what the browser keeps. Readable by anyone, verifiable by anyone, made by one signature. Pure.

    base64url(canonical JSON) "." base64url(Ed25519 signature)

A yes carries the record's attestation, so the browser holds a signed promise that its record is in the ledger.
A refusal carries no record, no subject and no leaf hash, and its time is the day's: it is the same for everyone
who refused that notice that day (regulation R15).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from .decision import Standing
from .encoding import b64, canonical_ascii_keys, seconds, strict_json, unb64
from .errors import TokenError
from .keys import Keys
from .record import Made, Record, attestation, token_answers
from .regimes import DAY
from .signing import signer

T = TypeVar("T")
MAX_LENGTH = 3500  # browsers keep 4096 bytes of name, value and attributes (RFC 6265bis §5.6)


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was believed. `answers` is as in the payload; `record` is None for a refusal."""

    text: str
    site: str
    notice: str
    key: str
    time: int  # Unix seconds; of a refusal, the start of its day (UTC)
    expires: int  # Unix seconds
    answers: Mapping[str, Any]
    record: str | None
    yields: bool = False  # gives way to Global Privacy Control (see `decision`)


def issue(record: Record, keys: Keys, made: Made | None = None) -> Token:
    """The token of a record: its attestation and signature for a yes, the day's nameless refusal for a no.

    `made` spares parsing a record that was made a moment ago.
    """
    if made:
        site, notice, key = record.site, made.decision.notice, made.key
        time, expires, answers = made.time, made.expires, made.answers
        grants, value, yields = made.decision.grants, made.attested, bool(made.decision.yields)
    else:
        fields = record.fields
        site, notice, key = record.site, fields["notice"], fields["key"]
        time, expires, answers = seconds(fields["time"]), seconds(fields["expires"]), token_answers(fields)
        grants, value = bool(fields["fingerprints"]), attestation(fields, record.leaf)
        yields = bool(fields.get("yields"))
    if not grants:
        current = keys.current
        day = time - time % DAY
        return _refusal(current.seed or b"", current.id, site, notice, day, expires - time, tuple(answers.items()))
    text = f"{value.decode('ascii')}.{b64(record.signature)}"
    return Token(text, site, notice, key, time, expires, answers, str(record.id), yields)


@lru_cache(maxsize=4096)
def _refusal(
    seed: bytes, key: str, site: str, notice: str, day: int, lifetime: int, answers: tuple[tuple[str, Any], ...]
) -> Token:
    """Everyone who refuses a notice on a day gets the same token, so it is signed once."""
    payload = {"a": dict(answers), "k": key, "n": notice, "s": site, "t": day, "x": day + lifetime}
    return _parsed(signer(seed).sign(b64(canonical_ascii_keys(payload))).decode("ascii"))


class Reader:
    """Reads a site's tokens and remembers those that it verified: that costs more than the rest of a page view."""

    def __init__(self, keys: Keys, site: str, remembered: int = 8192) -> None:
        self._live = keys.live
        self._site = site
        self._verified = lru_cache(maxsize=remembered)(self._verify)

    def read(self, text: str, now: float) -> Token:
        """The token, verified. Raises TokenError: malformed, unknown_key, signature, site, expired.

        A retired key is unknown here: its tokens are treated as no choice, so a stolen key dies with its retirement.
        """
        token = self._verified(text) if 0 < len(text) <= MAX_LENGTH else None
        if token is None:
            raise TokenError("malformed")
        if not token.time - DAY <= now < token.expires:
            raise TokenError("expired")
        return token

    def _verify(self, text: str) -> Token:
        token = verified(text, self._live)
        if token.site != self._site:
            raise TokenError("site")
        return token


def verified(text: str, public: Mapping[str, bytes]) -> Token:
    """The token that one of the public keys signed, whatever the time. Raises TokenError."""
    token = _parsed(text)
    key = public.get(token.key)
    if key is None:
        raise TokenError("unknown_key")
    value, _, signature = text.partition(".")
    if not signer(key).verify_signature(value, signature):
        raise TokenError("signature")
    return token


def leaf_hash_of(token: Token) -> bytes | None:
    """The hash of the leaf that a believed token promises; None for a refusal, which names no record."""
    fields = strict_json(unb64(token.text.partition(".")[0]))
    return unb64(fields["l"]) if "l" in fields else None


def read(text: str, keys: Keys, site: str, now: int) -> Token:
    """One token, verified: see `Reader.read`."""
    return Reader(keys, site, 0).read(text, now)


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Token:
    value, _, signature = text.partition(".")
    try:
        fields = strict_json(unb64(value))
        token = Token(
            text=text,
            site=_typed(fields["s"], str),
            notice=_typed(fields["n"], str),
            key=_typed(fields["k"], str),
            time=_typed(fields["t"], int),
            expires=_typed(fields["x"], int),
            answers=_typed(fields["a"], dict),
            record=_typed(fields["i"], str) if "i" in fields else None,
            yields=fields.get("o") == 1,
        )
        unb64(signature)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise TokenError("malformed") from error
    return token


def _typed(value: Any, kind: type[T]) -> T:
    if type(value) is not kind:
        raise TypeError(f"not {kind.__name__}")
    return value


def allows(answers: Mapping[str, Any], wanted: Mapping[str, Any], requirement: str) -> bool:
    """Whether answers allow a requirement: `analytics`, `analytics/ga4`, or several, which mean all.

    `wanted` is each purpose's fingerprint, or 1 for one that needs no yes. The gate in the browser applies the
    same rule. Unknown is no.
    """
    if requirement in wanted:  # one purpose, as nearly always
        need, given = wanted[requirement], answers.get(requirement)
        return bool(given != 0 if need == 1 else given == need)
    names = requirement.split()
    for name in names:
        if not _allows_one(answers, wanted, name):
            return False
    return bool(names)


def _allows_one(answers: Mapping[str, Any], wanted: Mapping[str, Any], name: str) -> bool:
    need, purpose = wanted.get(name), name
    if need is None:
        purpose = name.partition("/")[0]
        need = wanted.get(purpose)
        if need is None or answers.get(name) == 0:
            return False
    given = answers.get(purpose)
    return given != 0 if need == 1 else given == need


def decided(answers: Mapping[str, Any], wanted: Mapping[str, Any], explicit: frozenset[str]) -> bool:
    """Whether nothing is left to ask on the first layer: each asked purpose is refused, or granted as it is today."""
    return all(need == 1 or name in explicit or answers.get(name) in (0, need) for name, need in wanted.items())


def standing(token: Token | None, wanted: Mapping[str, Any]) -> Standing:
    """The answers that hold now, from a believed token and the purposes as they are today."""
    if token is None:
        return Standing()
    refused = {name for name, given in token.answers.items() if given == 0}
    return Standing(
        granted=frozenset(n for n, given in token.answers.items() if given and "/" not in n and wanted.get(n) == given),
        exceptions=frozenset(name for name in refused if "/" in name),
        objections=frozenset(name for name in refused if wanted.get(name) == 1),
        refused=frozenset(refused),
        yields=token.yields,
    )
