"""What a first and a return visit cost the browser: ours, mounted and by one tag, beside other banners.

Bytes are those of what the banner adds: each of its files, and what the document grew by, at Brotli 11. Times are
medians of rounds in which all contestants take turns. What the figures mean is said in docs/performance.md.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

from . import install, peers, visits
from .rounds import each
from .serving import GRANIAN, free_port, serve
from .tables import Table
from .visits import SLOWER, Contestant

SERVER = "consent.localhost"  # where the tag comes from: another site than the page's
BARE = "no banner"
MOUNTED = "this project, mounted"
TAG = "this project, one tag"
QUIET = ("--disable-background-networking", "--disable-component-update", "--no-first-run", "--disable-gpu")
ACCEPT = '#consent-form > .consent-buttons [value="accept_all"]'

FIRST = {
    "server answered": "answered",
    "first paint": "fcp",
    "banner visible": "visible",
    "script": "script",
    "click to gated script": "click",
}
RETURN = {"first paint": "return: fcp", "script": "return: script", "gated script ran": "return: counted"}
RATIOS = {
    "banner visible": "visible",
    "script": "script",
    "click to gated script": "click",
    "return: script": "return: script",
    "return: gated script ran": "return: counted",
}


def measure(rounds: int = 11) -> list[Table]:
    """Tables of bytes, of files, of times, and of the others' figures as multiples of ours."""
    port = free_port()
    os.environ["BENCH_PEERS"] = str(install.folder())
    os.environ["BENCH_TAG"] = f"http://{SERVER}:{port}"
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="consent-bench-")))
        others = stack.enter_context(serve(GRANIAN, "peers", folder / "peers", threads=4))
        os.environ["BENCH_ORIGIN"] = others.url("")
        mounted = stack.enter_context(serve(GRANIAN, "mounted", folder / "mounted", threads=4))
        stack.enter_context(serve(GRANIAN, "tag", folder / "tag", threads=4, port=port))
        contestants = [
            Contestant(BARE, others.url("/")),
            Contestant(MOUNTED, mounted.url("/"), "#consent", ACCEPT),
            Contestant(TAG, others.url("/page/tag"), "consent-banner >>> #consent", ACCEPT),
            *(Contestant(p.name, others.url(f"/page/{p.page}"), p.banner, p.accept) for p in peers.ALL),
        ]
        browser = stack.enter_context(_browser())
        each("bytes", [(c.name, partial(visits.weigh, browser, c)) for c in contestants], 1)
        each("times", [(c.name, partial(visits.time, browser, c)) for c in contestants], rounds)
        note = (
            f"Medians of {rounds} rounds, in brackets the middle half. Chromium {browser.version} and the servers "
            f"share {os.cpu_count()} cores; the network is the loopback."
        )
    return [
        _bytes(contestants),
        _files(contestants),
        _times(f"First visit at {SLOWER}x CPU throttle (ms)", FIRST, contestants, note),
        _times(f"Return visit at {SLOWER}x CPU throttle (ms)", RETURN, contestants, note),
        _ratios(contestants),
    ]


def launched(playwright: Playwright) -> Browser:
    """Chromium: the one that CHROMIUM names, else the system's, else Playwright's own."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    arguments = [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else list(QUIET)
    return playwright.chromium.launch(executable_path=program, args=arguments)


@contextlib.contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launched(playwright)
        try:
            yield browser
        finally:
            browser.close()


def _bytes(contestants: Sequence[Contestant]) -> Table:
    table = Table(
        "Bytes that a banner adds (Brotli 11)",
        (
            "banner",
            "first visit",
            "of it in the page",
            "requests",
            "return visit",
            "of it over the network",
            "requests on return",
            "from the cache",
        ),
    )
    bare = contestants[0].weights[0].document
    for contestant in contestants[1:]:
        first, back = contestant.weights
        grown, grown_back = first.document - bare, back.document - bare
        figures = (
            grown + sum(file.size for file in first.files),
            grown,
            len(first.asked),
            grown_back + sum(file.size for file in back.files),
            grown_back + sum(file.size for file in back.asked),
            len(back.asked),
            len(back.files) - len(back.asked),
        )
        table.add(contestant.name, *(f"{figure:,}" for figure in figures))
    return table


def _files(contestants: Sequence[Contestant]) -> Table:
    table = Table("Their files on a first visit (Brotli 11)", ("banner", "files"))
    for contestant in contestants[1:]:
        files = contestant.weights[0].files
        table.add(contestant.name, ", ".join(f"{file.name} {file.size:,}" for file in files) or "none")
    return table


def _times(title: str, columns: dict[str, str], contestants: Sequence[Contestant], note: str) -> Table:
    shifts = columns is FIRST
    table = Table(title, ("banner", *columns, *(["layout shift"] if shifts else [])), note=note)
    for c in contestants:
        cells = [spread(_values(c, name)) for name in columns.values()]
        if shifts:
            cells.append(f"{statistics.median(_values(c, 'cls')):.3f}")
        if any(cell != "–" for cell in cells):
            table.add(c.name, *cells)
    return table


def _ratios(contestants: Sequence[Contestant]) -> Table:
    table = Table(
        f"As multiples of {TAG}",
        ("banner", "bytes, first visit", "bytes, return", *RATIOS),
        note="Times: medians of the ratios, round by round. Above 1 is more than ours.",
    )
    bare = contestants[0].weights[0].document
    ours = next(c for c in contestants if c.name == TAG)
    for c in contestants[1:]:
        weights = [
            _weight(theirs, bare) / _weight(mine, bare) for theirs, mine in zip(c.weights, ours.weights, strict=True)
        ]
        times = [ratio(_values(c, name), _values(ours, name)) for name in RATIOS.values()]
        table.add(c.name, *(f"{figure:.2f}" for figure in (*weights, *times)))
    return table


def _weight(weight: visits.Weight, bare: int) -> int:
    return weight.document - bare + sum(file.size for file in weight.files)


def _values(contestant: Contestant, name: str) -> list[float]:
    return [figures[name] for figures in contestant.figures if name in figures]


def spread(values: Sequence[float]) -> str:
    """The median, and the quartiles if there are enough values for them."""
    if not values:
        return "–"
    if len(values) < 4:
        return f"{statistics.median(values):.0f}"
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"{middle:.0f} ({low:.0f}–{high:.0f})"


def ratio(values: Sequence[float], others: Sequence[float]) -> float:
    """The median of the ratios, round by round."""
    return statistics.median(a / b for a, b in zip(values, others, strict=True))
