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
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import brotli
from playwright.sync_api import Browser, BrowserContext, Response

SLOWER = 4  # times
SETTLED = 1500  # ms after load and banner until the figures are read
STORED = 500  # ms after a yes until the tab is closed
PATIENCE = 30.0  # seconds that anything may take
LOOK = 50  # ms between two looks at what is waited for
PROBE = Path(__file__).with_name("probe.js").read_text(encoding="utf-8").rstrip()
READ = """({
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


class Tab:
    """A tab with the probe in it, which looks for `banner`.

    What is asked of the page before its figures are read goes by DevTools alone: Playwright's own way evaluates a
    library first, whose time would count as the page's.
    """

    def __init__(self, context: BrowserContext, contestant: Contestant, banner: str) -> None:
        self.contestant = contestant
        self.banner = banner
        self.page = context.new_page()
        self.page.add_init_script(f"{PROBE}({json.dumps(banner)})")
        self.devtools = context.new_cdp_session(self.page)

    def ask(self, expression: str) -> Any:
        """What an expression is in the page."""
        reply = self.devtools.send("Runtime.evaluate", {"expression": expression, "returnByValue": True})
        return reply["result"].get("value")

    def visit(self) -> None:
        """Open the page and wait until it has settled."""
        self.page.goto(self.contestant.url, wait_until="load")
        if self.contestant.banner:
            self._await("window.__seen.visible" if self.banner else "window.counted")
        self.page.wait_for_timeout(SETTLED)

    def accept(self) -> float:
        """Click on what accepts all. Returns the ms until the gated script ran."""
        name, button = self.contestant.name, self.contestant.accept
        if self.ask("window.counted"):
            raise RuntimeError(f"{name}: the gated script ran before there was a yes")
        box = self.page.locator(button).first.bounding_box()
        if not box:
            raise RuntimeError(f"{name}: nothing to click at {button}")
        self.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self._await("window.counted")
        self.page.wait_for_timeout(STORED)
        passed: float = self.ask("window.counted - window.__seen.clicked")
        return passed

    def weight(self) -> Weight:
        """What a visit loads."""
        got: list[Response] = []
        addresses: dict[str, str] = {}
        cached: set[str] = set()

        def sent(event: Any) -> None:
            addresses[event["requestId"]] = event["request"]["url"]

        def answered(event: Any) -> None:
            if event["response"].get("fromDiskCache"):
                cached.add(event["response"]["url"])

        self.page.on("response", lambda response: got.append(response))
        self.devtools.on("Network.requestWillBeSent", sent)
        self.devtools.on("Network.responseReceived", answered)
        self.devtools.on("Network.requestServedFromCache", lambda event: cached.add(addresses[event["requestId"]]))
        self.devtools.send("Network.enable")
        self.visit()
        document, files = 0, []
        for response in got:
            if response.request.is_navigation_request():
                document += _size(response)
            else:
                name = urlsplit(response.url).path.rpartition("/")[2]
                files.append(File(name, _size(response), response.url in cached))
        return Weight(document, tuple(files))

    def times(self) -> dict[str, float]:
        """What a visit takes, at a part of the CPU's speed."""
        self.devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        self.devtools.send("Performance.enable")
        self.visit()
        metrics = {
            each["name"]: each["value"] * 1000 for each in self.devtools.send("Performance.getMetrics")["metrics"]
        }
        found: dict[str, float | None] = self.ask(READ)
        figures = {name: value for name, value in found.items() if value is not None}
        return {**figures, "script": metrics["ScriptDuration"]}

    def _await(self, what: str) -> None:
        end = monotonic() + PATIENCE
        while not self.ask(what):
            if monotonic() > end:
                raise RuntimeError(f"{self.contestant.name}: {what} did not come about on {self.page.url}")
            self.page.wait_for_timeout(LOOK)


def weigh(browser: Browser, contestant: Contestant) -> None:
    """What a first visit loads, and a return after a yes."""
    with _context(browser) as context:
        first = Tab(context, contestant, contestant.banner)
        contestant.weights = [first.weight()]
        if contestant.banner:
            first.accept()
            first.page.close()
            contestant.weights.append(Tab(context, contestant, "").weight())


def time(browser: Browser, contestant: Contestant) -> None:
    """A first visit, a yes and a return."""
    with _context(browser) as context:
        first = Tab(context, contestant, contestant.banner)
        figures = first.times()
        if contestant.banner:
            figures["click"] = first.accept()
            first.page.close()
            again = Tab(context, contestant, "").times()
            figures |= {f"return: {name}": value for name, value in again.items()}
    contestant.figures.append(figures)


@contextlib.contextmanager
def _context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE * 1000)
    try:
        yield context
    finally:
        context.close()


def _size(response: Response) -> int:
    return len(brotli.compress(response.body(), quality=11))
