"""The demo as the tests see it: addresses, records, and what its pages are known to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from consent.store import Store

SITES = ("gptimage2", "image2", "image2ai", "imagegpt", "gempix2")
ASKS_AGE = ("image2ai", "gempix2")
# Mounted, and by tag: what a tag does differently is the same on every site, so that one of them stands for all
PLACES = (*(("demo", site) for site in SITES), ("twins", "gempix2"))
each_place = pytest.mark.parametrize(("sites", "site"), PLACES, indirect=["sites"])
both_ways = pytest.mark.parametrize("sites", ["demo", "twins"], indirect=True, ids=["mounted", "tag"])
EXPLICIT = {"imagegpt": ("product_emails", "ai_training"), "gempix2": ("ai_training",)}
PAGES = ("/", "/create", "/pricing", "/privacy")
# base.html: what each script of the vendors says of itself, in document order
ORDER = ("meadow-queue", "meadow", "meadow-page", "lantern", "lantern-page", "insight")
FILES = ("insight.mjs", "lantern.css", "lantern.js", "meadow.js", "pixel.gif")


def order(site: str, path: str) -> list[str]:
    """Which vendor scripts run on a page after Accept all, in their order."""
    found = list(ORDER)
    if (site, path) == ("gptimage2", "/create"):
        found.insert(3, "fern")
    return found


def files(site: str, path: str) -> list[str]:
    """Which files of the vendors such a page loads, sorted."""
    found = [*FILES, *(["fern.js"] if (site, path) == ("gptimage2", "/create") else [])]
    return sorted([*found, *(["video"] if path == "/" else [])])


class Demo:
    """A running `consent demo`."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self.folder = folder
        self._stores: dict[str, Store] = {}

    def url(self, site: str, path: str = "/") -> str:
        """The address of a page."""
        return f"http://{site}.localhost:{self.port}{path}"

    def store(self, site: str) -> Store:
        """The site's records, read beside the server."""
        if site not in self._stores:
            self._stores[site] = Store.open(f"sqlite:///{self.folder / site / 'consent.sqlite3'}")
        return self._stores[site]

    def count(self, site: str) -> int:
        """How many records the site has."""
        return self.store(site).count(site)

    def command(self, *words: str, site: str) -> str:
        """What a command prints about a site's data."""
        command = [str(Path(sys.executable).with_name("consent")), *words, "--data", str(self.folder / site)]
        wide = {**os.environ, "COLUMNS": "2000"}  # nothing is folded
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=wide)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def reports(self, site: str) -> list[str]:
        """What the vendors' collector was told about a site, oldest first."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", f"/log?site={site}", headers={"Host": f"vendor.localhost:{self.port}"})
        log: list[dict[str, Any]] = json.load(connection.getresponse())
        connection.close()
        return [entry["name"] for entry in log if entry["kind"] == "report"]

    def export(self, site: str) -> list[dict[str, Any]]:
        """`consent export --format jsonl`, parsed."""
        return [json.loads(line) for line in self.command("export", site, "--format", "jsonl", site=site).splitlines()]

    def first_asks(self, site: str) -> int:
        """How many requests a first visit makes to us, pages themselves left out: the banner's script."""
        return 1

    def returns_ask(self, site: str) -> set[str]:
        """What a returning visitor asks us for: nothing."""
        return set()

    def own_pages(self, site: str, *paths: str) -> list[str]:
        """Pages of consent's own: preference centre, declaration."""
        return [self.url(site, "/consent/" + path) for path in paths]

    def close(self) -> None:
        """Let go of the databases."""
        for store in self._stores.values():
            store.close()
