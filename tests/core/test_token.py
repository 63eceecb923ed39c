"""Tokens under attack: whatever is not whole, ours and alive is no choice (issue: done when 5)."""

from __future__ import annotations

import dataclasses
import uuid

import pytest

from consent import keys as rings
from consent import notice, record, token
from consent.decision import Answer, decide
from consent.encoding import b64, unb64
from consent.errors import TokenError
from consent.keys import Keys
from consent.record import Record
from consent.regimes import DAY, OPT_IN
from consent.site.model import Site
from consent.token import Token

NOW = 1_795_233_600


def recorded(site: Site, keys: Keys, choice: str = "accept_all", now: int = NOW, n: int = 1) -> Record:
    decision = decide(site, OPT_IN, "n" * 43, "en", notice.fingerprints(site), Answer(choice))
    return record.make(decision, keys, record.uuid7(now * 1000, n.to_bytes(10, "big")), now, "c" * 43).record


def issued(site: Site, keys: Keys, choice: str = "accept_all", now: int = NOW, n: int = 1) -> Token:
    return token.issue(recorded(site, keys, choice, now, n), keys)


def reason(text: str, keys: Keys, site: str = "demo", now: int = NOW) -> str:
    with pytest.raises(TokenError) as caught:
        token.read(text, keys, site, now)
    return caught.value.reason


def test_what_was_issued_is_believed(site: Site, keys: Keys) -> None:
    for choice in ("accept_all", "reject_all"):
        made = issued(site, keys, choice)
        assert token.read(made.text, keys, "demo", NOW) == made


def test_any_changed_character_is_noticed(site: Site, keys: Keys) -> None:
    text = issued(site, keys).text
    for at in range(len(text)):
        for other in ("A", "B", ".", "=", "é"):
            if text[at] != other:
                assert reason(text[:at] + other + text[at + 1 :], keys) in ("malformed", "signature", "unknown_key")


def test_any_changed_bit_of_payload_or_signature_is_noticed(site: Site, keys: Keys) -> None:
    value, _, signature = issued(site, keys).text.partition(".")
    for part, build in ((value, lambda p: f"{p}.{signature}"), (signature, lambda p: f"{value}.{p}")):
        data = unb64(part)
        for bit in range(len(data) * 8):
            changed = bytearray(data)
            changed[bit // 8] ^= 1 << bit % 8
            assert reason(build(b64(bytes(changed))), keys)


def test_truncated_is_noticed(site: Site, keys: Keys) -> None:
    text = issued(site, keys).text
    for end in range(len(text)):
        assert reason(text[:end], keys) in ("malformed", "signature")


@pytest.mark.parametrize(
    "text", ["", ".", "a.b", "é", "\x00", "x" * 10_000, "e30." + "A" * 86, "W10." + "A" * 86, "." * 50]
)
def test_garbage_is_malformed(keys: Keys, text: str) -> None:
    assert reason(text, keys) == "malformed"


def test_deep_nesting_is_no_crash(keys: Keys) -> None:
    assert reason(b64(b"[" * 2000) + "." + "A" * 86, keys) == "malformed"


def test_expired(site: Site, keys: Keys) -> None:
    made = issued(site, keys)
    assert reason(made.text, keys, now=made.expires) == "expired"
    assert token.read(made.text, keys, "demo", made.expires - 1)


def test_from_the_future(site: Site, keys: Keys) -> None:
    assert reason(issued(site, keys, now=NOW + 2 * DAY).text, keys) == "expired"


def test_of_another_site(site: Site, keys: Keys) -> None:
    other = dataclasses.replace(site, id="other")
    assert reason(issued(other, keys).text, keys) == "site"


def test_by_an_unknown_key(site: Site, keys: Keys) -> None:
    stranger = rings.new_ring("demo", NOW, b"\x09" * 32, b"\x02" * 32, b"\x03" * 32)
    assert reason(issued(site, stranger).text, keys) == "unknown_key"


def test_by_an_unknown_key_that_claims_to_be_ours(site: Site, keys: Keys) -> None:
    thief = rings.SigningKey(keys.current.id, keys.current.public, b"\x09" * 32, "")
    assert reason(issued(site, dataclasses.replace(keys, signing=(thief,))).text, keys) == "signature"


def test_rotation(site: Site, keys: Keys) -> None:
    old = issued(site, keys)
    newer = rings.add_signing(keys, NOW, b"\x07" * 32)
    assert token.read(old.text, newer, "demo", NOW)
    fresh = recorded(site, newer)
    assert fresh.fields["key"] == newer.signing[-1].id
    retired = rings.retire(newer, keys.signing[0].id, NOW)
    assert reason(old.text, retired) == "unknown_key"
    assert record.verify(recorded(site, keys), retired.public) is None  # the record stays provable


def test_two_who_refused_on_one_day_hold_the_same_bytes(site: Site, keys: Keys) -> None:  # regulation R15
    morning = issued(site, keys, "reject_all", NOW - NOW % DAY, 1)
    evening = issued(site, keys, "reject_all", NOW - NOW % DAY + DAY - 1, 2)
    assert morning.text == evening.text
    assert morning.record is None and b'"i"' not in unb64(morning.text.partition(".")[0])
    assert issued(site, keys, "reject_all", NOW - NOW % DAY + DAY, 3).text != morning.text


def test_allows(site: Site, keys: Keys) -> None:
    wanted = notice.wanted(site)
    yes, no = issued(site, keys).answers, issued(site, keys, "reject_all").answers
    assert token.allows(yes, wanted, "analytics") and token.allows(yes, wanted, "analytics/meadow marketing")
    assert not token.allows(yes, wanted, "ai_training") and not token.allows(yes, wanted, "analytics ai_training")
    for answers in (no, {}):
        assert not token.allows(answers, wanted, "analytics")
        assert token.allows(answers, wanted, "necessary") and token.allows(answers, wanted, "security")
    for name in ("", " ", "nope", "nope/meadow", "Analytics", "__proto__"):
        assert not token.allows(yes, wanted, name)


def test_a_yes_counts_only_for_what_was_asked(site: Site, keys: Keys) -> None:  # regulation R11
    answers = issued(site, keys).answers
    changed = {**notice.wanted(site), "analytics": "other1", "new_purpose": "abcdef"}
    assert not token.allows(answers, changed, "analytics") and not token.allows(answers, changed, "new_purpose")
    assert token.allows(answers, changed, "marketing")
    assert not token.decided(answers, changed, frozenset())


def test_ids_are_uuid7(site: Site, keys: Keys) -> None:
    made = recorded(site, keys)
    assert made.id.version == 7 and made.id.variant == uuid.RFC_4122
    assert made.id.int >> 80 == NOW * 1000
