"""Everything that a person can do, without JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from .demo import ASKS_AGE, EXPLICIT, SITES, Demo
from .visitor import Visitor, button, first_layer

pytestmark = pytest.mark.parametrize("site", SITES)
NEEDS = {  # which purpose the page For you asks for
    "gptimage2": "analytics",
    "image2": "product_improvement",
    "image2ai": "marketing",
    "imagegpt": "ai_training",
    "gempix2": "ai_training",
}


@pytest.fixture
def visitor(visit: Callable[..., Visitor]) -> Iterator[Visitor]:
    visitor = visit(java_script_enabled=False)
    yield visitor
    visitor.forgive("422 (")  # the page that asks for an age


def centre(page: Page) -> Locator:
    """The preference centre as a page."""
    form = page.locator("#consent-preferences")
    expect(form).to_be_visible()
    return form


def says_age(page: Page, site: str, answer: str = "over") -> None:
    """Answer the page that asks for an age, where there is one."""
    if site in ASKS_AGE:
        radios = page.locator("main input[type=radio]")
        expect(radios).to_have_count(2)
        assert page.locator("main input[type=radio]:checked").count() == 0
        page.locator(f"main input[value={answer}]").check()
        page.locator("main form button").click()


def accepts(page: Page, site: str) -> None:
    button(page, "accept_all").click()
    says_age(page, site)
    expect(first_layer(page)).to_have_count(0)


def to_settings(page: Page) -> Locator:
    page.locator("[data-consent-open]").first.click()
    return centre(page)


def newest(demo: Demo, site: str) -> dict[str, object]:
    *_, entry = demo.store(site).stream(site)
    return dict(entry.record.fields)


def test_refuse_all_on_the_banner(demo: Demo, visitor: Visitor, site: str) -> None:
    url = demo.url(site, "/pricing?lang=en&from=a%20b")
    page = visitor.goes(url)
    before = demo.count(site)
    for choice in ("reject_all", "accept_all", "choose"):
        expect(button(page, choice)).to_be_visible()
    button(page, "reject_all").click()
    expect(first_layer(page)).to_have_count(0)
    assert page.url == url
    page.goto(demo.url(site))
    expect(first_layer(page)).to_have_count(0)
    assert [cookie["name"] for cookie in visitor.cookies()] == [f"consent_{site}"]
    assert visitor.to_vendor() == []
    assert demo.count(site) == before + 1
    leaf = newest(demo, site)
    assert (leaf["method"], leaf["via"], leaf["fingerprints"]) == ("reject_all", "form", {})


def test_accept_all_on_the_banner(demo: Demo, visitor: Visitor, site: str) -> None:
    url = demo.url(site, "/create?prompt=a+hill")
    page = visitor.goes(url)
    accepts(page, site)
    assert page.url == url
    leaf = newest(demo, site)
    assert (leaf["method"], leaf["via"], leaf.get("age")) == (
        "accept_all",
        "form",
        "over" if site in ASKS_AGE else None,
    )
    form = to_settings(page)
    ticked = {box.get_attribute("value") for box in form.locator("[name=purpose]:checked").all()}
    assert {"analytics", "marketing"} <= ticked
    assert not ticked & set(EXPLICIT.get(site, ()))
    form.locator(".consent-history summary").click()
    expect(form.locator(".consent-history li")).to_have_count(1)
    expect(form.locator(".consent-history li")).to_contain_text("Accepted all")


def test_choose_and_save_one_purpose(demo: Demo, visitor: Visitor, site: str) -> None:
    url = demo.url(site, "/for-you")
    page = visitor.goes(demo.url(site, "/privacy"))
    button(page, "choose").click()
    form = centre(page)
    assert form.locator("[name=purpose]:checked").count() == 0
    form.locator(f"[name=purpose][value={NEEDS[site]}]").check()
    form.locator("button[value=save]").click()
    says_age(page, site)
    expect(first_layer(page)).to_have_count(0)
    assert page.url == demo.url(site, "/privacy")
    leaf = newest(demo, site)
    assert leaf["method"] == "save"
    assert list(leaf["fingerprints"]) == [NEEDS[site]]  # type: ignore[call-overload]
    answer = page.goto(url)
    assert answer is not None
    assert answer.status == 200


def test_a_page_that_needs_a_yes(demo: Demo, visitor: Visitor, site: str) -> None:
    answer = visitor.page.goto(demo.url(site, "/for-you"))
    assert answer is not None
    assert answer.status == 403
    visitor.forgive("403 (")
    visitor.page.locator("main a").first.click()
    centre(visitor.page)


def test_withdraw(demo: Demo, visitor: Visitor, site: str) -> None:  # R7
    page = visitor.goes(demo.url(site))
    accepts(page, site)
    url = demo.url(site, "/pricing")
    page.goto(url)  # a page under the yes: the server sets its HttpOnly cookie
    for cookie in ({"name": "_mdw"}, {"name": "_mdw_visit"}, {"name": "_ltn"}, {"name": "mine"}):
        visitor.context.add_cookies([{**cookie, "value": "1", "url": demo.url(site)}])  # type: ignore[typeddict-item]
    assert {"_mdw", "_mdw_srv", "_ltn"} <= {cookie["name"] for cookie in visitor.cookies()}
    form = to_settings(page)
    form.locator("button[value=withdraw]").click()
    page.wait_for_url(url)
    assert {cookie["name"] for cookie in visitor.cookies()} == {f"consent_{site}", "mine"}
    assert newest(demo, site)["method"] == "withdraw"
    page.goto(demo.url(site))
    expect(first_layer(page)).to_have_count(0)
    assert {cookie["name"] for cookie in visitor.cookies()} == {f"consent_{site}", "mine"}


def test_the_way_back_and_the_declaration(demo: Demo, visitor: Visitor, site: str) -> None:
    url = demo.url(site, "/create")
    page = visitor.goes(url)
    button(page, "choose").click()
    centre(page)
    page.locator("footer a", has_text="What is stored").click()
    expect(page.locator(".consent-declaration table").first).to_be_visible()
    page.go_back()
    page.locator("header a").click()
    assert page.url == url


def test_an_age_below_grants_nothing(demo: Demo, visitor: Visitor, site: str) -> None:
    page = visitor.goes(demo.url(site))
    button(page, "accept_all").click()
    if site not in ASKS_AGE:
        expect(page.locator("input[type=radio]")).to_have_count(0)
        return
    says_age(page, site, "under")
    expect(first_layer(page)).to_have_count(0)
    leaf = newest(demo, site)
    assert (leaf["age"], leaf["fingerprints"]) == ("under", {})
