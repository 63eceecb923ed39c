"""What a choice in the browser leaves: a record with its signals, and on the device nothing that names who refused."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from consent import keyfile
from consent.encoding import unb64
from consent.keys import Keys

from ..receipt import alone
from .demo import ASKS_AGE, EXPLICIT, SITES, Demo, both_ways, each_place
from .visitor import Visitor, acknowledged, says_age

each_site = pytest.mark.parametrize("site", SITES)


def new(sites: Demo, site: str, since: int) -> list[dict[str, Any]]:
    """The leaves that were exported after the first `since`."""
    return [line["leaf"] for line in sites.export(site)[since:]]


def token(visitor: Visitor, site: str) -> str:
    cookie = visitor.holds(site)
    assert cookie
    return str(cookie["value"])


@pytest.mark.parametrize(
    ("sites", "site"), [("demo", "image2"), ("demo", "imagegpt"), ("twins", "gempix2")], indirect=["sites"]
)
def test_each_choice_is_in_the_export(sites: Demo, visitor: Visitor, site: str) -> None:
    before = sites.count(site)
    page = visitor.goes(sites.url(site), banner=True)
    visitor.accepts()
    dialog = visitor.opens_centre()
    for box in dialog.locator("[name=purpose]").all():
        box.set_checked(box.get_attribute("value") == "analytics")
    with page.expect_navigation():  # marketing was taken back
        dialog.locator("button[value=save]").click()
    acknowledged(page)
    visitor.withdraws()

    accepted, saved, withdrawn = new(sites, site, before)
    assert [accepted["method"], saved["method"], withdrawn["method"]] == ["accept_all", "save", "withdraw"]
    for leaf in (accepted, saved, withdrawn):
        assert (leaf["site"], leaf["via"], leaf["locale"], leaf["regime"]) == (site, "script", "en", "opt-in")
        assert leaf["signals"] == {}
    explicit = EXPLICIT.get(site, ())
    asked = set(saved["answers"]) - {"security"}
    assert {name for name in asked if accepted["answers"][name]} == asked - set(explicit)
    assert {name for name in asked if saved["answers"][name]} == {"analytics"}
    assert {name for name in asked if withdrawn["answers"][name]} == set()
    assert accepted.get("age") == ("over" if site in ASKS_AGE else None)

    history = json.loads(
        sites.command("show", accepted_token(sites, site, before), "--site", site, "--json", site=site)
    )
    assert [entry["leaf"]["method"] for entry in history["records"]][:3] == ["accept_all", "save", "withdraw"]


def accepted_token(sites: Demo, site: str, at: int) -> str:
    """The subject behind a record, as `consent export --personal` tells it to those who hold the keys."""
    text = sites.command("export", site, "--format", "jsonl", "--personal", site=site)
    line = json.loads(text.splitlines()[at])
    return str(line["personal"]["subject"])


@each_place
def test_a_refusal_is_in_the_export_and_names_nobody(sites: Demo, visitor: Visitor, site: str) -> None:
    before = sites.count(site)
    visitor.goes(sites.url(site), banner=True)
    visitor.refuses()
    (leaf,) = new(sites, site, before)
    assert leaf["method"] == "reject_all"
    assert not any(given for name, given in leaf["answers"].items() if name != "security")
    assert leaf["personal"] is None
    assert leaf["fingerprints"] == {}


@each_place
def test_two_who_refused_hold_the_same(sites: Demo, visit: Callable[..., Visitor], site: str) -> None:  # R15
    """Value and expiry, to the byte; the expiry too can be read by scripts (`cookieStore`)."""
    held = []
    for _ in range(2):
        visitor = visit()
        visitor.goes(sites.url(site), banner=True)
        visitor.refuses()
        assert visitor.stored() == {"cookies": [f"consent_{site}"], "local": [], "session": [], "databases": []}
        seen = visitor.page.evaluate("name => cookieStore.get(name).then(each => each.expires)", f"consent_{site}")
        held.append((visitor.cookies(), seen))
    assert held[0] == held[1]


def test_two_who_refused_without_script_hold_the_same(demo: Demo, visit: Callable[..., Visitor]) -> None:
    """To the second in what the browser adds of its own to the expiry, which no script is there to read."""
    held = []
    for _ in range(2):
        visitor = visit(java_script_enabled=False)
        visitor.goes(demo.url("gptimage2"))
        visitor.page.locator("#consent-form > .consent-buttons button[value=reject_all]").click()
        visitor.page.locator("#consent").wait_for(state="detached")
        cookies = visitor.cookies()
        # Chromium adds the time since the second in the answer's `Date`
        held.append([{**cookie, "expires": round(cookie["expires"] / 10)} for cookie in cookies])
    assert held[0] == held[1]


class TestSignals:
    @each_place
    def test_do_not_track(self, sites: Demo, visit: Callable[..., Visitor], site: str) -> None:
        visitor = visit(extra_http_headers={"DNT": "1"})
        visitor.context.add_init_script("Object.defineProperty(Navigator.prototype, 'doNotTrack', { get: () => '1' })")
        assert self.left(sites, visitor, site) == {"dnt": "1", "js_dnt": "1"}

    @each_place
    def test_global_privacy_control(self, sites: Demo, visit: Callable[..., Visitor], site: str) -> None:
        visitor = visit(extra_http_headers={"Sec-GPC": "1"})
        visitor.context.add_init_script(
            "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })"
        )
        assert self.left(sites, visitor, site) == {"gpc": "1", "js_gpc": "true"}

    @both_ways
    def test_header_and_script_are_noted_apart(self, sites: Demo, visit: Callable[..., Visitor]) -> None:
        """What the browser really says, which is nothing to its scripts when only the header is added."""
        visitor = visit(extra_http_headers={"DNT": "1", "Sec-GPC": "1"})
        assert self.left(sites, visitor, "gptimage2") == {"dnt": "1", "gpc": "1"}

    @both_ways
    def test_they_are_those_of_the_moment_of_the_answer(self, sites: Demo, visitor: Visitor) -> None:  # R33
        """Not of when the page was loaded: it may have been kept for long (back/forward cache)."""
        before = sites.count("gptimage2")
        page = visitor.goes(sites.url("gptimage2"), banner=True)
        page.evaluate(
            "() => { for (const [name, value] of [['doNotTrack', '1'], ['globalPrivacyControl', true]])"
            " Object.defineProperty(Navigator.prototype, name, { get: () => value, configurable: true }) }"
        )
        visitor.refuses()
        (leaf,) = new(sites, "gptimage2", before)
        assert leaf["signals"] == {"js_dnt": "1", "js_gpc": "true"}

    def left(self, sites: Demo, visitor: Visitor, site: str) -> dict[str, str]:
        before = sites.count(site)
        visitor.goes(sites.url(site), banner=True)
        visitor.refuses()
        (leaf,) = new(sites, site, before)
        signals: dict[str, str] = leaf["signals"]
        return signals


OTHERS = (("image2ai", "de"), ("image2", "ar"))


REFUSE = SITES[::2]  # a refusal leads to its notice as a yes does, though to nobody


class TestNotice:
    """From the cookie alone: all that was shown, word by word."""

    @pytest.mark.parametrize(
        ("sites", "site", "language"),
        [
            *(("demo", site, "en") for site in SITES),
            *((way, site, language) for way in ("demo", "twins") for site, language in OTHERS),
        ],
        indirect=["sites"],
    )
    def test_what_was_shown_can_be_printed(self, sites: Demo, visitor: Visitor, site: str, language: str) -> None:
        page = visitor.goes(sites.url(site, f"/?lang={language}"), banner=True)
        shown = self.words(page, "#consent")
        visitor.opens_centre()
        shown += self.words(page, "#consent-dialog")
        page.keyboard.press("Escape")
        (visitor.refuses if site in REFUSE else visitor.accepts)()
        assert len(shown) > 30

        held = token(visitor, site)
        answer = json.loads(sites.command("show", held, "--json", site=site))
        (notice,) = answer["notices"].values()
        assert notice["locale"] == language
        known = list(strings(notice))
        assert [words for words in shown if not said(words, known)] == []

        printed = squeezed(sites.command("show", held, site=site))
        missing = [text for text in fields(notice) if squeezed(text) not in printed]
        assert missing == []

    def words(self, page: Page, place: str) -> list[str]:
        """Every text of a place, also of what is folded, without the state of this person and the
        list of other languages."""
        found: list[str] = page.locator(place).evaluate(
            """place => {
                const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT), found = [];
                while (walker.nextNode()) {
                    const text = walker.currentNode.data.trim();
                    const aside = walker.currentNode.parentElement.closest(".consent-count,.consent-languages");
                    if (text && !aside) found.push(text);
                }
                return found;
            }"""
        )
        return found


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)


def said(words: str, known: list[str]) -> bool:
    """Whether words are in the notice, or put together from it: `Not {vendor}`, `cookie · 13 months`, `Role:`."""
    parts = [part.strip(" :,·") for part in words.replace(":", "·").split("·")]
    if words in known or all(any(part in text for text in known) for part in parts):
        return True
    return any(
        "{vendor}" in text
        and words.startswith(text.partition("{vendor}")[0])
        and words.endswith(text.partition("{vendor}")[2])
        for text in known
    )


def fields(notice: dict[str, Any]) -> Iterator[str]:
    """What describes who, what for, how long and to whom, in the notice's words."""
    texts = notice["texts"]
    yield from (texts[slug] for slug in ("title", "intro", "effective", *notice["first_layer"]))
    yield from (text for text in notice["controller"].values() if text)
    yield notice["policy"]
    for purpose in notice["purposes"]:
        yield from (purpose[name] for name in ("name", "text", "basis_text", "retention"))
        for vendor in purpose["vendors"]:
            yield from (vendor[name] or "" for name in ("name", "role_text", "country_text", "safeguard", "policy"))
        for item in [*purpose["items"], *(item for vendor in purpose["vendors"] for item in vendor["items"])]:
            yield from (item[name] for name in ("name", "kind_text", "duration", "text"))


def squeezed(text: str) -> str:
    """Without spaces, and without the marks that keep names apart in text from right to left."""
    return re.sub(r"\s|\\x206[6-9]|[\u2066-\u2069]", "", text)


@both_ways
def test_an_answer_under_the_age_grants_nothing(sites: Demo, visitor: Visitor) -> None:
    before = sites.count("gempix2")
    page = visitor.goes(sites.url("gempix2"), banner=True)
    page.locator("#consent-form > .consent-buttons button[value=accept_all]").click()
    assert page.locator("#consent .consent-age input:checked").count() == 0
    says_age(page.locator("#consent"), "under")
    acknowledged(page)
    status = page.locator("#consent-status")
    expect(status).to_have_text(status.get_attribute("data-age-result") or "?")
    (leaf,) = new(sites, "gempix2", before)
    assert (leaf["age"], leaf["fingerprints"], leaf["personal"]) == ("under", {}, None)
    assert visitor.to_vendor() == []


def test_a_choice_s_receipt_verifies_far_from_here(demo: Demo, visitor: Visitor, tmp_path: Path) -> None:
    """Regulation R40, R41: with the public key that the site serves, offline, in a fresh environment."""
    site = "gptimage2"
    visitor.goes(demo.url(site), banner=True)
    visitor.accepts()
    keys = visitor.page.evaluate("async () => (await fetch('/consent/keys.json')).json()")
    text = token(visitor, site)
    store, ring = demo.store(site), keyfile.load(demo.folder / site / "keys", site, production=True)
    record = uuid.UUID(ring_reads(text, ring))
    while store.place(site, record) is None:  # or the server's own sealer is quicker
        store.seal(site, ring, int(record.int >> 80) // 1000)
    receipt = demo.command("receipt", text, "--site", site, site=site)
    elsewhere, libraries = tmp_path / "elsewhere", tmp_path / "libraries"
    elsewhere.mkdir()
    libraries.mkdir()
    (elsewhere / "receipt.json").write_text(receipt, encoding="utf-8")
    done = alone.command(
        alone.environment(libraries), "verify", "receipt.json", "--key", keys["ledger"][0], cwd=elsewhere
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert str(record) in done.stdout and "accepted all" in done.stdout and "of a log of" in done.stdout


def ring_reads(text: str, ring: Keys) -> str:
    """The record that a token names."""
    found = json.loads(unb64(text.partition(".")[0]))
    assert found["k"] in ring.live
    return str(found["i"])
