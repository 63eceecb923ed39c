"""What the parts of a bundle are checked against. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...ledger.note import VerifierKey

GRACE = 300  # seconds: how far a record's time may lie outside the checkpoints around it


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What a record must agree with in the notice that it names."""

    locale: str
    regime: str
    answerable: frozenset[str]
    advice: str


@dataclass(frozen=True, slots=True)
class Context:
    """One log: its site, the keys that may sign its records and checkpoints, its notices."""

    site: str
    origin: str
    size: int
    keys: Mapping[str, bytes]
    trusted: tuple[VerifierKey, ...]
    notices: Mapping[str, NoticeFacts]
    signatures: bool = False  # whether each record's own signature is checked
