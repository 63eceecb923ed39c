"""Visits a page as people would who refuse, accept, take it back, or send a signal, and writes down what happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from ..regimes import Regime
from ..site.model import Site
from .browser import ARGUMENTS, ScanError, executable
from .check import Finding, Seen, Stored, accepted, check, presumed, unasked

STEPS = (
    "before an answer",
    "with the signal",
    "after Refuse all",
    "on return",
    "after Accept all",
    "after the withdrawal",
)
PATIENCE = 15_000  # milliseconds that a page, a button or a stored choice may take
MOST_HOSTS = 1000
_STORED = """async () => [
    ...Object.keys(localStorage).map(name => ["local", name]),
    ...Object.keys(sessionStorage).map(name => ["session", name]),
    ...(await indexedDB.databases()).map(({ name }) => ["indexeddb", name]),
]"""
_SIGNAL = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })"


def scan(url: str, site: Site, regime: Regime, settle: float) -> Iterator[tuple[str, list[Finding]]]:
    """Each step with what is wrong in it. `settle`: seconds that a page gets to do what it should not.

    Raises ScanError when the page, its first layer or the way back to the choices cannot be had.
    """
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=executable(playwright.chromium.executable_path), args=[*ARGUMENTS]
            )
        except PlaywrightError as error:
            raise ScanError(f"The browser does not start: {_first(error)}") from error
        try:
            yield from _steps(_Scan(browser, url, site, regime, settle))
        except PlaywrightError as error:
            raise ScanError(f"{url} cannot be looked at: {_first(error)}") from error
        finally:
            browser.close()


def _first(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _steps(look: _Scan) -> Iterator[tuple[str, list[Finding]]]:
    site, regime = look.site, look.regime
    presumes = presumed(site, regime, False)
    with look.visitor() as visit:
        visit.load()
        yield visit.step(STEPS[0], presumes)
    with look.visitor(signal=True) as visit:
        visit.load()
        yield visit.step(STEPS[1], presumed(site, regime, True))
    with look.visitor() as visit:
        visit.load()
        visit.press("reject_all")
        visit.forget()  # what was asked for before the answer was looked at above
        yield visit.step(STEPS[2], unasked(site))
        visit.load()
        yield visit.step(STEPS[3], unasked(site))
    with look.visitor() as visit:
        visit.load()
        visit.press("accept_all")
        yield visit.step(STEPS[4], accepted(site))
        visit.press("withdraw")
        visit.load()
        yield visit.step(STEPS[5], unasked(site))


class _Scan:
    """What every visit of a scan shares."""

    def __init__(self, browser: Browser, url: str, site: Site, regime: Regime, settle: float) -> None:
        self.browser, self.url, self.site, self.regime, self.settle = browser, url, site, regime, settle
        self.own = {urlsplit(address).hostname or "" for address in (url, *site.origins)} | set(site.allow)

    @contextmanager
    def visitor(self, *, signal: bool = False) -> Iterator[_Visit]:
        """Somebody who has never been here."""
        context = self.browser.new_context(extra_http_headers={"Sec-GPC": "1"} if signal else {})
        if signal:
            context.add_init_script(_SIGNAL)
        try:
            yield _Visit(self, context)
        finally:
            context.close()


class _Visit:
    """One person's visit."""

    def __init__(self, look: _Scan, context: BrowserContext) -> None:
        self.look, self.context = look, context
        self.page: Page = context.new_page()
        self.hosts: set[str] = set()
        context.on("request", self._note)

    def _note(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https") and parts.hostname and len(self.hosts) < MOST_HOSTS:
            self.hosts.add(parts.hostname)

    def forget(self) -> None:
        """Forget which hosts were asked so far."""
        self.hosts.clear()

    def load(self) -> None:
        """Open the page, look at all of it without touching anything, and wait."""
        self.forget()
        answer = self.page.goto(self.look.url, timeout=PATIENCE)
        if answer is None or answer.status >= 400:
            raise ScanError(
                f"{self.look.url} answers {answer.status if answer else 'nothing'}: there is nothing to look at."
            )
        self.page.mouse.wheel(0, 100_000)  # scrolling is no consent (regulation R1)
        self.wait()

    def wait(self) -> None:
        """Give the page its time."""
        self.page.wait_for_timeout(self.look.settle * 1000)

    def press(self, choice: str) -> None:
        """Answer, in the first layer or, to take a yes back, in the preference centre; and wait until it is stored."""
        before = self._token()
        if choice == "withdraw":
            self._click("[data-consent-open]", "a way back to the choices (regulation R7)")
        self._click(f"button[name=choice][value={choice}]", f"a button “{choice}” (regulation R2)")
        waited = 0
        while self._token() in ("", before):
            if waited >= PATIENCE:
                raise ScanError(f"After “{choice}” no choice is stored within {PATIENCE // 1000} seconds.")
            self.page.wait_for_timeout(100)
            waited += 100
        self.wait()

    def _click(self, selector: str, what: str) -> None:
        """Press the first of these that can be seen, also within the tag's shadow root."""
        try:
            self.page.locator(selector).locator("visible=true").first.click(timeout=PATIENCE)
        except PlaywrightError as error:
            raise ScanError(f"{self.look.url} lacks {what}. Is the tag, or the extension, on this page?") from error

    def _token(self) -> str:
        name = self.look.site.cookie
        return next((cookie["value"] for cookie in self.context.cookies(self.look.url) if cookie["name"] == name), "")

    def step(self, name: str, allowed: frozenset[str]) -> tuple[str, list[Finding]]:
        """What is not as it should be now."""
        stored = {Stored("cookie", cookie["name"], cookie["domain"].lstrip(".")) for cookie in self.context.cookies()}
        stored |= {Stored(kind, key) for kind, key in self.page.evaluate(_STORED)}
        look = self.look
        own = look.own | {urlsplit(frame).hostname or "" for frame in self._servers()}
        return name, list(check(look.site, own, name, Seen(frozenset(self.hosts), frozenset(stored)), allowed))

    def _servers(self) -> list[str]:
        """Where the tag is loaded from."""
        tag = f"/{self.look.site.id}.js"
        sources: list[str] = self.page.evaluate("() => [...document.scripts].map(script => script.src)")
        return [source for source in sources if urlsplit(source).path.endswith(tag)]
