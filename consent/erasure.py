"""Whose personal parts go when a person is erased: those of their subject, and of the browsers that it took over.

The proofs stay: a record's leaf, signature and place in the log hold nothing of the person (design, decision 5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .account import is_account
from .errors import KeysError
from .keys import Keys
from .personal import Personal, subject_refs, unseal
from .store import Entry, Store

MOST = 1000  # subjects of one person: browsers that signed in with one account


@dataclass(frozen=True, slots=True)
class Person:
    """The subjects of one person, and how many personal parts they have."""

    subjects: tuple[str, ...]
    records: int


def subjects(store: Store, ring: Callable[[], Keys], site: str, subject: str) -> tuple[str, ...]:
    """A subject; of an account also those of the browsers that it took over. Raises StoreUnavailable.

    What is another account's is another person's, whatever a record says.
    """
    found = {subject: None}
    if is_account(ring(), subject):
        for entry in store.stream(site, None, None, subject_refs(ring(), subject)):
            opened = _opened(ring, entry)
            other = opened.previous if opened else ""
            if other and len(found) < MOST and not is_account(ring(), other):
                found[other] = None
    return tuple(found)


def person(store: Store, ring: Callable[[], Keys], site: str, subject: str) -> Person:
    """Who is behind a subject, and how much. Raises StoreUnavailable."""
    theirs = subjects(store, ring, site, subject)
    return Person(theirs, sum(store.count(site, subject_ref=subject_refs(ring(), one)) for one in theirs))


def erase(store: Store, ring: Callable[[], Keys], site: str, subject: str) -> Iterator[int]:
    """Erase a person as one iterates; gives how many each batch had. Raises StoreUnavailable.

    Browsers first and the subject itself last: it leads to them, so that what is stopped half way can be done again.
    """
    while True:
        keys, gone = ring(), 0
        for one in reversed(subjects(store, ring, site, subject)):
            for batch in store.erase_subject(site, subject_refs(ring(), one)):
                gone += batch
                yield batch
        if not gone and ring() is keys:  # else a record may have come in, or rows have moved to another key
            return


def _opened(ring: Callable[[], Keys], entry: Entry) -> Personal | None:
    """An entry's personal part; None also for one that does not open: there is nothing to follow then."""
    try:
        return unseal(entry.sealed, ring(), entry.record.id) if entry.sealed else None
    except KeysError:
        return None
