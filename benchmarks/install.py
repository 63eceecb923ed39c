"""Fetches the peers from npm into a cache folder, in the versions that package-lock.json pins, and bundles what
has to be. Nothing of them is here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
PAGES = HERE / "pages"
MODULES = "node_modules"
BUNDLED = "bundled"
QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
BUNDLE = (
    "--bundle",
    "--minify",
    "--splitting",
    "--format=esm",
    "--target=es2022",
    "--jsx=automatic",
    '--define:process.env.NODE_ENV="production"',
    "--log-level=warning",
)


def folder() -> Path:
    """Where `node_modules` and `bundled` are; fills both."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "consent-ledger-benchmarks"
    cache.mkdir(parents=True, exist_ok=True)
    lock = HERE / "package-lock.json"
    copied = cache / lock.name
    if not copied.exists() or copied.read_bytes() != lock.read_bytes() or not (cache / MODULES).exists():
        copied.unlink(missing_ok=True)  # an installation that is interrupted begins again
        shutil.copy(HERE / "package.json", cache / "package.json")
        shutil.copy(lock, copied)
        try:
            subprocess.run(["npm", "ci", *QUIET], cwd=cache, check=True)
        except BaseException:
            copied.unlink()
            raise
    _bundle(cache)
    return cache


def version(package: str) -> str:
    """The version that is pinned."""
    pinned: str = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"][package]
    return pinned


def _bundle(cache: Path) -> None:
    """What comes as components only, as an application's own build makes it: minified, for production."""
    shutil.rmtree(cache / BUNDLED, ignore_errors=True)
    command = ["node", str(cache / MODULES / "esbuild" / "bin" / "esbuild"), *BUNDLE, f"--outdir={cache / BUNDLED}"]
    command += map(str, sorted(PAGES.glob("*.jsx")))
    subprocess.run(command, env={**os.environ, "NODE_PATH": str(cache / MODULES)}, check=True)
