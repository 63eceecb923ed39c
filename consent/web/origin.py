"""Whether a request comes from our own pages, and where it may go back to. Pure."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from ..signals import Headers

MAX_RETURN = 2048  # characters


def is_own(headers: Headers, host: str, trusted: Collection[str]) -> bool:
    """Whether a browser says that the request was made by a page of `host` or of an origin in `trusted`.

    `Sec-Fetch-Site` is believed first (Fetch Metadata §2.4; no page can forge it), then `Origin` (RFC 6454),
    then `Referer`. A client that sends none of them is no browser, and no person can be tricked through it.
    """
    origin = headers.get("Origin")
    if origin and origin != "null" and origin in trusted:
        return True
    site = headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin"
    source = origin or headers.get("Referer")
    return not source or host_of(source) == host.lower()


def host_of(url: str) -> str | None:
    """Host and port of an http address, in small letters; None for anything else."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.netloc.lower() if parts.scheme in ("http", "https") else None


def way_back(wanted: str | None, referrer: str | None, host: str, fallback: str) -> str:
    """A path on this host to return to: `wanted` if it is one, else the referring page's, else `fallback`.

    Never another origin: what a browser could read as one (`//x`, `/\\x`, a scheme, control characters) is dropped.
    """
    if wanted and _is_path(wanted):
        return wanted
    if referrer and len(referrer) <= MAX_RETURN and host_of(referrer) == host.lower():
        parts = urlsplit(referrer)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        if _is_path(path):
            return path
    return fallback


def _is_path(text: str) -> bool:
    if len(text) > MAX_RETURN or not text.startswith("/") or text.startswith("//") or "\\" in text:
        return False
    return all("\x20" < character < "\x7f" for character in text)
