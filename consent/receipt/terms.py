"""The vocabulary of a receipt: a JSON-LD 1.1 context that stands in the file itself, so that nothing is fetched. Pure.

Terms are those of the Data Privacy Vocabulary 2.1 (https://w3id.org/dpv), as its guide to ISO/IEC TS 27560:2023 uses
them (https://w3id.org/dpv/guides/consent-27560), of Dublin Core, and a few of our own for the proof.
"""

from __future__ import annotations

from typing import Any

PROFILE = "https://w3id.org/dpv/schema/dpv-27560#"
OWN = "https://consent-ledger.example/ns#"

BASIS = {
    "consent": "dpv:Consent",
    "legitimate_interest": "dpv:LegitimateInterest",
    "contract": "dpv:Contract",
    "legal_obligation": "dpv:LegalObligation",
}
ROLE = {
    "processor": "dpv:DataProcessor",
    "controller": "dpv:ThirdParty",
    "joint_controller": "dpv:JointDataControllers",
}

_REFERENCES = (
    *("dct:conformsTo", "dct:publisher", "dpv:hasLegalBasis", "dpv:hasDataController", "dpv:hasRecipient"),
    *("dpv:hasLocation", "dpv:hasJurisdiction", "dpv:hasStatus", "dpv:hasNecessity", "dpv:isIndicatedBy"),
)
_MOMENTS = ("dct:created", "dpv:isIndicatedAtTime")
_WORDS = ("dct:title", "dct:description", "dpv:hasIndicationMethod")  # in the notice's language
_EXACT = ("leaf", "notice", "personal", "keys")  # JSON as it stands, so that its bytes can be made again


def context(locale: str, direction: str) -> dict[str, Any]:
    """The context of a receipt whose notice is in `locale`."""
    found: dict[str, Any] = {
        "@version": 1.1,
        "dpv": "https://w3id.org/dpv#",
        "loc": "https://w3id.org/dpv/loc#",
        "dct": "http://purl.org/dc/terms/",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "own": OWN,
    }
    for name in _REFERENCES:
        found[name] = {"@type": "@id"}
    for name in _MOMENTS:
        found[name] = {"@type": "xsd:dateTime"}
    found["dct:date"] = {"@type": "xsd:date"}
    for name in _WORDS:
        found[name] = {"@language": language(locale), "@direction": direction}
    for name in _EXACT:
        found[name] = {"@id": f"own:{name}", "@type": "@json"}
    for name in ("format", "signature", "token", "proof", "regime", "method", "fingerprint"):
        found[name] = f"own:{name}"
    return found


def language(locale: str) -> str:
    """A locale as a language tag (BCP 47)."""
    return locale.replace("_", "-")
