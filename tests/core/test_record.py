from __future__ import annotations

import dataclasses
import json

from consent import keys as rings
from consent import record
from consent.decision import Answer
from consent.encoding import canonical
from consent.keys import Keys
from consent.service import About, Service
from consent.signals import Signals
from consent.site.model import Site
from tests.core.test_token import NOW, recorded


def test_every_single_bit_of_leaf_and_signature_counts(site: Site, keys: Keys) -> None:
    made = recorded(site, keys)
    assert record.verify(made, keys.public) is None
    for field in ("leaf", "signature"):
        data = getattr(made, field)
        for bit in range(len(data) * 8):
            changed = bytearray(data)
            changed[bit // 8] ^= 1 << bit % 8
            assert record.verify(dataclasses.replace(made, **{field: bytes(changed)}), keys.public), (field, bit)


def test_a_leaf_has_one_spelling(site: Site, keys: Keys) -> None:
    made = recorded(site, keys)
    spaced = json.dumps(made.fields, sort_keys=True).encode()
    assert record.verify(dataclasses.replace(made, leaf=spaced), keys.public) == "the leaf is not canonical JSON"


def test_a_field_more_is_no_record(site: Site, keys: Keys) -> None:
    made = recorded(site, keys)
    more = canonical({**made.fields, "note": "x"})
    assert "fields" in (record.verify(dataclasses.replace(made, leaf=more), keys.public) or "")


def test_an_unknown_key_is_named(site: Site, keys: Keys) -> None:
    stranger = rings.new_ring("demo", NOW, b"\x08" * 32, b"\x02" * 32, b"\x03" * 32)
    assert "unknown key" in (record.verify(recorded(site, stranger), keys.public) or "")


def test_the_leaf_hash_is_that_of_rfc_6962() -> None:
    # RFC 6962 test vectors: the hash of an empty leaf
    assert record.leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


def test_everything_a_proof_needs_is_in_the_leaf(service: Service) -> None:  # regulation R6
    shown = service.notice("de")
    answer = Answer(
        "save",
        frozenset({"analytics"}),
        frozenset({"analytics/brook"}),
        via="script",
        signals=Signals("1", "1", "1", "true"),
    )
    fields = service.answer(answer, shown.id).record.fields
    assert fields["notice"] == shown.id and fields["locale"] == "de" and fields["regime"] == "opt-in"
    assert fields["signals"] == {"dnt": "1", "gpc": "1", "js_dnt": "1", "js_gpc": "true"}
    assert fields["answers"]["analytics"] and fields["vendors"] == {"analytics/brook": False}
    assert fields["time"] == "2026-11-21T04:00:00Z" and fields["expires"] == "2027-05-22T04:00:00Z"
    assert fields["method"] == "save" and fields["via"] == "script" and fields["personal"]


def test_a_refusal_has_an_empty_personal_part(service: Service) -> None:
    made = service.answer(Answer("reject_all"), service.notice("en").id, about=About("203.0.113.0/24", "Firefox", "/x"))
    assert made.record.fields["personal"] is None and made.subject is None
    stored = service.store.record("demo", made.record.id)
    assert stored and stored.sealed is None


def test_a_subject_goes_on_through_changes_of_mind_and_withdrawal(service: Service) -> None:  # promise E7
    shown = service.notice("en").id
    first = service.answer(Answer("accept_all"), shown)
    second = service.answer(Answer("save", frozenset({"marketing"})), shown, token=first.token)
    third = service.answer(Answer("withdraw"), shown, token=second.token)
    assert first.subject and first.subject == second.subject == third.subject
    assert third.token.record is None
    past = service.history(first.subject)
    assert [p.record.fields["method"] for p in past] == ["accept_all", "save", "withdraw"]
    # None names another: it would go on leading there when that one has been erased.
    assert [p.personal.previous for p in past if p.personal] == ["", "", ""]
    assert all(record.verify(p.record, service.keys.public) is None for p in past)


def test_the_commitment_binds_the_personal_part(service: Service) -> None:
    from consent import personal

    made = service.answer(Answer("accept_all"), service.notice("en").id)
    past = service.history(made.subject or "")[0]
    assert past.personal
    assert personal.commitment(past.personal.canonical()) == past.record.fields["personal"]
    other = dataclasses.replace(past.personal, subject="someone else")
    assert personal.commitment(other.canonical()) != past.record.fields["personal"]


def test_a_repeated_request_is_the_same_record(service: Service) -> None:
    shown, key = service.notice("en").id, "k" * 22
    first = service.answer(Answer("accept_all"), shown, key=key)
    again = service.answer(Answer("accept_all"), shown, key=key)
    assert again.token == first.token and first.fresh and not again.fresh
    assert service.store.count("demo") == 1


def test_every_field_of_the_notice_is_in_the_archive(service: Service) -> None:
    for locale in ("en", "de", "ar"):
        shown = service.notice(locale)
        service.answer(Answer("reject_all"), shown.id)
        assert service.store.notice("demo", shown.id) == shown.body
