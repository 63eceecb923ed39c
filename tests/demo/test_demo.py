"""The demo without a browser: its hosts, what its pages hold before a yes, its vendors, and what the panel is told."""

from __future__ import annotations

import io
import json
import re
import socket
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from click.testing import CliRunner
from werkzeug.test import Client, TestResponse

from consent.cli.demo import demo as command
from consent.cli.demo import load

PORT = 8000
SITES = load().SITES
VENDOR = f"http://vendor.localhost:{PORT}"
PUBLIC = {"v", "site", "id", "time", "expires", "notice", "regime", "locale", "method", "via", "answers", "vendors"}
PUBLIC |= {"signals", "age", "key", "fingerprints", "personal"}


class Page(HTMLParser):
    """The elements of a page that fetch or run something, each with whether it waits for a yes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.waiting = 0
        self.loads: list[tuple[str, dict[str, str | None], bool]] = []
        self.attributes: dict[str, dict[str, str | None]] = {}
        self.names: set[str] = set()
        self.text = text
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.names.update(found)
        self.attributes.setdefault(tag, found)
        if tag in ("script", "iframe", "img", "link"):
            self.loads.append((tag, found, bool(self.waiting) or "data-consent" in found))
        if tag == "template":
            self.waiting += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self.waiting -= 1


class Visitor:
    """A browser without script: keeps cookies and answers the form of a page."""

    def __init__(self, application: Any, site: str) -> None:
        self.client = Client(application)
        self.site = site
        self.base = f"http://{site}.localhost:{PORT}"

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, base_url=self.base, **options)

    def page(self, path: str, **options: Any) -> Page:
        response = self.get(path, **options)
        assert response.status_code == 200, (self.site, path, response.text[:500])
        return Page(response.text)

    def answer(self, choice: str, **fields: Any) -> TestResponse:
        text = self.get("/consent/?fragment=1").text
        hidden = {name: re.search(f'name="{name}" value="([^"]*)"', text) for name in ("csrf_token", "notice")}
        data = {name: found[1] for name, found in hidden.items() if found}
        data.update({"choice": choice, "return": "/", "age": "over", **fields})
        headers = {"Sec-Fetch-Site": "same-origin"}
        response = self.client.post("/consent/decision", base_url=self.base, data=data, headers=headers)
        assert response.status_code == 303, response.text
        return response

    def cookies(self) -> set[str]:
        return {cookie.key for cookie in self.client._cookies.values() if cookie.value}  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    made = load().create_demo(tmp_path_factory.mktemp("demo"), PORT)
    yield made
    for app in made.apps.values():
        if "consent" in app.extensions:
            app.extensions["consent"].service.store.close()


@pytest.fixture(params=SITES)
def visitor(demo: Any, request: pytest.FixtureRequest) -> Visitor:
    return Visitor(demo, request.param)


def test_each_host_has_its_application(demo: Any) -> None:
    client = Client(demo)
    index = client.get("/", base_url=f"http://localhost:{PORT}")
    for site in SITES:
        assert f"http://{site}.localhost:{PORT}/" in index.text
        assert f'data-site="{site}"' in client.get("/", base_url=f"http://{site}.localhost:{PORT}").text
    assert client.get("/log", base_url=VENDOR).mimetype == "application/json"
    stray = client.get("/", base_url=f"http://elsewhere.example:{PORT}")
    assert stray.status_code == 404
    assert f"http://localhost:{PORT}/" in stray.text


def test_sites_share_no_keys_and_no_records(demo: Any) -> None:
    states = [demo.apps[f"{site}.localhost"].extensions["consent"] for site in SITES]
    assert len({state.data for state in states}) == len({state.keys.current.id for state in states}) == len(SITES)


@pytest.mark.parametrize("path", ["/", "/create", "/pricing", "/privacy"])
def test_nothing_of_a_vendor_loads_by_itself(visitor: Visitor, path: str) -> None:
    page = visitor.page(path)
    of_vendors = [load for load in page.loads if any(VENDOR in (value or "") for value in load[1].values())]
    assert len(of_vendors) >= 4
    for tag, attributes, waits in of_vendors:
        assert waits, (tag, attributes)


def test_scripts_and_policy_agree(visitor: Visitor) -> None:
    first, second = visitor.get("/"), visitor.get("/")
    policy = first.headers["Content-Security-Policy"]
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    nonce = re.search(r"'nonce-([^']+)'", policy)
    assert nonce is not None
    assert f"nonce-{nonce[1]}" not in second.headers["Content-Security-Policy"]
    for tag, attributes, _ in Page(first.text).loads:
        if tag == "script" and attributes.get("type") != "application/json":
            assert attributes.get("nonce") == nonce[1], attributes
    assert not {name for name in Page(first.text).names if name == "style" or name.startswith("on")}


@pytest.mark.parametrize("lang", ["en", "de", "ar"])
def test_gate_banner_and_link_stand_once_in_the_language_of_the_page(visitor: Visitor, lang: str) -> None:
    page = visitor.page(f"/pricing?lang={lang}")
    assert page.attributes["html"]["lang"] == lang
    assert page.attributes["html"]["dir"] == ("rtl" if lang == "ar" else "ltr")
    assert len(re.findall(r'<section id="consent"[^>]*lang="([^"]*)"', page.text)) == 1
    assert f'<section id="consent" class="consent" lang="{lang}"' in page.text
    assert page.text.count("data-consent-open>") == 1
    assert page.text.count(f'"s":"{visitor.site}"') == 1


def test_what_a_page_fetches_is_in_its_language(demo: Any) -> None:
    visitor = Visitor(demo, "image2")
    page = visitor.get("/?lang=ar").text
    assert 'href="/consent/?locale=ar"' in page
    assert 'lang="ar"' in visitor.get("/consent/?fragment=1&locale=ar").text
    assert 'lang="en"' in visitor.get("/consent/?fragment=1").text


def test_the_privacy_page_gives_date_contact_and_declaration(visitor: Visitor, demo: Any) -> None:
    site = demo.apps[f"{visitor.site}.localhost"].extensions["consent"].site
    text = visitor.page("/privacy").text
    assert f'datetime="{site.effective.isoformat()}"' in text
    assert site.controller.contact in text
    for name in ("_mdw_*", "mdw_session", "lantern_db", "ltn_*"):
        assert name in text


def test_the_server_waits_for_a_yes_too(visitor: Visitor, demo: Any) -> None:
    visitor.get("/")
    assert visitor.cookies() == set()
    assert visitor.get("/for-you").status_code == 403
    visitor.answer("reject_all")
    visitor.get("/")
    assert visitor.cookies() == {f"consent_{visitor.site}"}

    needs = load().site.words()[visitor.site]["needs"]
    visitor.answer("save", purpose=["analytics", needs])
    visitor.get("/")
    assert "_mdw_srv" in visitor.cookies()
    assert visitor.get("/for-you").status_code == 200
    assert json.loads(visitor.get("/demo/records").text)["http_only"] == ["_mdw_srv"]

    visitor.answer("withdraw")
    visitor.get("/")
    assert visitor.cookies() == {f"consent_{visitor.site}"}
    assert visitor.get("/for-you").status_code == 403


def test_an_upload_is_kept_only_after_the_explicit_yes(demo: Any) -> None:
    def upload(visitor: Visitor) -> str:
        files = {"file": (io.BytesIO(b"a photo"), "photo.png")}
        return visitor.client.post("/upload", base_url=visitor.base, data=files).text

    visitor = Visitor(demo, "imagegpt")
    visitor.answer("accept_all")
    assert "the file is gone" in upload(visitor)
    visitor.answer("save", purpose=["ai_training"])
    assert "would keep the file" in upload(visitor)


def test_a_prompt_cannot_break_out_of_the_page(visitor: Visitor) -> None:
    page = visitor.page('/create?prompt="><script>alert(1)</script>&shape=" onload="x&lang=" onclick="x')
    assert "<script>alert(1)" not in page.text
    assert not any(name.startswith("on") for name in page.names)


def test_the_panel_is_told_public_parts_only(visitor: Visitor) -> None:
    visitor.answer("accept_all")
    answer = json.loads(visitor.get("/demo/records").text)
    assert 1 <= len(answer["records"]) <= 6
    newest = answer["records"][0]
    assert newest["method"] == "accept_all"
    assert newest.keys() <= PUBLIC
    times = [record["time"] for record in answer["records"]]
    assert times == sorted(times, reverse=True)


def test_vendors_log_what_reaches_them(demo: Any) -> None:
    client = Client(demo)

    def names(site: str) -> list[str]:
        return [entry["name"] for entry in json.loads(client.get(f"/log?site={site}", base_url=VENDOR).text)]

    for name in ("meadow.js", "lantern.js", "fern.js", "insight.mjs", "lantern.css", "pixel.gif", "video"):
        response = client.get(f"/{name}?site=image2", base_url=VENDOR)
        assert response.status_code == 200
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Cache-Control"] == "no-store"
    report = json.dumps({"site": "image2", "script": "meadow"})
    assert client.post("/collect", base_url=VENDOR, data=report).status_code == 204
    assert names("image2")[-2:] == ["video.html", "meadow"]
    assert names("imagegpt") == []
    assert client.post("/log/reset", base_url=VENDOR).status_code == 204
    assert names("image2") == []


@pytest.mark.parametrize("body", ["", "[]", "{}", "null", '{"site": 1}', "\xff", "x" * 5000])
def test_the_collector_refuses_what_is_no_report(demo: Any, body: str) -> None:
    client = Client(demo)
    assert client.post("/collect", base_url=VENDOR, data=body).status_code in (400, 413)


def test_the_log_is_bounded() -> None:
    log = load().vendor.Log(length=3)
    for number in range(5):
        log.add("image2", "report", str(number))
    assert [entry["name"] for entry in log.of(None)] == ["2", "3", "4"]


@pytest.mark.parametrize("style", ["hills", "orbs", "tiles", "rays", "facets"])
def test_the_same_words_give_the_same_picture(style: str) -> None:
    draw = load().art.draw
    assert draw(style, "a boat", "#0b6e4f") == draw(style, "a boat", "#0b6e4f") != draw(style, "a bird", "#0b6e4f")
    assert 'aria-label="&#34;&gt;&lt;b&gt;"' in draw(style, "a boat", "#0b6e4f", '"><b>')


def test_the_command_says_what_it_does() -> None:
    result = CliRunner().invoke(command, ["--help"])
    assert result.exit_code == 0
    assert "--port" in result.output
    assert "--data" in result.output


def test_the_command_does_not_share_a_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = CliRunner().invoke(command, ["--port", str(taken.getsockname()[1])])
    assert result.exit_code == 1
    assert "Try --port" in result.output
