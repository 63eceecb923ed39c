"""Consent that can be proved: a cookie consent and preference manager for Flask."""

from .extension import Consent, decision_recorded, decision_withdrawn

__all__ = ["Consent", "decision_recorded", "decision_withdrawn"]
__version__ = "0.1.0"
