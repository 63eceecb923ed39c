"""The benchmarks' own parts that can be held without measuring anything."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pyarrow.parquet as pq
import pytest
from flask import Flask, Response
from playwright.sync_api import Browser, Playwright
from werkzeug.serving import make_server

from benchmarks import apps, decisions, exports, flat, install, log, peers, report, visits
from benchmarks.browser import launched, ratio, spread
from benchmarks.load import KEY
from benchmarks.serving import KINDS, Server, command
from benchmarks.tables import Table
from benchmarks.visits import Contestant

PAGE = (
    '<input type="hidden" name="csrf_token" value="1.abc"><input type="hidden" name="notice" value="nnn">'
    '<input type="hidden" name="locale" value="en">'
)


class Nowhere(Server):
    def __init__(self) -> None:
        self.port = 1


def test_the_load_is_what_a_form_says() -> None:
    form = decisions.load(Nowhere(), PAGE, "/x")
    sent = [parse_qs(body, keep_blank_values=True) for body in form.bodies]
    assert [body["choice"] for body in sent] == [["accept_all"], ["reject_all"]]
    assert sent[0]["csrf_token"] == ["1.abc"]
    assert all(KEY in body for body in form.bodies)
    as_json = decisions.load(Nowhere(), PAGE, "/x", as_json=True)
    assert [json.loads(body)["key"] for body in as_json.bodies] == [KEY, KEY]


def test_every_server_has_one_worker() -> None:
    for kind in KINDS:
        line = command(kind, 1, 4)
        assert line[line.index("--workers") + 1] == "1"


def test_a_table_goes_between_its_marks_only() -> None:
    table = Table("A title", ("name", "µs"))
    table.add("x", "1")
    text = "before\n<!-- a -->\nold\n<!-- /a -->\n<!-- b -->\nkept\n<!-- /b -->\nafter"
    put = report.put(text, "a", table.markdown())
    assert "| x | 1 |" in put
    assert "old" not in put
    assert "kept" in put
    assert report.put(put, "a", table.markdown()) == put
    with pytest.raises(ValueError, match="no marks for c"):
        report.put(text, "c", "")


def test_the_page_has_a_place_for_every_benchmark() -> None:
    text = report.PAGE.read_text(encoding="utf-8")
    for name in ("machine", "server", "growth", "view", "browser"):
        report.put(text, name, "")


def test_every_peer_is_pinned_and_keeps_the_script_back() -> None:
    lock = json.loads((install.HERE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert {peer.title for peer in peers.ALL} == {
        "vanilla-cookieconsent",
        "Klaro",
        "Orejime",
        "tarteaucitron.js",
        "c15t",
    }
    for peer in peers.ALL:
        assert lock[f"node_modules/{peer.package}"]["version"] == install.version(peer.package)
        page = peer.put_into(apps.PAGE)
        sources = page + "".join(path.read_text(encoding="utf-8") for path in install.PAGES.glob(f"{peer.page}.jsx"))
        assert "window.counted = performance.now()" in sources
        assert set(re.findall(r'/peer/([^/"]+)/', page)) <= {peer.package}


def test_our_tag_comes_from_another_origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_PEERS", str(tmp_path))
    monkeypatch.setenv("BENCH_TAG", "http://consent.localhost:1")
    monkeypatch.setenv("BENCH_ORIGIN", "http://127.0.0.1:2")
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    page = apps.MAKERS["peers"]().test_client().get("/page/tag").text
    assert page.partition("<head>\n")[2].startswith('<script src="http://consent.localhost:1/s/bench.js"></script>')
    server = apps.MAKERS["tag"]()
    client = server.test_client()
    assert "analytics" in client.get("/s/bench.js").text
    posted = {
        origin: client.post("/s/bench/centre", headers={"Origin": origin}).status_code
        for origin in ("http://127.0.0.1:2", "http://127.0.0.1:3")
    }
    assert posted == {"http://127.0.0.1:2": 200, "http://127.0.0.1:3": 403}
    server.extensions["consent"].service.store.close()


def test_a_figure_has_its_spread() -> None:
    assert spread([]) == "–"
    assert spread([30, 10, 20]) == "20"
    assert spread([10, 20, 30, 40, 50]) == "30 (20–40)"
    assert ratio([2, 9, 8], [1, 3, 2]) == 3


BANNER = """<!doctype html><title>A page</title><link rel="icon" href="data:,">
<script src="/banner.js"></script>
<script>window.again = document.cookie.includes("yes")</script>
<script>if (window.again) window.counted = performance.now(); else EARLY</script>"""
SCRIPT = """setTimeout(() => {
  if (again) return;
  const host = document.body.appendChild(document.createElement("a-banner"));
  host.style.opacity = 0.4;  // not there yet
  setTimeout(() => (host.style.opacity = 1), 200);
  const button = host.attachShadow({ mode: "open" }).appendChild(document.createElement("button"));
  button.textContent = "Accept";
  button.onclick = () => {
    document.cookie = "yes=1";
    setTimeout(() => (window.counted = performance.now()), 100);
  };
}, 100)"""


@pytest.fixture
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = launched(playwright)
    yield browser
    browser.close()


@pytest.fixture
def banner() -> Iterator[str]:
    """A page with a banner of our own, in a shadow root, that is slow by known times. /early has a leak."""
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/", "page", lambda: BANNER.replace("EARLY", ";"))
    app.add_url_rule("/early", "early", lambda: BANNER.replace("EARLY", "window.counted = 1"))
    headers = {"Cache-Control": "max-age=60"}
    app.add_url_rule("/banner.js", "script", lambda: Response(SCRIPT, mimetype="text/javascript", headers=headers))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join(5)
    server.server_close()


def test_visits(chromium: Browser, banner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "SETTLED", 300)
    ours = Contestant("a banner", banner, "a-banner >>> button", "button")
    visits.weigh(chromium, ours)
    first, back = ours.weights
    assert first.document == back.document > 0
    assert [(file.name, file.cached) for file in (*first.files, *back.files)] == [
        ("banner.js", False),
        ("banner.js", True),
    ]
    assert back.asked == ()
    visits.time(chromium, ours)
    [figures] = ours.figures
    assert figures["visible"] >= 300
    assert figures["click"] >= 100
    assert figures["return: counted"] > 0
    assert "return: visible" not in figures
    with pytest.raises(RuntimeError, match="the gated script ran before there was a yes"):
        visits.weigh(chromium, Contestant("a leak", f"{banner}early", "a-banner >>> button", "button"))


def test_the_floors_of_exports_write_what_exports_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "DAYS", 3)
    database, cells = tmp_path / "log.sqlite3", tmp_path / "flat"
    log.fill(f"sqlite:///{database}", 700)
    flat.flatten(f"sqlite:///{database}", cells)
    outs = {name: tmp_path / name for name in exports.CONTESTANTS}
    counts = {name: run(database, cells, outs[name]) for name, run in exports.CONTESTANTS.items()}
    assert len(set(counts.values())) == 1 and counts["csv"] > 700
    for form in ("csv", "jsonl"):
        assert outs[form].read_bytes() == outs[f"{form}-floor"].read_bytes()
    order = [("id", "ascending")]
    ours, floor = (pq.read_table(outs[name], partitioning=None).sort_by(order) for name in ("parquet", "parquet-floor"))
    assert ours.equals(floor)
    assert ours["index"].null_count < len(ours)
