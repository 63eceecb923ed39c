"""A receipt holds as it was made, and nothing in it can be another without being named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.encoding import canonical
from consent.keys import signing_key
from consent.ledger import checkpoint as checkpoints
from consent.ledger import proof as proofs
from consent.ledger.errors import LedgerError
from consent.ledger.note import COSIGNATURE, ED25519, VerifierKey
from consent.receipt import Kept, Trusted, build, check, completed, from_bytes, to_bytes
from consent.receipt.build import NotAReceipt, taken_apart
from consent.service import About, Service
from consent.signing import public_key

from ..conftest import NOW
from ..export import log
from . import made

Receipt = dict[str, Any]


@pytest.fixture
def yes(service: Service) -> Receipt:
    """Of a yes to some, with its place."""
    record = log.answer(service, log.ALL_BUT_ONE_VENDOR, page="/prices").record
    return build(made.kept(service, record, made.proof_of(service, record)), made.SEALED)


@pytest.fixture
def own(service: Service) -> Receipt:
    """The same as its person gets it, with the personal part."""
    outcome = log.answer(service, log.EVERYTHING, page="/prices")
    assert outcome.subject is not None
    (past,) = service.history(outcome.subject)
    parts = made.kept(service, outcome.record, made.proof_of(service, outcome.record), past.personal)
    return build(parts, made.SEALED)


def problem(receipt: Receipt, trusted: Trusted) -> str:
    found = check(receipt, trusted).problem
    assert found is not None
    return found


def test_it_holds_by_all_keys_and_by_the_log_s_alone(service: Service, yes: Receipt) -> None:
    for trusted in (made.trusted(service), made.by_log(service)):
        verdict = check(from_bytes(to_bytes(yes)), trusted)
        assert (verdict.problem, verdict.index, verdict.personal) == (None, 1, False)
        assert verdict.signed is not None
        assert (verdict.signed.checkpoint.size, verdict.signed.time) == (4, made.SEALED)


def test_reformatting_does_not_break_it(service: Service, yes: Receipt) -> None:
    compact = json.dumps(yes, sort_keys=True).encode()
    assert check(from_bytes(compact), made.trusted(service)).problem is None


def test_without_a_place_it_is_a_promise(service: Service) -> None:
    outcome = log.answer(service, log.EVERYTHING)
    promised = build(made.kept(service, outcome.record))
    verdict = check(promised, made.trusted(service))
    assert (verdict.problem, verdict.index, verdict.signed) == (None, None, None)
    assert promised["token"] == outcome.token.text
    assert "keys.json" in problem(promised, made.by_log(service))
    proof = made.proof_of(service, outcome.record)
    whole = completed(promised, proof)
    assert whole == build(made.kept(service, outcome.record, proof), made.SEALED)
    other = made.proof_of(service, log.answer(service, log.EVERYTHING).record)
    with pytest.raises(LedgerError):
        completed(promised, other)
    with pytest.raises(NotAReceipt):
        completed({**promised, "signature": 7}, proof)


def test_a_refusal_has_a_receipt_that_names_nobody(service: Service) -> None:
    record = log.answer(service, log.NOTHING).record
    receipt = build(made.kept(service, record, made.proof_of(service, record)), made.SEALED)
    assert check(receipt, made.by_log(service)).problem is None
    assert "token" not in receipt and "personal" not in receipt
    assert receipt["dpv:hasRecordOfActivity"]["dpv:hasDataSubject"]["dct:identifier"] == "anonymous"


def test_a_person_s_own_names_them(service: Service, own: Receipt) -> None:
    verdict = check(own, made.by_log(service))
    assert (verdict.problem, verdict.personal) == (None, True)
    subject = own["personal"]["subject"]
    assert own["dpv:hasRecordOfActivity"]["dpv:hasDataSubject"]["dct:identifier"] == subject
    assert own["personal"].get("page", "") in ("", "/prices")


def scalars(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value that is no container, and to every container that is empty."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [way for name, part in inner for way in scalars(part, (*path, name))]
    yield from found or [path]


def other(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return value[:-1] + ("A" if value[-1:] != "A" else "B")
    return value + 1 if isinstance(value, int) else "x"


def test_no_value_can_be_another(service: Service, own: Receipt) -> None:
    """Each of them changed, some dropped; of the notice, which counts as one by its hash, some. And one more."""
    trusted = made.trusted(service)
    ways = list(scalars(own))
    ways = [way for at, way in enumerate(ways) if way[0] != "notice" or at % 25 == 0]
    assert len(ways) > 150
    for number, way in enumerate(ways):
        holder: Any = own
        for name in way[:-1]:
            holder = holder[name]
        before = deepcopy(holder)
        holder[way[-1]] = other(holder[way[-1]])
        assert check(own, trusted).problem is not None, way
        if number % 3 == 0:
            del holder[way[-1]]
            assert check(own, trusted).problem is not None, way
        holder.clear()
        holder.extend(before) if isinstance(holder, list) else holder.update(before)
    assert check(own, trusted).problem is None
    assert problem({**own, "extra": 1}, trusted) == "extra does not follow from what was signed"


@pytest.mark.parametrize(
    ("way", "value"),
    [
        (("dpv:hasRecordOfActivity", "dpv:hasConsentStatus", "dpv:isIndicatedAtTime"), "2026-11-20T04:00:00Z"),
        (("dpv:hasRecordOfActivity", "dpv:hasDataController"), "urn:uuid:someone"),
        (("dct:created",), "2026-11-20T04:00:00Z"),
        (("@context", "dpv"), "https://evil.example/dpv#"),
    ],
)
def test_a_field_that_lies_is_named(service: Service, yes: Receipt, way: tuple[str, ...], value: str) -> None:
    changed = holder = deepcopy(yes)
    for name in way[:-1]:
        holder = holder[name]
    holder[way[-1]] = value
    assert problem(changed, made.trusted(service)).startswith(" → ".join(way))


def test_another_notice_is_not_the_one_that_was_shown(service: Service, yes: Receipt) -> None:
    notice = deepcopy(yes["notice"])
    notice["purposes"][1]["text"] = "We only count."
    kept = replace(taken_apart(yes), notice=canonical(notice))
    assert "notice" in problem(build(kept, made.SEALED), made.trusted(service))


def test_the_place_of_another_record_is_not_its_own(service: Service, yes: Receipt) -> None:
    other_record = log.answer(service, log.EVERYTHING).record
    changed = {**yes, "proof": made.proof_of(service, other_record)}
    assert "does not lead" in problem(changed, made.by_log(service))


def test_by_the_keys_of_somebody_else(service: Service, yes: Receipt) -> None:
    stranger = signing_key(b"\x77" * 32, NOW)
    assert "No trusted key" in problem(yes, Trusted((VerifierKey("other.example", ED25519, stranger.public),)))
    namesake = VerifierKey(made.log_key(service).name, ED25519, stranger.public)
    assert "not proved" in problem(yes, Trusted((namesake,)))
    assert "unknown key" in problem(yes, replace(made.trusted(service), signing={stranger.id: stranger.public}))
    assert "'demo'" in problem(yes, replace(made.trusted(service), site="shop"))
    assert "none of a log" in problem(yes, Trusted((), service.keys.public))


def test_a_log_s_key_that_the_receipt_does_not_name(service: Service, yes: Receipt) -> None:
    stranger = VerifierKey("other.example/log", ED25519, public_key(b"\x77" * 32))
    changed = {**yes, "keys": {**yes["keys"], "ledger": [str(stranger)]}}
    assert problem(changed, made.by_log(service)).startswith("keys → ledger")


def test_a_time_that_the_log_did_not_sign(service: Service, yes: Receipt) -> None:
    """A line in the log's name, by nobody's key, says another time: the signed one counts."""
    key = made.log_key(service)
    proof = proofs.parse(yes["proof"])
    false = checkpoints.cosign("", key.name, b"\x77" * 32, NOW - 99_999)
    note = proof.note.replace("\n\n", f"\n\n{false}\n", 1)
    changed = {**yes, "proof": str(replace(proof, note=note))}
    assert check(changed, made.by_log(service)).problem is None
    changed["dct:created"] = "2026-11-20T00:13:21Z"
    assert problem(changed, made.by_log(service)).startswith("dct:created")


def test_a_record_later_than_its_checkpoint(service: Service) -> None:
    clock: Any = service._clock
    clock.time = float(made.SEALED + 301)
    record = log.answer(service, log.EVERYTHING).record
    receipt = build(made.kept(service, record, made.proof_of(service, record)), made.SEALED)
    assert "later time" in problem(receipt, made.trusted(service))


def test_a_witness_counts_where_it_is_trusted(service: Service, yes: Receipt) -> None:
    seed, name = b"\x55" * 32, "witness.example/w1"
    proof = proofs.parse(yes["proof"])
    text = proof.note.partition("\n\n")[0] + "\n"
    note = checkpoints.with_signatures(proof.note, [checkpoints.cosign(text, name, seed, made.SEALED + 5)])
    receipt = {**yes, "proof": str(replace(proof, note=note))}
    witness = VerifierKey(name, COSIGNATURE, public_key(seed))
    assert check(receipt, made.by_log(service)).witnesses == ()
    (seen,) = check(receipt, replace(made.by_log(service), witnesses=(witness,))).witnesses
    assert (seen.name, seen.time) == (name, made.SEALED + 5)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"\xff",
        b"null",
        b"{}",
        b'{"format":"consent-ledger/receipt/v2"}',
        b'{"format":"consent-ledger/receipt/v1","format":"consent-ledger/receipt/v1"}',
        b"[" * 200_000,
        b" " * ((1 << 20) + 1),
    ],
)
def test_whatever_is_not_a_receipt(data: bytes) -> None:
    with pytest.raises(NotAReceipt):
        from_bytes(data)


def test_a_receipt_without_its_parts(service: Service, yes: Receipt) -> None:
    for name in ("leaf", "signature", "notice", "keys"):
        for value in (None, 1, "", [], {}, "\ud800", 10**30):
            verdict = check({**yes, name: value}, made.trusted(service))
            assert verdict.problem is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_stands_in_it_there_is_a_verdict(service: Service, data: st.DataObject) -> None:
    """Never an exception; and what is another value than before is never accepted."""
    receipt = build(_parts(service), made.SEALED)
    way = data.draw(st.sampled_from(list(_places(receipt))))
    value = data.draw(JSON)
    holder: Any = receipt
    for name in way[:-1]:
        holder = holder[name]
    same = _same(holder[way[-1]], value)
    holder[way[-1]] = value
    assert (check(receipt, made.trusted(service)).problem is None) == same


def _parts(service: Service) -> Kept:
    """Of one record, made once for each service."""
    if service not in PARTS:
        PARTS.clear()
        record = log.answer(service, log.EVERYTHING).record
        PARTS[service] = made.kept(service, record, made.proof_of(service, record))
    return PARTS[service]


PARTS: dict[Service, Kept] = {}


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value, containers too."""
    for name, part in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, name)
        if isinstance(part, (dict, list)):
            yield from _places(part, (*path, name))


def _same(one: object, other: object) -> bool:
    try:
        return canonical(one) == canonical(other)
    except ValueError:
        return False


def test_what_a_site_may_say_about_itself_is_kept_apart(service: Service) -> None:
    """Nothing of the request goes into a receipt that is not its person's own."""
    outcome = service.answer(
        log.EVERYTHING, service.notice("en").id, about=About(page="/secret-page", device="Firefox")
    )
    assert b"secret-page" not in to_bytes(build(made.kept(service, outcome.record)))
