"""A receipt from what was signed. Pure.

{"format", "@context", "@type": "dpv:ConsentReceipt", …, "leaf", "signature", "notice", "proof"}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..encoding import b64, canonical, seconds, strict_json, timestamp, unb64
from ..errors import ConsentError
from ..keys import Keys
from ..ledger import proof as proofs
from ..ledger.errors import LedgerError
from ..ledger.note import VerifierKey
from ..personal import Personal, from_canonical
from ..record import attestation, leaf_hash
from . import fields as parts

FORMAT = "consent-ledger/receipt/v1"
MAX_BYTES = 1 << 20
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError)


class NotAReceipt(ConsentError, ValueError):
    """The file is no receipt, or not one that can be read."""


@dataclass(frozen=True, slots=True)
class Hints:
    """Public keys that the receipt names, so that a person knows whose to ask for. They prove nothing by themselves."""

    signing: bytes | None  # of the key that signed the record
    ledger: tuple[str, ...] = ()  # verifier keys of the site's log


@dataclass(frozen=True, slots=True)
class Kept:
    """All that a receipt is made of."""

    leaf: bytes
    signature: bytes
    notice: bytes  # canonical JSON, as archived
    hints: Hints
    proof: str | None = None  # tlog-proof; None while the record waits for its place
    personal: Personal | None = None  # only for the person whose record it is


def hints(keys: Keys, leaf: bytes) -> Hints:
    """The public keys that go with a leaf."""
    ledger = (str(keys.ledger.verifier),) if keys.ledger else ()
    return Hints(keys.public.get(str(strict_json(leaf).get("key"))), ledger)


def build(kept: Kept, time: int | None = None) -> dict[str, Any]:
    """The receipt. The same parts always give the same one. `time` is what the checkpoint of the proof says, verified.

    Raises one of UNREADABLE for parts that are none of a record.
    """
    leaf, notice = strict_json(kept.leaf), strict_json(kept.notice)
    made: dict[str, Any] = {"format": FORMAT}
    created = leaf["time"] if time is None else timestamp(max(time, seconds(leaf["time"])))
    made |= parts.receipt(leaf, notice, kept.personal, created)
    made["leaf"] = leaf
    made["signature"] = b64(kept.signature)
    if leaf["fingerprints"]:  # of a refusal the browser holds a token that names no record
        made["token"] = f"{attestation(leaf, kept.leaf).decode('ascii')}.{b64(kept.signature)}"
    if kept.personal is not None:
        made["personal"] = strict_json(kept.personal.canonical())
    made["notice"] = notice
    if kept.proof is not None:
        made["proof"] = kept.proof
    made["keys"] = {
        "signing": b64(kept.hints.signing) if kept.hints.signing else None,
        "ledger": list(kept.hints.ledger),
    }
    made["@context"] = parts.meaning(notice)  # last, since people read from the top
    return made


def to_bytes(receipt: Mapping[str, Any]) -> bytes:
    """The file: readable JSON in UTF-8. What counts are its values; a reformatted one is as good."""
    return (json.dumps(receipt, ensure_ascii=False, indent=2) + "\n").encode()


def from_bytes(data: bytes) -> dict[str, Any]:
    """The receipt of a file. Raises NotAReceipt."""
    if len(data) > MAX_BYTES:
        raise NotAReceipt("A receipt is at most 1 MiB long.")
    try:
        found = strict_json(data.decode())
    except (ValueError, RecursionError) as error:
        raise NotAReceipt("The file is not JSON, so it is no receipt. It was damaged or cut off.") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise NotAReceipt(f"The file is not a receipt in the format {FORMAT}.")
    return found


def completed(receipt: Mapping[str, Any], proof: str) -> dict[str, Any]:
    """A receipt that was only promised, with the proof of its place by a log that it names.

    Raises NotAReceipt, LedgerError.
    """
    try:
        kept = taken_apart(receipt)
        trusted = [VerifierKey.parse(text) for text in kept.hints.ledger]
        signed = proofs.check(proofs.parse(proof), leaf_hash(kept.leaf), trusted)
        return build(replace(kept, proof=proof), signed.time)
    except UNREADABLE as error:
        if isinstance(error, LedgerError):
            raise
        raise NotAReceipt("The receipt lacks a part, or one is of the wrong kind.") from error


def taken_apart(receipt: Mapping[str, Any]) -> Kept:
    """What a receipt carries, before anything is believed. Raises one of UNREADABLE."""
    keys, personal, proof = receipt["keys"], receipt.get("personal"), receipt.get("proof")
    ledger = keys["ledger"]
    if not isinstance(ledger, list) or len(ledger) > 16 or not all(isinstance(one, str) for one in ledger):
        raise ValueError("keys.ledger is not a short list of texts")
    if proof is not None and not isinstance(proof, str):
        raise TypeError("the proof is not a text")
    return Kept(
        leaf=canonical(receipt["leaf"]),
        signature=unb64(receipt["signature"]),
        notice=canonical(receipt["notice"]),
        hints=Hints(unb64(keys["signing"]) if keys["signing"] is not None else None, tuple(ledger)),
        proof=proof,
        personal=from_canonical(canonical(personal)) if personal is not None else None,
    )
