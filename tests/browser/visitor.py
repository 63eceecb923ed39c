"""A visitor: one browser context, all that it asked for, all that its pages complained of, and what people do."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Locator, Page, Request, WebError, expect

BOUND = 10_000  # milliseconds that anything may take
STORED = """async () => ({
  local: Object.keys(localStorage), session: Object.keys(sessionStorage),
  databases: (await indexedDB.databases()).map(each => each.name),
})"""
VENDOR_NAMES = ("_mdw", "mdw_", "_ltn", "ltn_", "lantern_", "_fern")

expect.set_options(timeout=BOUND)


@dataclass
class Visitor:
    """`page` is the first tab; more come from `context.new_page()`."""

    context: BrowserContext
    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(BOUND)
        self.context.on("request", lambda request: self.requests.append(request))
        self.context.on("console", self._console)
        self.context.on("weberror", self._error)
        self.page = self.context.new_page()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _error(self, error: WebError) -> None:
        self.complaints.append(f"thrown: {error.error}")

    def forgive(self, text: str) -> None:
        """Strike out complaints that say `text`: those that a test means to cause."""
        self.complaints[:] = [each for each in self.complaints if text not in each]

    # what they asked for

    def to_host(self, name: str) -> list[str]:
        """The addresses that were requested from a host."""
        return [each.url for each in self.requests if urlsplit(each.url).hostname == name]

    def to_vendor(self) -> list[str]:
        """What went to the vendors, as `file` or `collect`."""
        return [urlsplit(url).path.lstrip("/") for url in self.to_host("vendor.localhost")]

    def to_us(self) -> list[str]:
        """What was requested because of us, pages themselves left out."""
        ours = [each.url for each in self.requests if urlsplit(each.url).path.startswith("/consent/")]
        return ours + self.to_host("consent.localhost")

    # what lies on their device

    def cookies(self) -> list[dict[str, Any]]:
        """Every cookie that the browser holds, of any host."""
        return [dict(cookie) for cookie in self.context.cookies()]

    def stored(self, page: Page | None = None) -> dict[str, list[str]]:
        """The names of all that is stored, as a page of the site and the browser itself see it."""
        found: dict[str, list[str]] = (page or self.page).evaluate(STORED)
        return {"cookies": sorted({cookie["name"] for cookie in self.cookies()}), **found}

    def of_vendors(self, page: Page | None = None) -> list[str]:
        """The names of what a vendor stored."""
        return sorted({name for names in self.stored(page).values() for name in names if name.startswith(VENDOR_NAMES)})

    def holds(self, site: str) -> dict[str, Any] | None:
        """The site's consent cookie."""
        return next((cookie for cookie in self.cookies() if cookie["name"] == f"consent_{site}"), None)

    # what they do

    def goes(self, url: str, banner: bool | None = None) -> Page:
        """Open a page. With `banner` True wait until the banner answers, with False see that there is none."""
        self.page.goto(url)
        if banner:
            asked(self.page)
        elif banner is False:
            expect(first_layer(self.page)).to_be_hidden()
        return self.page

    def accepts(self, page: Page | None = None) -> None:
        """Accept all on the banner, and say one's age where that is asked; ends when the record is there."""
        page = page or self.page
        button(page, "accept_all").click()
        if page.locator("#consent .consent-age").count():
            says_age(page.locator("#consent"))
        until(page, "window.consent?.record?.i")
        acknowledged(page)

    def refuses(self, page: Page | None = None) -> None:
        """Refuse all on the banner; ends when the server has recorded it."""
        page = page or self.page
        button(page, "reject_all").click()
        acknowledged(page)

    def opens_centre(self, page: Page | None = None) -> Locator:
        """The preference centre as a dialog: by the banner's button, else by the link that stands on every page."""
        page = page or self.page
        choose = button(page, "choose")
        (choose if choose.is_visible() else page.locator("[data-consent-open]").first).click()
        dialog = page.locator("#consent-dialog")
        expect(dialog).to_be_visible()
        return dialog

    def withdraws(self, page: Page | None = None) -> None:
        """Withdraw everything in the preference centre; ends on the page that was loaded again."""
        page = page or self.page
        withdraws_here(self.opens_centre(page))


def until(page: Page, expression: str, arg: Any = None) -> Any:
    """Wait until a page says so. (`wait_for_function` evaluates text in the page, which a strict policy forbids.)"""
    end = time.monotonic() + BOUND / 1000
    found = None
    while time.monotonic() < end:
        try:
            if found := page.evaluate(expression, arg):
                return found
        except Error as error:
            if "context was destroyed" not in str(error) and "navigation" not in str(error):
                raise
        page.wait_for_timeout(20)
    raise AssertionError(f"never came true: {expression} (last: {found!r})")


def first_layer(page: Page) -> Locator:
    """The banner."""
    return page.locator("#consent")


def button(page: Page, choice: str) -> Locator:
    """A button of the banner's first layer."""
    return page.locator(f"#consent-form > .consent-buttons button[value={choice}]")


def asked(page: Page) -> None:
    """Wait until the banner stands and its script is there."""
    expect(page.locator("#consent[role=dialog]")).to_be_visible()


def says_age(form: Locator, answer: str = "over") -> None:
    """Answer the age question in place."""
    form.locator(f".consent-age input[value={answer}]").check()
    form.locator(".consent-age button").first.click()


def acknowledged(page: Page) -> None:
    """Wait until the server's answer is in the cookie and nothing is waiting to be sent."""
    until(page, "window.consent?.record && !consent.record.p && !localStorage.consent_pending")


def withdraws_here(dialog: Locator) -> None:
    """Withdraw everything in a preference centre that is open; ends on the page that was loaded again."""
    page = dialog.page
    with page.expect_navigation():
        dialog.locator("button[value=withdraw]").click()
    acknowledged(page)
