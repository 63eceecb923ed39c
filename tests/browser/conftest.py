"""A browser, the demo's five sites behind a real server, and visitors whose traffic is written down."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright

from consent.scan.browser import ARGUMENTS, executable

from .demo import Demo
from .twins import Twins
from .visitor import Visitor
from .workshop import Workshop

READY = 30  # seconds that a server may take to listen


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(
        executable_path=executable(playwright.chromium.executable_path), args=[*ARGUMENTS]
    )
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def windowed(playwright: Playwright) -> Iterator[Browser]:
    """The browser that people have, with tabs and pages that it keeps: a shell has neither."""
    browser = playwright.chromium.launch(
        executable_path=executable(playwright.chromium.executable_path, windows=True),
        args=[*ARGUMENTS],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`consent demo` itself, on a free port."""
    folder = tmp_path_factory.mktemp("demo")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("consent")), "demo", "--port", str(port), "--data", str(folder)]
    with (folder / "out.txt").open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as server:
        try:
            _wait_for(port, server, folder / "out.txt")
            made = Demo(port, folder)
            yield made
            made.close()
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()


def _wait_for(port: int, server: subprocess.Popen[bytes], out: Path) -> None:
    end = time.monotonic() + READY
    while time.monotonic() < end:
        assert server.poll() is None, out.read_text(encoding="utf-8")
        with socket.socket() as attempt:
            attempt.settimeout(1)
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"The demo does not listen on {port}: {out.read_text(encoding='utf-8')}")


@pytest.fixture(scope="session")
def twins(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    """The same five sites with one script tag each."""
    made = Twins(demo, tmp_path_factory.mktemp("twins"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def sites(request: pytest.FixtureRequest) -> Demo:
    """The five sites, with consent mounted or with a tag: what people meet is the same. See `demo.each_place`."""
    found: Demo = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session", params=[False, True], ids=["mounted", "tag"])
def workshop(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Workshop]:
    """A site of the tests' own, whose pages they write themselves; then the same with a tag of another origin."""
    made = Workshop(tmp_path_factory.mktemp("workshop"), tagged=request.param)
    yield made
    made.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors, each in a browser of their own. At the end none of their pages may have complained."""
    made: list[Visitor] = []

    def visit(**options: Any) -> Visitor:
        made.append(Visitor(browser.new_context(**options)))
        return made[-1]

    yield visit
    complaints = [text for visitor in made for text in visitor.complaints]
    for visitor in made:
        visitor.context.close()
    assert complaints == []


@pytest.fixture
def visitor(visit: Callable[..., Visitor]) -> Visitor:
    return visit()
