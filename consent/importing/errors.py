"""What stops an import. Each says what to do next."""

from __future__ import annotations

from consent.errors import ConsentError


class NotRead(ConsentError):
    """A file that is no configuration we can read."""
