"""Finds the files that ship with the package: inside it once installed, beside it in a checkout."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from .encoding import b64, sha256

_HERE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The folder `static` or `translations`. Raises FileNotFoundError when the installation is broken."""
    for place in (_HERE / name, _HERE.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"The folder {name} of consent-ledger is missing. Install the package again.")


@lru_cache(maxsize=64)
def text(name: str) -> str:
    """A built file of `static/dist`, as text."""
    return (folder("static") / "dist" / name).read_text(encoding="utf-8")


def short(text: str) -> str:
    """Six characters that change when a text changes, for addresses that may be cached for ever: every page pays for
    them, and two versions of one file are unlikely enough to share them."""
    return b64(sha256(text.encode()))[:6]


@lru_cache(maxsize=64)
def version(name: str) -> str:
    """The same of a built file."""
    return short(text(name))
