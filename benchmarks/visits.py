"""One contestant and one browser: what a first visit and a return load, and how long both take.

A first visit is a browser context of its own; the return is a new tab in it, with what the browser keeps by then:
cookies, storage and the files that may be cached.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import brotli
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Response

SLOWER = 4  # times
SETTLED = 1500  # ms after load and banner until the figures are read
STORED = 500  # ms after a yes until the tab is closed
PATIENCE = 30_000  # ms that anything may take
PROBE = Path(__file__).with_name("probe.js").read_text(encoding="utf-8").rstrip()
READ = """() => ({
  ...window.__seen,
  counted: window.counted,
  answered: performance.getEntriesByType("navigation")[0].responseStart,
})"""


@dataclass(frozen=True)
class File:
    """Something that a page loaded: its name, its bytes at Brotli 11, and whether it came from the cache."""

    name: str
    size: int
    cached: bool


@dataclass(frozen=True)
class Weight:
    """A page view: the document's bytes, and what it loaded."""

    document: int
    files: tuple[File, ...]

    @property
    def asked(self) -> tuple[File, ...]:
        """What went over the network."""
        return tuple(file for file in self.files if not file.cached)


@dataclass
class Contestant:
    """A page with a banner, or without any, and what came of its visits."""

    name: str
    url: str
    banner: str = ""
    accept: str = ""
    weights: list[Weight] = field(default_factory=list)  # first visit, return
    figures: list[dict[str, float]] = field(default_factory=list)  # one a round


def weigh(browser: Browser, contestant: Contestant) -> None:
    """What a first visit loads, and a return after a yes."""
    with _context(browser) as context:
        page, devtools = _tab(context, contestant)
        weights = [_weight(page, devtools, contestant)]
        if contestant.banner:
            _accept(page, contestant)
            page.close()
            weights.append(_weight(*_tab(context, contestant), contestant, back=True))
    contestant.weights = weights


def time(browser: Browser, contestant: Contestant) -> None:
    """A first visit, a yes and a return, at a part of the CPU's speed."""
    with _context(browser) as context:
        page, devtools = _tab(context, contestant)
        _slow(devtools)
        figures = _times(page, devtools, contestant)
        if contestant.banner:
            figures["click"] = _accept(page, contestant)
            page.close()
            page, devtools = _tab(context, contestant)
            _slow(devtools)
            again = _times(page, devtools, contestant, back=True)
            figures |= {f"return: {name}": value for name, value in again.items()}
    contestant.figures.append(figures)


@contextlib.contextmanager
def _context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE)
    try:
        yield context
    finally:
        context.close()


def _tab(context: BrowserContext, contestant: Contestant) -> tuple[Page, CDPSession]:
    page = context.new_page()
    page.add_init_script(f"{PROBE}({json.dumps(contestant.banner)})")
    return page, context.new_cdp_session(page)


def _visit(page: Page, contestant: Contestant, back: bool) -> None:
    """Open the page and wait until it has settled."""
    page.goto(contestant.url, wait_until="load")
    if contestant.banner:
        _await(page, "window.counted" if back else "window.__seen.visible", contestant)
    page.wait_for_timeout(SETTLED)


def _await(page: Page, what: str, contestant: Contestant) -> None:
    try:
        page.wait_for_function(what, polling=100)
    except Exception as error:
        raise RuntimeError(f"{contestant.name}: {what} did not come about on {page.url}") from error


def _accept(page: Page, contestant: Contestant) -> float:
    """Click on what accepts all. Returns the ms until the gated script ran."""
    if page.evaluate("window.counted"):
        raise RuntimeError(f"{contestant.name}: the gated script ran before there was a yes")
    box = page.locator(contestant.accept).first.bounding_box()
    if not box:
        raise RuntimeError(f"{contestant.name}: nothing to click at {contestant.accept}")
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    _await(page, "window.counted", contestant)
    page.wait_for_timeout(STORED)
    passed: float = page.evaluate("window.counted - window.__seen.clicked")
    return passed


def _weight(page: Page, devtools: CDPSession, contestant: Contestant, back: bool = False) -> Weight:
    got: list[Response] = []
    addresses: dict[str, str] = {}
    cached: set[str] = set()

    def sent(event: Any) -> None:
        addresses[event["requestId"]] = event["request"]["url"]

    def answered(event: Any) -> None:
        if event["response"].get("fromDiskCache"):
            cached.add(event["response"]["url"])

    page.on("response", lambda response: got.append(response))
    devtools.on("Network.requestWillBeSent", sent)
    devtools.on("Network.responseReceived", answered)
    devtools.on("Network.requestServedFromCache", lambda event: cached.add(addresses[event["requestId"]]))
    devtools.send("Network.enable")
    _visit(page, contestant, back)
    document, files = 0, []
    for response in got:
        path = urlsplit(response.url).path
        if response.request.is_navigation_request():
            document += _size(response)
        elif not path.endswith("favicon.ico"):
            files.append(File(path.rpartition("/")[2], _size(response), response.url in cached))
    return Weight(document, tuple(files))


def _size(response: Response) -> int:
    return len(brotli.compress(response.body(), quality=11))


def _slow(devtools: CDPSession) -> None:
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    devtools.send("Performance.enable")


def _times(page: Page, devtools: CDPSession, contestant: Contestant, back: bool = False) -> dict[str, float]:
    _visit(page, contestant, back)
    metrics = {each["name"]: each["value"] * 1000 for each in devtools.send("Performance.getMetrics")["metrics"]}
    found: dict[str, float | None] = page.evaluate(READ)
    figures = {name: value for name, value in found.items() if value is not None}
    return {**figures, "script": metrics["ScriptDuration"]}
