"""Entries to store, each different, the same in every run."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from dataclasses import replace

from consent.encoding import b64, canonical_ascii_keys, timestamp
from consent.personal import Sealed
from consent.record import Record, uuid7
from consent.store import Entry

START = 1_795_233_600  # 2026-11-21T04:00:00Z
SITE = "demo"

_numbers = itertools.count()


def noise(length: int, *about: object) -> bytes:
    """Bytes that look random and depend on `about` alone."""
    return hashlib.shake_256(repr(about).encode()).digest(length)


def entry(
    site: str = SITE,
    *,
    at: int | None = None,
    about: object = None,
    key: bytes | None = b"",
    digest: bytes | None = None,
    subject: str | None = "someone",
    leaf: bytes | None = None,
) -> Entry:
    """An entry at a second (by default each a second after the last). Equal `about` gives equal entries.

    `key`: empty for one of its own, None for none. `subject` None: a refusal by someone unknown.
    """
    number = next(_numbers)
    at = START + number if at is None else at
    about = number if about is None else about
    record_id = uuid7(at * 1000, noise(10, "id", about))
    return Entry(
        Record(site, record_id, leaf or leaf_of(site, record_id, at, subject), noise(64, "signature", about)),
        None if subject is None else sealed(subject, about),
        noise(16, "key", about) if key == b"" else key,
        digest or noise(16, "digest", about),
    )


def reference(subject: str) -> bytes:
    """The blind index of a subject."""
    return noise(16, "subject", subject)


def sealed(subject: str, about: object) -> Sealed:
    """A personal part."""
    return Sealed(reference(subject), "p-1", noise(60, "wrapped", about), noise(118, "box", about))


def leaf_of(site: str, record_id: uuid.UUID, at: int, subject: str | None) -> bytes:
    """A leaf as `consent.record` makes it: a yes of a subject, or nobody's refusal."""
    given = subject is not None
    return canonical_ascii_keys(
        {
            "v": 1,
            "site": site,
            "id": str(record_id),
            "time": timestamp(at),
            "expires": timestamp(at + 180 * 86400),
            "notice": b64(noise(32, "notice", site)),
            "regime": "opt-in",
            "locale": "en",
            "method": "accept_all" if given else "reject_all",
            "via": "script",
            "answers": {"analytics": given, "marketing": given},
            "vendors": {},
            "fingerprints": {"analytics": "abcdef", "marketing": "ghijkl"} if given else {},
            "signals": {"dnt": "1"},
            "key": "k-1",
            "personal": b64(noise(32, "commitment", record_id)) if given else None,
        }
    )


def again(made: Entry) -> Entry:
    """The same request once more: a new record, under the same key and digest."""
    other = entry(made.record.site)
    return replace(other, request_key=made.request_key, request_digest=made.request_digest)
