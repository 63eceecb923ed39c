"""What a first and a return visit cost the browser: ours, mounted, beside other banners in the same page.

Each load is a browser context of its own, at a quarter of the CPU's speed, all contestants in turn. Bytes are
those of what the banner adds: its files, and what the document grew by, both at Brotli 11.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

from . import peers
from .rounds import each
from .serving import GRANIAN, serve
from .tables import Table

SLOWER = 4  # times
SETTLED = 1500  # ms after load until the figures are read
QUIET = ("--disable-background-networking", "--disable-component-update", "--no-first-run", "--disable-gpu")
PROBE = """(selector => {
  const seen = (window.__seen = { cls: 0 });
  const observe = (type, f) =>
    new PerformanceObserver(l => l.getEntries().forEach(f)).observe({ type, buffered: true });
  observe("paint", e => { if (e.name === "first-contentful-paint") seen.fcp = e.startTime; });
  observe("layout-shift", e => { if (!e.hadRecentInput) seen.cls += e.value; });
  const opacity = e => (e ? +getComputedStyle(e).opacity * opacity(e.parentElement) : 1);
  const look = () => {
    const e = document.querySelector(selector);
    if (e?.checkVisibility({ visibilityProperty: true }) && opacity(e) > 0.5) {
      const box = e.getBoundingClientRect();
      const height = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
      if (box.height && height > box.height / 2) return (seen.visible = performance.now());
    }
    if (performance.now() < 8000) requestAnimationFrame(look);
  };
  if (selector) requestAnimationFrame(look);
})(%r)"""

READ = """({
  ...window.__seen,
  counted: window.counted,
  answered: performance.getEntriesByType("navigation")[0].responseStart,
})"""


@dataclass
class Contestant:
    """A page with a banner, or without any, and what came of its loads."""

    name: str
    url: str
    banner: str = ""
    accept: str = ""
    state: Any = None  # what a browser that said yes keeps
    first: list[dict[str, float]] = field(default_factory=list)
    again: list[dict[str, float]] = field(default_factory=list)
    sizes: dict[str, tuple[int, int, int]] = field(default_factory=dict)  # document, files, requests

    def median(self, which: str, name: str) -> float | None:
        """The median of one figure over the rounds."""
        values = [load[name] for load in getattr(self, which) if load.get(name) is not None]
        return statistics.median(values) if values else None


def measure(rounds: int = 9) -> list[Table]:
    """A table of bytes and one of times."""
    os.environ["BENCH_PEERS"] = str(peers.folder())
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="consent-bench-")))
        ours = stack.enter_context(serve(GRANIAN, "mounted", folder / "ours", threads=4))
        others = stack.enter_context(serve(GRANIAN, "peers", folder / "peers", threads=4))
        contestants = [
            Contestant("no banner", others.url("/")),
            Contestant("this project, mounted", ours.url("/"), "#consent", '#consent [value="accept_all"]'),
            *(Contestant(p.name, others.url(f"/page/{p.name}"), p.banner, p.accept) for p in peers.ALL),
        ]
        browser = stack.enter_context(_browser())
        for contestant in contestants:
            _weigh(browser, contestant)
        steps: list[tuple[str, Callable[[], object]]] = []
        for contestant in contestants:
            steps.append((contestant.name, partial(_load, browser, contestant, contestant.first, None)))
            if contestant.state:
                steps.append((contestant.name, partial(_load, browser, contestant, contestant.again, contestant.state)))
        each("browser", steps, rounds)
        version = browser.version
    return [_bytes(contestants), _times(contestants, version, rounds)]


@contextlib.contextmanager
def _browser() -> Any:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        arguments = [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else list(QUIET)
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


def _open(browser: Browser, contestant: Contestant, state: Any = None) -> tuple[BrowserContext, Page]:
    context = browser.new_context(storage_state=state, locale="en-GB", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.add_init_script(PROBE % contestant.banner)
    return context, page


def _weigh(browser: Browser, contestant: Contestant) -> None:
    """Bytes of a first visit and of a return, and what the browser keeps after a yes."""
    for visit in ("first", "again"):
        if visit == "again" and not contestant.accept:
            break
        context, page = _open(browser, contestant, contestant.state if visit == "again" else None)
        got: list[Response] = []
        page.on("response", partial(_keep, got))
        page.goto(contestant.url, wait_until="load")
        page.wait_for_timeout(SETTLED)
        bodies = [(r.request.is_navigation_request(), _size(r.body())) for r in got if "favicon" not in r.url]
        document = sum(size for is_document, size in bodies if is_document)
        files = [size for is_document, size in bodies if not is_document]
        contestant.sizes[visit] = document, sum(files), len(files)
        if visit == "first" and contestant.accept:
            page.locator(contestant.accept).first.click()
            page.wait_for_function("window.counted")  # the gated script ran
            page.wait_for_timeout(500)
            contestant.state = context.storage_state()
        context.close()


def _keep(got: list[Response], response: Response) -> None:
    got.append(response)


def _size(body: bytes) -> int:
    return len(brotli.compress(body, quality=11))


def _load(browser: Browser, contestant: Contestant, figures: list[dict[str, float]], state: Any) -> None:
    context, page = _open(browser, contestant, state)
    devtools = context.new_cdp_session(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    devtools.send("Performance.enable")
    page.goto(contestant.url, wait_until="load")
    if contestant.banner and not state:
        page.wait_for_function("window.__seen.visible", timeout=10_000)
    page.wait_for_timeout(SETTLED)
    found: dict[str, float] = page.evaluate(READ)
    metrics = {m["name"]: m["value"] * 1000 for m in devtools.send("Performance.getMetrics")["metrics"]}
    figures.append({**found, "script": metrics["ScriptDuration"], "task": metrics["TaskDuration"]})
    context.close()


def _bytes(contestants: list[Contestant]) -> Table:
    table = Table(
        "Bytes that a banner adds (Brotli 11)",
        ("banner", "first visit", "of it in the page", "requests", "return visit", "requests on return"),
    )
    bare = contestants[0].sizes["first"][0]
    for contestant in contestants[1:]:
        (document, files, requests), (document2, files2, requests2) = (
            contestant.sizes["first"],
            contestant.sizes["again"],
        )
        grown, grown2 = document - bare, document2 - bare
        row = (grown + files, grown, requests, grown2 + files2, requests2)
        table.add(contestant.name, *(f"{figure:,}" for figure in row))
    return table


def _times(contestants: list[Contestant], version: str, rounds: int) -> Table:
    table = Table(
        f"Time and layout at {SLOWER}x CPU throttle (ms)",
        (
            "banner",
            "server answered",
            "first paint",
            "banner visible",
            "script",
            "layout shift",
            "return: script",
            "return: gated ran",
        ),
        note=f"Medians of {rounds} rounds in Chromium {version}. Script is the main thread's, with the probe's own.",
    )
    for c in contestants:
        times = [c.median("first", name) for name in ("answered", "fcp", "visible", "script")]
        shift = c.median("first", "cls")
        again = [c.median("again", name) for name in ("script", "counted")]
        table.add(c.name, *map(_ms, times), "–" if shift is None else f"{shift:.3f}", *map(_ms, again))
    return table


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"
