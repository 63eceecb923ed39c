"""A ticket holds for one way, one minute and one key domain, and that of a refusal names nobody."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from consent import handover
from consent import keys as rings
from consent.decision import Answer
from consent.encoding import b64, canonical_ascii_keys, strict_json, unb64
from consent.errors import TokenError
from consent.keys import Keys
from consent.service import Service
from consent.signing import signer
from consent.token import Token
from tests.conftest import NOW, Clock

A, B, C = "https://a.example", "https://b.example", "https://c.example"


def token(service: Service, choice: str) -> Token:
    return service.answer(Answer(choice=choice), service.notice("en").id).token


def refused(text: str, keys: Keys, site: str = "demo", source: str = A, target: str = B, now: int = NOW) -> str:
    with pytest.raises(TokenError) as error:
        handover.read(text, keys, site, source, target, now)
    return error.value.reason


def test_a_yes_goes_by_the_id_of_its_record(service: Service, keys: Keys) -> None:
    given = token(service, "accept_all")
    text = handover.issue(keys, given, A, B, NOW)
    ticket = handover.read(text, keys, "demo", A, B, NOW + 59)
    assert (ticket.record, ticket.refusal, ticket.expires) == (given.record, None, NOW + 60)
    fields = strict_json(unb64(text.partition(".")[0]))
    assert fields.keys() == {"f", "i", "k", "o", "s", "x"}
    assert given.record and given.record not in str(fields)
    assert uuid.UUID(given.record).bytes not in unb64(fields["i"])
    later = handover.issue(keys, given, A, B, NOW + 1)
    assert strict_json(unb64(later.partition(".")[0]))["i"] != fields["i"], "and no two can be told to be of one person"
    other = replace(keys, index=b"\x04" * 32)
    assert refused(text, other) == "malformed"


def test_a_refusal_is_the_same_for_everyone(service: Service, keys: Keys, clock: Clock) -> None:
    first = handover.issue(keys, token(service, "reject_all"), A, B, NOW)
    clock.time += 3
    second = handover.issue(keys, token(service, "reject_all"), A, B, NOW + 3)
    assert first == second
    fields = strict_json(unb64(first.partition(".")[0]))
    assert fields.keys() == {"f", "k", "o", "s", "t", "x"}
    assert service.store.count("demo") == 2


def test_it_holds_for_its_way_and_its_minute(service: Service, keys: Keys) -> None:
    for choice in ("accept_all", "reject_all"):
        text = handover.issue(keys, token(service, choice), A, B, NOW)
        assert refused(text, keys, now=NOW + 60) == "expired"
        assert refused(text, keys, now=NOW - 11) == "expired"
        assert refused(text, keys, target=C) == "site"
        assert refused(text, keys, source=C) == "site"
        assert refused(text, keys, source=B, target=A) == "site"
        assert refused(text, keys, site="other") == "site"


def test_what_is_not_signed_for_this_is_refused(service: Service, keys: Keys) -> None:
    given = token(service, "accept_all")
    text = handover.issue(keys, given, A, B, NOW)
    value, _, signature = text.partition(".")
    fields = strict_json(unb64(value))
    for name, other in (("o", C), ("f", C), ("x", NOW + 999), ("i", "0" * 36), ("s", "other")):
        forged = b64(canonical_ascii_keys({**fields, name: other}))
        assert refused(f"{forged}.{signature}", keys) == "signature"
    as_token = signer(keys.current.seed or b"").sign(value).decode()
    assert refused(as_token, keys) == "signature", "a token's signature is none of a ticket"
    assert refused(given.text, keys) == "malformed"
    assert service.believe(text) is None, "and a ticket is no token"
    stranger = rings.new_ring("demo", NOW, b"\x09" * 32, b"\x02" * 32, b"\x03" * 32)
    assert refused(handover.issue(stranger, given, A, B, NOW), keys) == "unknown_key"
    retired = rings.retire(rings.add_signing(keys, NOW, b"\x08" * 32), keys.current.id, NOW)
    assert refused(text, retired) == "unknown_key"


@pytest.mark.parametrize(
    "text", ["", ".", "x", "e30.", "bnVsbA.x", "W10.x", "a" * 9000, "é.é", f"{b64(b'[' * 2000)}.x"]
)
def test_anything_else_is_malformed(keys: Keys, text: str) -> None:
    assert refused(text, keys) == "malformed"


def test_only_the_last_word_is_given_again(service: Service, clock: Clock) -> None:
    given = token(service, "accept_all")
    assert given.record
    again = service.again(given.record)
    assert again and again.text == given.text
    clock.time += 1
    service.answer(Answer(choice="withdraw"), service.notice("en").id, token=given)
    assert service.again(given.record) is None
    assert service.again("") is None
    assert service.again("00000000-0000-0000-0000-000000000000") is None


def test_what_has_expired_is_not_given_again(service: Service, clock: Clock) -> None:
    given = token(service, "accept_all")
    clock.time = given.expires
    assert service.again(given.record or "") is None
