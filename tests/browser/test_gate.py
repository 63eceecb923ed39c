"""What the gate does with each kind of element, with stored items, and for scripts; on pages made for the purpose.

Every page is under a policy of nonces and Trusted Types; a violation is a complaint, and a complaint fails the test.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from .visitor import Visitor, acknowledged, asked, button, first_layer, until
from .workshop import SCRIPT, Workshop

GATED = '<script type="text/plain" data-consent="{}" nonce="NONCE"{}>{}</script>'
MARKERS = "".join(GATED.format(name, "", f'ran.push("{name}")') for name in ("analytics", "marketing", "ai_training"))


def gated(purpose: str, text: str = "", attributes: str = "") -> str:
    """A script that waits for a purpose."""
    return GATED.format(purpose, " " + attributes, text)


def ran(page: Page, wanted: list[str]) -> None:
    """Wait for so many scripts, then see that it was these, in this order, and no more."""
    until(page, "count => document.readyState === 'complete' && window.ran.length >= count", len(wanted))
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    assert page.evaluate("window.ran") == wanted


def opens(visitor: Visitor, url: str, check: Callable[[Page], None]) -> None:
    """Shut before a choice; open on the page of the choice and on the next load."""
    page = visitor.goes(url, banner=True)
    assert page.evaluate("window.ran") == []
    assert visitor.to_vendor() == []
    visitor.accepts()
    check(page)
    visitor.goes(url, banner=False)
    check(page)


def saves(visitor: Visitor, *names: str) -> None:
    """Tick these, and nothing else, in the preference centre: purposes, or a vendor to leave out."""
    dialog = visitor.opens_centre()
    for details in dialog.locator("details:has([name=except])").all():
        details.evaluate("element => element.open = true")
    for box in dialog.locator("[name=purpose],[name=except]").all():
        box.set_checked(box.get_attribute("value") in names)
    dialog.locator("button[value=save]").click()
    acknowledged(visitor.page)


class TestElements:
    def test_scripts_of_every_kind_keep_their_order(self, visitor: Visitor, workshop: Workshop) -> None:
        head = gated("analytics", attributes='src="VENDOR/one.js?slow"') + gated("analytics", 'ran.push("two")')
        body = (
            gated("analytics", attributes='src="VENDOR/three.js?slow" defer')
            + gated("analytics", attributes='src="VENDOR/four.js"')
            + gated("analytics", attributes='data-type="module" src="VENDOR/five.mjs"')
            + gated("analytics", 'ran.push("six")')
        )
        wanted = ["one", "two", "three", "four", "five", "six"]
        opens(visitor, workshop.put(head, body), lambda page: ran(page, wanted))

    def test_async_and_inline_modules_run_once(self, visitor: Visitor, workshop: Workshop) -> None:
        body = (
            gated("analytics", attributes='src="VENDOR/one.js" async')
            + gated("analytics", 'import.meta; ran.push("two")', 'data-type="module"')
            + gated("analytics", attributes='src="VENDOR/three.mjs" data-type="module" async')
        )

        def check(page: Page) -> None:
            until(page, "window.ran.length >= 3")
            assert sorted(page.evaluate("window.ran")) == ["one", "three", "two"]
            assert page.evaluate("[...document.scripts].filter(each => each.async).length") == 2

        opens(visitor, workshop.put("", body), check)

    def test_a_script_that_does_not_come_holds_nothing_up(self, visitor: Visitor, workshop: Workshop) -> None:
        body = gated("analytics", attributes='src="VENDOR/missing.js"') + gated("analytics", 'ran.push("after")')
        opens(visitor, workshop.put("", body), lambda page: ran(page, ["after"]))
        visitor.forgive("404")

    def test_integrity_and_crossorigin_are_kept(self, visitor: Visitor, workshop: Workshop) -> None:
        right = b64encode(hashlib.sha384(SCRIPT.format(name="right").encode()).digest()).decode()
        body = (
            gated("analytics", attributes=f'src="VENDOR/right.js" crossorigin integrity="sha384-{right}"')
            + gated("analytics", attributes=f'src="VENDOR/wrong.js" crossorigin integrity="sha384-{right}"')
            + gated("analytics", 'ran.push("last")')
        )
        opens(visitor, workshop.put("", body), lambda page: ran(page, ["right", "last"]))
        refused = [text for text in visitor.complaints if "integrity" in text.lower()]
        assert len(refused) == 2
        visitor.complaints[:] = [text for text in visitor.complaints if text not in refused]

    def test_without_the_right_nonce_nothing_runs(self, visitor: Visitor, workshop: Workshop) -> None:
        """The gate lends a script no more trust than its page gave it."""
        body = gated("analytics", 'ran.push("forged")').replace("NONCE", "guessed") + gated(
            "analytics", 'ran.push("own")'
        )
        opens(visitor, workshop.put("", body), lambda page: ran(page, ["own"]))
        assert len(visitor.complaints) == 2
        assert all("Content Security Policy" in text for text in visitor.complaints)
        visitor.complaints.clear()

    def test_a_template_gives_its_content_to_the_page(self, visitor: Visitor, workshop: Workshop) -> None:
        body = (
            '<template data-consent="analytics"><p id="inside">Inside</p>'
            '<script src="VENDOR/one.js?slow" nonce="NONCE"></script>'
            '<script nonce="NONCE">ran.push("two")</script></template>' + gated("analytics", 'ran.push("three")')
        )

        def check(page: Page) -> None:
            ran(page, ["one", "two", "three"])
            expect(page.locator("#inside")).to_be_visible()
            expect(page.locator("template")).to_have_count(0)

        opens(visitor, workshop.put("", body), check)

    def test_pictures_frames_and_styles_wait(self, visitor: Visitor, workshop: Workshop) -> None:
        head = '<link rel="stylesheet" data-consent="analytics" data-href="VENDOR/style.css">'
        body = (
            '<img data-consent="analytics" data-src="VENDOR/dot.svg?1" alt="">'
            '<img data-consent="analytics" data-srcset="VENDOR/dot.svg?2 1x" alt="">'
            '<iframe data-consent="analytics" data-src="VENDOR/frame" title="Frame"></iframe>'
        )

        def check(page: Page) -> None:
            expect(page.frame_locator("iframe").locator("p")).to_have_text("Frame")
            expect(page.locator("h1")).to_have_css("color", "rgb(1, 2, 3)")
            assert page.evaluate("[...document.images].every(each => each.naturalWidth === 9)")
            assert sorted(visitor.to_vendor()) == ["dot.svg", "dot.svg", "frame", "style.css"]
            visitor.requests.clear()

        opens(visitor, workshop.put(head, body), check)

    def test_several_purposes_mean_all_of_them(self, visitor: Visitor, workshop: Workshop) -> None:
        body = gated("analytics marketing", 'ran.push("both")') + gated("marketing", 'ran.push("one")')
        page = visitor.goes(workshop.put("", body), banner=True)
        saves(visitor, "marketing")
        ran(page, ["one"])
        saves(visitor, "marketing", "analytics")
        ran(page, ["one", "both"])

    def test_an_unknown_purpose_stays_shut(self, visitor: Visitor, workshop: Workshop) -> None:
        names = ("profiling", "constructor", "__proto__", "analytics/nobody/else", "analytics profiling")
        body = "".join(gated(name, f'ran.push("{name}")') for name in names if "/" not in name)
        page = visitor.goes(workshop.put("", body), banner=True)
        visitor.accepts()
        ran(page, [])
        strange = ["profiling", "constructor", "toString", "__proto__", ""]
        assert page.evaluate("names => names.map(consent.allows)", strange) == [False] * 5

    def test_elements_added_later_count_too(self, visitor: Visitor, workshop: Workshop) -> None:
        add = """name => {
            const script = document.createElement("script");
            script.type = "text/plain";
            script.dataset.consent = "analytics";
            script.src = "http://vendor.localhost:" + location.port + "/" + name + ".js";
            document.querySelector("main").append(script);
        }"""
        # under Trusted Types a page may not write `src` of a script either: so this page lets it
        page = visitor.goes(workshop.put("", "", trusted=False), banner=True)
        page.evaluate(add, "early")
        page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        assert visitor.to_vendor() == []
        visitor.accepts()
        ran(page, ["early"])
        page.evaluate(add, "late")
        ran(page, ["early", "late"])


class TestChoices:
    def test_accept_all_does_not_take_in_what_is_asked_apart(self, visitor: Visitor, workshop: Workshop) -> None:  # R11
        url = workshop.put("", MARKERS)
        page = visitor.goes(url, banner=True)
        visitor.accepts()
        ran(page, ["analytics", "marketing"])
        assert not page.evaluate("consent.allows('ai_training')")
        saves(visitor, "analytics", "marketing", "ai_training")
        ran(page, ["analytics", "marketing", "ai_training"])
        visitor.goes(url, banner=False)
        ran(page, ["analytics", "marketing", "ai_training"])

    def test_one_purpose_alone(self, visitor: Visitor, workshop: Workshop) -> None:  # R11
        url = workshop.put("", MARKERS)
        page = visitor.goes(url, banner=True)
        saves(visitor, "marketing")
        ran(page, ["marketing"])
        expect(first_layer(page)).to_be_hidden()
        visitor.goes(url, banner=False)
        ran(page, ["marketing"])
        dialog = visitor.opens_centre()
        ticked = [box.get_attribute("value") for box in dialog.locator("[name=purpose]:checked").all()]
        assert ticked == ["marketing"]

    def test_a_vendor_left_out(self, visitor: Visitor, workshop: Workshop) -> None:  # R11
        names = ("analytics/meadow", "analytics/brook", "analytics")
        url = workshop.put("", "".join(gated(name, f'ran.push("{name}")') for name in names))
        page = visitor.goes(url, banner=True)
        saves(visitor, "analytics", "analytics/brook")
        ran(page, ["analytics/meadow", "analytics"])
        visitor.goes(url, banner=False)
        ran(page, ["analytics/meadow", "analytics"])
        assert page.evaluate("['analytics/meadow', 'analytics/brook'].map(consent.allows)") == [True, False]

    def test_an_objection_is_a_no(self, visitor: Visitor, workshop: Workshop) -> None:
        page = visitor.goes(workshop.put("", gated("security", 'ran.push("security")')), banner=True)
        ran(page, ["security"])  # a legitimate interest needs no yes
        dialog = visitor.opens_centre()
        dialog.locator("[name=object][value=security]").check()
        with page.expect_navigation():
            dialog.locator("button[value=save]").click()
        acknowledged(page)
        ran(page, [])

    def test_a_placeholder_in_place(self, visitor: Visitor, workshop: Workshop) -> None:
        body = (
            '<div data-consent="marketing" class="consent-placeholder"><p>Shut</p>'
            '<button type="button" data-consent-ask="marketing">Allow</button>'
            '<template><p id="film">Open</p></template></div>' + MARKERS
        )
        url = workshop.put("", body)
        page = visitor.goes(url, banner=True)
        before = workshop.count()
        page.locator("[data-consent-ask]").click()
        expect(page.locator("#film")).to_be_visible()
        ran(page, ["marketing"])
        acknowledged(page)
        assert workshop.count() == before + 1
        visitor.goes(url, banner=False)
        expect(page.locator("#film")).to_be_visible()
        ran(page, ["marketing"])

    @pytest.mark.parametrize("where", ["banner", "dialog"])
    def test_escape_grants_and_records_nothing(
        self, visitor: Visitor, workshop: Workshop, where: str
    ) -> None:  # R1, R4
        url = workshop.put("", MARKERS)
        page = visitor.goes(url, banner=True)
        before = workshop.count()
        if where == "dialog":
            dialog = visitor.opens_centre()
            page.keyboard.press("Escape")
            expect(dialog).to_have_count(0)
            expect(first_layer(page)).to_be_visible()
        page.keyboard.press("Escape")
        expect(first_layer(page)).to_be_hidden()
        assert page.evaluate("[consent.record, consent.allows('analytics')]") == [None, False]
        ran(page, [])
        assert visitor.cookies() == []
        visitor.goes(url, banner=True)  # it asks again
        assert workshop.count() == before
        assert [each.url for each in visitor.requests if each.url.endswith("/decision")] == []

    def test_a_click_beside_the_dialog_and_scrolling_grant_nothing(
        self, visitor: Visitor, workshop: Workshop
    ) -> None:  # R1
        page = visitor.goes(workshop.put("", MARKERS + "<p>Long</p>" * 99), banner=True)
        before = workshop.count()
        dialog = visitor.opens_centre()
        page.mouse.click(2, 2)
        expect(dialog).to_have_count(0)
        page.mouse.wheel(0, 500)
        page.locator("h1").click()
        expect(first_layer(page)).to_be_visible()
        ran(page, [])
        assert (visitor.cookies(), workshop.count()) == ([], before)

    def test_two_quick_clicks_make_one_record(self, visitor: Visitor, workshop: Workshop) -> None:
        page = visitor.goes(workshop.put("", MARKERS), banner=True)
        before = workshop.count()
        button(page, "accept_all").evaluate("button => { button.click(); button.click(); }")
        acknowledged(page)
        ran(page, ["analytics", "marketing"])
        page.wait_for_load_state("networkidle")
        assert workshop.count() == before + 1

    def test_two_quick_refusals_make_one_record(self, visitor: Visitor, workshop: Workshop) -> None:
        page = visitor.goes(workshop.put("", MARKERS), banner=True)
        before = workshop.count()
        button(page, "reject_all").evaluate("button => { button.click(); button.click(); }")
        acknowledged(page)
        page.wait_for_load_state("networkidle")
        assert workshop.count() == before + 1


class TestScripts:
    """`window.consent`, for the site's own scripts."""

    LISTEN = """() => {
        window.heard = [];
        consent.on("change", event => heard.push(["on", event.detail.answers.analytics]));
        document.addEventListener("consent:change", event => heard.push(["event", event.detail.answers.analytics]));
        consent.when("analytics").then(() => heard.push(["when"]));
        consent.when("ai_training").then(() => heard.push(["never"]));
    }"""

    def test_what_it_tells(self, visitor: Visitor, workshop: Workshop) -> None:
        page = visitor.goes(workshop.put(), banner=True)
        assert page.evaluate("[consent.record, consent.allows('analytics'), consent.allows('necessary')]") == [
            None,
            False,
            True,
        ]
        page.evaluate(self.LISTEN)
        visitor.accepts()
        until(page, "heard.length >= 3")
        assert sorted(page.evaluate("heard")) == [["event", True], ["on", True], ["when"]]
        record = page.evaluate("consent.record")
        assert record["s"] == "workshop"
        assert set(record["a"]) == {"analytics", "marketing", "ai_training"}
        assert record["a"]["ai_training"] == 0
        page.reload()
        page.evaluate(self.LISTEN)
        until(page, "heard.length")
        assert page.evaluate("heard") == [["when"]]

    def test_changing_the_record_changes_nothing(self, visitor: Visitor, workshop: Workshop) -> None:
        page = visitor.goes(workshop.put("", MARKERS), banner=True)
        visitor.refuses()
        page.evaluate("() => { try { consent.record.a.analytics = 1 } catch {} try { consent.record = {} } catch {} }")
        assert page.evaluate("consent.allows('analytics')") is False
        ran(page, [])

    def test_open_and_withdraw(self, visitor: Visitor, workshop: Workshop) -> None:
        url = workshop.put("", MARKERS)
        page = visitor.goes(url, banner=True)
        visitor.accepts()
        visitor.goes(url, banner=False)
        page.evaluate("consent.open()")
        expect(page.locator("#consent-dialog")).to_be_visible()
        page.keyboard.press("Escape")
        before = workshop.count()
        with page.expect_navigation():
            page.evaluate("consent.withdraw()")
        acknowledged(page)
        ran(page, [])
        assert page.evaluate("consent.allows('analytics')") is False
        assert workshop.count() == before + 1

    def test_a_forged_cookie_opens_no_more_than_its_own_browser(self, visitor: Visitor, workshop: Workshop) -> None:
        for value in ("x", "e30.x", "e30." + "A" * 86, "." + "A" * 86, "bnVsbA." + "A" * 86):
            visitor.context.clear_cookies()
            visitor.context.add_cookies([{"name": "consent_workshop", "value": value, "url": workshop.url("/")}])
            page = visitor.goes(workshop.put("", MARKERS), banner=True)
            ran(page, [])


class TestStored:
    WRITE = """() => {
        document.cookie = "_mdw=1; Path=/";
        document.cookie = "_mdw=1; Path=/; Domain=www.workshop.localhost";
        document.cookie = "_mdw=1; Path=/; Domain=workshop.localhost";
        document.cookie = "_mdw_a=1; Path=/pages";
        document.cookie = "_mdw_b=1; Path=/pages/deep/; Domain=workshop.localhost";
        document.cookie = "_mdw_c=1; Path=/pages/deep/page";
        document.cookie = "mine=1; Path=/";
        localStorage.mdw_a = localStorage.mdw_b = localStorage.mine = 1;
        sessionStorage.mdw_a = sessionStorage.mine = 1;
        const make = name => new Promise(done => {
            indexedDB.open(name).onsuccess = event => done(event.target.result.close());
        });
        return make("lantern_db").then(() => make("mine"));
    }"""

    def left(self, visitor: Visitor) -> dict[str, list[str]]:
        until(visitor.page, "!localStorage.mdw_a && !sessionStorage.mdw_a && !document.cookie.includes('_mdw')")
        until(visitor.page, "indexedDB.databases().then(all => all.length < 2)")
        return visitor.stored()

    @pytest.mark.parametrize("how", ["refusal", "withdrawal"])
    def test_everything_of_a_purpose_goes(self, visitor: Visitor, workshop: Workshop, how: str) -> None:  # R8
        url = workshop.put("", MARKERS, path="/pages/deep/page")
        page = visitor.goes(url, banner=True)
        if how == "withdrawal":
            visitor.accepts()
        page.evaluate(self.WRITE)
        for domain in ("www.workshop.localhost", ".workshop.localhost"):
            visitor.context.add_cookies(
                [{"name": "_mdw_srv", "value": "1", "domain": domain, "path": "/", "httpOnly": True}]
            )
        assert len([each for each in visitor.cookies() if each["name"].startswith("_mdw")]) == 8
        if how == "withdrawal":
            visitor.withdraws()
        else:
            visitor.refuses()
        kept = {"cookies": ["consent_workshop", "mine"], "local": ["mine"], "session": ["mine"], "databases": ["mine"]}
        if workshop.tagged:
            kept["cookies"].insert(0, "_mdw_srv")  # out of reach: only the host's own server could have set it
        assert self.left(visitor) == kept

    def test_only_what_was_not_allowed_goes(self, visitor: Visitor, workshop: Workshop) -> None:
        url = workshop.put("", MARKERS, path="/pages/deep/page")
        page = visitor.goes(url, banner=True)
        saves(visitor, "analytics")
        page.evaluate(self.WRITE)
        visitor.goes(url, banner=False)
        until(page, "indexedDB.databases().then(all => all.length < 2)")
        assert visitor.stored()["databases"] == ["mine"]  # Lantern's went, Meadow's and the site's own stay
        assert page.evaluate("[localStorage.mdw_a, sessionStorage.mdw_a]") == ["1", "1"]
        assert page.evaluate("document.cookie").count("_mdw") == 6

    def test_what_is_written_as_the_page_is_left_goes_on_the_next(self, visitor: Visitor, workshop: Workshop) -> None:
        write = 'addEventListener("pagehide", () => { localStorage.mdw_a = 1; document.cookie = "_mdw=1; Path=/" });'
        url = workshop.put("", gated("analytics", write))
        page = visitor.goes(url, banner=True)
        visitor.accepts()
        page.goto(workshop.url("/plain"))  # no gate in there: so this is what the page left
        assert page.evaluate("[localStorage.mdw_a, document.cookie.includes('_mdw=1')]") == ["1", True]
        visitor.goes(url, banner=False)
        page.evaluate("() => { localStorage.clear(); document.cookie = '_mdw=; Max-Age=0; Path=/' }")
        visitor.withdraws()
        until(page, "!localStorage.length && !document.cookie.includes('_mdw')")
        page.goto(workshop.url("/plain"))
        assert page.evaluate("[localStorage.length, document.cookie.includes('_mdw')]") == [0, False]


class TestTabs:
    SHOWN = "document.dispatchEvent(new Event('visibilitychange'))"  # headless tabs are never hidden

    def test_a_choice_in_another_tab(self, visitor: Visitor, workshop: Workshop) -> None:
        url = workshop.put("", MARKERS)
        first = visitor.goes(url, banner=True)
        second = visitor.context.new_page()
        second.goto(url)
        asked(second)
        visitor.accepts(second)
        ran(first, [])
        first.evaluate(self.SHOWN)
        ran(first, ["analytics", "marketing"])
        expect(first_layer(first)).to_be_hidden()

        visitor.withdraws(second)
        with first.expect_navigation():
            first.evaluate(self.SHOWN)
        ran(first, [])
        assert first.evaluate("consent.allows('analytics')") is False

    def test_a_page_out_of_the_back_forward_cache(self, windowed: Browser, workshop: Workshop) -> None:
        visitor = Visitor(windowed.new_context())
        page = visitor.goes(workshop.put("", MARKERS), banner=True)
        page.evaluate(
            "() => { window.same = true; addEventListener('pageshow', event => window.kept = event.persisted) }"
        )
        other = workshop.put("", MARKERS)
        page.goto(other)
        asked(page)
        visitor.accepts()
        page.evaluate("() => { history.back() }")
        until(page, "window.same")
        assert page.evaluate("window.kept") is True
        ran(page, ["analytics", "marketing"])
        expect(first_layer(page)).to_be_hidden()
        assert visitor.complaints == []


class TestBlocked:
    THROWS = """
        const all = [[Document.prototype, "cookie"], [window, "localStorage"], [window, "sessionStorage"]];
        for (const [owner, name] of all)
            Object.defineProperty(owner, name, {
                get() { throw new DOMException("blocked", "SecurityError") },
                set() { throw new DOMException("blocked", "SecurityError") },
            });
        Object.defineProperty(window, "indexedDB", { get() { throw new DOMException("blocked", "SecurityError") } });
    """
    SILENT = 'Object.defineProperty(Document.prototype, "cookie", { get: () => "", set() {} });'

    def loads(self, visitor: Visitor) -> int:
        return sum(each.is_navigation_request() for each in visitor.requests)

    @pytest.mark.parametrize("how", [THROWS, SILENT], ids=["throws", "silent"])
    @pytest.mark.parametrize("choice", ["accept_all", "reject_all"])
    def test_the_answer_holds_for_the_page(self, visitor: Visitor, workshop: Workshop, how: str, choice: str) -> None:
        visitor.context.add_init_script(how)
        before = workshop.count()
        page = visitor.goes(workshop.put("", MARKERS), banner=True)
        page.locator(f"#consent-form > .consent-buttons button[value={choice}]").click()
        expect(first_layer(page)).to_be_hidden()
        ran(page, ["analytics", "marketing"] if choice == "accept_all" else [])
        status = page.locator("#consent-status")
        stays = workshop.tagged and how == self.SILENT  # the other storage is there, and no server needs to read it
        words = "blocked" if not stays else "saved" if choice == "accept_all" else "saved-refused"
        expect(status).to_have_text(status.get_attribute(f"data-{words}") or "?")
        page.wait_for_load_state("networkidle")
        assert workshop.count() == before + 1
        assert self.loads(visitor) == 1
        visitor.opens_centre()
        page.keyboard.press("Escape")
        assert self.loads(visitor) == 1
        if workshop.tagged:  # elsewhere the server got the cookie, whatever scripts see
            visitor.goes(page.url, banner=not stays)
            ran(page, ["analytics", "marketing"] if stays and choice == "accept_all" else [])
            page.wait_for_load_state("networkidle")
            assert workshop.count() == before + 1


class TestUnreachable:
    """A no holds at once. A yes holds when it is recorded. Both are recorded once the server can be reached."""

    def network_errors(self, visitor: Visitor) -> None:
        """Forget what the browser says of requests that were meant to fail."""
        visitor.forgive("Failed to load resource")

    def note(self, page: Page, where: str, slug: str) -> None:
        words = page.locator("#consent-status").get_attribute(f"data-{slug}")
        assert words
        expect(page.locator(where)).to_have_text(words)

    def test_a_refusal_without_the_network(self, visitor: Visitor, workshop: Workshop) -> None:
        page = visitor.goes(workshop.put("", MARKERS), banner=True)
        before = workshop.count()
        page.evaluate("document.cookie = '_mdw=1; Path=/'")
        visitor.context.set_offline(True)
        page.locator("#consent-form > .consent-buttons button[value=reject_all]").click()
        expect(first_layer(page)).to_be_hidden()
        self.note(page, "#consent-status", "offline-no")
        until(page, "!document.cookie.includes('_mdw')")
        assert page.evaluate("[consent.allows('analytics'), !!consent.record]") == [False, True]
        ran(page, [])
        assert workshop.count() == before
        visitor.context.set_offline(False)
        acknowledged(page)
        page.wait_for_load_state("networkidle")
        assert workshop.count() == before + 1
        assert visitor.stored()["cookies"] == ["consent_workshop"]
        self.network_errors(visitor)

    def test_a_refusal_is_sent_from_the_next_page(self, visitor: Visitor, workshop: Workshop) -> None:
        page = visitor.goes(workshop.put("", MARKERS), banner=True)
        before = workshop.count()
        visitor.context.route("**/decision", lambda route: route.abort())
        page.locator("#consent-form > .consent-buttons button[value=reject_all]").click()
        self.note(page, "#consent-status", "offline-no")
        visitor.context.unroute("**/decision")
        visitor.goes(workshop.put("", MARKERS), banner=False)
        acknowledged(page)
        assert workshop.count() == before + 1
        self.network_errors(visitor)

    def test_a_yes_without_the_network(self, visitor: Visitor, workshop: Workshop) -> None:
        page = visitor.goes(workshop.put("", MARKERS), banner=True)
        before = workshop.count()
        visitor.context.set_offline(True)
        page.locator("#consent-form > .consent-buttons button[value=accept_all]").click()
        self.note(page, "#consent .consent-note", "offline-yes")
        ran(page, [])
        assert page.evaluate("consent.allows('analytics')") is False
        visitor.context.set_offline(False)
        acknowledged(page)
        ran(page, ["analytics", "marketing"])
        expect(first_layer(page)).to_be_hidden()
        page.wait_for_load_state("networkidle")
        assert workshop.count() == before + 1
        self.network_errors(visitor)

    @pytest.mark.parametrize("choice", ["accept_all", "reject_all"])
    def test_a_server_in_trouble(self, visitor: Visitor, workshop: Workshop, choice: str) -> None:
        problem = '{"type":"https://x.example/problems/unavailable","status":503,"title":"Unavailable"}'
        answer = {"status": 503, "content_type": "application/problem+json", "body": problem}
        page = visitor.goes(workshop.put("", MARKERS), banner=True)
        before = workshop.count()
        visitor.context.route("**/decision", lambda route: route.fulfill(**answer))
        page.locator(f"#consent-form > .consent-buttons button[value={choice}]").click()
        if choice == "accept_all":
            self.note(page, "#consent .consent-note", "offline-yes")
        else:
            expect(first_layer(page)).to_be_hidden()
            self.note(page, "#consent-status", "offline-no")
        ran(page, [])
        visitor.context.unroute("**/decision")
        acknowledged(page)  # it tries again by itself
        ran(page, ["analytics", "marketing"] if choice == "accept_all" else [])
        page.wait_for_load_state("networkidle")
        assert workshop.count() == before + 1
        self.network_errors(visitor)

    @pytest.mark.parametrize("choice", ["accept_all", "reject_all"])
    def test_an_answer_that_gets_lost_on_its_way_back(self, visitor: Visitor, workshop: Workshop, choice: str) -> None:
        """Stored, but the browser never heard of it: the same request again is the same record."""
        page = visitor.goes(workshop.put("", MARKERS), banner=True)
        before = workshop.count()
        workshop.lose_next_answer = True
        page.locator(f"#consent-form > .consent-buttons button[value={choice}]").click()
        acknowledged(page)
        ran(page, ["analytics", "marketing"] if choice == "accept_all" else [])
        page.wait_for_load_state("networkidle")
        assert workshop.lose_next_answer is False
        assert workshop.count() == before + 1
        self.network_errors(visitor)
