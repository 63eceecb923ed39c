"""Consent that can be proved: a cookie consent and preference manager for Flask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .extension import Consent, decision_recorded, decision_withdrawn

__all__ = ["Consent", "decision_recorded", "decision_withdrawn"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import Flask only where the extension is used: commands and verification start without it (PEP 562)."""
    if name in __all__:
        from . import extension

        return getattr(extension, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
