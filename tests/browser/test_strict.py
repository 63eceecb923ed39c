"""Strict blocking: pages that reach for vendors by every way, early and late. The witness is the vendors' own log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .stand import CDN, DONE, HOST, LANTERN, MEADOW, ONCE, OWN_WAYS, PARCEL, STATIC, STRANGER, Stand
from .visitor import Visitor, acknowledged, button, first_layer, until

PATIENCE = 30_000  # milliseconds: these pages load a hundred things
VENDORS = ((MEADOW, "mdw"), (LANTERN, "ltn"), (STRANGER, "str"))
ALL = STATIC | {f"{when}-{what}" for when in ("early", "later") for what in DONE}
ORDER = ["meadow head.js", "meadow body.js", "meadow written.js", "meadow early-made.js", "meadow early-attribute.js"]


@pytest.fixture(scope="module", params=[False, True], ids=["mounted", "tag"])
def stand(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Stand]:
    made = Stand(tmp_path_factory.mktemp("stand"), request.param)
    yield made
    made.close()


@pytest.fixture
def visitor(visit: Callable[..., Visitor], stand: Stand) -> Iterator[Visitor]:
    stand.asked.clear()
    made = visit()
    made.context.set_default_navigation_timeout(PATIENCE)
    yield made
    made.complaints.clear()  # the browser tells of each thing that it kept out, and of made-up fonts and scripts


def settled(page: Page, stand: Stand) -> None:
    """The page has done all that it does by itself, and for a while nobody was asked for anything."""
    until(page, "window.ran?.includes('mdw late') && window.ran.includes('str late')")
    quiet, before = 0, -1
    while quiet < 3:
        quiet, before = (quiet + 1 if len(stand.asked) == before else 0), len(stand.asked)
        page.wait_for_timeout(200)


def own_requests_went_out(stand: Stand) -> None:
    assert set(stand.ways(HOST)) == OWN_WAYS
    assert set(stand.ways(CDN)) == {"script.js", "style.css", "fetch", "socket"}
    assert set(stand.ways(PARCEL)) == {"script.js", "fetch"}


def nothing_went_out(stand: Stand, *vendors: str) -> None:
    own_requests_went_out(stand)
    for vendor in vendors:
        assert stand.ways(vendor) == [], vendor


def all_went_out(stand: Stand, vendor: str) -> None:
    ways = Counter(stand.ways(vendor))
    assert ALL - set(ways) == set()
    again = {f"{when}-{what}" for when in ("early", "later") for what in ONCE} | {"head.js", "body.js"}
    assert {way: ways[way] for way in again if ways[way] != 1} == {}


def stored(visitor: Visitor, mark: str) -> set[str]:
    found = visitor.stored()
    return {f"{kind} {name}" for kind, names in found.items() for name in names if name.startswith(mark)}


def saves(visitor: Visitor, *purposes: str) -> None:
    """Save these, and nothing else; ends on the page that is loaded again."""
    dialog = visitor.opens_centre()
    for box in dialog.locator("[name=purpose]").all():
        box.set_checked(box.get_attribute("value") in purposes)
    with visitor.page.expect_navigation():
        dialog.locator("button[value=save]").click()
    acknowledged(visitor.page)


def test_nothing_before_a_yes_nor_after_a_no(visitor: Visitor, stand: Stand) -> None:
    url = stand.everything(*VENDORS)
    page = visitor.goes(url, banner=True)
    settled(page, stand)
    nothing_went_out(stand, MEADOW, LANTERN, STRANGER)
    assert stored(visitor, "mdw") == stored(visitor, "ltn") == set()
    loads: list[Any] = []
    page.on("load", lambda page: loads.append(page))
    visitor.refuses()
    expect(first_layer(page)).to_be_hidden()
    for host, mark in VENDORS:
        page.evaluate(f"tries_{mark}('{stand.at(host)}', 'refused')")
    page.wait_for_timeout(500)
    nothing_went_out(stand, MEADOW, LANTERN, STRANGER)
    assert stored(visitor, "mdw") == stored(visitor, "ltn") == set()
    assert loads == []  # a no takes nothing away that the page had
    stand.asked.clear()
    visitor.goes(url, banner=False)
    settled(page, stand)
    nothing_went_out(stand, MEADOW, LANTERN, STRANGER)
    assert stored(visitor, "mdw") == stored(visitor, "ltn") == set()


def test_all_that_was_granted_after_a_yes_and_nothing_else(visitor: Visitor, stand: Stand) -> None:
    page = visitor.goes(stand.everything(*VENDORS), banner=True)
    settled(page, stand)
    nothing_went_out(stand, MEADOW, LANTERN, STRANGER)
    stand.asked.clear()
    saves(visitor, "analytics")
    settled(page, stand)
    all_went_out(stand, MEADOW)
    nothing_went_out(stand, LANTERN, STRANGER)
    ran = [name for name in page.evaluate("window.ran") if name in ORDER]
    assert ran == ORDER
    wanted = {f"cookies mdw_{when}" for when in ("early", "later")}
    wanted |= {"local mdw_early", "local mdw_early_property", "session mdw_early", "databases mdw_db"}
    assert wanted <= stored(visitor, "mdw")
    assert stored(visitor, "ltn") == set()


def test_from_the_moment_of_a_withdrawal(visitor: Visitor, stand: Stand) -> None:
    page = visitor.goes(stand.everything(*VENDORS), banner=True)
    with page.expect_navigation():
        button(page, "accept_all").click()
    acknowledged(page)
    settled(page, stand)
    all_went_out(stand, LANTERN)
    assert stand.ways(STRANGER) == []
    stand.asked.clear()
    visitor.withdraws()
    settled(page, stand)
    nothing_went_out(stand, MEADOW, LANTERN, STRANGER)
    assert stored(visitor, "mdw") == stored(visitor, "ltn") == set()


def test_at_once_where_a_withdrawal_loads_no_page(
    visit: Callable[..., Visitor], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What ran goes on running, but reaches nobody any more."""
    event = '[withdrawal]\nthen = "event"\n[blocking]'
    stand = Stand(tmp_path_factory.mktemp("event"), False, lambda text: text.replace("[blocking]", event))
    visitor = visit()
    visitor.context.set_default_navigation_timeout(PATIENCE)
    page = visitor.goes(stand.everything(*VENDORS), banner=True)
    with page.expect_navigation():
        button(page, "accept_all").click()
    acknowledged(page)
    settled(page, stand)
    all_went_out(stand, MEADOW)
    stand.asked.clear()
    visitor.opens_centre().locator("button[value=withdraw]").click()
    acknowledged(page)
    assert page.evaluate("window.ran.includes('mdw late')")  # it is the same page
    for host, mark in VENDORS:
        page.evaluate(f"tries_{mark}('{stand.at(host)}', 'withdrawn')")
    page.wait_for_timeout(500)
    assert stand.asked == []
    assert not {name for name in stored(visitor, "mdw") if "withdrawn" in name}
    visitor.complaints.clear()
    stand.close()


def test_what_is_marked_runs_once(visitor: Visitor, stand: Stand) -> None:
    gated = '<script type="text/plain" data-consent="analytics">fetch("/own/gated")</script>'
    gated += f'<script type="text/plain" data-consent="analytics/meadow" src="{stand.at(MEADOW)}/marked.js"></script>'
    page = visitor.goes(stand.put("", gated), banner=True)
    with page.expect_navigation():
        button(page, "accept_all").click()
    acknowledged(page)
    until(page, "window.ran.includes('meadow marked.js')")
    page.wait_for_timeout(300)
    assert stand.ways(MEADOW) == ["marked.js"]
    assert stand.ways(HOST).count("gated") == 1


def test_a_yes_that_lets_no_host_in_keeps_the_page(visitor: Visitor, stand: Stand) -> None:
    """What was written under its names meanwhile is written now, in its order, once."""
    script = (
        "localStorage.setItem('theme', 'light'); localStorage.setItem('theme', 'dark'); localStorage.setItem('own', 2)"
    )
    page = visitor.goes(stand.put("", f"<script>{script}</script>"), banner=True)
    assert page.evaluate("[localStorage.theme, localStorage.own]") == [None, "2"]
    loads: list[Any] = []
    page.on("load", lambda page: loads.append(page))
    dialog = visitor.opens_centre()
    for box in dialog.locator("[name=purpose]").all():
        box.set_checked(box.get_attribute("value") == "functional")
    dialog.locator("button[value=save]").click()
    acknowledged(page)
    assert until(page, "localStorage.theme") == "dark"
    page.wait_for_timeout(300)
    assert loads == []


def test_names_that_are_not_held_back(visitor: Visitor, stand: Stand) -> None:
    page = visitor.goes(stand.put(), banner=True)
    write = """async () => {
      for (const text of ["mdw", "mdw=", "own2=1", " mdwx = 1 ;Path=/", "mdwy=; Max-Age=0"]) document.cookie = text;
      await cookieStore.set("own3", "1");
      await cookieStore.set({ name: "mdwz", value: "1" });
      try { indexedDB.open("mdw_db"); return "opened" } catch (error) { return [error.name, document.cookie] }
    }"""
    name, cookies = page.evaluate(write)
    assert name == "SecurityError"
    assert {part.split("=")[0] for part in cookies.split("; ")} == {"own", "own2", "own3", "mdw"}
    visitor.context.add_cookies([{"name": "mdw_old", "value": "1", "url": stand.at(HOST)}])
    page.evaluate("document.cookie = 'mdw_old=; Max-Age=0; Path=/'")  # deleting is always allowed
    assert "mdw_old" not in page.evaluate("document.cookie")


def test_a_storage_is_as_it_was(visitor: Visitor, stand: Stand) -> None:
    """The page has another object for it, which does and says the same."""
    url = stand.put()
    page = visitor.goes(url, banner=True)
    other = visitor.context.new_page()
    other.goto(url)
    page.evaluate("addEventListener('storage', event => (window.heard = event.storageArea === localStorage))")
    other.evaluate("localStorage.setItem('from', 'afar')")
    assert until(page, "window.heard") is True
    probe = """(real => {
      const store = real ? real.contentWindow.localStorage : localStorage, all = [];
      store.clear();
      store.setItem("a", 1); store.b = 2; store["c d"] = {}; Object.assign(store, { e: null });
      delete store.b;
      for (const key in store) all.push(key);
      all.push(...Object.keys(store), store.length, store.key(0), "a" in store, "b" in store, store.a, store.b);
      all.push(store.getItem("b"), JSON.stringify(store), String(store), store.hasOwnProperty("a"), store["c d"]);
      all.push(Object.entries(store).length, store.constructor.name, typeof store.setItem);
      store.removeItem("a");
      return [...all, store.a, store instanceof (real ? real.contentWindow : window).Storage];
    })"""
    bare = "document.body.appendChild(Object.assign(document.createElement('iframe'), { title: 'Real' }))"
    assert page.evaluate(f"{probe}()") == page.evaluate(f"{probe}({bare})")


def test_where_cookies_are_blocked_a_yes_loads_nothing_again(visitor: Visitor, stand: Stand) -> None:
    """The next page would know of no yes and ask again, for ever. So what it grants stays out: unknown is no."""
    visitor.context.add_init_script(
        "Object.defineProperty(Document.prototype, 'cookie', { get: () => '', set() {}, configurable: true });"
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError') } });"
        "delete window.cookieStore"
    )
    url = stand.put("", f'<script src="{stand.at(MEADOW)}/body.js"></script>')
    page = visitor.goes(url, banner=True)  # before its script is there, the form would be posted without it
    loads: list[Any] = []
    page.on("load", lambda page: loads.append(page))
    button(page, "accept_all").click()
    until(page, "window.consent.allows('analytics')")
    page.wait_for_timeout(500)
    assert loads == [] and stand.ways(MEADOW) == []


def test_what_was_typed_is_not_lost(visitor: Visitor, stand: Stand) -> None:
    """What the yes lets in comes with the next page, or when a person asks for it in its place."""
    form = '<form><input name="word"></form><button data-consent-ask="marketing">Show</button>'
    marked = f'<script type="text/plain" data-consent="analytics/meadow" src="{stand.at(MEADOW)}/marked.js"></script>'
    url = stand.put("", form + marked + f'<script src="{stand.at(MEADOW)}/body.js"></script>')
    page = visitor.goes(url, banner=True)
    page.locator("[name=word]").fill("one")
    loads: list[Any] = []
    page.on("load", lambda page: loads.append(page))
    dialog = visitor.opens_centre()
    dialog.locator("[name=purpose][value=analytics]").check()
    dialog.locator("button[value=save]").click()
    acknowledged(page)
    page.wait_for_timeout(500)
    expect(page.locator("[name=word]")).to_have_value("one")
    assert loads == [] and stand.ways(MEADOW) == []
    with page.expect_navigation():
        page.locator("[data-consent-ask]").click()
    until(page, "window.ran.includes('meadow body.js') && window.ran.includes('meadow marked.js')")


def test_another_tab_follows_when_it_is_looked_at(visitor: Visitor, stand: Stand) -> None:
    url = stand.put("", f'<script src="{stand.at(MEADOW)}/body.js"></script>')
    page = visitor.goes(url, banner=True)
    other = visitor.context.new_page()
    other.goto(url)
    with other.expect_navigation():
        button(other, "accept_all").click()
    acknowledged(other)
    other.close()
    stand.asked.clear()
    with page.expect_navigation():
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    until(page, "window.ran.includes('meadow body.js')")
    assert stand.ways(MEADOW) == ["body.js"]
