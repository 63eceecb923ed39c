"""What can go wrong with the store. The database library's own errors never leave this package."""

from __future__ import annotations

import uuid
from pathlib import Path

from ..errors import ConsentError


class StoreError(ConsentError):
    """The root of the store's errors."""


class StoreUnavailable(StoreError):
    """The database did not answer as it should; the cause is in `__cause__`.

    `stored` says what became of the entry: False when nothing was stored for certain, None when that is
    unknown (a commit failed half way). Either way the same entry may be appended again, and is there once.
    """

    def __init__(self, message: str, *, stored: bool | None = False) -> None:
        super().__init__(message)
        self.stored = stored


class KeyReused(StoreError):
    """The request key (or record id) already stands for something else in this site; nothing was stored."""

    def __init__(self, site: str, record_id: uuid.UUID) -> None:
        super().__init__("This request key was used before, with another request. Send it with a new key.")
        self.site = site
        self.record_id = record_id  # of the record that the key stands for


class InvalidEntry(StoreError, ValueError):
    """An entry that no database could keep unchanged. `field` names the part."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"The entry's {field} {reason}.")
        self.field = field


class SchemaTooNew(StoreError):
    """The database was written by a newer version of this package, and is left alone."""

    def __init__(self, found: str, known: str) -> None:
        super().__init__(
            f"The database has schema revision {found}, but this version of the package knows only {known}."
            " Install the version that upgraded it, or a newer one."
        )
        self.found = found
        self.known = known


class UnsafeDatabase(StoreError):
    """A URL or setting under which acknowledged records could be lost; the message says what to do."""


class LedgerDamaged(StoreError):
    """The log in the database is not what its own signed head says; nothing is sealed until that is repaired."""


class LedgerForked(StoreError):
    """The log in the database is older than what this site's key has signed already, or another one.

    To seal would give the site two histories. `proof` is the file that shows it.
    """

    def __init__(self, message: str, proof: Path) -> None:
        super().__init__(message)
        self.proof = proof
