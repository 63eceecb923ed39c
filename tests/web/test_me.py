"""The page "My data": what is shown, given along and erased by possession of the token, and what nobody else gets."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from flask import Flask
from werkzeug.test import TestResponse

from consent import decision_withdrawn
from consent.cli import main
from tests.conftest import SITE, Clock

from .test_link import ADA, Member, members
from .worlds import DAY, Visitor, expired, hidden, make_app, newest, own_cookies, service_of, stored

ME = "/consent/me"
TAG = "/s/demo/"
SHOP = "https://shop.example"


def text_of(response: TestResponse) -> str:
    """What a person reads."""
    assert response.status_code == 200, response.text
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.text)))


def forms(response: TestResponse) -> dict[str, dict[str, str]]:
    """The hidden fields of each form, by where it leads."""
    found = re.findall(r'<form[^>]* action="([^"]*)"[^>]*>(.*?)</form>', response.text, re.DOTALL)
    return {html.unescape(where): hidden(inner) for where, inner in found}


def records_in(response: TestResponse) -> list[dict[str, Any]]:
    """The leaves of a download."""
    assert response.status_code == 200 and response.headers["Content-Disposition"].startswith("attachment")
    return [json.loads(line)["leaf"] for line in response.data.splitlines()]


def test_who_has_not_chosen_is_told_so(visitor: Visitor) -> None:
    response = visitor.get(ME)
    page = text_of(response)
    assert "No choice is stored in this browser" in page and "Demo Ltd" in page
    assert 'href="/consent/?locale=en"' in response.text and forms(response) == {}
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "Cookie" in response.vary and "Set-Cookie" not in response.headers


def test_an_expired_choice_is_none(visitor: Visitor, clock: Clock) -> None:
    visitor.send("accept_all")
    clock.time += 183 * DAY
    assert "No choice is stored in this browser" in text_of(visitor.get(ME))
    visitor.token = "x" * 4000
    assert "No choice is stored in this browser" in text_of(visitor.get(ME))


def test_a_refusal_leads_to_nobody(app: Flask, visitor: Visitor) -> None:  # regulation R15
    visitor.send("reject_all")
    page = text_of(visitor.get(ME))
    assert "nothing here leads to you" in page and "Chosen on November 21, 2026 It holds until May 22, 2027" in page
    assert "Your earlier choices" not in page and "Erase" not in page
    for path in ("/records.jsonl", "/erase"):
        assert "nothing here leads to you" in text_of(visitor.get(ME + path))


def test_present_choice_and_everything_before(visitor: Visitor, clock: Clock) -> None:  # promise C5, regulation R6, R12
    visitor.send("accept_all", dnt="1")
    clock.time += DAY
    visitor.send("save", purpose=["analytics"], **{"except": ["analytics/brook"], "object": ["security"]})
    page = text_of(visitor.get(ME))
    receipt, _, earlier = page.partition("Your earlier choices")
    assert "Chosen on November 22, 2026" in receipt and "until May 23, 2027" in receipt
    assert "Statistics Allowed without Brook Heatmaps" in receipt and "Advertising Refused" in receipt
    assert "Security You objected" in receipt and "Demo Ltd, Germany" in receipt
    assert "Accepted all November 21, 2026" in earlier and "Advertising Allowed" in earlier
    assert "Do Not Track" in earlier and "Do Not Track" not in receipt
    assert "same as on November 22" in earlier  # one notice, shown once


def test_the_notice_is_shown_as_it_was_then(tmp_path: Path, clock: Clock) -> None:  # regulation R12; promise B6, E7
    app = make_app(tmp_path / "one", clock=clock)
    visitor = Visitor(app)
    arabic = service_of(app).notice("ar")
    visitor.send("accept_all", notice=arabic.id)
    service_of(app).store.close()
    changed = SITE.replace("Training of our models", "Improving our models").replace(
        '"Meadow Analytics"', '"Meadow Two"'
    )
    later = make_app(tmp_path / "one", site=changed.replace("13 months", "14 months"), clock=clock)
    clock.time += 60
    new = Visitor(later)
    new.token = visitor.token
    assert not new.allows("analytics") and new.allows("marketing")  # the old yes was to other terms
    first = new.get(ME + "?locale=en")
    assert "Statistics Not asked yet" in text_of(first)
    new.send("save", purpose=["analytics"])
    page = new.get(ME + "?locale=en").text
    then = page[page.index('lang="ar" dir="rtl"') :]
    assert html.unescape(arabic.texts["intro"]) in html.unescape(then)
    assert "Training of our models" in then and "Meadow Analytics" in then and "Improving" not in then
    now = page[: page.index('lang="ar" dir="rtl"')]
    assert "Improving our models" in now and "Meadow Two" in now
    assert re.findall(r'id="(r2-|consent-r2-)[a-z_]+"', then) and len(re.findall(r' id="([^"]+)"', page)) == len(
        set(re.findall(r' id="([^"]+)"', page))
    )
    assert all("disabled" in each for each in re.findall(r'<input type="checkbox"[^>]*>', page))
    assert stored(later) == 2 and new.get(f"/consent/notices/{arabic.id}").data == arabic.body
    service_of(later).store.close()


def test_what_was_kept_is_shown(tmp_path: Path, clock: Clock) -> None:
    keep = SITE + '[records]\nip = "truncated"\ndevice = true\npage = true\n'
    app = make_app(tmp_path / "keep", site=keep, clock=clock)
    visitor = Visitor(app, REMOTE_ADDR="192.0.2.77")
    visitor.press("accept_all", at="/?page=2", headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/130.0"})
    page = text_of(visitor.get(ME))
    assert "IP address, shortened 192.0.2.0" in page and "Firefox" in page and "Page /" in page
    assert json.loads(visitor.get(ME + "/records.jsonl").data)["personal"]["ip"] == "192.0.2.0/24"
    service_of(app).store.close()


@pytest.mark.parametrize(("locale", "title", "direction"), [("de", "Meine Daten", "ltr"), ("ar", "بياناتي", "rtl")])
def test_in_every_language(visitor: Visitor, locale: str, title: str, direction: str) -> None:
    visitor.send("accept_all")
    response = visitor.get(f"{ME}?locale={locale}")
    assert f"<h1>{title}</h1>" in response.text and f'<html lang="{locale}" dir="{direction}"' in response.text
    assert "{" not in text_of(response)
    assert "{" not in text_of(visitor.get(f"{ME}/erase?locale={locale}"))


def test_the_page_stays_short_and_the_download_is_whole(app: Flask, visitor: Visitor) -> None:
    for number in range(53):
        visitor.send("save", purpose=["analytics"] if number % 2 else ["marketing"])
    page = visitor.get(ME)
    assert page.text.count("<h3>") == 49 and "newest 49" in page.text and len(page.data) < 100_000
    assert len(records_in(visitor.get(ME + "/records.jsonl"))) == 53


def test_the_download_is_what_an_export_gives_of_this_person(
    app: Flask, visitor: Visitor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # promise C5
    Visitor(app).send("accept_all")
    for choice in ("accept_all", "withdraw"):
        visitor.send(choice)
    assert not visitor.get(ME + "/records.jsonl").headers.get("Content-Disposition")  # the refusal leads nowhere
    visitor.send("accept_all")
    visitor.send("save", purpose=["analytics"])
    response = visitor.get(ME + "/records.jsonl")
    assert [leaf["method"] for leaf in records_in(response)] == ["accept_all", "save"]
    assert response.headers["Cache-Control"] == "private, no-store"
    file, keys = tmp_path / "mine.jsonl", tmp_path / "keys.json"
    file.write_bytes(response.data)
    keys.write_bytes(visitor.get("/consent/keys.json").data)
    done = CliRunner().invoke(main, ["verify", str(file), "--keys", str(keys)])
    assert done.exit_code == 0 and "2 records of demo hold" in done.output


def test_a_record_goes_to_its_owner_alone(app: Flask, visitor: Visitor) -> None:
    visitor.send("accept_all")
    mine = newest(app)["id"]
    page = visitor.get(ME).text
    assert f'href="/consent/me/receipt/{mine}.json"' in page
    response = visitor.get(f"{ME}/receipt/{mine}.json")
    assert mine.encode() in response.data and "attachment" in response.headers["Content-Disposition"]
    other, nobody = Visitor(app), Visitor(app)
    other.send("accept_all")
    for visitor_, record in ((other, mine), (nobody, mine), (visitor, newest(app)["id"]), (visitor, "nonsense")):
        assert visitor_.get(f"{ME}/receipt/{record}.json").status_code == 404


def test_a_record_in_the_log_says_where(app: Flask, visitor: Visitor) -> None:
    visitor.send("accept_all")
    assert "Place in the log" not in text_of(visitor.get(ME))
    service = service_of(app)
    assert service.store.seal("demo", service.keys, service.now())
    assert "Place in the log Number 0 of 1" in text_of(visitor.get(ME))


def test_the_receipt_of_a_linked_record_verifies(tmp_path: Path, clock: Clock) -> None:
    app = make_app(tmp_path / "shop", clock=clock, after=members)
    phone, service = Member(app), service_of(app)
    phone.chooses("save", "analytics")
    phone.enters()
    assert service.store.seal("demo", service.keys, service.now())
    file, keys = tmp_path / "receipt.json", tmp_path / "keys.json"
    file.write_bytes(phone.get(f"{ME}/receipt/{newest(app)['id']}.json").data)
    keys.write_bytes(phone.get("/consent/keys.json").data)
    done = CliRunner().invoke(main, ["verify", str(file), "--key", str(keys)])
    assert done.exit_code == 0, done.output
    assert "Brought together with your account" in json.dumps(json.loads(file.read_text()))
    service.store.close()


# actions, each a form


def follow(visitor: Visitor, choice: str, **match: str) -> TestResponse:
    """Press a button of the page, without script."""
    page = visitor.get(ME)
    pieces = re.findall(r'<form method="post" action="/consent/decision">(.*?)</form>', page.text, re.DOTALL)
    for piece in pieces:
        fields = hidden(piece)
        if f'value="{choice}"' in piece and match.items() <= fields.items():
            return visitor.client.post("/consent/decision", data={**fields, "choice": choice})
    raise AssertionError(f"there is no button {choice}")


def test_withdraw_everything(app: Flask, visitor: Visitor) -> None:  # promise E7, regulation R7
    visitor.send("accept_all")
    before = newest(app)
    visitor.client.set_cookie("_ads", "1")
    response = follow(visitor, "withdraw")
    assert response.status_code == 303 and response.headers["Location"] == ME and "_ads" in expired(response)
    assert stored(app) == 2 and newest(app)["method"] == "withdraw" and not visitor.allows("analytics")
    assert next(service_of(app).store.stream("demo")).record.fields == before
    assert "nothing here leads to you" in text_of(visitor.get(ME))


def test_object_to_one_purpose(app: Flask, visitor: Visitor) -> None:  # promise C5
    visitor.send("save", purpose=["marketing"], **{"except": []})
    assert visitor.allows("security")
    assert follow(visitor, "add", object="security").status_code == 303
    record = newest(app)
    assert record["method"] == "object" and record["answers"]["marketing"] and not record["answers"]["security"]
    assert visitor.allows("marketing") and not visitor.allows("security")
    assert "Object to:" not in visitor.get(ME).text


def test_an_old_page_cannot_bring_a_yes_back(app: Flask, visitor: Visitor) -> None:
    visitor.send("accept_all")
    page = visitor.get(ME)
    visitor.send("save", purpose=["analytics"])
    (piece,) = re.findall(r"<form[^>]*>((?:(?!</form>).)*Object to.*?)</form>", page.text, re.DOTALL)
    visitor.client.post("/consent/decision", data={**hidden(piece), "choice": "add"})
    assert not visitor.allows("marketing") and visitor.allows("analytics") and not visitor.allows("security")


def test_erase(app: Flask, visitor: Visitor, clock: Clock) -> None:  # promises C5, E15
    told = list[list[str]]()

    def withdrawn(sender: Flask, outcome: object, withdrawn: list[str]) -> None:
        told.append(withdrawn)

    visitor.send("accept_all")
    visitor.send("save", purpose=["analytics"])
    decision_withdrawn.connect(withdrawn, app)
    bystander = Visitor(app)
    bystander.send("accept_all")
    visitor.client.set_cookie("_mdw", "1")
    page = visitor.get(ME + "/erase")
    assert "What goes" in page.text and "records (2)" in page.text and "What stays" in page.text
    clock.time += 5
    before = [entry.record for entry in service_of(app).store.stream("demo")]
    response = visitor.client.post(ME + "/erase", data=forms(page)[ME + "/erase"])
    assert response.status_code == 303 and "_mdw" in expired(response) and told == [["analytics"]]
    assert "has been erased" in text_of(visitor.get(response.headers["Location"]))
    entries = list(service_of(app).store.stream("demo"))
    assert [entry.record for entry in entries][:3] == before  # every record stays as it was
    assert [entry.sealed is None for entry in entries] == [True, True, False, True]
    assert not visitor.allows("analytics") and bystander.allows("analytics")
    refused = Visitor(app)
    refused.send("reject_all")
    assert visitor.token == refused.token  # nothing on the device leads back, and nobody is asked again


def test_erasing_an_account_takes_its_browsers_along(tmp_path: Path, clock: Clock) -> None:
    app = make_app(tmp_path / "shop", clock=clock, after=members)
    phone, laptop = Member(app), Member(app)
    for browser in (phone, laptop):
        browser.chooses("accept_all")
        browser.enters()
        clock.time += 20
    page = phone.get(ME)
    assert "linked to your account" in text_of(page) and page.text.count("Accepted all") == 2
    assert len(records_in(phone.get(ME + "/records.jsonl"))) == 4
    fields = forms(phone.get(ME + "/erase"))[ME + "/erase"]
    assert phone.client.post(ME + "/erase", data=fields).status_code == 303
    assert [entry.sealed for entry in service_of(app).store.stream("demo")] == [None] * 5
    clock.time += 20
    assert laptop.holds == set() and not laptop.token  # and what it held is not linked anew
    assert not service_of(app).allows_account(ADA, "analytics")
    service_of(app).store.close()


def test_an_accounts_refusal_is_shown_where_the_person_is_logged_in(tmp_path: Path, clock: Clock) -> None:
    app = make_app(tmp_path / "shop", clock=clock, after=members)
    phone = Member(app)
    phone.enters()
    phone.chooses("accept_all")
    clock.time += 20
    phone.chooses("withdraw")
    page = text_of(phone.get(ME))
    assert "Withdrew consent" in page and "Accepted all" in page
    phone.get("/out")
    assert "No choice is stored" in text_of(phone.get(ME))
    service_of(app).store.close()


def test_what_was_erased_says_so(app: Flask, visitor: Visitor) -> None:
    visitor.send("accept_all")
    service = service_of(app)
    assert service.erase(service.believe(visitor.token)) == 1 and service.erase(service.believe(visitor.token)) == 0
    assert "Nothing here leads to you any more" in text_of(visitor.get(ME))


@pytest.mark.parametrize(
    ("headers", "more"),
    [
        ({"Origin": "https://evil.example"}, {}),
        ({"Sec-Fetch-Site": "cross-site"}, {}),
        ({}, {"csrf_token": "x"}),
        ({}, {"csrf_token": ""}),
    ],
)
def test_no_foreign_page_erases(app: Flask, visitor: Visitor, headers: dict[str, str], more: dict[str, str]) -> None:
    visitor.send("accept_all")
    fields = forms(visitor.get(ME + "/erase"))[ME + "/erase"]
    response = visitor.client.post(ME + "/erase", data={**fields, **more}, headers=headers)
    assert response.status_code == 403 and stored(app) == 1
    assert next(service_of(app).store.stream("demo")).sealed


def test_too_much_and_too_often(tmp_path: Path, clock: Clock) -> None:
    app = make_app(tmp_path / "x", clock=clock, CONSENT_RATE_LIMIT=3)
    visitor = Visitor(app)
    assert visitor.client.post(ME + "/erase", data={"csrf_token": "x" * 20_000}).status_code == 413
    assert [visitor.get(ME + path).status_code for path in ("", "/records.jsonl", "/erase")] == [200, 200, 429]
    service_of(app).store.close()


# by tag: the token comes with a form


@pytest.fixture
def tagged(tmp_path: Path, clock: Clock) -> Any:
    site = SITE.replace('languages = ["en", "de", "ar"]', f'languages = ["en", "de", "ar"]\norigins = ["{SHOP}"]')
    app = make_app(tmp_path / "tag", site=site, clock=clock, CONSENT_TAG_PREFIX="/s")
    yield app
    service_of(app).store.close()


def by_form(app: Flask, path: str, token: str, origin: str = SHOP, **fields: str) -> TestResponse:
    client = app.test_client(use_cookies=False)
    return client.post(TAG + path, data={"token": token, **fields}, headers={"Origin": origin})


def test_by_tag_the_centre_leads_there(tagged: Flask) -> None:
    visitor = Visitor(tagged)
    assert "My data" not in by_form(tagged, "centre", "").text
    visitor.send("accept_all")
    assert f'<a href="me?locale=en#{visitor.token}" target="_blank"' in by_form(tagged, "centre", visitor.token).text
    page = visitor.get(TAG + "me?locale=de")
    assert "<h1>Meine Daten</h1>" in page.text and visitor.token not in page.text
    assert forms(page) == {"me": {"token": "", "locale": "de"}} and "private" in page.headers["Cache-Control"]
    assert visitor.get("/s/other/me").status_code == 404


def test_by_tag_it_is_all_there_but_what_changes_the_cookie(tagged: Flask) -> None:
    visitor = Visitor(tagged)
    visitor.send("accept_all")
    visitor.send("save", purpose=["analytics"])
    page = by_form(tagged, "me", visitor.token)
    assert "Chosen on" in text_of(page) and "Your choice in this browser still holds" in text_of(page)
    assert 'value="withdraw"' not in page.text and "Set-Cookie" not in page.headers
    found = forms(page)
    assert {"me/records.jsonl", "me/erase"} <= found.keys() and all(
        fields == {"token": visitor.token, "locale": "en"} for fields in found.values()
    )
    assert len(records_in(by_form(tagged, "me/records.jsonl", visitor.token))) == 2
    (receipt,) = {where for where in found if newest(tagged)["id"] in where}
    assert newest(tagged)["id"].encode() in by_form(tagged, receipt, visitor.token).data
    own = "http://localhost"  # from here on the pages are the server's own
    asking = by_form(tagged, "me/erase", visitor.token, own)
    fields = forms(asking)["../me/erase"]
    assert next(service_of(tagged).store.stream("demo")).sealed
    del fields["token"]
    assert by_form(tagged, "me/erase", visitor.token, own, sure="1", csrf_token="x").status_code == 403
    done = by_form(tagged, "me/erase", visitor.token, own, sure="1", **fields)
    assert "Nothing here leads to you any more" in text_of(done)
    assert [entry.sealed for entry in service_of(tagged).store.stream("demo")] == [None, None]


def test_by_tag_for_pages_of_listed_origins_alone(tagged: Flask) -> None:
    visitor = Visitor(tagged)
    visitor.send("accept_all")
    for origin in ("https://evil.example", "null", ""):
        for path in ("me", "me/records.jsonl", "me/erase", f"me/receipt/{newest(tagged)['id']}.json"):
            assert by_form(tagged, path, visitor.token, origin).status_code == 403
    assert "No choice is stored" in text_of(by_form(tagged, "me", "nonsense"))
    assert tagged.test_client().post("/s/other/me", headers={"Origin": SHOP}).status_code == 404
    assert urlsplit(by_form(tagged, "me", visitor.token).request.url).path == TAG + "me"
    assert own_cookies(by_form(tagged, "me", visitor.token)) == []
