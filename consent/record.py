"""A decision becomes a record: canonical bytes, a leaf hash, one signature. Pure.

The leaf holds what identifies nobody, plus a salted commitment to the personal part. The signature is over the
record's attestation, which contains the leaf's hash, so it covers every byte; the attestation is made from the
leaf alone, so it can still be checked when the personal part is gone. For a yes the attestation *is* the token
that the browser gets (see `token`): one signature serves both.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .decision import Decision
from .encoding import b64, canonical, canonical_ascii_keys, seconds, sha256, strict_json, timestamp
from .keys import Keys
from .signals import Signals
from .signing import signer

VERSION = 1
REQUIRED = frozenset({"v", "site", "id", "time", "expires", "notice", "regime", "locale", "method", "via"}) | frozenset(
    {"answers", "vendors", "fingerprints", "signals", "key", "personal"}
)
# age: only where the site asks; yields: what gives way to a signal; advice: by whose it is laxer than the law
OPTIONAL = frozenset({"age", "yields", "advice"})


@dataclass(frozen=True, slots=True)
class Record:
    """A decision at a time for a subject. Never changed; a change of mind is a new record."""

    site: str
    id: uuid.UUID
    leaf: bytes  # RFC 8785 canonical JSON
    signature: bytes  # Ed25519, 64 bytes, over the attestation

    @property
    def fields(self) -> dict[str, Any]:
        """The leaf, parsed."""
        parsed: dict[str, Any] = strict_json(self.leaf)
        return parsed


def uuid7(milliseconds: int, random: bytes) -> uuid.UUID:
    """A UUIDv7 (RFC 9562 §5.7) of a Unix time and 10 random bytes: ids sort by time."""
    noise = int.from_bytes(random[:10], "big") & ~_FIXED
    return uuid.UUID(int=(milliseconds & 0xFFFF_FFFF_FFFF) << 80 | _VERSION_AND_VARIANT | noise)


_FIXED = 0xF << 76 | 0b11 << 62
_VERSION_AND_VARIANT = 7 << 76 | 0b10 << 62


def after(candidate: uuid.UUID, last: uuid.UUID) -> uuid.UUID:
    """`candidate`, or the next id after `last` when it would not sort behind it (RFC 9562 §6.2, method 2).

    Two records of one millisecond keep their order.
    """
    return candidate if candidate > last else uuid.UUID(int=last.int + 1)


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 ‖ leaf): the hash of a leaf in a Merkle tree (RFC 6962 §2.1, RFC 9162 §2.1.1)."""
    return sha256(b"\x00" + leaf)


@dataclass(frozen=True, slots=True)
class Made:
    """A new record with what its token is made of, so that nothing has to be parsed again."""

    record: Record
    attested: bytes
    decision: Decision
    answers: Mapping[str, Any]  # as a token carries them
    key: str
    time: int  # Unix seconds
    expires: int


def make(decision: Decision, keys: Keys, record_id: uuid.UUID, now: int, commitment: str | None) -> Made:
    """The record of a decision at `now` (Unix seconds), signed. `commitment` is that to the personal part, if any."""
    key, expires, name = keys.current.id, now + decision.lifetime, str(record_id)
    form = _form(
        decision.site, decision.notice, decision.regime, decision.locale, decision.method, decision.via,
        tuple(decision.answers.items()), tuple(decision.vendors), tuple(decision.fingerprints.items()),
        decision.signals, decision.age, decision.yields, decision.advice, key,
    )  # fmt: skip
    leaf = form.leaf(timestamp(expires), name, commitment, timestamp(now))
    value = form.attestation(name, leaf, now, expires)
    made = Record(decision.site, record_id, leaf, keys.sign(value))
    return Made(made, value, decision, form.answers, key, now, expires)


class _Form:
    """The canonical JSON that equal answers share, cut where each record has something of its own.

    Most of a notice's visitors press one of two buttons: their leaves differ in an id, two times and a
    commitment. It saves each decision two runs of the encoder, and gives the same bytes (a test compares them).
    """

    __slots__ = ("_leaf", "_payload", "answers")

    def __init__(self, fields: dict[str, Any]) -> None:
        self.answers = token_answers(fields)
        own = dict.fromkeys(("expires", "id", "personal", "time"), GAP)
        self._leaf = _cut({**fields, **own}, 5)
        self._payload = _cut(_payload(self.answers, {**fields, "id": GAP}, GAP, GAP, GAP), 5)

    def leaf(self, expires: str, record_id: str, personal: str | None, time: str) -> bytes:
        """The leaf. No value needs escaping: they are times, ids and base64url."""
        a, b, c, d, e = self._leaf
        bound = "null" if personal is None else f'"{personal}"'
        return f'{a}"{expires}"{b}"{record_id}"{c}{bound}{d}"{time}"{e}'.encode()

    def attestation(self, record_id: str, leaf: bytes, time: int, expires: int) -> bytes:
        """What is signed: see `attestation` below."""
        a, b, c, d, e = self._payload
        return b64(f'{a}"{record_id}"{b}"{b64(leaf_hash(leaf))}"{c}{time}{d}{expires}{e}'.encode()).encode("ascii")


GAP = "\x00"  # no value of a record


def _cut(fields: dict[str, Any], pieces: int) -> tuple[str, ...]:
    """The canonical JSON of `fields` without its gaps. Raises ValueError when a value looks like one."""
    cut = tuple(canonical_ascii_keys(fields).decode().split('"\\u0000"'))
    if len(cut) != pieces:
        raise ValueError("a value of the record is a NUL")
    return cut


@lru_cache(maxsize=1024)
def _form(
    site: str,
    notice: str,
    regime: str,
    locale: str,
    method: str,
    via: str,
    answers: tuple[tuple[str, bool], ...],
    vendors: tuple[str, ...],
    fingerprints: tuple[tuple[str, str], ...],
    signals: Signals,
    age: str | None,
    yields: tuple[str, ...],
    advice: str,
    key: str,
) -> _Form:
    fields: dict[str, Any] = {
        "v": VERSION,
        "site": site,
        "notice": notice,
        "regime": regime,
        "locale": locale,
        "method": method,
        "via": via,
        "answers": dict(answers),
        "vendors": dict.fromkeys(vendors, False),
        "fingerprints": dict(fingerprints),
        "signals": signals.as_dict(),
        "key": key,
    }
    if age is not None:
        fields["age"] = age
    if yields:
        fields["yields"] = list(yields)
    if advice:
        fields["advice"] = advice
    return _Form(fields)


def attestation(fields: dict[str, Any], leaf: bytes) -> bytes:
    """What is signed: base64url of the canonical JSON of a token's payload (see `token`), made from the leaf alone."""
    hashed = b64(leaf_hash(leaf))
    times = seconds(fields["time"]), seconds(fields["expires"])
    return b64(canonical_ascii_keys(_payload(token_answers(fields), fields, hashed, *times))).encode("ascii")


def attester(fields: dict[str, Any]) -> Callable[[str, bytes, int, int], bytes]:
    """How equal records are attested: (id, leaf, time, expires) → what `attestation` gives for such a leaf."""
    return _Form(fields).attestation


def _payload(
    answers: dict[str, Any], fields: dict[str, Any], hashed: str, time: object, expires: object
) -> dict[str, Any]:
    yields = {"o": 1} if fields.get("yields") else {}
    return {
        "a": answers,
        "i": fields["id"],
        "k": fields["key"],
        "l": hashed,
        "n": fields["notice"],
        **yields,
        "s": fields["site"],
        "t": time,
        "x": expires,
    }


def token_answers(fields: dict[str, Any]) -> dict[str, Any]:
    """Answers as a token carries them: the fingerprint of what was granted, 0 for what was refused.

    Something granted without a fingerprint needed no yes (legitimate interest) and is left out.
    """
    prints: dict[str, str] = fields["fingerprints"]
    answers: dict[str, Any] = {
        name: prints.get(name, 1) if given else 0
        for name, given in fields["answers"].items()
        if name in prints or not given
    }
    answers.update((name, 0) for name in fields["vendors"])
    return answers


def verify(record: Record, public: dict[str, bytes]) -> str | None:
    """None when the record is whole and signed by a key in `public`, else what is wrong with it, in words."""
    try:
        fields = record.fields
        if canonical(fields) != record.leaf:
            return "the leaf is not canonical JSON"
        if not REQUIRED <= fields.keys() <= REQUIRED | OPTIONAL:
            return "the leaf does not have the fields of a record"
        if fields["site"] != record.site or fields["id"] != str(record.id):
            return "the leaf is that of another record"
        key = public.get(fields["key"])
        if key is None:
            return f"it is signed by the unknown key {fields['key']}"
        value = attestation(fields, record.leaf)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        return f"the leaf cannot be read ({type(error).__name__})"
    if not signer(key).verify_signature(value, b64(record.signature)):
        return "the signature is not that of its key over this record"
    return None
