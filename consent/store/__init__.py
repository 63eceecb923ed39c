"""Where records are kept: durable, each once, for ever. See `Store`."""

from __future__ import annotations

from .entry import Entry
from .errors import InvalidEntry, KeyReused, SchemaTooNew, StoreError, StoreUnavailable, UnsafeDatabase
from .migrate import current_revision, migrate
from .page import Page
from .schema import HEAD
from .store import Store

__all__ = [
    "HEAD",
    "Entry",
    "InvalidEntry",
    "KeyReused",
    "Page",
    "SchemaTooNew",
    "Store",
    "StoreError",
    "StoreUnavailable",
    "UnsafeDatabase",
    "current_revision",
    "migrate",
]
