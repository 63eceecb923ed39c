"""Receipts of real records for tests: decisions through the service, and a log over their leaves."""

from __future__ import annotations

from collections.abc import Sequence

from consent.ledger import checkpoint as checkpoints
from consent.ledger import tree
from consent.ledger.checkpoint import Checkpoint
from consent.ledger.note import VerifierKey
from consent.ledger.proof import Proof
from consent.personal import Personal
from consent.receipt import Hints, Kept, Trusted, hints
from consent.record import Record
from consent.service import Service

from ..conftest import NOW
from ..ledger import trees

SEALED = NOW + 60


def log_key(service: Service) -> VerifierKey:
    """The verifier key of the site's log."""
    assert service.keys.ledger is not None
    return service.keys.ledger.verifier


def proof_of(service: Service, record: Record, others: Sequence[bytes] = (b"one", b"two", b"three")) -> str:
    """That the record stands in a small log, behind the first of `others`."""
    key = service.keys.ledger
    assert key is not None
    leaves = [tree.leaf_hash(entry) for entry in (others[0], record.leaf, *others[1:])]
    read = trees.reading(leaves)
    head = Checkpoint(key.origin, len(leaves), tree.root_of(len(leaves), read))
    note = checkpoints.sign(head, [(key.origin, key.seed)], SEALED)
    return str(Proof(1, tuple(tree.inclusion_proof(1, len(leaves), read)), note))


def kept(service: Service, record: Record, proof: str | None = None, personal: Personal | None = None) -> Kept:
    """The parts of a record's receipt."""
    notice = service.archived(record.fields["notice"])
    assert notice is not None
    return Kept(record.leaf, record.signature, notice, hints(service.keys, record.leaf), proof, personal)


def trusted(service: Service) -> Trusted:
    """All public keys of the site, as keys.json has them."""
    return Trusted((log_key(service),), service.keys.public, site=service.site.id)


def by_log(service: Service) -> Trusted:
    """The key of the log alone."""
    return Trusted((log_key(service),))


__all__ = ["SEALED", "Hints", "by_log", "kept", "log_key", "proof_of", "trusted"]
