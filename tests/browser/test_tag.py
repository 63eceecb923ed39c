"""What is the tag's own: pages that know nothing of consent, of any kind, and options on the tag."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask, Response
from playwright.sync_api import Page, Playwright, expect
from werkzeug.serving import make_server

from consent.scan.browser import ARGUMENTS, executable

from .test_gate import MARKERS, gated, ran
from .visitor import Visitor, acknowledged, asked, button, first_layer, until
from .workshop import SERVER, Workshop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    made = Workshop(tmp_path_factory.mktemp("shop"), tagged=True)
    yield made
    made.close()


class TestOptions:
    def test_the_language_is_that_of_the_page(self, visit: Callable[..., Visitor], shop: Workshop) -> None:
        visitor = visit(locale="de-DE")
        page = visitor.goes(shop.put(), banner=True)
        expect(first_layer(page)).to_have_attribute("lang", "en")  # the page says so, whatever the person speaks

    def test_data_lang_outranks_it(self, visitor: Visitor, shop: Workshop) -> None:
        page = visitor.goes(shop.put(options='data-lang="ar"'), banner=True)
        expect(first_layer(page)).to_have_attribute("dir", "rtl")
        expect(page.locator("html > nav")).to_have_attribute("lang", "ar")
        dialog = visitor.opens_centre()
        expect(dialog.locator(".consent-centre")).to_have_attribute("lang", "ar")

    def test_a_page_that_says_no_language(self, visit: Callable[..., Visitor], shop: Workshop) -> None:
        visitor = visit(locale="de-AT")
        visitor.page.add_init_script("document.documentElement?.removeAttribute('lang')")
        url = shop.put(head='<script nonce="NONCE">document.documentElement.lang = ""</script>', options="data-manual")
        page = visitor.goes(url)
        page.evaluate("document.documentElement.lang = ''")
        page.evaluate("document.dispatchEvent(new Event('consent:ask'))")
        asked(page)
        expect(page.locator("html > nav")).to_have_attribute("lang", "de")

    def test_a_language_that_the_site_does_not_speak(self, visitor: Visitor, shop: Workshop) -> None:
        page = visitor.goes(shop.put(options='data-lang="fi"'), banner=True)
        expect(first_layer(page)).to_have_attribute("lang", "en")

    @pytest.mark.parametrize("region", ["DE-BY", "US-CA,Atlantis", "Atlantis", "'><script>"])
    def test_what_is_no_region_makes_no_rules_laxer(self, visitor: Visitor, shop: Workshop, region: str) -> None:
        page = visitor.goes(shop.put("", MARKERS, options=f'data-region="{region}"'), banner=True)
        ran(page, [])
        expect(button(page, "reject_all")).to_be_visible()
        visitor.refuses()
        ran(page, [])

    def test_manual(self, visitor: Visitor, shop: Workshop) -> None:
        """The gate works, and the banner comes when the page asks for it."""
        url = shop.put("", MARKERS, options="data-manual")
        page = visitor.goes(url)
        page.wait_for_load_state("networkidle")
        expect(first_layer(page)).to_be_hidden()
        ran(page, [])
        page.evaluate("document.dispatchEvent(new Event('consent:ask'))")
        asked(page)
        visitor.accepts()
        ran(page, ["analytics", "marketing"])
        visitor.goes(url, banner=False)
        ran(page, ["analytics", "marketing"])

    def test_a_nonce_for_scripts_that_have_none(self, visitor: Visitor, shop: Workshop) -> None:
        body = gated("analytics", 'ran.push("late")').replace(' nonce="NONCE"', "")
        page = visitor.goes(shop.put("", body, options='data-nonce="NONCE"'), banner=True)
        visitor.accepts()
        ran(page, ["late"])


class TestSettingsLink:
    def test_a_page_without_a_way_to_the_choices_gets_one(self, visitor: Visitor, shop: Workshop) -> None:
        page = visitor.goes(shop.put(), banner=True)
        visitor.refuses()
        expect(page.get_by_role("link", name="Cookie settings")).to_have_count(1)
        page.get_by_role("link", name="Cookie settings").click()
        expect(page.locator("#consent-dialog")).to_be_visible()

    def test_a_page_with_its_own_keeps_it_alone(self, visitor: Visitor, shop: Workshop) -> None:
        page = visitor.goes(shop.put("", '<a href="/privacy" data-consent-open>My choices</a>'), banner=True)
        expect(page.locator("html > nav")).to_be_hidden()
        page.get_by_role("link", name="My choices").click()
        expect(page.locator("#consent-dialog")).to_be_visible()

    def test_an_application_that_brings_its_own_later(self, visitor: Visitor, shop: Workshop) -> None:
        page = visitor.goes(shop.put(), banner=True)
        expect(page.locator("html > nav")).to_be_visible()
        add = "const link = document.createElement('button'); link.dataset.consentOpen = ''; document.body.append(link)"
        page.evaluate(f"() => {{ {add} }}")
        expect(page.locator("html > nav")).to_be_hidden()


class TestPages:
    """It looks and works the same whatever the page does."""

    def test_a_page_that_styles_everything(self, visitor: Visitor, shop: Workshop) -> None:
        plain = visitor.goes(shop.put(), banner=True)
        looks = self.looks(plain)
        style = """<style nonce="NONCE">html { font: 62.5%/3 cursive }
            * { color: red !important; padding: 9px !important; background: lime !important; letter-spacing: 9px }
            section, p, form, button { display: none !important } ::part(*) { color: red }
            consent-banner { font-size: 40px; text-transform: uppercase; opacity: 0.1 !important }</style>"""
        page = visitor.goes(shop.put(style), banner=True)
        assert self.looks(page) == looks

    def looks(self, page: Page) -> list[object]:
        return [
            each.evaluate(
                """each => {
                    const style = getComputedStyle(each), box = each.getBoundingClientRect();
                    return [style.color, style.backgroundColor, style.font, style.padding, style.textTransform,
                        Math.round(box.width), Math.round(box.height)];
                }"""
            )
            for each in page.locator("#consent, #consent h2, #consent p, #consent button").all()
        ]

    def test_the_persons_own_size_of_letters(self, playwright: Playwright, shop: Workshop) -> None:
        """Where somebody has set their browser to larger letters, the banner's are larger."""
        sizes = []
        for size in (16, 24):
            browser = playwright.chromium.launch(
                executable_path=executable(playwright.chromium.executable_path),
                args=[*ARGUMENTS, f"--blink-settings=defaultFontSize={size}"],
            )
            visitor = Visitor(browser.new_context(viewport={"width": 1280, "height": 1000}))
            page = visitor.goes(shop.put('<style nonce="NONCE">html { font-size: 10px }</style>'), banner=True)
            sizes.append(first_layer(page).evaluate("each => parseFloat(getComputedStyle(each).fontSize)"))
            padding = first_layer(page).evaluate("each => parseFloat(getComputedStyle(each).paddingTop)")
            assert padding == pytest.approx(1.25 * size)
            browser.close()
        assert sizes == [16, 24]

    def test_an_application_that_exchanges_its_whole_body(self, visitor: Visitor, shop: Workshop) -> None:
        page = visitor.goes(shop.put("", MARKERS, trusted=False), banner=True)
        page.evaluate(
            """() => {
                const body = document.createElement("body"), script = document.createElement("script");
                body.append("Another view");
                script.type = "text/plain";
                script.dataset.consent = "analytics";
                script.src = "http://vendor.localhost:" + location.port + "/new.js";
                body.append(script);
                document.body = body;
                document.querySelector("consent-banner").remove();
            }"""
        )
        expect(first_layer(page)).to_be_visible()
        expect(page.locator("html > nav")).to_be_visible()
        assert visitor.to_vendor() == []
        visitor.accepts()
        ran(page, ["new"])
        page.evaluate("document.body = document.createElement('body')")
        expect(first_layer(page)).to_be_hidden()
        dialog = visitor.opens_centre()
        with page.expect_navigation():
            dialog.locator("button[value=withdraw]").click()
        acknowledged(page)

    def test_an_application_that_replaces_its_document(self, visitor: Visitor, shop: Workshop) -> None:
        page = visitor.goes(shop.put("", "", trusted=False), banner=True)
        page.evaluate("document.replaceChild(document.createElement('html'), document.documentElement)")
        expect(first_layer(page)).to_be_visible()

    def test_a_page_that_is_already_there(self, visitor: Visitor, shop: Workshop) -> None:
        """The tag may come late, put in by another script."""
        page = visitor.goes(shop.put("", MARKERS, options=None, trusted=False))
        add = "src => { document.head.append(Object.assign(document.createElement('script'), { src })) }"
        page.evaluate(add, shop.tag)
        asked(page)
        expect(page.locator("html > nav")).to_be_visible()
        visitor.accepts()
        ran(page, ["analytics", "marketing"])
        page.reload()
        page.evaluate(add, shop.tag)
        ran(page, ["analytics", "marketing"])

    def test_a_page_from_a_file(self, visitor: Visitor, shop: Workshop, tmp_path: Path) -> None:
        """It has no origin that could be listed: a no holds, a yes opens nothing, and the console says why."""
        text = f'<!doctype html><html lang="en"><script src="{shop.tag}"></script><script>ran = []</script>{MARKERS}'
        (tmp_path / "page.html").write_text(text, encoding="utf-8")
        url = (tmp_path / "page.html").as_uri()
        before = shop.count()
        page = visitor.goes(url, banner=True)
        button(page, "accept_all").click()
        until(page, "localStorage.consent_pending")
        expect(page.locator("#consent .consent-note")).not_to_be_empty()
        ran(page, [])
        button(page, "reject_all").click()
        expect(first_layer(page)).to_be_hidden()
        page.reload()
        until(page, "document.readyState === 'complete'")
        expect(first_layer(page)).to_be_hidden()
        ran(page, [])
        assert shop.count() == before
        assert any("origin is not among the site file's origins" in text for text in visitor.complaints)
        visitor.forgive("origin is not among")
        visitor.forgive("status of 403")

    def test_an_origin_that_is_not_listed(self, visitor: Visitor, shop: Workshop) -> None:
        app = Flask("elsewhere")
        app.add_url_rule(
            "/",
            "page",
            lambda: Response(
                f'<!doctype html><html lang="en"><link rel="icon" href="data:,"><script src="{shop.tag}"></script>'
                f"<script>ran = []</script>{MARKERS}",
                mimetype="text/html",
            ),
        )
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        before = shop.count()
        page = visitor.goes(f"http://elsewhere.localhost:{server.server_port}/", banner=True)
        button(page, "accept_all").click()
        until(page, "localStorage.consent_pending")
        ran(page, [])
        assert shop.count() == before
        server.shutdown()
        server.server_close()
        visitor.forgive("origin is not among")
        visitor.forgive("status of 403")


class TestStrictPolicy:
    """`default-src 'self'` and our origin, nothing inline, nothing evaluated, Trusted Types: with no violation."""

    @pytest.fixture
    def url(self, shop: Workshop) -> Iterator[str]:
        app = Flask("strict")
        server = make_server("127.0.0.1", 0, app, threaded=True)
        policy = (
            f"default-src 'self' http://{SERVER}:{shop.port}; require-trusted-types-for 'script'; trusted-types 'none'"
        )
        page = (
            f'<!doctype html><html lang="en"><head><title>Strict</title><script src="{shop.tag}"></script>'
            '<script src="/start.js"></script></head><body><h1>Strict</h1>'
            '<script type="text/plain" data-consent="analytics" src="/own.js"></script></body></html>'
        )

        @app.get("/<name>")
        def serve(name: str) -> Response:
            texts = {"start.js": "window.ran = []", "own.js": "ran.push('own')", "page": page}
            response = Response(texts.get(name, ""), mimetype="text/html" if name == "page" else "text/javascript")
            response.headers["Content-Security-Policy"] = policy
            return response

        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_port
        site = shop.app.extensions["consent"].service.site
        origin = f"http://{site.id}.localhost:{port}"
        object.__setattr__(site, "origins", (*site.origins, origin))
        yield f"{origin}/page"
        server.shutdown()
        server.server_close()

    def test_everything_works(self, visitor: Visitor, url: str) -> None:
        page = visitor.goes(url, banner=True)
        until(page, "document.readyState === 'complete'")
        ran(page, [])
        dialog = visitor.opens_centre()
        dialog.locator("[name=purpose][value=analytics]").check()
        dialog.locator("button[value=save]").click()
        acknowledged(page)
        ran(page, ["own"])
        visitor.goes(url, banner=False)
        ran(page, ["own"])
        visitor.withdraws()
        ran(page, [])

    def test_with_third_party_cookies_blocked(self, playwright: Playwright, url: str) -> None:
        browser = playwright.chromium.launch(
            executable_path=executable(playwright.chromium.executable_path),
            args=[*ARGUMENTS, "--test-third-party-cookie-phaseout"],
        )
        visitor = Visitor(browser.new_context())
        page = visitor.goes(url, banner=True)
        visitor.accepts()
        ran(page, ["own"])
        assert {cookie["domain"] for cookie in visitor.cookies()} == {"workshop.localhost"}
        visitor.goes(url, banner=False)
        ran(page, ["own"])
        visitor.withdraws()
        ran(page, [])
        assert visitor.complaints == []
        browser.close()


class TestFreshness:
    def test_a_notice_that_changed_under_an_open_page(self, visitor: Visitor, shop: Workshop) -> None:
        """The page gets the new tag past the browser's cache, and asks again."""
        changed = '{"type":"https://x.example/problems/notice-changed","status":409,"title":"Conflict"}'
        answer = {
            "status": 409,
            "content_type": "application/problem+json",
            "body": changed,
            "headers": {"Access-Control-Allow-Origin": shop.url("")},
        }
        page = visitor.goes(shop.put("", MARKERS), banner=True)
        visitor.context.route("**/decision", lambda route: route.fulfill(**answer))
        visitor.requests.clear()
        with page.expect_navigation():
            button(page, "accept_all").click()
        asked(page)
        assert page.evaluate("localStorage.consent_pending") is None
        fetched = [each for each in visitor.requests if each.url == shop.tag]
        assert [each.resource_type for each in fetched] == ["fetch", "script"]
        ran(page, [])
        visitor.forgive("status of 409")

    def test_a_return_visit_asks_for_the_tag_alone_from_cache(self, visitor: Visitor, shop: Workshop) -> None:
        url = shop.put("", MARKERS)
        visitor.goes(url, banner=True)
        visitor.refuses()
        visitor.requests.clear()
        visitor.page.goto("about:blank")
        page = visitor.goes(url, banner=False)
        page.wait_for_load_state("networkidle")
        assert visitor.to_us() == [shop.tag]
        spent = page.evaluate(
            "name => performance.getEntriesByName(name).map(({ transferSize }) => transferSize)", shop.tag
        )
        assert spent == [0]


NEXT = """<script nonce="NONCE">
    const say = what => fetch("/say/" + what, { method: "POST" });
    say(document.prerendering ? "made" : "opened");
    document.addEventListener("prerenderingchange", () => say("shown"));
    const look = setInterval(() => {
        const banner = document.querySelector("consent-banner")?.shadowRoot.querySelector("#consent[role=dialog]");
        if (!banner) return;
        clearInterval(look);
        say(document.prerendering ? "asked-too-early" : "asked");
        banner.querySelector("[value=accept_all]").click();
        consent.when("analytics").then(() => say("opens"));
    }, 20);
</script>"""


def test_prerendered(playwright: Playwright, shop: Workshop, tmp_path: Path) -> None:
    """A page that is made before anyone looks at it asks nothing, and asks once it is looked at.

    Without the tools that drive a browser, since under them it shows no prerendered page: the page's own reports
    are the witness.
    """
    target = shop.put(NEXT, trusted=False)
    rules = json.dumps({"prerender": [{"source": "list", "urls": [target], "eagerness": "immediate"}]})
    go = f'<script nonce="NONCE">setTimeout(() => (location = "{target}"), 2000)</script>'
    rules = f'<script type="speculationrules" nonce="NONCE">{rules}</script>'
    start = shop.put("", rules + go, trusted=False, options=None)
    before = shop.count()
    command = [
        executable(playwright.chromium.executable_path),
        *ARGUMENTS,
        "--headless=new",
        f"--user-data-dir={tmp_path}",
        start,
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
        end = time.monotonic() + 60
        while "opens" not in shop.said and time.monotonic() < end:
            time.sleep(0.05)
        browser.kill()
    assert shop.said == ["made", "shown", "asked", "opens"]
    assert shop.count() == before + 1
