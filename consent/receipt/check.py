"""Whether a receipt is what it says: signed, in the log, and each of its fields what follows from that. Pure.

It believes nothing but the keys that it is given. The receipt is built again from leaf, signature, notice and proof,
and compared field by field.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import record as records
from ..encoding import b64, canonical, seconds, sha256, strict_json
from ..ledger import checkpoint as checkpoints
from ..ledger import note as notes
from ..ledger import proof as proofs
from ..ledger.checkpoint import Signed
from ..ledger.errors import LedgerError
from ..ledger.note import COSIGNATURE, VerifierKey
from ..personal import commitment
from ..record import Record
from ..signing import key_id
from .build import UNREADABLE, Kept, build, taken_apart

GRACE = 300  # seconds by which clocks may differ


@dataclass(frozen=True, slots=True)
class Trusted:
    """The keys that a receipt is checked against. `signing` is None where only a log's key is known."""

    ledger: tuple[VerifierKey, ...] = ()
    signing: Mapping[str, bytes] | None = None
    witnesses: tuple[VerifierKey, ...] = ()
    site: str = ""  # whose keys they are, where that is known


@dataclass(frozen=True, slots=True)
class Witness:
    """Another log that cosigned the checkpoint."""

    name: str
    time: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found. `problem` is None for a receipt that holds; the rest is known as far as it was read."""

    problem: str | None
    leaf: Mapping[str, Any] = field(default_factory=dict)
    notice: Mapping[str, Any] = field(default_factory=dict)
    index: int | None = None  # None: only promised
    signed: Signed | None = None
    witnesses: tuple[Witness, ...] = ()
    personal: bool = False


class _Wrong(Exception):
    """What is wrong, in words."""


def check(receipt: Mapping[str, Any], trusted: Trusted) -> Verdict:
    """The verdict on a receipt (see `build.from_bytes`)."""
    try:
        kept = taken_apart(receipt)
        leaf, notice = strict_json(kept.leaf), strict_json(kept.notice)
    except UNREADABLE:
        return Verdict("a part of the receipt is missing or of the wrong kind")
    try:
        _of_the_site(leaf, trusted)
        _notice(leaf, kept)
        _personal(leaf, kept)
        signed = _place(kept, trusted)
        _signature(leaf, kept, trusted, signed is not None)
        _time(leaf, signed)
        _hints(leaf, kept, trusted, signed)
        _rebuilt(receipt, kept, signed)
        index = proofs.parse(kept.proof).index if kept.proof is not None else None
        witnesses = _witnesses(signed, trusted.witnesses)
    except _Wrong as wrong:
        return Verdict(str(wrong), leaf, notice)
    except LedgerError as error:
        return Verdict(f"its place in the log is not proved: {error}", leaf, notice)
    except UNREADABLE:
        return Verdict("a part of the receipt is missing or of the wrong kind", leaf, notice)
    return Verdict(None, leaf, notice, index, signed, witnesses, kept.personal is not None)


def _of_the_site(leaf: Mapping[str, Any], trusted: Trusted) -> None:
    if trusted.site and leaf["site"] != trusted.site:
        raise _Wrong(f"it is of the site {str(leaf['site'])[:40]!r}, and the keys are those of {trusted.site!r}")


def _notice(leaf: Mapping[str, Any], kept: Kept) -> None:
    if b64(sha256(kept.notice)) != leaf["notice"]:
        raise _Wrong("the notice in it is not the one that was shown: its hash is another")


def _personal(leaf: Mapping[str, Any], kept: Kept) -> None:
    if kept.personal is not None and commitment(kept.personal.canonical()) != leaf["personal"]:
        raise _Wrong("the personal part is not the one that the record commits to")


def _place(kept: Kept, trusted: Trusted) -> Signed | None:
    if kept.proof is None:
        return None
    if not trusted.ledger:
        raise _Wrong("the keys given are none of a log, so that its place there cannot be checked")
    return proofs.check(proofs.parse(kept.proof), records.leaf_hash(kept.leaf), trusted.ledger)


def _signature(leaf: Mapping[str, Any], kept: Kept, trusted: Trusted, placed: bool) -> None:
    """By a trusted key; or, for a record in a trusted log, by the key that the record itself names by its hash."""
    public = trusted.signing
    if public is None:
        if not placed:
            raise _Wrong(
                "it has no place in the log yet, and the key of a log does not cover a promise: "
                "check it with the site's keys.json, or fetch the receipt anew"
            )
        public = {key_id(kept.hints.signing): kept.hints.signing} if kept.hints.signing else {}
    wrong = records.verify(Record(leaf["site"], uuid.UUID(leaf["id"]), kept.leaf, kept.signature), dict(public))
    if wrong:
        raise _Wrong(f"the record does not hold: {wrong}")


def _time(leaf: Mapping[str, Any], signed: Signed | None) -> None:
    if signed is not None and signed.time is not None and seconds(leaf["time"]) > signed.time + GRACE:
        raise _Wrong("the record says a later time than the checkpoint that covers it")


def _hints(leaf: Mapping[str, Any], kept: Kept, trusted: Trusted, signed: Signed | None) -> None:
    """The keys that the receipt names are those that it was checked by."""
    names = {text.partition("+")[0] for text in kept.hints.ledger}
    if signed is not None and signed.checkpoint.origin not in names:
        raise _Wrong("keys → ledger does not name the log that it has its place in")
    if kept.hints.signing is None or key_id(kept.hints.signing) != leaf["key"]:
        raise _Wrong("keys → signing is not the key that the record names")
    if trusted.ledger and not set(kept.hints.ledger) <= {str(key) for key in trusted.ledger}:
        raise _Wrong("keys → ledger names a log whose key is not among those given")


def _rebuilt(receipt: Mapping[str, Any], kept: Kept, signed: Signed | None) -> None:
    """Every field, made again from what was checked."""
    again = build(kept, signed.time if signed else None)
    where = _differs(again, receipt, "")
    if where is not None:
        raise _Wrong(f"{where} does not follow from what was signed")


def _differs(wanted: object, given: object, path: str) -> str | None:
    """Where two values first differ, or None. What JSON calls equal is equal (1 and true are not)."""
    if isinstance(wanted, dict) and isinstance(given, dict):
        for name in [*wanted, *(name for name in given if name not in wanted)]:
            inner = f"{path} → {name[:60]}" if path else name[:60]
            if name not in wanted or name not in given:
                return inner
            if (found := _differs(wanted[name], given[name], inner)) is not None:
                return found
        return None
    if isinstance(wanted, list) and isinstance(given, list) and len(wanted) == len(given):
        pairs = enumerate(zip(wanted, given, strict=True))
        return next((found for at, (a, b) in pairs if (found := _differs(a, b, f"{path}[{at}]")) is not None), None)
    return None if canonical(wanted) == canonical(given) else path


def _witnesses(signed: Signed | None, keys: Sequence[VerifierKey]) -> tuple[Witness, ...]:
    """Who of those that are trusted cosigned. Raises UntrustedNote where one is named that did not."""
    if signed is None:
        return ()
    note = notes.parse(signed.note)
    found = ((key, checkpoints.cosigned(note, key)) for key in keys if key.algorithm == COSIGNATURE)
    return tuple(Witness(key.name, time) for key, time in found if time is not None)
