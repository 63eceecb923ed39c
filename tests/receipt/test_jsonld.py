"""As JSON-LD a receipt means what ISO/IEC TS 27560 asks for, read by a library that may fetch nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from pyld import jsonld

from consent.decision import Answer
from consent.receipt import build
from consent.record import Record
from consent.service import Service
from consent.signals import Signals

from ..export import log
from . import made

DPV = "https://w3id.org/dpv#"
DCT = "http://purl.org/dc/terms/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
OWN = "https://consent-ledger.example/ns#"
TERMS = {
    DPV + line
    for line in Path(__file__).with_name("dpv-2.1.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
}
Node = dict[str, Any]


def refuse(url: str, options: object) -> NoReturn:
    raise AssertionError(f"{url} was asked for")


def expanded(receipt: Node) -> Node:
    (node,) = jsonld.expand(receipt, {"documentLoader": refuse})
    found: Node = node
    return found


@pytest.fixture(params=["en", "de", "ar"])
def receipt(service: Service, request: pytest.FixtureRequest) -> Node:
    """Of a yes with one vendor left out, under a notice in each language."""
    notice = service.notice(request.param)
    record = service.answer(log.ALL_BUT_ONE_VENDOR, notice.id).record
    return build(made.kept(service, record, made.proof_of(service, record)), made.SEALED)


def one(node: Node, iri: str) -> Node:
    (found,) = node[iri]
    assert isinstance(found, dict)
    return found


def value(node: Node, iri: str) -> str:
    found = one(node, iri)["@value"]
    assert isinstance(found, str) and found
    return found


def iris(value: Any) -> Iterator[str]:
    """Every IRI that is said, but for what stands in it as JSON."""
    if isinstance(value, dict):
        if value.get("@type") == "@json":
            return
        for name, part in value.items():
            if name.startswith("http"):
                yield name
            yield from iris(part) if name not in ("@value", "@language") else ()
    elif isinstance(value, list):
        for part in value:
            yield from iris(part)
    elif isinstance(value, str):
        yield value


def test_every_mandatory_field_of_27560(receipt: Node) -> None:
    """Regulation R40, field by field, by full IRI."""
    top = expanded(receipt)
    assert top["@type"] == [DPV + "ConsentReceipt"]
    assert one(top, DCT + "conformsTo")["@id"] == "https://w3id.org/dpv/schema/dpv-27560#receipt"  # schema version
    assert value(top, DCT + "identifier") and value(top, DCT + "created")  # receipt id
    record = one(top, DPV + "hasRecordOfActivity")
    assert record["@type"] == [DPV + "ConsentRecord"]
    assert one(record, DCT + "conformsTo")["@id"] == "https://w3id.org/dpv/schema/dpv-27560#record"
    assert value(record, DCT + "identifier") == receipt["leaf"]["id"]  # record id
    subject = one(record, DPV + "hasDataSubject")
    assert value(subject, DCT + "identifier")  # PII principal id
    notice = record[DPV + "hasNotice"][0]  # privacy notice
    assert notice["@type"] == [DPV + "ConsentNotice"] and notice["@id"].endswith(receipt["leaf"]["notice"])
    assert value(notice, DCT + "language") == receipt["notice"]["locale"]  # language
    parties = {party["@id"]: party for party in record[DPV + "hasEntity"]}
    assert len(parties) == 3
    for party in parties.values():  # party id, name, address, contact, type
        for name in (DCT + "identifier", DPV + "hasName", DPV + "hasAddress", DPV + "hasContact"):
            assert value(party, name)
        assert party["@type"][0] in TERMS
    processes = record[DPV + "hasProcess"]
    assert len(processes) == len(receipt["notice"]["purposes"])
    for process in processes:
        purpose = one(process, DPV + "hasPurpose")  # purposes
        assert value(purpose, DCT + "title") and value(purpose, DCT + "description")
        basis = one(process, DPV + "hasLegalBasis")  # lawful basis
        said = next(one for one in receipt["notice"]["purposes"] if process["@id"].endswith("#purpose/" + one["id"]))
        assert basis.get("@id") in TERMS or value(basis, DCT + "title") == said["basis_text"]
        for data in process[DPV + "hasPersonalData"]:  # PII information, PII type
            assert data["@type"] == [DPV + "PersonalData"] and value(data, DCT + "description")
        assert parties[one(process, DPV + "hasDataController")["@id"]]["@type"] == [DPV + "DataController"]
        kept, where = process[DPV + "hasStorageCondition"]
        assert value(one(kept, DPV + "hasDuration"), RDF + "value")  # retention period
        assert where[DPV + "hasLocation"]  # storage locations
        assert all(recipient["@id"] in parties for recipient in process[DPV + "hasRecipient"])  # recipients
        assert one(process, DPV + "hasJurisdiction")["@id"] == "https://w3id.org/dpv/loc#DE"  # jurisdiction
    asked = [process for process in processes if DPV + "hasConsentControl" in process]
    assert len(asked) == 3
    for event in (record, *asked):
        state = one(event, DPV + "hasConsentStatus")
        assert set(state["@type"]) < TERMS and len(state["@type"]) == 2  # event state, event type
        assert value(state, DPV + "isIndicatedAtTime") == receipt["leaf"]["time"]  # event time
        assert value(one(state, DPV + "hasDuration"), RDF + "value") == receipt["leaf"]["expires"]  # validity
        assert one(state, DPV + "isIndicatedBy")["@id"] == subject["@id"]  # entity id
    for process in asked:
        control = one(process, DPV + "hasConsentControl")  # withdrawal method
        assert DPV + "WithdrawConsent" in control["@type"] and value(control, DCT + "description")
        assert one(control, DPV + "isExercisedAt")["@id"] == receipt["notice"]["policy"]


def test_the_answers_are_those_of_the_leaf(receipt: Node) -> None:
    record = one(expanded(receipt), DPV + "hasRecordOfActivity")
    states = {}
    for process in record[DPV + "hasProcess"]:
        name = value(one(process, DPV + "hasPurpose"), DCT + "identifier")
        states[name] = one(process, DPV + "hasConsentStatus")["@type"] if DPV + "hasConsentStatus" in process else None
    given, refused, explicit = DPV + "ConsentGiven", DPV + "ConsentRefused", DPV + "ExplicitlyExpressedConsent"
    assert states["analytics"] == [given, DPV + "ExpressedConsent"]
    assert states["ai_training"] == [given, explicit]
    assert states["marketing"] == [refused, DPV + "ExpressedConsent"]
    assert states["necessary"] is None and states["security"] is None
    analytics = next(p for p in record[DPV + "hasProcess"] if p["@id"].endswith("#purpose/analytics"))
    assert [one["@id"].rpartition("/")[2] for one in analytics[DPV + "hasRecipient"]] == ["meadow"]


def test_words_are_in_the_notice_s_language(receipt: Node) -> None:
    title = one(expanded(receipt), DCT + "title")
    assert title["@language"] == receipt["notice"]["locale"] and title["@direction"] == receipt["notice"]["dir"]


def told(service: Service) -> Record:
    """The record of somebody in California who was told and said nothing."""
    shown = service.notice("en", region="US-CA")
    return service.answer(Answer("told"), shown.id, region="US-CA").record


def test_what_a_law_presumes_is_no_consent_given(service: Service) -> None:
    record = one(expanded(build(made.kept(service, told(service)))), DPV + "hasRecordOfActivity")
    states = [
        one(p, DPV + "hasConsentStatus")["@type"] for p in record[DPV + "hasProcess"] if DPV + "hasConsentStatus" in p
    ]
    assert [DPV + "ConsentUnknown", DPV + "ImpliedConsent"] in states
    assert all(DPV + "ConsentGiven" not in each for each in states)


def test_only_terms_that_the_vocabulary_has(receipt: Node, service: Service) -> None:
    """Also those of other receipts: a refusal, a withdrawal, an objection, what an earlier tool had stored, what a law
    presumes."""
    yes = log.answer(service, log.EVERYTHING)
    records = [
        log.answer(service, log.NOTHING).record,
        log.answer(service, log.NOTHING, yes.token).record,
        log.answer(service, Answer("save", objections=frozenset({"security"}))).record,
        service.keep_imported("old", "1", Signals()),
        told(service),
    ]
    receipts = [receipt, *(build(made.kept(service, record)) for record in records)]
    said = {iri for one in receipts for iri in iris(expanded(one))}
    assert {iri for iri in said if iri.startswith(DPV)} <= TERMS
    rest = {iri for iri in said if iri.startswith("http") and not iri.startswith((DPV, "https://w3id.org/dpv/loc#"))}
    known = (DCT, RDF, OWN, "http://www.w3.org/2001/XMLSchema#", "https://w3id.org/dpv/schema/dpv-27560#")
    assert {iri for iri in rest if not iri.startswith(known)} == {
        "https://demo.example/privacy",
    }


def names(value: Any) -> Iterator[str]:
    """Every name in the receipt, but for those inside what stands in it as JSON."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from names(part) if name not in ("@context", "leaf", "notice", "personal", "keys") else ()
    elif isinstance(value, list):
        for part in value:
            yield from names(part)


def test_no_name_is_lost_for_want_of_a_meaning(receipt: Node) -> None:
    """JSON-LD drops what the context does not know."""
    context = receipt["@context"]
    for name in names(receipt):
        assert name.startswith("@") or name in context or name.partition(":")[0] in ("dpv", "dct", "rdf"), name
