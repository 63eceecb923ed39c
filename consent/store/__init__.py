"""Where records are kept: durable, each once, for ever. See `Store`."""

from __future__ import annotations

from .access import Access
from .entry import Entry
from .errors import (
    InvalidEntry,
    KeyReused,
    LedgerDamaged,
    LedgerForked,
    SchemaTooNew,
    StoreError,
    StoreUnavailable,
    UnsafeDatabase,
)
from .kept import Kept
from .log import Head, Place
from .migrate import current_revision, migrate
from .page import Page
from .schema import HEAD
from .store import Store

__all__ = [
    "HEAD",
    "Access",
    "Entry",
    "Head",
    "InvalidEntry",
    "Kept",
    "KeyReused",
    "LedgerDamaged",
    "LedgerForked",
    "Page",
    "Place",
    "SchemaTooNew",
    "Store",
    "StoreError",
    "StoreUnavailable",
    "UnsafeDatabase",
    "current_revision",
    "migrate",
]
