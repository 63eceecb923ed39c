"""How much each visitor pays: brotli 11 of what a served page has of ours, and how often it asks for more."""

from __future__ import annotations

import re
from http.client import HTTPConnection
from pathlib import Path

import brotli
import pytest

from consent.site.load import loads
from consent.web import render, snippet
from consent.web.csp import Entrance
from consent.web.standalone import create_app
from tests.conftest import SITE

from .demo import SITES, Demo
from .visitor import Visitor
from .workshop import Workshop

GATE = 1_200  # bytes, as inlined with the site's configuration
STRICT = 1_200  # more, where strict blocking is chosen
FIRST_VISIT = 6_000  # gate, banner code, styles and banner markup in English, each compressed on its own
TAG = 2_000  # the same as a file of its own, for pages of any origin
FIRST_VISIT_BY_TAG = 6_500
DIST = Path(__file__).parents[2] / "static" / "dist"
PIECES = "changes", "consentmode", "googleset", "uet", "clarity", "calls", "wp", "events", "fetch", "quiet"

REALISTIC = """
[site]
id = "shop"
name = "Corner Shop"
policy = "https://shop.example/privacy"
effective = 2026-04-06
[controller]
name = "Corner Shop GmbH"
contact = "privacy@shop.example"
country = "DE"
[purposes.necessary]
retention = "session"
items = [{ name = "session", duration = "session", http_only = true }, { name = "cart", duration = "30 days" }]
[purposes.functional]
retention = "12 months"
items = [{ name = "theme", kind = "local", duration = "12 months" }, { name = "lang", duration = "12 months" }]
[purposes.analytics]
retention = "13 months"
vendors = ["ga4", "hotjar"]
[purposes.marketing]
retention = "13 months"
vendors = ["ads", "meta", "bing", "youtube"]
[vendors.ga4]
name = "Google Analytics 4"
role = "processor"
country = "IE"
policy = "https://policies.google.com/privacy"
items = [{ name = "_ga", duration = "13 months" }, { name = "_ga_*", duration = "13 months" },
    { name = "_gid", duration = "24 hours" }]
[vendors.hotjar]
name = "Hotjar"
role = "processor"
country = "MT"
policy = "https://www.hotjar.com/legal/policies/privacy/"
items = [{ name = "_hj*", duration = "12 months" }, { name = "_hj*", kind = "local", duration = "12 months" },
    { name = "_hj*", kind = "session", duration = "session" }]
[vendors.ads]
name = "Google Ads"
role = "controller"
country = "IE"
policy = "https://policies.google.com/privacy"
items = [{ name = "_gcl_*", duration = "90 days" }, { name = "__gads", duration = "13 months" }]
[vendors.meta]
name = "Meta"
role = "joint_controller"
country = "IE"
policy = "https://www.facebook.com/privacy/policy/"
items = [{ name = "_fbp", duration = "90 days" }, { name = "_fbc", duration = "90 days" }]
[vendors.bing]
name = "Microsoft Advertising"
role = "controller"
country = "IE"
policy = "https://www.microsoft.com/privacy"
items = [{ name = "_uetsid", duration = "24 hours" }, { name = "_uetvid", duration = "13 months" }]
[vendors.youtube]
name = "YouTube"
role = "controller"
country = "IE"
policy = "https://policies.google.com/privacy"
items = [{ name = "yt-*", kind = "local", duration = "12 months" },
    { name = "yt-*", kind = "session", duration = "session" }]
"""


def small(text: str) -> int:
    """Bytes on the wire, brotli 11."""
    return len(brotli.compress(text.encode(), quality=11))


def get(demo: Demo, site: str, path: str) -> str:
    connection = HTTPConnection("127.0.0.1", demo.port, timeout=10)
    connection.request("GET", path, headers={"Host": f"{site}.localhost:{demo.port}", "Accept-Language": "en"})
    text = connection.getresponse().read().decode()
    connection.close()
    return text


def found(pattern: str, page: str) -> str:
    match = re.search(pattern, page, re.DOTALL)
    assert match, pattern
    return match[1]


@pytest.mark.parametrize("site", SITES)
def test_a_first_visit(demo: Demo, site: str, capsys: pytest.CaptureFixture[str]) -> None:
    page = get(demo, site, "/")
    gate = found(r"<head[^>]*>\s*<script[^>]*>(.*?)</script>", page)
    module = re.search(r'"b":"([^"]+)"', gate)
    assert module
    sizes = {
        "gate": small(gate),
        "banner.js": small(get(demo, site, module[1])),
        "styles": small(found(r"</script>\s*<style[^>]*>(.*?)</style>", page)),
        "markup": small(found(r'(<section id="consent".*?</section>\s*<p id="consent-status".*?</p>)', page)),
    }
    with capsys.disabled():
        print(f"\n{site}: {sum(sizes.values())} of {FIRST_VISIT} bytes, {sizes}")
    assert sizes["gate"] <= GATE
    assert sum(sizes.values()) <= FIRST_VISIT


@pytest.mark.parametrize("text", [SITE, REALISTIC], ids=["tests", "shop"])
def test_the_gate_of_other_sites(text: str, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> None:
    site = loads(text)
    size = small(snippet.inline(site, "/consent/"))
    with capsys.disabled():
        print(f"\n{site.id}: gate {size} of {GATE} bytes")
    assert size <= GATE


@pytest.mark.parametrize("text", [SITE, REALISTIC], ids=["tests", "shop"])
def test_by_tag(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both requests of a first visit, as they go over the wire."""
    (tmp_path / "consent.toml").write_text(text, encoding="utf-8")
    app = create_app(tmp_path / "consent.toml", tmp_path / "data", production=False)
    client, site = app.test_client(), app.extensions["consent"].site.id
    headers = {"Accept-Encoding": "br, gzip"}
    tag = client.get(f"/s/{site}.js", headers=headers)
    version = re.search(r'"v":"([^"]+)"', brotli.decompress(tag.data).decode())
    assert version
    banner = client.get(f"/s/{site}/banner.js?v={version[1]}&l=en&r=", headers=headers)
    assert tag.headers["Content-Encoding"] == banner.headers["Content-Encoding"] == "br"
    sizes = {"tag": len(tag.data), "banner": len(banner.data)}
    with capsys.disabled():
        print(f"\n{site} by tag: {sum(sizes.values())} of {FIRST_VISIT_BY_TAG} bytes, {sizes}")
    assert sizes["tag"] <= TAG
    assert sum(sizes.values()) <= FIRST_VISIT_BY_TAG


@pytest.mark.parametrize("text", [SITE, REALISTIC], ids=["tests", "shop"])
def test_strict_blocking(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What it adds where it is chosen: the piece, three hosts of each vendor, and what stops the look-ahead."""
    host = re.compile(r"(\[vendors\.(\w+)\])")
    text = host.sub(r'\1\nhosts = ["\2.example", "cdn.\2-static.example", "\2-collect.example"]', text)
    sizes = [
        small(render.head(site, "/consent/", Entrance("inline", "inline", ""), False))
        for site in (loads(text), loads(text + '[blocking]\nmode = "strict"\nallow = ["cdn.example.com"]\n'))
    ]
    with capsys.disabled():
        print(f"\nstrict blocking: {sizes[1] - sizes[0]} of {STRICT} bytes")
    assert 0 < sizes[1] - sizes[0] <= STRICT


def test_what_is_built(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = {path.name: small(path.read_text(encoding="utf-8")) for path in sorted(DIST.iterdir())}
    with capsys.disabled():
        print(f"\nstatic/dist: {sum(sizes.values())} bytes, {sizes}")
    pieces = {
        "gate.js",
        "tag.js",
        "compat.js",
        "embeds.js",
        "choices.js",
        "enforced.js",
        "handover.js",
        "carried.js",
        "signal.js",
        "strict.js",
    }
    pieces |= {f"{name}.js" for name in PIECES}
    modules = {
        "banner.js",
        "banner-embed.js",
        "banner-told.js",
        "banner-embed-told.js",
        "preferences.js",
        "preferences-embed.js",
        "unite.js",
        "me.js",
        "again.js",
    }
    assert set(sizes) == pieces | modules | {"banner.css", "preferences.css", "page.css", "me.css", "embed.css"}


def test_requests(visitor: Visitor, workshop: Workshop) -> None:
    """One for a first visit, none for a return; by tag one more. On the demo's sites see test_gate_sites."""
    url = workshop.put()
    visitor.goes(url, banner=True)
    visitor.page.wait_for_load_state("networkidle")
    assert len(visitor.to_us()) <= 1 + workshop.tagged
    visitor.refuses()
    visitor.requests.clear()
    visitor.goes(url, banner=False)
    visitor.page.wait_for_load_state("networkidle")
    assert visitor.to_us() == [workshop.tag] * workshop.tagged
