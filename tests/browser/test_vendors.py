"""Vendors' real packages, as they are on npm, under what is declared of each vendor by name.

Each sends to a collector at another origin, whose log is the witness. Before a choice, after a refusal and after a
withdrawal it has received nothing, and the browser has stored nothing.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from consent.site.presets import preset

from .stage import Arrival, Stage
from .visitor import Visitor, acknowledged, until

ENTRIES = Path(__file__).with_name("vendors")
ESBUILD = Path(__file__).parents[2] / "static" / "node_modules" / ".bin" / "esbuild"
VENDORS = sorted(path.stem for path in ENTRIES.glob("*.js"))
NOTHING: dict[str, list[str]] = {"cookies": [], "local": [], "session": [], "databases": []}
OURS = {**NOTHING, "cookies": ["consent_stage"]}
DOCS = (Path(__file__).parents[2] / "docs" / "vendor-signals.md").read_text(encoding="utf-8")
PATIENCE = 3  # seconds in which a vendor's timers, retries and batches have run

# What stands on the device under a name of the site's own, which no preset can know.
OWN_ITEMS: dict[str, list[dict[str, str]]] = {
    "countly": [
        {"name": "stage/cly_*", "kind": "local", "duration": "forever"},
    ],
}
STORELESS = {"plausible"}


def site(name: str, then: str) -> str:
    """A site with one vendor: what is known of it, with our collector as its host."""
    found = preset(name)
    assert found
    about = {**found.in_languages(["en"]), "hosts": [f"{name}.localhost"]}
    about["items"] = [*about.get("items", []), *OWN_ITEMS.get(name, [])]
    table = "".join(f"{key} = {toml(value)}\n" for key, value in about.items())
    return (
        f'[withdrawal]\nthen = "{then}"\n[purposes.analytics]\nretention = "13 months"\nvendors = ["{name}"]\n'
        f"[vendors.{name}]\n{table}"
    )


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + " }"
    return "[" + ", ".join(map(toml, value)) + "]" if isinstance(value, list) else json.dumps(value)


def reply(arrival: Arrival) -> str:
    """What the vendors' servers would answer."""
    if arrival.host.startswith("rudderstack") and "sourceConfig" in arrival.path:
        source = {"id": "stage", "name": "stage", "config": {}, "enabled": True, "destinations": []}
        return json.dumps({"source": {**source, "workspaceId": "stage", "dataplanes": {}}, "updatedAt": "2026-01-01"})
    return '{"status": 1, "result": "Success", "code": 200}'


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Each package with the few lines that start it, as its users bundle it."""
    assert (ENTRIES / "node_modules").is_dir(), "Install the vendors' packages: make vendors"
    folder = tmp_path_factory.mktemp("bundles")
    entries = [str(ENTRIES / f"{name}.js") for name in VENDORS]
    node = shutil.which("node")
    assert node and ESBUILD.exists(), "Install esbuild: make static"
    options = ["--bundle", "--format=iife", '--define:process.env.NODE_ENV="production"', f"--outdir={folder}"]
    subprocess.run([str(ESBUILD), *entries, *options, "--log-level=error"], check=True, timeout=120)
    return {name: (folder / f"{name}.js").read_bytes() for name in VENDORS}


@pytest.fixture(params=VENDORS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["reload", "event"])
def then(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def stage(name: str, then: str, bundles: dict[str, bytes], tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path, site(name, then), reply)
    made.files["/vendor.js"] = bundles[name]
    made.put(f'<script type="text/plain" data-consent="analytics/{name}" src="/vendor.js"></script>')
    made.put("<!-- another page -->", path="/other")
    yield made
    made.close()


def acts(page: Page) -> None:
    """What people and pages do that scripts of this kind watch for."""
    page.mouse.move(40, 40)
    page.mouse.wheel(0, 200)
    page.locator("h1").click()
    page.evaluate("window.track?.()")


def settled(stage: Stage, quiet: float = 0.6, longest: float = 4) -> None:
    """Wait until nothing has arrived for a while, so that what arrives later was sent later."""
    end = time.time() + longest
    while time.time() < end:
        if not stage.sent(since=time.time() - quiet):
            return
        time.sleep(0.05)


def forgive(visitor: Visitor) -> None:
    """Vendors may say on the console that they cannot go on; it is no fault of the page."""
    visitor.complaints.clear()


def starts(visitor: Visitor, stage: Stage) -> Page:
    """A yes: the vendor runs, sends, and stores what it does."""
    page = visitor.goes(stage.url("/"), banner=True)
    visitor.accepts()
    until(page, "!!window.track")
    deadline = time.time() + 10
    while not stage.sent() and time.time() < deadline:
        acts(page)
        page.wait_for_timeout(200)
    acts(page)
    assert stage.sent(), "The vendor never sent: the test would prove nothing."
    return page


@pytest.mark.parametrize("then", ["reload"])
def test_nothing_before_a_choice_or_after_a_refusal(visitor: Visitor, stage: Stage) -> None:
    page = visitor.goes(stage.url("/"), banner=True)
    acts(page)
    page.wait_for_timeout(500)
    assert visitor.stored() == NOTHING
    visitor.refuses()
    acts(page)
    assert visitor.stored() == OURS
    page = visitor.goes(stage.url("/"), banner=False)
    acts(page)
    page.wait_for_timeout(500)
    assert visitor.stored() == OURS
    assert stage.sent() == []


@pytest.mark.parametrize(
    ("name", "then"),
    # where the page is loaded again, what becomes of a vendor's script is not its own doing: some stand for all
    [*((name, "event") for name in VENDORS), *((name, "reload") for name in ("clarity", "mixpanel", "segment"))],
)
def test_a_yes_and_its_withdrawal(visitor: Visitor, stage: Stage, name: str, then: str) -> None:
    page = starts(visitor, stage)
    until(page, "new Promise(done => setTimeout(() => done(true), 1000))")
    stored = visitor.stored()
    assert (stored == OURS) == (name in STORELESS), stored
    settled(stage)

    since = time.time()
    page.evaluate("consent.withdraw()")
    until(page, "window.consent?.record && !consent.record.p && !consent.allows('analytics')")
    if then == "reload":
        until(page, "!window.track")
    acts(page)
    page.wait_for_timeout(PATIENCE * 1000)
    acts(page)
    assert stage.sent(since=since) == []
    page.goto(stage.url("/other"))  # what is sent as a page goes away
    page.wait_for_timeout(500)
    assert stage.sent(since=since) == []

    page.goto(stage.url("/"))
    acknowledged(page)
    page.wait_for_timeout(500)
    assert visitor.stored() == OURS
    assert stage.sent(since=since) == []
    forgive(visitor)


@pytest.mark.parametrize("then", ["event"])
def test_a_yes_after_a_withdrawal(visitor: Visitor, stage: Stage) -> None:
    """What was refused is not refused for ever: the vendor works again."""
    page = starts(visitor, stage)
    page.evaluate("consent.withdraw()")
    until(page, "window.consent?.record && !consent.record.p && !consent.allows('analytics')")
    page.goto(stage.url("/"))
    page.locator("[data-consent-open]").first.click()
    box = page.locator("#consent-dialog [name=purpose][value=analytics]")
    box.check()
    since = time.time()
    page.locator("#consent-dialog button[value=save]").click()
    acknowledged(page)
    until(page, "!!window.track")
    deadline = time.time() + 10
    while not stage.sent(since=since) and time.time() < deadline:
        acts(page)
        page.wait_for_timeout(200)
    assert stage.sent(since=since)
    forgive(visitor)


@pytest.mark.parametrize(("name", "then"), [("segment", "reload")])
def test_segment_carries_the_answers(visitor: Visitor, stage: Stage) -> None:
    """As docs/vendor-signals.md has it."""
    example = re.search(r"```js\n(analytics\.addSourceMiddleware.*?)```", DOCS, re.DOTALL)
    assert example
    tag = '<script type="text/plain" data-consent="analytics/segment" src="/vendor.js"></script>'
    stage.put(f"<script>window.onSegment = analytics => {{{example[1]}}};</script>{tag}")
    starts(visitor, stage)
    bodies = [json.loads(each.body) for each in stage.arrivals if each.method == "POST" and each.body]
    events = [event for body in bodies for event in body.get("batch", [body]) if "context" in event]
    assert events
    for event in events:
        assert event["context"]["consent"] == {"categoryPreferences": {"analytics": True, "marketing": False}}
    forgive(visitor)
