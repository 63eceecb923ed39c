"""Countries to which personal data of Europeans may go without a further safeguard."""

from __future__ import annotations


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


EEA = _codes("AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IS IT LV LI LT LU MT NL NO PL PT RO SK SI ES SE")
# Decisions of the European Commission under GDPR 45. That for the US holds only for certified companies, so
# the US is not among them.
ADEQUATE = _codes("AD AR CA CH FO GB GG IL IM JE JP KR NZ UY")


def needs_safeguard(country: str) -> bool:
    """Whether a transfer to that country (ISO 3166-1) rests on a safeguard (GDPR 46)."""
    return bool(country) and country not in EEA and country not in ADEQUATE
