"""What a server of tags answers: to whom it is open, what it believes, and what any cache may keep."""

from __future__ import annotations

import json
import re
import uuid
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import brotli
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client, TestResponse

from consent.web import tree
from consent.web.direct import FORM
from consent.web.standalone import by_host, create_app, state_of
from tests.conftest import SITE, Clock

from .test_direct import Passed, direct_of, plain
from .worlds import hold, newest, service_of, stored

PAGE = "https://shop.example"
LISTED = SITE.replace("[controller]", f'origins = ["{PAGE}"]\n[controller]', 1)
SERVER = "consent.example"


def served(folder: Path, text: str = LISTED) -> Flask:
    folder.mkdir(exist_ok=True)
    (folder / "consent.toml").write_text(text, encoding="utf-8")
    app = create_app(folder / "consent.toml", folder / "data", production=False)
    hold(app, Clock())
    return app


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    made = served(tmp_path)
    yield made
    service_of(made).store.close()


def ask(app: Any, method: str, path: str, **more: Any) -> TestResponse:
    headers = {"Host": SERVER, **more.pop("headers", {})}
    return Client(app, use_cookies=False).open(path, method=method, headers=headers, **more)


def decide(app: Any, headers: dict[str, str] | None = None, kind: str = FORM, **more: Any) -> TestResponse:
    """What the banner of a tag posts."""
    notice = service_of(app).notice("en").id if isinstance(app, Flask) else ""
    fields = {"choice": "accept_all", "notice": notice, "key": uuid.uuid4().hex, "via": "script", **more}
    headers = {"Origin": PAGE, "Sec-Fetch-Site": "cross-site", "Accept": "application/json", **(headers or {})}
    return ask(app, "POST", "/s/demo/decision", data=urlencode(fields, doseq=True), content_type=kind, headers=headers)


class TestWhoMayDecide:
    def test_a_listed_origin(self, app: Flask) -> None:
        answer = decide(app)
        assert answer.status_code == 201 and stored(app) == 1
        assert answer.headers["Access-Control-Allow-Origin"] == PAGE
        assert "Origin" in answer.headers.get("Vary", "") or "Origin" in str(answer.headers.getlist("Vary"))
        assert "Set-Cookie" not in answer.headers  # a third party never sets one
        assert service_of(app).believe(answer.get_json()["token"]) is not None

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "https://shop.example.evil.example"},
            {"Origin": "http://shop.example"},
            {"Origin": "https://shop.example:444"},
            {"Origin": "https://SHOP.example"},
            {"Origin": f"{PAGE}, https://evil.example"},
            {"Origin": ""},
            {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
            {"Origin": "https://evil.example", "Referer": PAGE + "/"},
            {"Origin": "https://[bad"},
        ],
        ids=str,
    )
    def test_nobody_else(self, app: Flask, headers: dict[str, str]) -> None:
        answer = decide(app, headers)
        assert answer.status_code == 403 and stored(app) == 0
        assert answer.get_json()["type"].endswith("/foreign-origin")
        # its script may read why, and nothing more
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers and "Set-Cookie" not in answer.headers

    def test_without_an_origin_nothing_is_believed(self, app: Flask) -> None:
        body = urlencode({"choice": "accept_all", "notice": service_of(app).notice("en").id})
        answer = ask(app, "POST", "/s/demo/decision", data=body, content_type=FORM)
        assert answer.status_code == 403 and stored(app) == 0

    @pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
    def test_only_the_one_kind_of_body(self, app: Flask, kind: str) -> None:
        """A form alone: it is a simple request, and nothing else is ever sent."""
        assert decide(app, kind=kind).status_code == 415
        assert stored(app) == 0

    def test_the_mounted_way_still_wants_its_guard(self, app: Flask) -> None:
        body = urlencode({"choice": "accept_all", "notice": service_of(app).notice("en").id, "via": "script"})
        headers = {"Origin": PAGE, "Accept": "application/json"}
        answer = ask(app, "POST", "/consent/decision", data=body, content_type=FORM, headers=headers)
        assert answer.status_code == 403 and answer.get_json()["type"].endswith("/csrf")

    @pytest.mark.parametrize(
        "path", ["/s/other.js", "/s/other/decision", "/s/other/centre", "/s/demo2/banner.js", "/s/demo"]
    )
    def test_another_site(self, app: Flask, path: str) -> None:
        method = "POST" if path.endswith(("decision", "centre")) else "GET"
        assert ask(app, method, path, headers={"Origin": PAGE}).status_code == 404

    def test_bad_fields(self, app: Flask) -> None:
        for bad in (
            {"choice": "x" * 200},
            {"token": "x" * 4000},
            {"key": "?"},
            {"age": "old"},
            {"purpose": "telepathy"},
        ):
            answer = decide(app, **{"choice": "save", **bad})
            assert answer.status_code in (400, 422), bad
            assert answer.headers["Access-Control-Allow-Origin"] == PAGE
        assert decide(app, purpose=["x" * 100] * 300).status_code in (400, 413)
        assert stored(app) == 0


class TestCookies:
    """On a first-party path the server sets the cookie; on a subdomain only where the site's subdomains share."""

    def test_a_path_on_the_pages_own_host(self, app: Flask) -> None:
        same = {"Origin": f"https://{SERVER}", "Sec-Fetch-Site": "same-origin"}
        assert decide(app, same).headers["Set-Cookie"].startswith("consent_demo=ey")
        old = {"Origin": f"https://{SERVER}"}  # a browser from before Fetch Metadata
        assert decide(app, {**old, "Sec-Fetch-Site": ""}).headers["Set-Cookie"].startswith("consent_demo=ey")

    def test_a_subdomain(self, tmp_path: Path) -> None:
        site = {"Sec-Fetch-Site": "same-site"}
        alone = served(tmp_path / "alone")
        assert "Set-Cookie" not in decide(alone, site).headers
        shared = served(tmp_path / "shared", LISTED + '[cookie]\ndomain = "shop.example"\n')
        answer = decide(shared, site)
        assert "Domain=shop.example" in answer.headers["Set-Cookie"]
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        for app in (alone, shared):
            service_of(app).store.close()

    def test_a_cookie_of_another_domain_goes(self, tmp_path: Path) -> None:
        app = served(tmp_path / "shared", LISTED + '[cookie]\ndomain = "shop.example"\n')
        headers = {"Host": "consent.shop.example", "Sec-Fetch-Site": "same-site", "Cookie": "consent_demo=old"}
        sent = decide(app, headers).headers.getlist("Set-Cookie")
        gone = [value for value in sent if "Max-Age=0" in value]
        assert len(gone) == 3 and gone == sent[:3]  # every place, and then one is set
        assert "Domain=shop.example" in sent[-1] and "Max-Age=0" not in sent[-1]
        service_of(app).store.close()


class TestTokens:
    """The token comes with the request: no cookie does."""

    def test_a_withdrawal_follows_the_yes(self, app: Flask) -> None:
        token = decide(app).get_json()["token"]
        answer = decide(app, choice="withdraw", token=token)
        assert newest(app)["method"] == "withdraw"
        entry = list(service_of(app).store.stream("demo"))[-1]
        assert entry.sealed is not None  # the subject's own history goes on
        assert answer.get_json()["record"] is None or answer.get_json()["answers"]["analytics"] is False

    @pytest.mark.parametrize("token", ["", "x", "e30." + "A" * 86, "é" * 100, "." * 3000])
    def test_a_forged_one_counts_for_nothing(self, app: Flask, token: str) -> None:
        assert decide(app, choice="withdraw", token=token).status_code == 201
        assert newest(app)["method"] == "reject_all"

    def test_the_key_makes_it_one_record(self, app: Flask) -> None:
        first, second = (decide(app, key="k" * 22) for _ in range(2))
        assert first.get_json()["record"] == second.get_json()["record"] and stored(app) == 1


class TestCentre:
    def centre(self, app: Flask, origin: str = PAGE, **fields: str) -> TestResponse:
        headers = {"Origin": origin, "Sec-Fetch-Site": "cross-site"}
        return ask(app, "POST", "/s/demo/centre", data=urlencode(fields), content_type=FORM, headers=headers)

    def test_it_shows_the_state_of_whoever_holds_the_token(self, app: Flask) -> None:
        token = decide(app).get_json()["token"]
        mine, nobodys = self.centre(app, token=token, locale="en"), self.centre(app, locale="en")
        assert "Chosen on" in mine.text and "Accept all" in mine.text and 'value="withdraw"' in mine.text
        assert "Chosen on" not in nobodys.text and 'value="withdraw"' not in nobodys.text
        assert "no-store" in mine.headers["Cache-Control"]
        assert mine.headers["Access-Control-Allow-Origin"] == PAGE

    def test_in_the_banners_language(self, app: Flask) -> None:
        assert self.centre(app, locale="ar").headers["Content-Language"] == "ar"
        assert self.centre(app, locale="<script>").headers["Content-Language"] == "en"

    def test_only_for_listed_pages(self, app: Flask) -> None:
        token = decide(app).get_json()["token"]
        answer = self.centre(app, origin="https://evil.example", token=token)
        assert answer.status_code == 403 and "Accept all" not in answer.text

    def test_its_links_lead_where_they_should(self, app: Flask) -> None:
        """To the server for what is the server's: relative, because it does not know under which name it is found."""
        links = re.findall(r'href="([^"]*)"', self.centre(app).text)
        assert "declaration" in links and not any(link.startswith("/") for link in links)
        assert 'name="csrf_token"' not in self.centre(app).text

    def test_a_large_body(self, app: Flask) -> None:
        assert self.centre(app, token="x" * 20_000).status_code == 413


class TestCaches:
    def test_the_tag(self, app: Flask) -> None:
        answer = ask(app, "GET", "/s/demo.js")
        assert answer.mimetype == "text/javascript" and answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        control = answer.headers["Cache-Control"]
        assert "public, max-age=600" in control and "stale-while-revalidate" in control and "stale-if-error" in control
        assert SERVER not in answer.text  # it works under every name
        again = ask(app, "GET", "/s/demo.js", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304 and again.data == b""
        assert again.headers["Access-Control-Allow-Origin"] == "*"

    def test_it_is_the_same_for_everyone(self, app: Flask) -> None:
        mine = ask(app, "GET", "/s/demo.js", headers={"Cookie": "a=b", "Accept-Language": "ar", "DNT": "1"})
        assert mine.data == ask(app, "GET", "/s/demo.js").data
        assert "Set-Cookie" not in mine.headers and "cookie" not in str(mine.headers.getlist("Vary")).lower()

    def test_the_banner_is_immutable_under_its_version(self, app: Flask) -> None:
        version = re.search(r'"v":"([^"]+)"', ask(app, "GET", "/s/demo.js").text)
        assert version
        for language in ("en", "de", "ar"):
            right = ask(app, "GET", f"/s/demo/banner.js?v={version[1]}&l={language}&r=DE")
            assert "immutable" in right.headers["Cache-Control"] and right.headers["Access-Control-Allow-Origin"] == "*"
            assert f'"lang":"{language}"' in right.text
            etag = right.headers["ETag"]
            assert ask(app, "GET", right.request.path, query_string={"l": language, "r": "DE"}).headers["ETag"] == etag
        old = ask(app, "GET", "/s/demo/banner.js?v=another&l=en")
        assert "immutable" not in old.headers["Cache-Control"] and old.status_code == 200

    @pytest.mark.parametrize("language", ["", "xx", "de-AT-1996", "../..", "e" * 99, "<x>", "zh-Hant-TW"])
    def test_any_language_gets_a_banner(self, app: Flask, language: str) -> None:
        answer = ask(app, "GET", "/s/demo/banner.js", query_string={"l": language, "r": language})
        assert answer.status_code == 200 and f'"lang":"{"de" if language.startswith("de") else "en"}"' in answer.text

    @pytest.mark.parametrize(
        ("accepts", "coding"), [("br, gzip", "br"), ("gzip", "gzip"), ("", None), ("br;q=0, gzip;q=0", None)]
    )
    def test_packed(self, app: Flask, accepts: str, coding: str | None) -> None:
        plain = ask(app, "GET", "/s/demo.js").data
        answer = ask(app, "GET", "/s/demo.js", headers={"Accept-Encoding": accepts})
        assert answer.headers.get("Content-Encoding") == coding and "Accept-Encoding" in answer.headers["Vary"]
        unpack = {"br": brotli.decompress, "gzip": lambda data: zlib.decompress(data, 31), None: bytes}[coding]
        assert unpack(answer.data) == plain
        again = {"If-None-Match": answer.headers["ETag"], "Accept-Encoding": accepts}
        assert ask(app, "GET", "/s/demo.js", headers=again).status_code == 304

    def test_other_words_are_another_version(self, tmp_path: Path, app: Flask) -> None:
        other = served(tmp_path / "other", LISTED.replace('name = "Demo Ltd"', 'name = "Demo Limited"'))
        versions = {re.search(r'"v":"([^"]+)"', ask(each, "GET", "/s/demo.js").text)[1] for each in (app, other)}  # type: ignore[index]
        assert len(versions) == 2
        service_of(other).store.close()


def test_several_sites_are_told_apart_by_their_tags(tmp_path: Path) -> None:
    sites = []
    for name in ("one", "two"):
        text = SITE.replace('id = "demo"', f'id = "{name}"\norigins = ["https://{name}.example"]', 1)
        sites.append(served(tmp_path / name, text))
    server = by_host(sites)
    for name in ("one", "two"):
        assert f'"s":"{name}"' in ask(server, "GET", f"/s/{name}.js").text
        assert ask(server, "GET", f"/s/{name}/banner.js").status_code == 200
    assert ask(server, "GET", "/s/three.js").status_code == 421
    origin = {"Origin": "https://one.example", "Accept": "application/json"}
    body = {"choice": "reject_all", "notice": service_of(sites[0]).notice("en").id}
    for path, status in (("/s/one/decision", 201), ("/s/two/decision", 403)):
        answer = ask(server, "POST", path, data=urlencode(body), content_type=FORM, headers=origin)
        assert answer.status_code == status
    for app in sites:
        service_of(app).store.close()


def test_a_mounted_site_serves_its_tag_too(tmp_path: Path) -> None:
    from .worlds import make_app

    app = make_app(tmp_path / "shop", site=LISTED)
    answer = ask(app, "GET", "/consent/s/demo.js")
    assert answer.status_code == 200 and state_of(app).tag == "/consent/s"
    service_of(app).store.close()


class TestDirect:
    """In front of Flask, the same answer as by Flask."""

    def both(self, app: Flask, body: bytes, headers: dict[str, str], kind: str = FORM) -> list[TestResponse]:
        ways = (app, direct_of(app)._flask)
        sent: dict[str, Any] = {"data": body, "content_type": kind, "headers": headers}
        return [ask(way, "POST", "/s/demo/decision", **sent) for way in ways]

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": PAGE},
            {"Origin": PAGE, "Sec-Fetch-Site": "cross-site", "DNT": "1"},
            {"Origin": f"http://{SERVER}", "Sec-Fetch-Site": "same-origin"},
            {"Origin": f"http://{SERVER}", "Cookie": "consent_demo=old"},
            {"Origin": "null"},
            {},
        ],
        ids=str,
    )
    @pytest.mark.parametrize("kind", [FORM, "application/json"])
    def test_the_same(self, app: Flask, headers: dict[str, str], kind: str) -> None:
        fields = {"choice": "accept_all", "notice": service_of(app).notice("en").id, "key": uuid.uuid4().hex}
        body = json.dumps(fields) if kind != FORM else urlencode(fields)
        passed = Passed(app)
        headers = {"Accept": "application/json", **headers}
        first, second = self.both(app, body.encode(), headers, kind)
        assert plain(first) == plain(second)
        assert passed.count == 1  # the first was answered in front of it

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
    @given(
        body=st.one_of(
            st.binary(max_size=300),
            st.dictionaries(
                st.sampled_from(["choice", "notice", "key", "token", "purpose", "age", "via", "x"]), st.text()
            ).map(lambda fields: urlencode({n: v.encode("utf-8", "replace") for n, v in fields.items()}).encode()),
        )
    )
    def test_the_same_to_anything(self, app: Flask, body: bytes) -> None:
        first, second = self.both(app, body, {"Origin": PAGE, "Accept": "application/json"})
        assert plain(first) == plain(second)
        assert stored(app) == 0


class TestTree:
    def test_elements_attributes_and_text(self) -> None:
        markup = '<p id="a" hidden>One &amp; <b>two</b>\n three<br></p>\n<input value="&quot;x&quot;">'
        assert tree.tree(markup) == [
            ["p", {"id": "a", "hidden": ""}, "One & ", ["b", {}, "two"], " three", ["br", {}]],
            ["input", {"value": '"x"'}],
        ]

    def test_what_is_not_well_formed_is_refused(self) -> None:
        for markup in ("<p>", "<p><b></p></b>", "</p>"):
            with pytest.raises((ValueError, IndexError)):
                tree.tree(markup)

    @given(st.text(st.characters(exclude_characters="\r\0", codec="utf-8"), max_size=50))
    def test_any_text_arrives_as_it_is(self, text: str) -> None:
        from markupsafe import escape

        (made,) = tree.tree(f'<p title="{escape(text)}">{escape(text)}.</p>')
        assert made[1]["title"] == text
        assert "".join(made[2:]) == re.sub(r"[ \t\n\f]+", " ", text + ".")
