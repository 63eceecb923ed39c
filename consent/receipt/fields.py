"""The fields of ISO/IEC TS 27560:2023 in the terms of the Data Privacy Vocabulary, from leaf and notice alone. Pure.

Where a notice says nothing of a mandatory field, the field says so: an empty one would look like a fault.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ..personal import Personal
from .terms import BASIS, PROFILE, ROLE, context, language

Json = Mapping[str, Any]
UNSAID = "not stated in the notice"
NAMELESS = "anonymous"  # a refusal names nobody (regulation R15)

# Methods of records that no answer made: the law of a region presumes, and nobody has given a consent.
PRESUMED = frozenset({"told", "signal"})


def meaning(notice: Json) -> dict[str, Any]:
    """The JSON-LD context: what the names mean, and in which language the words are."""
    return context(notice["locale"], notice["dir"])


def receipt(leaf: Json, notice: Json, personal: Personal | None, created: str) -> dict[str, Any]:
    """The head of the receipt with the record in it (27560 §6.4; DPV guide, “Consent Receipts”)."""
    record = uuid.UUID(leaf["id"])
    return {
        "@id": f"urn:uuid:{uuid.uuid5(record, 'receipt')}",
        "@type": "dpv:ConsentReceipt",
        "dct:identifier": str(uuid.uuid5(record, "receipt")),
        "dct:conformsTo": f"{PROFILE}receipt",
        "dct:title": f"{notice['site_name']}: {notice['texts']['title']}",
        "dct:created": created,
        "dct:publisher": _Urn(leaf).of("controller"),
        "dpv:hasRecordOfActivity": _record(leaf, notice, personal),
    }


class _Urn:
    """Names for what has none of its own: the record's, with a fragment."""

    def __init__(self, leaf: Json) -> None:
        self.record = f"urn:uuid:{uuid.UUID(leaf['id'])}"

    def of(self, *names: str) -> str:
        return f"{self.record}#{'/'.join(names)}"


def _record(leaf: Json, notice: Json, personal: Personal | None) -> dict[str, Any]:
    urn = _Urn(leaf)
    return {
        "@id": urn.record,
        "@type": "dpv:ConsentRecord",
        "dct:identifier": leaf["id"],
        "dct:conformsTo": f"{PROFILE}record",
        "method": leaf["method"],
        "regime": leaf["regime"],
        "dpv:hasDataSubject": _subject(urn, leaf, personal),
        "dpv:hasNotice": _notices(notice, leaf["notice"]),
        "dpv:hasDataController": urn.of("controller"),
        "dpv:hasJurisdiction": _jurisdiction(notice),
        "dpv:hasProcess": [_process(urn, leaf, notice, purpose) for purpose in notice["purposes"]],
        "dpv:hasEntity": _entities(urn, notice),
        "dpv:hasConsentStatus": _event(urn, leaf, notice, _state(leaf), explicit=False),
    }


# the header


def _subject(urn: _Urn, leaf: Json, personal: Personal | None) -> dict[str, Any]:
    """The principal: by their id where the receipt is theirs, else by the record's commitment to it."""
    name = personal.subject if personal else leaf["personal"] or NAMELESS
    return {"@id": urn.of("subject"), "@type": "dpv:DataSubject", "dct:identifier": name}


def _notices(notice: Json, notice_id: str) -> list[dict[str, Any]]:
    """What was shown, by its hash (RFC 6920), and the policy that it refers to."""
    return [
        {
            "@id": f"ni:///sha-256;{notice_id}",
            "@type": "dpv:ConsentNotice",
            "dct:identifier": notice_id,
            "dct:language": language(notice["locale"]),
            "dct:date": notice["effective"],
        },
        {"@id": notice["policy"], "@type": "dpv:PrivacyNotice"},
    ]


def _jurisdiction(notice: Json) -> dict[str, Any]:
    """The controller's country. Under which rules was asked says the record's regime."""
    who = notice["controller"]
    found: dict[str, Any] = {"@id": f"loc:{who['country_code']}"} if who.get("country_code") else {}
    return {**found, "@type": "dpv:Location", "dct:title": who["country"] or UNSAID}


def _basis(purpose: Json) -> Any:
    """The legal basis; in the notice's words where the vocabulary has none (strictly necessary, ePrivacy Art. 5(3))."""
    return BASIS.get(purpose["basis"], {"@type": "dpv:LegalBasis", "dct:title": purpose["basis_text"]})


# parties


def _entities(urn: _Urn, notice: Json) -> list[dict[str, Any]]:
    """Every party: who is responsible, and each vendor once."""
    who = notice["controller"]
    place = ", ".join(part for part in (who["address"], who["country"]) if part)
    parties = [_party(urn.of("controller"), "dpv:DataController", who["name"], place, who["contact"], notice["site"])]
    seen = {vendor["id"]: vendor for purpose in notice["purposes"] for vendor in purpose["vendors"]}
    for name, vendor in seen.items():
        kind = ROLE.get(vendor.get("role", ""), "dpv:Recipient")
        party = _party(
            urn.of("vendor", name), kind, vendor["name"], vendor["country_text"] or UNSAID, vendor["policy"], name
        )
        parties.append(party | {"dpv:hasLocation": f"loc:{vendor['country']}"})
    return parties


def _party(urn: str, kind: str, name: str, address: str, contact: str, identifier: str) -> dict[str, Any]:
    return {
        "@id": urn,
        "@type": kind,
        "dct:identifier": identifier,
        "dpv:hasName": name,
        "dpv:hasAddress": address or UNSAID,
        "dpv:hasContact": contact,
    }


# processing


def _process(urn: _Urn, leaf: Json, notice: Json, purpose: Json) -> dict[str, Any]:
    """One purpose with all that belongs to it, and what was answered."""
    texts = notice["texts"]
    made: dict[str, Any] = {
        "@id": urn.of("purpose", purpose["id"]),
        "@type": "dpv:Process",
        "dpv:hasPurpose": {
            "@type": "dpv:Purpose",
            "dct:identifier": purpose["id"],
            "dct:title": purpose["name"],
            "dct:description": purpose["text"] or purpose["name"],
        },
        "dpv:hasLegalBasis": _basis(purpose),
        "dpv:hasNecessity": "dpv:Optional" if purpose["answerable"] else "dpv:Required",
        "dpv:hasPersonalData": _data(purpose),
        "dpv:hasStorageCondition": _storage(notice, purpose),
        "dpv:hasDataController": urn.of("controller"),
        "dpv:hasRecipient": [urn.of("vendor", one["id"]) for one in _vendors(leaf, purpose)] or [urn.of("controller")],
        "dpv:hasJurisdiction": _jurisdiction(notice),
    }
    if purpose["asked"]:
        made["dpv:hasConsentControl"] = {
            "@type": ["dpv:ProvideConsent", "dpv:WithdrawConsent"],
            "dct:description": f"{texts['settings']} – {texts['withdraw']}",
            "dpv:isExercisedAt": {"@id": notice["policy"]},
        }
        state = _answered(leaf, leaf["answers"].get(purpose["id"]))
        made["dpv:hasConsentStatus"] = _event(urn, leaf, notice, state, purpose["explicit"])
        if purpose["id"] in leaf["fingerprints"]:
            made["fingerprint"] = leaf["fingerprints"][purpose["id"]]
    elif purpose["answerable"] and purpose["id"] in leaf["answers"]:
        kept = leaf["answers"][purpose["id"]]
        made["dpv:hasStatus"] = "dpv:LegitimateInterestNotObjected" if kept else "dpv:LegitimateInterestObjected"
    return made


def _vendors(leaf: Json, purpose: Json) -> list[Json]:
    """Those whom the person did not leave out."""
    return [one for one in purpose["vendors"] if leaf["vendors"].get(f"{purpose['id']}/{one['id']}", True)]


def _data(purpose: Json) -> list[dict[str, Any]]:
    """The kinds of data: what is kept on the device, as far as named; else what the purpose says of itself."""
    owned = [*purpose["items"], *(item for vendor in purpose["vendors"] for item in vendor["items"])]
    found = [
        {
            "@type": "dpv:PersonalData",
            "dct:identifier": item["name"],
            "dct:description": ", ".join(part for part in (item["kind_text"], item["duration"], item["text"]) if part),
        }
        for item in owned
    ]
    return found or [{"@type": "dpv:PersonalData", "dct:description": purpose["text"] or purpose["name"]}]


def _storage(notice: Json, purpose: Json) -> list[dict[str, Any]]:
    """How long, and where: on the device where something is kept there, in the countries of those who receive it."""
    home = notice["controller"].get("country_code")
    codes = [*([home] if home else []), *(vendor["country"] for vendor in purpose["vendors"])]
    places = [f"loc:{code}" for code in dict.fromkeys(codes) if code]
    if purpose["items"] or any(vendor["items"] for vendor in purpose["vendors"]):
        places.insert(0, "dpv:WithinDevice")
    where: dict[str, Any] = {"@type": "dpv:StorageLocation"}
    where |= {"dpv:hasLocation": places} if places else {"dct:description": UNSAID}
    kept = {"@type": "dpv:TemporalDuration", "rdf:value": purpose["retention"] or UNSAID}
    return [{"@type": "dpv:StorageDuration", "dpv:hasDuration": kept}, where]


# events


def _event(urn: _Urn, leaf: Json, notice: Json, state: str, explicit: bool) -> dict[str, Any]:
    """An event: state, type, time, how long it holds, by whom, how."""
    kind = "dpv:ExplicitlyExpressedConsent" if explicit else "dpv:ExpressedConsent"
    if leaf["method"] in PRESUMED:
        kind = "dpv:ImpliedConsent"
    until = {"@value": leaf["expires"], "@type": "xsd:dateTime"}
    return {
        "@type": [f"dpv:{state}", kind],
        "dpv:hasLegalBasis": kind,
        "dpv:isIndicatedAtTime": leaf["time"],
        "dpv:hasDuration": {"@type": "dpv:UntilTimeDuration", "rdf:value": until},
        "dpv:isIndicatedBy": urn.of("subject"),
        "dpv:hasIndicationMethod": notice["texts"].get(f"method_{leaf['method']}", leaf["method"]),
    }


def _state(leaf: Json) -> str:
    """The state of the whole: given where anything was."""
    if leaf["method"] == "withdraw":
        return "ConsentWithdrawn"
    return _answered(leaf, bool(leaf["fingerprints"]) if leaf["answers"] else None)


def _answered(leaf: Json, answer: object) -> str:
    """The state of one purpose that was asked."""
    if answer is True:
        return "ConsentUnknown" if leaf["method"] in PRESUMED else "ConsentGiven"
    if answer is False:
        return "ConsentWithdrawn" if leaf["method"] == "withdraw" else "ConsentRefused"
    return "ConsentUnknown"
