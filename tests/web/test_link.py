"""Browsers that are linked to an account: what holds in each, what is recorded, and what is forgotten at logout."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user, user_logged_out

from consent import Consent, decision_recorded, decision_withdrawn
from consent.account import account_subject
from consent.decision import Answer
from consent.errors import AccountError
from consent.service import Outcome, Service
from consent.store import StoreUnavailable
from tests.conftest import SITE, Clock

from .test_decisions import with_age
from .worlds import DAY, Visitor, expired, make_app, newest, own_cookies, service_of, stored

ADA, BEA = "ada@example.org", "7"
ASKED = ("analytics", "marketing", "ai_training")


def consent_of(app: Flask) -> Consent:
    """What is mounted there, as templates get it."""
    for make in app.template_context_processors[None]:
        if consent := make().get("consent"):  # type: ignore[union-attr]
            assert isinstance(consent, Consent)
            return consent
    raise AssertionError("nothing is mounted")


class User(UserMixin):  # type: ignore[misc]
    def __init__(self, name: str) -> None:
        self.id = name


def members(app: Flask) -> None:
    """Accounts by Flask-Login, linked as docs/accounts.md says."""
    consent = consent_of(app)
    LoginManager(app).user_loader(User)

    @app.before_request
    def follow() -> None:
        if current_user.is_authenticated:
            consent.link(current_user.get_id())

    def leave(sender: Flask, user: User, **more: Any) -> None:
        consent.unlink(user.get_id())

    user_logged_out.connect(leave, app, weak=False)
    app.add_url_rule("/in/<path:name>", "in", lambda name: str(login_user(User(name))))
    app.add_url_rule("/out", "out", lambda: str(logout_user()))
    app.add_url_rule("/of/<path:name>/<what>", "of", lambda name, what: {"allows": consent.allows(what, name)})
    app.add_url_rule("/shared", "shared", lambda: Response("x", headers={"Cache-Control": "public, max-age=60"}))


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    made = make_app(tmp_path / "shop", clock=clock, after=members)
    yield made
    service_of(made).store.close()


class Member(Visitor):
    """A browser of somebody who has an account."""

    def enters(self, name: str = ADA) -> None:
        self.get(f"/in/{name}")
        self.get("/")

    def chooses(self, choice: str, *purposes: str, **more: Any) -> None:
        assert self.send(choice, purpose=list(purposes), **more).status_code == 201

    @property
    def holds(self) -> set[str]:
        return {name for name in ASKED if self.allows(name)}


def of_account(app: Flask, name: str = ADA) -> set[str]:
    """What the server is told of an account, outside of any request."""
    return {purpose for purpose in ASKED if service_of(app).allows_account(name, purpose)}


@pytest.fixture
def phone(app: Flask) -> Member:
    return Member(app)


@pytest.fixture
def laptop(app: Flask) -> Member:
    return Member(app)


def test_a_choice_follows_the_person_to_another_browser(app: Flask, phone: Member, laptop: Member) -> None:
    phone.chooses("save", "analytics", "ai_training")
    before = newest(app)
    phone.enters()
    record = newest(app)
    assert (record["method"], record["via"]) == ("linked", "api") and stored(app) == 2
    assert (record["notice"], record["expires"]) == (before["notice"], before["expires"])  # linking prolongs nothing
    laptop.enters()
    assert laptop.holds == phone.holds == of_account(app) == {"analytics", "ai_training"}
    assert laptop.token == phone.token and stored(app) == 2  # nothing new was said
    assert "consent-form" not in laptop.get("/").text


def test_whoever_has_not_chosen_is_asked_and_chooses_for_the_account(app: Flask, phone: Member, laptop: Member) -> None:
    phone.enters()
    assert stored(app) == 0 and not phone.token and "consent-form" in phone.get("/").text
    phone.press("accept_all")
    assert stored(app) == 1 and of_account(app) == {"analytics", "marketing"}
    laptop.enters()
    assert laptop.holds == {"analytics", "marketing"}


def test_the_stricter_wins_until_the_person_chooses_again(app: Flask, phone: Member, laptop: Member) -> None:
    phone.enters()
    phone.chooses("save", "analytics", "marketing", **{"except": ["analytics/brook"], "object": ["security"]})
    laptop.chooses("save", "analytics", "ai_training")
    laptop.enters()
    assert laptop.holds == of_account(app) == {"analytics"}
    assert not laptop.allows("analytics/brook") and not laptop.allows("security")
    assert phone.holds == {"analytics"}  # there too, by the next request
    laptop.chooses("save", "analytics", "marketing", "ai_training")
    assert laptop.holds == phone.holds == of_account(app) == set(ASKED)
    assert phone.allows("analytics/brook") and phone.allows("security")


def test_a_refusal_is_the_accounts_and_still_names_nobody_on_the_device(
    app: Flask, phone: Member, laptop: Member
) -> None:
    nobody = Member(app)
    nobody.chooses("reject_all")
    phone.enters()
    phone.chooses("reject_all")
    entry = list(service_of(app).store.stream("demo"))[-1]
    assert entry.sealed is not None  # the person is known: so the refusal can follow
    laptop.enters()
    assert laptop.token == phone.token == nobody.token and "." in nobody.token
    assert "consent-form" not in laptop.get("/").text and laptop.holds == set()
    # Chosen again: it is the account's newest, and the nameless refusal that lies in the other browser is an older one.
    laptop.chooses("accept_all")
    assert laptop.holds == {"analytics", "marketing"}
    assert phone.holds == laptop.holds == of_account(app)


def test_a_merged_refusal_is_as_anyones_of_the_day(app: Flask, phone: Member, clock: Clock) -> None:
    phone.enters()
    phone.chooses("accept_all")
    clock.time += 3 * DAY + 4711
    laptop, nobody = Member(app), Member(app)
    laptop.chooses("reject_all")
    nobody.chooses("reject_all")
    clock.time += 60
    laptop.enters()
    assert newest(app)["method"] == "linked" and of_account(app) == set()
    assert laptop.token == nobody.token
    assert phone.holds == set() and phone.token == nobody.token


def test_a_withdrawal_elsewhere_ends_it_here(app: Flask, phone: Member, laptop: Member) -> None:
    phone.chooses("accept_all")
    for browser in (phone, laptop):
        browser.enters()
    laptop.client.set_cookie("_ads", "1")
    phone.chooses("withdraw")
    response = laptop.get("/")
    assert "_ads" in expired(response)
    assert laptop.holds == set() == of_account(app)


def test_another_process_is_believed_after_a_few_seconds(app: Flask, phone: Member, clock: Clock) -> None:
    phone.enters()
    phone.chooses("accept_all")
    other = Service(service_of(app).site, service_of(app).keys, service_of(app).store, clock=clock)
    clock.time += 1
    other.answer(
        Answer("withdraw"),
        other.notice("en").id,
        token=other.believe(phone.token),
        account=account_subject(other.keys, ADA),
    )
    assert of_account(app) == set()  # what asks for the account never waits
    assert phone.holds
    clock.time += 10
    assert phone.holds == set()


def test_linking_again_asks_the_store_for_nothing(app: Flask, phone: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    phone.chooses("accept_all")
    phone.enters()
    service = service_of(app)
    token, calls = service.believe(phone.token), list[str]()
    for name in ("record", "latest", "by_subject", "newest", "append"):
        real: Callable[..., Any] = getattr(service.store, name)
        monkeypatch.setattr(service.store, name, lambda *a, _r=real, _n=name, **k: (calls.append(_n), _r(*a, **k))[1])
    assert service.linking.link(ADA, token).token == token and calls == []
    assert service.linking.link(BEA, token).token is None and calls  # another account is another matter


# who is who


def test_at_logout_the_accounts_choice_is_forgotten(app: Flask, phone: Member) -> None:
    phone.chooses("accept_all")
    phone.enters()
    phone.client.set_cookie("_ads", "1")
    assert "_ads" in expired(phone.get("/out"))
    assert not phone.token and "consent-form" in phone.get("/").text
    assert phone.holds == set() and of_account(app)


@pytest.mark.parametrize("choice", ["accept_all", "reject_all"])
def test_what_was_not_the_accounts_is_not_forgotten(app: Flask, choice: str, clock: Clock) -> None:
    browser = Member(app)
    browser.chooses(choice)
    with app.test_request_context(headers={"Cookie": f"consent_demo={browser.token}"}):
        consent = consent_of(app)
        consent.unlink(ADA)
        assert app.process_response(Response("x")).headers.getlist("Set-Cookie") == []
        assert consent.allows("analytics") is (choice == "accept_all")


def test_without_a_name_whatever_leads_to_records_is_forgotten(app: Flask, phone: Member, laptop: Member) -> None:
    phone.chooses("accept_all")
    laptop.chooses("reject_all")
    for browser, forgotten in ((phone, True), (laptop, False)):
        with app.test_request_context(headers={"Cookie": f"consent_demo={browser.token}"}):
            consent_of(app).unlink()
            sent = app.process_response(Response("x")).headers.getlist("Set-Cookie")
            assert any("Max-Age=0" in value for value in sent) is forgotten


def test_two_people_at_one_browser_do_not_become_one(app: Flask, phone: Member) -> None:
    """Where the host never says that somebody has logged out."""
    phone.chooses("accept_all")
    phone.enters(ADA)
    ada = phone.token
    phone.enters(BEA)
    assert not phone.token and phone.holds == set() == of_account(app, BEA)
    phone.chooses("save", "marketing")
    assert of_account(app, BEA) == {"marketing"} and of_account(app, ADA) == {"analytics", "marketing"}
    service = service_of(app)
    token = service.believe(phone.token)
    assert service.subjects(service.subject(token) or "") == [account_subject(service.keys, BEA)]
    phone.token = ada  # and back, by a cookie kept aside
    assert phone.holds == {"marketing"}


def test_records_from_before_the_link_are_found_from_the_account(app: Flask, phone: Member, laptop: Member) -> None:
    phone.chooses("accept_all")
    phone.enters()
    laptop.chooses("accept_all")  # says the same, but has records of its own, which must not be lost to the person
    laptop.chooses("save", "analytics", "marketing")
    laptop.enters()
    service = service_of(app)
    mine = service.subject(service.believe(laptop.token))
    assert mine == account_subject(service.keys, ADA)
    assert [past.record.fields["method"] for past in service.latest(mine, 9)] == [
        "linked", "save", "accept_all", "linked", "accept_all"
    ]  # fmt: skip
    assert len(service.latest(mine, 2)) == 2


def test_what_was_erased_is_not_linked_anew(app: Flask, phone: Member, laptop: Member) -> None:
    from sqlalchemy import delete

    from consent.store import schema

    laptop.chooses("accept_all")
    with service_of(app).store.engine.begin() as connection:
        connection.execute(delete(schema.personal))
    laptop.enters()
    assert not laptop.token and of_account(app) == set() and stored(app) == 1


def test_a_childs_refusal_leaves_nothing_personal(tmp_path: Path, clock: Clock) -> None:  # promise C7
    app = make_app(tmp_path / "young", site=with_age(SITE), clock=clock, after=members)
    child = Member(app)
    child.chooses("accept_all", age="under")
    child.enters()
    assert [entry.sealed for entry in service_of(app).store.stream("demo")] == [None]
    assert child.token and child.holds == set() == of_account(app)
    grown = Member(app)
    grown.chooses("accept_all", age="over")
    grown.enters(BEA)
    assert of_account(app, BEA) == {"analytics", "marketing"}
    service_of(app).store.close()


def test_a_new_purpose_is_still_asked(tmp_path: Path, clock: Clock) -> None:
    app = make_app(tmp_path / "one", clock=clock, after=members)
    phone = Member(app)
    phone.chooses("accept_all")
    phone.enters()
    service_of(app).store.close()
    more = (
        SITE + '[purposes.product_news]\nname = "News"\ntext = "We write."\nbasis = "consent"\nretention = "1 year"\n'
    )
    later = make_app(tmp_path / "one", site=more, clock=clock, after=members)
    laptop = Member(later)
    laptop.token = phone.token  # a browser that chose before the purpose was there
    laptop.enters(BEA)
    laptop.enters(ADA)
    laptop.get("/")
    assert "product_news" not in newest(later)["answers"] and "consent-form" in laptop.get("/").text
    service_of(later).store.close()


# told, kept, guarded


def test_the_host_is_told_once_of_a_record_and_of_what_was_withdrawn(app: Flask, phone: Member) -> None:
    told, withdrawn = list[Outcome](), list[list[str]]()

    def record(sender: Flask, outcome: Outcome) -> None:
        assert sender is app
        told.append(outcome)

    def withdraw(sender: Flask, outcome: Outcome, withdrawn: list[str], into: Any = withdrawn) -> None:
        into.append(withdrawn)

    decision_recorded.connect(record, app)
    decision_withdrawn.connect(withdraw, app)
    phone.enters()
    phone.chooses("accept_all")
    laptop = Member(app)
    laptop.chooses("save", "analytics")
    told.clear()
    laptop.enters()
    assert [(each.decision.method, each.subject) for each in told] == [
        ("linked", account_subject(service_of(app).keys, ADA))
    ]
    assert withdrawn == [["marketing"]]


def test_no_shared_cache_gets_a_persons_choice(app: Flask, phone: Member, laptop: Member) -> None:
    phone.chooses("accept_all")
    phone.enters()
    laptop.get(f"/in/{ADA}")
    assert own_cookies(laptop.get("/shared")) == []
    response = laptop.get("/of/x/analytics")
    assert len(own_cookies(response)) == 1
    assert response.cache_control.private and "Cookie" in response.vary


def test_when_the_store_is_away_pages_open_and_the_browsers_own_choice_holds(
    app: Flask, phone: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.chooses("accept_all")
    service = service_of(app)

    def away(*args: object) -> Any:
        raise StoreUnavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(service.store, "latest", away)
        patched.setattr(service.store, "record", away)
        phone.enters()
        assert phone.get("/").status_code == 200 and phone.holds == {"analytics", "marketing"}
        assert phone.get("/out").status_code == 200 and not phone.token  # unread, so it is forgotten
    assert stored(app) == 1


def test_two_browsers_linked_at_once_lose_no_refusal(app: Flask, clock: Clock) -> None:
    """Each works out what holds before the other's record is there: both find it afterwards."""
    service = service_of(app)
    Member(app).enters()
    one, two = Member(app), Member(app)
    one.chooses("save", "analytics")
    two.chooses("save", "marketing")
    clock.time += 20
    barrier = threading.Barrier(2, timeout=30)
    real = service.linking._side

    def together(*arguments: Any) -> Any:
        side = real(*arguments)
        barrier.wait()
        return side

    service.linking._side = together  # type: ignore[method-assign]
    tokens = [service.believe(one.token), service.believe(two.token)]
    threads = [threading.Thread(target=service.linking.link, args=(ADA, token)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert of_account(app) == set()


def test_on_the_server_outside_of_any_request(app: Flask, phone: Member, laptop: Member) -> None:  # promises D3, D4, D5
    phone.enters()
    phone.chooses("save", "ai_training")
    consent = consent_of(app)
    assert consent.allows("ai_training", subject=ADA) and not consent.allows("ai_training analytics", subject=ADA)
    assert not consent.allows("ai_training", subject="nobody") and not consent.allows("", subject=ADA)
    assert laptop.get(f"/of/{ADA}/ai_training").get_json() == {"allows": True}  # nor does it matter who asks
    phone.chooses("withdraw")
    assert not consent.allows("ai_training", subject=ADA)
    with pytest.raises(AccountError, match="1 to 255"):
        consent.allows("ai_training", subject="x" * 256)


def test_with_several_applications_one_says_which(tmp_path: Path) -> None:
    consent, apps = (
        Consent(),
        [Flask(name, root_path=str(tmp_path), instance_path=str(tmp_path / name)) for name in "ab"],
    )
    (tmp_path / "consent.toml").write_text(SITE, encoding="utf-8")
    for number, app in enumerate(apps):
        app.config["TESTING"] = True
        consent.init_app(app)
        if number == 0:
            assert not consent.allows("analytics", subject=ADA)  # the only one
    with pytest.raises(RuntimeError, match="app_context"):
        consent.allows("analytics", subject=ADA)
    with apps[0].app_context():
        assert not consent.allows("analytics", subject=ADA)
    for app in apps:
        service_of(app).store.close()
