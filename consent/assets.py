"""Finds the files that ship with the package: inside it once installed, beside it in a checkout."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from .encoding import sha256

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
    """Six letters that change when a text changes, for addresses that may be cached for ever: every page pays for
    them, and two versions of one file are unlikely enough to share them. Lower case: by a digit or a capital, Brotli
    may part the gate otherwise, and a change of the banner would make every page 40 bytes larger."""
    number = int.from_bytes(sha256(text.encode())[:8])
    return "".join(chr(ord("a") + number // 26**place % 26) for place in range(6))


@lru_cache(maxsize=64)
def version(name: str) -> str:
    """The same of a built file."""
    return short(text(name))
