"""The other banners that ours is measured beside, each in a plain page as its own manual sets it up.

They come from npm into a cache folder, in the versions that package-lock.json pins; nothing of them is here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, send_from_directory

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Peer:
    """A banner: what its page has in `<head>` and at the end of `<body>`, and where its buttons are."""

    name: str
    head: str
    body: str
    banner: str  # CSS selectors
    accept: str


OREJIME = Peer(
    "Orejime",
    '<link rel="stylesheet" href="/peer/orejime/dist/orejime-standard.css">',
    """<script>
window.orejimeConfig = {
  privacyPolicyUrl: "/privacy",
  purposes: [
    { id: "functional", title: "Comfort", description: "Remembers how you like to use the site." },
    { id: "analytics", title: "Statistics", description: "Shows us which parts of the site are used." },
    { id: "marketing", title: "Advertising", description: "Measures what advertisements bring." },
  ],
};
</script>
<template data-purpose="analytics"><script>window.counted = performance.now()</script></template>
<script src="/peer/orejime/dist/orejime-standard-en.js"></script>
""",
    ".orejime-Banner",
    ".orejime-Banner .orejime-Banner-saveButton",
)
VANILLA = Peer(
    "vanilla-cookieconsent",
    '<link rel="stylesheet" href="/peer/vanilla-cookieconsent/dist/cookieconsent.css">',
    """<script type="text/plain" data-category="analytics">window.counted = performance.now()</script>
<script type="module">
import "/peer/vanilla-cookieconsent/dist/cookieconsent.umd.js";
CookieConsent.run({
  hideFromBots: false,
  categories: { necessary: { enabled: true, readOnly: true }, functional: {}, analytics: {}, marketing: {} },
  language: {
    default: "en",
    translations: {
      en: {
        consentModal: {
          title: "Your choice about cookies",
          description: "We would like to store and read data on your device. You can change your mind at any time.",
          acceptAllBtn: "Accept all",
          acceptNecessaryBtn: "Refuse all",
          showPreferencesBtn: "Choose",
        },
        preferencesModal: {
          title: "Your choices",
          acceptAllBtn: "Accept all",
          acceptNecessaryBtn: "Refuse all",
          savePreferencesBtn: "Save",
          closeIconLabel: "Close",
          sections: [
            { title: "Necessary", description: "Keeps the site working.", linkedCategory: "necessary" },
            { title: "Comfort", description: "Remembers how you use the site.", linkedCategory: "functional" },
            { title: "Statistics", description: "Shows us what is used.", linkedCategory: "analytics" },
            { title: "Advertising", description: "Measures advertisements.", linkedCategory: "marketing" },
          ],
        },
      },
    },
  },
});
</script>
""",
    "#cc-main .cm",
    "#cc-main .cm [data-role=all]",
)
ALL = (OREJIME, VANILLA)


def folder() -> Path:
    """Where the peers are installed; installs them."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "consent-ledger-benchmarks"
    cache.mkdir(parents=True, exist_ok=True)
    lock = HERE / "package-lock.json"
    copied = cache / lock.name
    if not copied.exists() or copied.read_bytes() != lock.read_bytes() or not (cache / "node_modules").exists():
        for name in ("package.json", lock.name):
            shutil.copy(HERE / name, cache / name)
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(["npm", "ci", *options], cwd=cache, check=True)
    return cache / "node_modules"


def create_app(page: str) -> Flask:
    """Serves `page` bare, and with each peer in it; BENCH_PEERS is where they are installed."""
    app = Flask("bench")
    modules = os.environ["BENCH_PEERS"]
    pages = {"": page}
    for peer in ALL:
        pages[peer.name] = page.replace("</head>", f"{peer.head}\n</head>").replace("</body>", f"{peer.body}</body>")

    @app.get("/")
    @app.get("/page/<name>")
    def show(name: str = "") -> Response:
        return Response(pages[name], mimetype="text/html")

    @app.get("/peer/<path:name>")
    def file(name: str) -> Response:
        return send_from_directory(modules, name, max_age=3600)

    return app
