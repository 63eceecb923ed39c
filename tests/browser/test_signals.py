"""What vendors' scripts are told, and when: the exact commands, in order, through every change of an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import brotli
import pytest
from playwright.sync_api import Page

from consent.site.load import loads
from consent.web import snippet

from .stage import HEAD, Stage
from .test_gate import saves
from .visitor import Visitor, acknowledged, button, until

ADS = "ad_storage", "ad_user_data", "ad_personalization"
TYPES = (*ADS, "analytics_storage", "functionality_storage", "personalization_storage", "security_storage")
TAG = 2_060  # bytes of a whole tag whose vendors are told

SITE = """
[signals]
wp_consent_api = true
data_layer = true
[google]
wait_for_update = 750
redact_ads_data = true
url_passthrough = true
[withdrawal]
then = "{then}"
[purposes.functional]
retention = "12 months"
[purposes.analytics]
retention = "13 months"
vendors = ["ga4", "clarity", "posthog"]
[purposes.marketing]
retention = "13 months"
vendors = ["google_ads", "uet", "meta"]
"""

# What was pushed, as plain values; and of each command whether it is what Google's tags take.
LAYER = """() => (window.dataLayer || []).map(each => {
  const isArguments = Object.prototype.toString.call(each) === '[object Arguments]';
  return isArguments ? [...each] : each.event ? each : 'neither';
})"""


def state(*granted: str) -> dict[str, str]:
    """All seven types; security is always granted."""
    return {name: "granted" if name in (*granted, "security_storage") else "denied" for name in TYPES}


DEFAULT = [
    ["set", "ads_data_redaction", True],
    ["set", "url_passthrough", True],
    ["consent", "default", {**state(), "wait_for_update": 750}],
]


def update(*granted: str) -> list[Any]:
    return ["consent", "update", state(*granted)]


def event(*granted: str) -> dict[str, Any]:
    names = "necessary", "functional", "analytics", "marketing"
    answers = {name: name == "necessary" or name in granted for name in names}
    return {"event": "consent_update", "consent": answers}


def said(page: Page) -> list[Any]:
    found: list[Any] = page.evaluate(LAYER)
    return found


@pytest.fixture(scope="module", params=["reload", "event"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(tmp_path_factory.mktemp("stage"), SITE.replace("{then}", request.param))
    yield made
    made.close()


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A site whose pages go on after a withdrawal."""
    made = Stage(tmp_path_factory.mktemp("lasting"), SITE.replace("{then}", "event"))
    yield made
    made.close()


# Vendors' functions that only note how they were called, in order with what was stored at that time.
SPIES = """<script>
window.calls = [];
window.posthog = {
  me: 'posthog',
  opt_out_capturing() { calls.push(this.me + ' out ' + localStorage.ph_test); },
  opt_in_capturing() { calls.push(this.me + ' in'); },
};
window.fbq = (...words) => { calls.push(words.join(' ')); if (words[1] === 'revoke') throw Error('broken'); };
</script>"""
# The front part of the plugin's own script, reduced to what it promises: categories kept in cookies.
WP = """<script>
document.addEventListener('wp_consent_type_defined', () => (window.defined = window.wp_consent_type));
</script>"""
WP_LATE = """<script>
const kept = JSON.parse(sessionStorage.wp || '{}');
window.wp_has_consent = name => kept[name] === 'allow';
window.wp_set_consent = (name, value) => { kept[name] = value; sessionStorage.wp = JSON.stringify(kept); };
</script>"""


class TestConsentMode:
    def test_before_a_choice(self, visitor: Visitor, stage: Stage) -> None:
        page = visitor.goes(stage.put("<script>window.first = dataLayer.length</script>"), banner=True)
        assert said(page) == DEFAULT
        assert page.evaluate("window.first") == len(DEFAULT)  # it stood before the page's first script

    def test_a_yes_and_the_return(self, visitor: Visitor, stage: Stage) -> None:
        tag = "<script>(function () { dataLayer.push(arguments) })('config', 'G-1')</script>"
        page = visitor.goes(stage.put(tag), banner=True)
        visitor.accepts()
        everything = [update(*ADS, "analytics_storage"), event("functional", "analytics", "marketing")]
        config = ["config", "G-1"]
        assert said(page) == [*DEFAULT, config, *everything]
        page = visitor.goes(stage.url("/"), banner=False)
        assert said(page) == [*DEFAULT, *everything, config]

    def test_a_refusal_and_the_return(self, visitor: Visitor, stage: Stage) -> None:
        page = visitor.goes(stage.put(), banner=True)
        visitor.refuses()
        assert said(page) == [*DEFAULT, update(), event()]
        page = visitor.goes(stage.url("/"), banner=False)
        assert said(page) == [*DEFAULT, update(), event()]

    def test_one_vendor_left_out(self, visitor: Visitor, stage: Stage) -> None:
        """The purpose is granted, what rests on the vendor is not."""
        page = visitor.goes(stage.put(), banner=True)
        saves(visitor, "analytics", "marketing", "marketing/google_ads")
        assert said(page) == [*DEFAULT, update("analytics_storage"), event("analytics", "marketing")]
        assert page.evaluate("[...uetq].slice(-1)") == [{"ad_storage": "granted"}]

    def test_withdrawal_in_the_open_page(self, visitor: Visitor, lasting: Stage) -> None:
        page = visitor.goes(lasting.put(), banner=True)
        visitor.accepts()
        before = len(said(page))
        visitor.opens_centre().locator("button[value=withdraw]").click()
        acknowledged(page)
        assert said(page)[before:] == [update(), event()]
        page = visitor.goes(lasting.url("/"), banner=False)
        assert said(page) == [*DEFAULT, update(), event()]

    def test_withdrawal_and_reload(self, visitor: Visitor, tmp_path: Path) -> None:
        stage = Stage(tmp_path, SITE.replace("{then}", "reload"))
        page = visitor.goes(stage.put(), banner=True)
        visitor.accepts()
        visitor.withdraws()
        assert said(page) == [*DEFAULT, update(), event()]
        stage.close()

    def test_the_pages_own_default_stays(self, visitor: Visitor, lasting: Stage) -> None:
        """The update follows at once, so that what it granted unasked does not hold."""
        granted = "'consent', 'default', { ad_storage: 'granted' }"
        own = f"(function () {{ (window.dataLayer = []).push(arguments) }})({granted})"
        visitor.context.add_init_script(own)
        page = visitor.goes(lasting.put(), banner=True)
        commands = [each for each in said(page) if each[0] == "consent"]
        assert commands == [["consent", "default", {"ad_storage": "granted"}], update()]
        visitor.accepts()
        assert [each[1] for each in said(page) if isinstance(each, list)].count("default") == 1


class TestMicrosoft:
    def test_uet(self, visitor: Visitor, lasting: Stage) -> None:
        page = visitor.goes(lasting.put(), banner=True)
        first = ["consent", "default", {"ad_storage": "denied"}]
        yes = ["consent", "update", {"ad_storage": "granted"}]
        no = ["consent", "update", {"ad_storage": "denied"}]
        assert page.evaluate("uetq") == first
        visitor.accepts()
        assert page.evaluate("uetq") == [*first, *yes]
        visitor.opens_centre().locator("button[value=withdraw]").click()
        acknowledged(page)
        assert page.evaluate("uetq") == [*first, *yes, *no]

    def test_clarity_both_ways_and_each_alone(self, visitor: Visitor, lasting: Stage) -> None:
        def queue() -> list[Any]:
            found: list[Any] = visitor.page.evaluate("clarity.q.map(each => [...each])")
            return found

        def both(ads: str, analytics: str) -> list[Any]:
            return ["consentv2", {"ad_Storage": ads, "analytics_Storage": analytics}]

        visitor.goes(lasting.put(), banner=True)
        wanted = [both("denied", "denied")]
        assert queue() == wanted
        saves(visitor, "analytics")
        wanted.append(both("denied", "granted"))
        assert queue() == wanted
        saves(visitor, "marketing")
        # What is taken away is told at once, what is given when it is stored.
        wanted += [both("denied", "denied"), both("granted", "denied")]
        assert queue() == wanted
        visitor.goes(lasting.url("/"), banner=False)
        assert queue() == [both("denied", "denied"), both("granted", "denied")]


class TestCalls:
    def test_out_before_deleting_and_in_again(self, visitor: Visitor, lasting: Stage) -> None:
        """A function that throws stops neither the other calls nor the gate."""
        page = visitor.goes(lasting.put(SPIES), banner=True)
        assert page.evaluate("calls") == []
        visitor.accepts()
        page.evaluate("calls.length = 0; localStorage.ph_test = 'there'")
        visitor.opens_centre().locator("button[value=withdraw]").click()
        acknowledged(page)
        assert sorted(page.evaluate("calls")) == ["consent revoke", "posthog out there"]
        until(page, "localStorage.ph_test === undefined")
        saves(visitor, "analytics")
        assert page.evaluate("calls").count("posthog in") == 1
        assert "consent grant" not in page.evaluate("calls")

    def test_what_is_not_there_is_passed_over(self, visitor: Visitor, stage: Stage) -> None:
        page = visitor.goes(stage.put(), banner=True)
        visitor.accepts()
        assert page.evaluate("consent.allows('analytics/posthog')")
        button(page, "accept_all").wait_for(state="hidden")


class TestWordPress:
    def test_optin_is_said_first_and_the_categories_follow(self, visitor: Visitor, lasting: Stage) -> None:
        kept: Callable[[], Any] = lambda: visitor.page.evaluate("JSON.parse(sessionStorage.wp || '{}')")  # noqa: E731
        visitor.context.add_init_script(
            "document.addEventListener('wp_consent_type_defined', () => (window.defined = window.wp_consent_type))"
        )
        page = visitor.goes(lasting.put(body=WP_LATE), banner=True)
        assert page.evaluate("window.defined") == "optin"
        assert kept() == {}
        saves(visitor, "analytics")
        granted = {"functional": "allow", "statistics": "allow", "statistics-anonymous": "allow"}
        assert kept() == granted
        page.evaluate("sessionStorage.clear()")
        visitor.goes(lasting.url("/"), banner=False)
        assert until(page, "sessionStorage.wp") and kept() == granted
        visitor.opens_centre().locator("button[value=withdraw]").click()
        acknowledged(page)
        assert kept() == {"functional": "allow", "statistics": "deny", "statistics-anonymous": "deny"}


class TestPieces:
    def test_a_site_pays_for_what_it_uses(self) -> None:
        def pieces(text: str) -> list[str]:
            return snippet.pieces(loads(HEAD + text))

        assert pieces("") == ["gate.js"]
        analytics = '[purposes.analytics]\nretention = "13 months"\nvendors = '
        assert pieces(analytics + '["plausible"]') == ["gate.js"]
        assert pieces(analytics + '["ga4"]') == ["gate.js", "consentmode.js", "changes.js"]
        assert pieces(analytics + '["clarity"]') == ["gate.js", "clarity.js", "changes.js"]
        assert pieces(analytics + '["posthog"]') == ["gate.js", "calls.js", "changes.js"]
        after = '\n[withdrawal]\nthen = "event"'
        assert pieces(analytics + '["plausible"]' + after) == ["gate.js", "fetch.js"]
        assert pieces('[google]\nmode = "advanced"') == ["gate.js", "consentmode.js", "changes.js"]

    def test_a_whole_tag_stays_small(self, capsys: pytest.CaptureFixture[str]) -> None:
        site = loads(
            HEAD
            + '[purposes.analytics]\nretention = "13 months"\nvendors = ["ga4", "clarity", "posthog"]\n'
            + '[purposes.marketing]\nretention = "13 months"\nvendors = ["google_ads", "uet", "meta"]\n'
        )
        config = {**snippet.configuration(site), "v": "012345", "w": {"en": "Privacy settings"}}
        size = len(brotli.compress(snippet.assemble(site, config, "tag.js").encode(), quality=11))
        with capsys.disabled():
            print(f"\ntag with six vendors: {size} of {TAG} bytes")
        assert size <= TAG

    def test_a_text_in_a_call_ends_no_script(self) -> None:
        vendor = (
            '[vendors.own]\nname = "Own"\ncountry = "DE"\npolicy = "https://own.example/"\n'
            'opt_out = { call = "own.push", args = ["</script><!--", ["a", true, 1.5]] }\n'
        )
        site = loads(HEAD + '[purposes.analytics]\nretention = "13 months"\nvendors = ["own"]\n' + vendor)
        text = snippet.inline(site, "/consent/")
        assert 'window.own.push("\\u003c/script>\\u003c!--",["a",true,1.5])' in text
        assert "<" not in text.split('"analytics/own":{')[1]
