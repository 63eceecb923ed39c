"""Global Privacy Control where it opts out: at once, on record, and said. In France noted, and off anyway."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, render_template_string

from consent import decision_recorded, decision_withdrawn
from consent.account import account_subject
from consent.service import Outcome
from consent.store import StoreUnavailable
from tests.conftest import SITE, Clock

from .test_link import ADA, Member, members
from .worlds import DAY, PAGE, Visitor, has_banner, make_app, newest, own_cookies, service_of, state_of, stored

GPC = {"Sec-GPC": "1"}
HONOURED = "Opt-out signal honoured"
OUT = "it has opted you out of the sale and sharing of your personal information"
BY_HAND = """<!doctype html><html><head>{{ consent.head() }}</head><body>
{{ consent.banner() }}{{ consent.settings_link() }}</body></html>"""


def views(app: Flask) -> None:
    members(app)
    app.add_url_rule("/hand", "hand", lambda: render_template_string(BY_HAND))
    app.add_url_rule("/part", "part", lambda: "<p>A part.</p>")
    app.add_url_rule("/text", "text", lambda: Response("Text", mimetype="text/plain"))
    app.add_url_rule("/public", "public", lambda: Response(PAGE, headers={"Cache-Control": "public, max-age=60"}))
    app.add_url_rule("/away", "away", lambda: Response(status=302, headers={"Location": "/"}, mimetype="text/html"))


def shop(folder: Path, region: str | None = "US-CA", **more: Any) -> Flask:
    return make_app(
        folder / (region or "nowhere"), clock=more.pop("clock", Clock()), after=views, CONSENT_REGION=region, **more
    )


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    made = shop(tmp_path, clock=clock)
    yield made
    service_of(made).store.close()


def california(app: Flask) -> str:
    """The notice's id there."""
    return service_of(app).notice("en", region="US-CA").id


def visible(page: str) -> str:
    """A page without what its attributes hold ready for scripts."""
    import re

    return re.sub(r' data-(gpc|out)="[^"]*"', "", page)


def test_opted_out_on_the_first_request_without_a_click(app: Flask) -> None:  # R20, R21, R23
    visitor = Visitor(app)
    first = visitor.get("/", headers=GPC)
    record = newest(app)
    assert (record["method"], record["via"], record["signals"], record["regime"]) == (
        "signal",
        "api",
        {"gpc": "1"},
        "us-ca",
    )
    assert record["answers"] == {"analytics": True, "marketing": False, "ai_training": False, "security": True}
    assert len(own_cookies(first)) == 1 and not has_banner(first.text)
    assert HONOURED in visible(first.text) and OUT in visible(first.text)  # the page says so at once
    assert {"Cookie", "Sec-GPC"} <= set(first.headers["Vary"].split(", "))
    later = visitor.get("/", headers=GPC)
    assert stored(app) == 1 and own_cookies(later) == [] and HONOURED in visible(later.text)
    assert visitor.allows("analytics") and not visitor.allows("marketing")
    for path in ("/consent/", "/consent/me"):
        page = visible(visitor.get(path, headers=GPC).text)
        assert OUT in page or HONOURED in page
    centre = visitor.get("/consent/", headers=GPC).text
    assert "Tick it only if you want it in spite of the signal." in centre


def test_the_first_page_may_be_the_preference_centre(app: Flask) -> None:
    visitor = Visitor(app)
    page = visitor.get("/consent/", headers=GPC)
    assert newest(app)["method"] == "signal" and visitor.token and OUT in visible(page.text)


@pytest.mark.parametrize("region", ["US-CO", "US-TX", "US-NJ", "US-VA", "JP", "MX"])
def test_also_in_other_states_and_where_the_site_honours_it(tmp_path: Path, region: str) -> None:  # R25
    app = shop(tmp_path, region)
    page = Visitor(app).get("/", headers=GPC)
    assert (
        newest(app)["method"] == "signal" and not newest(app)["answers"]["marketing"] and HONOURED in visible(page.text)
    )


def test_in_france_it_is_noted_and_everything_is_off_anyway(tmp_path: Path) -> None:  # issue: done when 4
    app = shop(tmp_path, "FR")
    visitor = Visitor(app)
    page = visitor.get("/", headers=GPC)
    assert stored(app) == 0 and has_banner(page.text) and HONOURED not in page.text and not visitor.token
    assert not any(visitor.allows(name) for name in ("analytics", "marketing"))
    assert "Global Privacy Control is noted with your choice." in visitor.get("/consent/", headers=GPC).text
    french = service_of(app).notice("en", region="FR").id
    visitor.send("accept_all", notice=french, headers=GPC)
    assert newest(app)["signals"] == {"gpc": "1"} and visitor.allows(
        "marketing"
    )  # R33: a later choice, signal beside it


@pytest.mark.parametrize("value", ["0", "true", " 1", "1, 1", "1;", "yes", "", "１", "01"])
def test_only_exactly_one_counts(app: Flask, value: str) -> None:  # R30
    page = Visitor(app).get("/", headers={"Sec-GPC": value})
    if value != " 1":  # which HTTP itself trims
        assert stored(app) == 0 and has_banner(page.text)


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {"Sec-Fetch-Dest": "empty"}),
        ("/", {"Sec-Fetch-Dest": "iframe"}),
        ("/", {"Sec-Purpose": "prefetch;prerender"}),
        ("/", {"Purpose": "prefetch"}),
        ("/text", {}),
        ("/public", {}),
        ("/away", {}),
        ("/consent/keys.json", {}),
        ("/allows/analytics", {}),
    ],
)
def test_what_nobody_opens_records_nothing(app: Flask, path: str, headers: dict[str, str]) -> None:
    response = Visitor(app).get(path, headers={**GPC, **headers})
    assert stored(app) == 0 and own_cookies(response) == []


def test_by_hand(app: Flask) -> None:
    visitor = Visitor(app)
    first = visitor.get("/hand", headers=GPC)
    assert stored(app) == 1 and len(own_cookies(first)) == 1 and "Do Not Sell" in first.text
    assert not has_banner(visitor.get("/hand", headers=GPC).text) and stored(app) == 1


def test_when_the_store_is_away_the_page_opens_and_nothing_is_on(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: object, **more: object) -> Any:
        raise StoreUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(service_of(app).store, "append", away)
        visitor = Visitor(app)
        page = visitor.get("/", headers=GPC)
        assert page.status_code == 200 and has_banner(page.text) and not visitor.token
        assert HONOURED in visible(page.text) and not visitor.allows("analytics")
    assert visitor.get("/", headers=GPC).status_code == 200 and stored(app) == 1


def test_too_often_from_one_address(tmp_path: Path) -> None:
    app = shop(tmp_path, CONSENT_RATE_LIMIT=2)
    pages = [Visitor(app).get("/", headers=GPC) for _ in range(4)]
    assert stored(app) == 2 and {page.status_code for page in pages} == {200}


def test_a_yes_from_before_the_signal_gives_way_to_it(app: Flask) -> None:  # R20
    told: list[Any] = []

    def record(sender: Flask, outcome: Outcome) -> None:
        told.append(outcome.decision.method)

    def withdraw(sender: Flask, outcome: Outcome, withdrawn: list[str]) -> None:
        told.append(withdrawn)

    visitor = Visitor(app)
    visitor.send("accept_all", notice=california(app))
    assert visitor.allows("marketing")
    for what, allowed in (("marketing", False), ("analytics", True), ("analytics marketing", False)):
        answer = visitor.get(f"/allows/{what}", headers=GPC)  # before anything is recorded
        assert answer.get_json() == {"allows": allowed} and "Sec-GPC" in answer.headers["Vary"]
    assert stored(app) == 1
    visitor.client.set_cookie("_ads", "1")
    with decision_recorded.connected_to(record, app), decision_withdrawn.connected_to(withdraw, app):
        page = visitor.get("/", headers=GPC)
    assert told == ["signal", ["marketing"]]  # the host hears of it, and can delete what rested on the yes
    assert (newest(app)["method"], newest(app)["answers"]["marketing"]) == ("signal", False)
    assert any(each.startswith("_ads=;") for each in page.headers.getlist("Set-Cookie"))  # R8
    assert not visitor.allows("marketing") and visitor.allows("analytics")  # also when the signal is gone again
    visitor.get("/", headers=GPC)
    assert stored(app) == 2


def test_a_separate_yes_in_spite_of_the_signal_stays_and_accept_all_is_none(app: Flask) -> None:  # R33
    visitor = Visitor(app)
    visitor.get("/", headers=GPC)
    visitor.send("accept_all", notice=california(app), headers=GPC)
    assert not visitor.allows("marketing")
    visitor.send("save", notice=california(app), purpose=["analytics", "marketing"], headers=GPC)
    count = stored(app)
    page = visitor.get("/", headers=GPC)
    assert stored(app) == count and newest(app)["signals"] == {"gpc": "1"}
    assert visitor.get("/allows/marketing", headers=GPC).get_json() == {"allows": True}
    assert HONOURED not in visible(page.text)


def test_a_stricter_page_from_a_cache_changes_nothing_about_the_signal(app: Flask) -> None:  # R33
    """What a cache shows Californians is the strictest notice: there, too, only a separate yes outranks the signal."""
    visitor = Visitor(app)
    strict = service_of(app).notice("en").id
    visitor.send("accept_all", notice=strict, headers=GPC)
    assert not visitor.allows("marketing") and visitor.allows("analytics")
    other = Visitor(app)
    other.send("accept_all", notice=strict)
    assert other.allows("marketing") and newest(app)["yields"] == ["marketing"]
    other.get("/", headers=GPC)
    assert not other.allows("marketing")


def test_a_site_that_is_stricter_than_the_law_opts_out_as_well(tmp_path: Path) -> None:
    app = shop(tmp_path, site=SITE + '[regions]\n"*" = "opt-in"\n')
    visitor = Visitor(app)
    page = visitor.get("/", headers=GPC)
    assert stored(app) == 0 and has_banner(page.text)  # all is off until a yes
    visitor.send("accept_all", notice=california(app))
    assert visitor.allows("marketing")
    visitor.get("/", headers=GPC)
    assert newest(app)["method"] == "signal" and not visitor.allows("marketing") and visitor.allows("analytics")


def test_nobody_is_asked_to_opt_in_again_for_a_year(app: Flask, clock: Clock) -> None:  # R24
    visitor = Visitor(app)
    visitor.get("/", headers=GPC)
    clock.time += 364 * DAY
    page = visitor.get("/")
    assert not has_banner(page.text) and not visitor.allows("marketing") and stored(app) == 1
    refused = Visitor(app)
    refused.send("reject_all", notice=california(app))
    clock.time += 364 * DAY
    assert not has_banner(refused.get("/").text)


def test_whoever_is_to_say_an_age_is_opted_out_without_saying_it(tmp_path: Path) -> None:  # R20, R26
    app = shop(tmp_path, site=SITE + "[age]\nlocal = true\n")
    visitor = Visitor(app)
    visitor.get("/", headers=GPC)
    assert newest(app)["method"] == "signal" and not any(visitor.allows(each) for each in ("analytics", "marketing"))


def test_a_site_that_sells_nothing_has_nothing_to_opt_out_of(tmp_path: Path) -> None:
    app = shop(tmp_path, site=SITE.replace("[purposes.marketing]", "[purposes.marketing]\nsale = false"))
    page = Visitor(app).get("/", headers=GPC)
    assert stored(app) == 0 and has_banner(page.text) and HONOURED not in page.text


def test_with_the_browsers_enforcement_the_first_answer_keeps_vendors_out(tmp_path: Path) -> None:
    app = shop(tmp_path, CONSENT_CSP=True)
    visitor = Visitor(app)
    visitor.send("accept_all", notice=california(app))
    assert visitor.get("/", headers=GPC).status_code == 200 and newest(app)["method"] == "signal"


# a known account, CCPA regs §7025(c)


def of_account(app: Flask, what: str) -> bool:
    return service_of(app).allows_account(ADA, what)


def test_a_linked_account_is_opted_out_as_well(app: Flask) -> None:  # R20, issue: done when 4
    laptop, phone = Member(app), Member(app)
    laptop.enters()
    laptop.send("accept_all", notice=california(app))
    assert of_account(app, "marketing")
    phone.client.get(f"/in/{ADA}")
    page = phone.client.get("/", headers=GPC)
    record = newest(app)
    assert (record["method"], record["answers"]["marketing"]) == ("signal", False)
    assert not of_account(app, "marketing") and of_account(app, "analytics")
    subject = account_subject(service_of(app).keys, ADA)
    assert service_of(app).latest(subject, 1)[0].record.fields["id"] == record["id"]  # it is the account's
    assert "This also holds for your account." in page.text
    count = stored(app)
    phone.client.get("/", headers=GPC)
    assert stored(app) == count  # once
    laptop.get("/")
    assert not laptop.allows("marketing")  # there, too, where nothing sends the signal


def test_without_a_choice_before_and_without_a_page(app: Flask) -> None:
    """Whatever the first request of somebody who is logged in is."""
    member = Member(app)
    member.get(f"/in/{ADA}")
    member.get("/text", headers=GPC)
    assert newest(app)["method"] == "signal" and not of_account(app, "marketing") and of_account(app, "analytics")


def test_an_account_that_said_yes_in_spite_of_the_signal_keeps_it(app: Flask) -> None:  # R33
    member = Member(app)
    member.enters()
    member.send("save", notice=california(app), purpose=["marketing"], headers=GPC)
    count = stored(app)
    member.get("/", headers=GPC)
    assert stored(app) == count and of_account(app, "marketing")


def test_what_linking_brings_together_still_gives_way(app: Flask) -> None:
    phone = Member(app)
    phone.send("accept_all", notice=california(app))
    phone.enters()
    assert newest(app)["method"] == "linked" and newest(app)["yields"] == ["marketing"] and of_account(app, "marketing")
    phone.get("/", headers=GPC)
    assert newest(app)["method"] == "signal" and not of_account(app, "marketing")


def test_in_france_an_account_is_left_as_it_is(tmp_path: Path) -> None:
    app = shop(tmp_path, "FR")
    member = Member(app)
    member.enters()
    member.send("accept_all", notice=service_of(app).notice("en", region="FR").id)
    member.get("/", headers=GPC)
    assert stored(app) == 1 and of_account(app, "marketing") and state_of(app).site.id == "demo"
