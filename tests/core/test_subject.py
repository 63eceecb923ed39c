"""What a subject allows outside a request: by their newest record alone, and as strictly as their own browser's."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import delete, update

from consent import keys as rings
from consent import notice
from consent.decision import Answer
from consent.keys import Keys
from consent.service import Outcome, Service
from consent.site.model import Site
from consent.store import schema
from consent.token import Token
from tests.conftest import NOW, Clock

DAY = 86_400


def answers(service: Service, choice: str, before: Token | None = None, **more: frozenset[str]) -> Outcome:
    return service.answer(Answer(choice, **more), service.notice("en").id, token=before)  # type: ignore[arg-type]


def test_a_yes_counts_for_what_it_was_given_to(service: Service) -> None:
    made = answers(service, "save", purposes=frozenset({"analytics"}), exceptions=frozenset({"analytics/brook"}))
    assert service.allows_subject(made.subject, "analytics")
    assert service.allows_subject(made.subject, "analytics/meadow")
    for no in ("analytics/brook", "marketing", "analytics marketing", "unheard_of", ""):
        assert not service.allows_subject(made.subject, no), no


def test_the_newest_record_counts_not_the_one_before(service: Service, clock: Clock) -> None:
    first = answers(service, "accept_all")
    clock.time += 1
    second = answers(service, "save", first.token, purposes=frozenset({"marketing"}))
    assert second.subject == first.subject
    assert service.allows_subject(first.subject, "marketing") and not service.allows_subject(first.subject, "analytics")


def test_a_withdrawal_ends_it(service: Service, clock: Clock) -> None:
    made = answers(service, "accept_all")
    clock.time += 60
    answers(service, "withdraw", made.token)
    assert not service.allows_subject(made.subject, "analytics")
    clock.time += 60
    again = answers(service, "accept_all")  # the refusal's token names nobody, so this is somebody new
    assert service.allows_subject(again.subject, "analytics") and not service.allows_subject(made.subject, "analytics")


def test_an_expired_yes_is_none(service: Service, clock: Clock) -> None:
    made = answers(service, "accept_all")
    clock.time = made.token.expires - 1
    assert service.allows_subject(made.subject, "analytics")
    clock.time = made.token.expires
    assert not service.allows_subject(made.subject, "analytics")


@pytest.mark.parametrize("subject", [None, "", "nobody", "x" * 100_000])
def test_somebody_unknown_allows_nothing(service: Service, subject: str | None) -> None:
    answers(service, "accept_all")
    for name in ("analytics", "security", "necessary"):
        assert not service.allows_subject(subject, name)


def test_a_refusal_names_no_subject(service: Service) -> None:
    made = answers(service, "reject_all")
    assert made.subject is None and not service.allows_subject(made.subject, "analytics")


def test_subjects_are_kept_apart(service: Service) -> None:
    one, other = answers(service, "accept_all"), answers(service, "save", purposes=frozenset({"marketing"}))
    assert service.allows_subject(one.subject, "analytics") and not service.allows_subject(other.subject, "analytics")


def test_an_objection_counts(service: Service) -> None:
    made = answers(service, "accept_all")
    assert service.allows_subject(made.subject, "security")
    answers(service, "save", made.token, purposes=frozenset({"analytics"}), objections=frozenset({"security"}))
    assert not service.allows_subject(made.subject, "security") and service.allows_subject(made.subject, "analytics")


def test_a_yes_to_something_else_is_none(service: Service, site: Site, keys: Keys, clock: Clock) -> None:
    """The purpose has got a vendor more since."""
    made = answers(service, "accept_all")
    analytics, marketing = site.purpose("analytics"), site.purpose("marketing")
    assert analytics and marketing
    more = dataclasses.replace(marketing, vendors=analytics.vendors[:1])
    changed = dataclasses.replace(site, purposes=tuple(more if p is marketing else p for p in site.purposes))
    assert notice.fingerprints(changed)["marketing"] != notice.fingerprints(site)["marketing"]
    later = Service(changed, keys, service.store, clock=clock)
    assert later.allows_subject(made.subject, "analytics") and not later.allows_subject(made.subject, "marketing")


def test_a_record_that_was_changed_in_the_database_is_none(service: Service) -> None:
    made = answers(service, "accept_all")
    with service.store.engine.begin() as connection:
        connection.execute(update(schema.record).values(signature=bytes(64)))
    assert not service.allows_subject(made.subject, "analytics")


def test_a_record_signed_by_a_key_that_is_not_ours_is_none(service: Service, site: Site, clock: Clock) -> None:
    made = answers(service, "accept_all")
    others = rings.new_ring("demo", NOW, b"\x09" * 32, b"\x02" * 32, b"\x03" * 32)  # the same but for the signing key
    assert not Service(site, others, service.store, clock=clock).allows_subject(made.subject, "analytics")


def test_without_its_personal_part_a_record_is_nobodys(service: Service) -> None:
    made = answers(service, "accept_all")
    with service.store.engine.begin() as connection:
        connection.execute(delete(schema.personal))
    assert not service.allows_subject(made.subject, "analytics")
