"""Who may ask from another origin, and what such a reply says (Fetch §3.2). Pure.

Decisions from a tag come as simple requests, so no browser asks beforehand; the check is ours, and a page of an origin
that is not listed is told no more than that.
"""

from __future__ import annotations

from collections.abc import Collection

from ..signals import Headers
from .origin import host_of

OPEN = (("Access-Control-Allow-Origin", "*"), ("Cross-Origin-Resource-Policy", "cross-origin"))


def is_listed(headers: Headers, host: str, origins: Collection[str]) -> bool:
    """Whether a request was made by a page of `origins`, or of `host` itself (a first-party path).

    Every browser says `Origin` with a POST (Fetch §3.1); without one nothing is believed.
    """
    origin = headers.get("Origin") or "null"
    return origin in origins or (origin != "null" and host_of(origin) == host.lower())


def reply(headers: Headers, host: str, origins: Collection[str]) -> tuple[tuple[str, str], ...]:
    """The headers that let a listed page read the reply, with cookies of its own site; all others read a refusal."""
    vary = ("Vary", "Origin")
    if not is_listed(headers, host, origins):
        return (("Access-Control-Allow-Origin", "*"), vary)
    origin = headers.get("Origin") or "null"
    return (("Access-Control-Allow-Origin", origin), ("Access-Control-Allow-Credentials", "true"), vary)


def keeps_cookies(headers: Headers, host: str, shared: bool) -> bool:
    """Whether a cookie in the reply would be the page's own: on a first-party path, or, where the site's subdomains
    share, on one of them. A third party never sets one."""
    site = headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin" or (shared and site == "same-site")
    return host_of(headers.get("Origin") or "") == host.lower()
