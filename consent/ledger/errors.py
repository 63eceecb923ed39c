"""What can be wrong with a note, a checkpoint or a proof. Each carries its evidence."""

from __future__ import annotations

from ..errors import ConsentError


class LedgerError(ConsentError):
    """The root of the ledger's errors."""


class MalformedNote(LedgerError, ValueError):
    """The text is not a signed note, a checkpoint or a proof in its one canonical form."""


class UntrustedNote(LedgerError):
    """A note that no trusted key signed, or that one of them did not sign as it stands. `name` is the key's."""

    def __init__(self, message: str, name: str = "") -> None:
        super().__init__(message)
        self.name = name
