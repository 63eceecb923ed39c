"""What people see of changes: a first layer about what is new, what changed since a choice, every version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from consent import earlier
from consent.decision import Answer
from consent.locale import translator
from consent.notice import build
from consent.regimes import at
from consent.site.load import loads
from consent.store import StoreUnavailable
from consent.web.standalone import create_app
from tests.conftest import SITE, Clock
from tests.test_earlier import LESS, MORE, NEWS, TYPO

from .worlds import Visitor, fields, has_banner, hold, make_app, newest, service_of, stored


class Deployed:
    """A shop that is started anew with another site file, and a visitor who keeps their browser."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder, self.clock = folder, clock
        self.apps: list[Flask] = []
        self.visitor = self.start(SITE)

    def start(self, site: str) -> Visitor:
        self.clock.time += 1
        self.apps.append(make_app(self.folder, site=site, clock=self.clock))
        visitor = Visitor(self.apps[-1])
        if len(self.apps) > 1 and self.visitor.token:
            visitor.token = self.visitor.token
        self.visitor = visitor
        return visitor

    @property
    def app(self) -> Flask:
        return self.apps[-1]


@pytest.fixture
def shop(tmp_path: Path, clock: Clock) -> Iterator[Deployed]:
    made = Deployed(tmp_path / "shop", clock)
    yield made
    for app in made.apps:
        service_of(app).store.close()


def layer(page: str) -> str:
    found = re.search(r'<section id="consent".*?</section>', page, re.DOTALL)
    assert found
    return found[0]


def test_somebody_who_chose_is_asked_about_the_new_vendor_alone(shop: Deployed) -> None:
    """Regulation R11, promises B6, E13: what is new in plain words, since when, and refusing as near as accepting."""
    shop.visitor.press("accept_all")
    visitor = shop.start(MORE)
    response = visitor.get()
    shown = layer(response.text)
    assert "Something new to decide" in shown and "You chose on November 21, 2026." in shown
    assert re.findall(r"<li[^>]*>(.*?)</li>", shown) == ["Statistics: Pond now receives data."]
    buttons = re.findall(r'<button name="choice" value="(\w+)">(.*?)</button>', shown)
    assert buttons == [("refuse_new", "Refuse what is new"), ("add", "Allow what is new"), ("choose", "Choose")]
    assert response.cache_control.private and "Cookie" in response.vary
    assert "Advertising" not in shown


@pytest.mark.parametrize(("choice", "pond"), [("add", True), ("refuse_new", False)])
def test_without_script(shop: Deployed, choice: str, pond: bool) -> None:
    shop.visitor.press("accept_all")
    visitor = shop.start(MORE)
    assert not visitor.allows("analytics") and visitor.allows("marketing")
    assert visitor.press(choice).status_code == 303
    assert visitor.allows("analytics/meadow") and visitor.allows("marketing")
    assert visitor.allows("analytics/pond") is pond
    assert newest(shop.app)["notice"] == service_of(shop.app).notice("en").id
    assert not has_banner(visitor.get().text)


def test_going_on_using_the_site_is_no_consent(shop: Deployed) -> None:
    """Promise B6: pages, the centre and the page of changes leave it as it is."""
    shop.visitor.press("accept_all")
    visitor = shop.start(MORE)
    count = stored(shop.app)
    for path in ("/", "/", "/consent/", "/consent/changes", "/consent/declaration", "/"):
        visitor.get(path)
    assert stored(shop.app) == count and not visitor.allows("analytics") and has_banner(visitor.get().text)


@pytest.mark.parametrize("site", [TYPO, LESS], ids=["typo", "vendor gone"])
def test_a_quiet_change_asks_nobody_and_is_told_in_the_centre(shop: Deployed, site: str) -> None:
    shop.visitor.press("accept_all")
    visitor = shop.start(site)
    assert not has_banner(visitor.get().text) and visitor.allows("analytics marketing")
    centre = visitor.get("/consent/").text
    assert "Changed since your choice, with nothing new to decide" in centre
    assert ("Reworded: “Meadow”. Before: “Meadow Analytics”." if site == TYPO else "Brook Heatmaps no longer") in centre
    assert "Something new to decide" not in centre


def test_the_gate_knows_which_earlier_yes_counts(shop: Deployed) -> None:
    shop.visitor.press("accept_all")
    assert '"z":' not in shop.visitor.get().text  # nobody pays for what there is not
    old = service_of(shop.app).wanted["analytics"]
    assert f'"z":{{"analytics":["{old}"]}}' in shop.start(LESS).get().text
    assert '"z":' not in shop.start(MORE).get().text


def test_an_unknown_notice_is_asked_in_full(shop: Deployed, tmp_path: Path, clock: Clock) -> None:
    """The store has lost it, or was another one."""
    shop.visitor.press("accept_all")
    visitor = shop.start(MORE)
    with service_of(shop.app).store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM consent_notice")
    shown = layer(visitor.get().text)
    assert 'value="accept_all"' in shown and "Something new" not in shown


def test_a_page_that_caches_may_keep_is_the_same_for_all(shop: Deployed) -> None:
    shop.visitor.press("accept_all")
    visitor = shop.start(MORE)

    @shop.app.after_request
    def public(response):  # type: ignore[no-untyped-def]
        if not response.headers.get("Cache-Control"):
            response.headers["Cache-Control"] = "public, max-age=60"
        return response

    page = visitor.get()
    assert 'value="accept_all"' in layer(page.text) and not page.cache_control.private
    assert page.text == Visitor(shop.app).get().text


class TestFragment:
    def address(self, shop: Deployed, since: str = "", notice: str = "") -> str:
        first, last = (service_of(app).notice("en").id for app in (shop.apps[0], shop.app))
        return f"/consent/again?since={since or first}&notice={notice or last}"

    def test_it_is_the_same_for_everyone(self, shop: Deployed) -> None:
        shop.visitor.press("reject_all")
        shop.start(MORE.replace("[purposes.marketing]", "[purposes.marketing]\nsensitive = true"))
        response = shop.visitor.get(self.address(shop))
        assert response.cache_control.public and not response.headers.getlist("Set-Cookie")
        shown = layer(response.text)
        assert re.findall(r'name="purpose" value="(\w+)"', shown) == ["analytics", "marketing"]
        assert re.findall(r'data-of="(\w+)"', shown) == ["analytics", "marketing"]
        assert "You chose on {date}." in shown  # which the script knows
        assert response.text == Visitor(shop.app).get(self.address(shop)).text

    @pytest.mark.parametrize("since", ["x", "A" * 43, "A" * 9000, "../../etc", "%00" * 43])
    def test_an_unknown_id_is_not_found(self, shop: Deployed, since: str) -> None:
        shop.visitor.press("reject_all")
        shop.start(MORE)
        assert shop.visitor.get(self.address(shop, since=since)).status_code == 404
        assert shop.visitor.get(self.address(shop, notice=since)).status_code == 404

    def test_of_quiet_changes_there_is_none_to_ask(self, shop: Deployed) -> None:
        shop.visitor.press("reject_all")
        shop.start(TYPO)
        assert shop.visitor.get(self.address(shop)).status_code == 404


class TestVersions:
    def test_every_version_with_its_day_newest_first(self, shop: Deployed) -> None:
        """Promises A7, C8."""
        shop.visitor.press("accept_all")
        assert "Nothing has changed since the first version." in shop.visitor.get("/consent/changes").text
        shop.clock.time += 10
        visitor = shop.start(TYPO.replace("2026-04-06", "2026-06-01"))
        Visitor(shop.app).press("reject_all")
        visitor = shop.start(NEWS.replace("2026-04-06", "2026-10-02"))
        response = visitor.get("/consent/changes")
        text = response.text
        days = re.findall(r"<h2>From (.*?)</h2>", text)
        assert days == ["October 2, 2026", "June 1, 2026", "April 6, 2026"]
        assert text.index("New purpose: News") < text.index("Reworded: “Meadow”.") < text.index("First version")
        assert "You are asked about this" in text and response.cache_control.public
        assert "/consent/changes" in visitor.get("/consent/declaration").text

    def test_in_another_language(self, shop: Deployed) -> None:
        shop.visitor.press("accept_all")
        text = shop.start(MORE).get("/consent/changes?locale=de").text
        assert 'lang="de"' in text and "Pond" in text and "now receives" not in text

    def test_it_is_bounded(self, shop: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(earlier, "MOST_VERSIONS", 2)
        for month in range(1, 5):
            shop.clock.time += 10
            shop.start(SITE.replace("2026-04-06", f"2026-0{month}-01"))
            Visitor(shop.app).press("reject_all")
        days = re.findall(r"<h2>From (.*?)</h2>", shop.start(SITE).get("/consent/changes").text)
        assert len(days) <= 3

    def test_while_the_store_is_away(self, shop: Deployed) -> None:
        def away() -> None:
            raise StoreUnavailable("away")

        service = service_of(shop.app)
        service._store, service._way_in = None, away  # type: ignore[assignment]
        assert shop.visitor.get("/consent/changes").status_code == 503
        service._way_in = shop.apps[0].extensions["consent"]._open

    def test_of_a_tag(self, tmp_path: Path, clock: Clock) -> None:
        texts = [SITE, MORE.replace("2026-04-06", "2026-06-01")]
        for text in texts:
            (tmp_path / "consent.toml").write_text(text, encoding="utf-8")
            app = create_app(tmp_path / "consent.toml", tmp_path / "data", production=False)
            hold(app, clock)
            service = service_of(app)
            service.answer(Answer("accept_all"), service.notice("en").id)
        client = app.test_client()
        page = client.get("/s/demo/changes?locale=en").text
        assert "Statistics: Pond now receives data." in page and "June 1, 2026" in page
        assert 'href="changes?locale=en"' in client.get("/s/demo/declaration").text
        first = loads(SITE)
        since = build(first, at(first, None), "en", translator("en")).id
        answer = client.get(f"/s/demo/again?since={since}&notice={service.notice('en').id}&r=")
        assert answer.status_code == 200 and "Pond" in answer.text
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        service.store.close()


class TestAnnounced:
    def site(self, shop: Deployed, day: str) -> str:
        (shop.folder / "next.toml").write_text(MORE.replace("2026-04-06", day), encoding="utf-8")
        return SITE.replace("effective =", 'announce = "next.toml"\neffective =')

    def test_it_is_told_before_its_day_and_asked_on_it(self, shop: Deployed) -> None:
        shop.visitor.press("accept_all")
        visitor = shop.start(self.site(shop, "2099-01-01"))
        assert not has_banner(visitor.get().text) and visitor.allows("analytics")
        for path in ("/consent/changes", "/consent/"):
            text = visitor.get(path).text
            assert "This will change on January 1, 2099" in text and "Statistics: Pond now receives data." in text
        visitor = shop.start(self.site(shop, "2026-05-01"))  # its day has come
        assert "Something new to decide" in visitor.get().text
        assert fields(visitor.get().text)["notice"] == service_of(shop.app).notice("en").id
        assert "This will change" not in visitor.get("/consent/changes").text
