"""How inline code may enter a page: read from the page's Content-Security-Policy (CSP Level 3). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Way = Literal["inline", "external"]


@dataclass(frozen=True, slots=True)
class Entrance:
    """How to enter: inline where that is allowed, else as a file. `nonce` is the host's own, "" if there is none."""

    script: Way
    style: Way
    nonce: str


def entrance(policies: Sequence[str], nonce: str = "") -> Entrance:
    """The way in under all of a response's enforced policies; `nonce` is one that the host is known to use."""
    parsed = [_directives(policy) for header in policies for policy in header.split(",") if policy.strip()]
    for directives in parsed:
        nonce = nonce or _nonce(_sources(directives, "script"))
    return Entrance(
        script="inline" if all(_allows_inline(_sources(d, "script"), nonce) for d in parsed) else "external",
        style="inline" if all(_allows_inline(_sources(d, "style"), nonce) for d in parsed) else "external",
        nonce=nonce,
    )


def _directives(policy: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for part in policy.split(";"):
        words = part.split()
        if words:
            found.setdefault(words[0].lower(), words[1:])  # the first of two twins counts (CSP3 §2.2.1)
    return found


def _sources(directives: dict[str, list[str]], kind: str) -> list[str] | None:
    for name in (f"{kind}-src-elem", f"{kind}-src", "default-src"):
        if name in directives:
            return directives[name]
    return None


def _nonce(sources: list[str] | None) -> str:
    for source in sources or ():
        if source.lower().startswith("'nonce-") and source.endswith("'"):
            return source[7:-1]
    return ""


def _allows_inline(sources: list[str] | None, nonce: str) -> bool:
    if sources is None:
        return True
    low = [source.lower() for source in sources]
    if any(source.startswith(("'nonce-", "'sha256-", "'sha384-", "'sha512-")) for source in low):
        return bool(nonce) and f"'nonce-{nonce}'" in sources
    return "'unsafe-inline'" in low
