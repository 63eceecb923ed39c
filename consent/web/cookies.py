"""The token's cookie: found in a request without parsing the others, and as it is set."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache

from werkzeug.http import dump_cookie

from ..service import Service
from ..token import Token
from .sweep import domains


def values(header: str | None, name: str) -> Iterator[str]:
    """Every value of a cookie in a `Cookie` header (RFC 6265 §5.4): there can be two, of host and of domain."""
    if header is None:
        return
    mark = f"{name}="
    at = header.find(mark)
    while at >= 0:
        end = header.find(";", at)
        if end < 0:
            end = len(header)
        if at == 0 or header[at - 1] in " ;":
            yield header[at + len(mark) : end].strip().strip('"')
        at = header.find(mark, end)


def names(header: str | None) -> list[str]:
    """The names of all cookies in a `Cookie` header."""
    return [part.partition("=")[0].strip() for part in (header or "").split(";") if "=" in part]


def believed(service: Service, header: str | None) -> Token | None:
    """The last valid token among the cookies of our name, as the gate takes it: a site may have changed which domain
    has its cookie, and of two with one path the younger comes last (RFC 6265 §5.4).

    Most have one: every page view that asks comes by here.
    """
    if header is None:
        return None
    mark = service.cookie_mark
    at = header.rfind(mark)
    if at < 0:
        return None
    if at == 0 or header[at - 1] == " ":
        end = header.find(";", at)
        token = service.believe(header[at + len(mark) : end if end >= 0 else None])
        if token:
            return token
    for text in reversed(list(values(header, service.site.cookie))):
        if token := service.believe(text):
            return token
    return None


def several(header: str | None, name: str) -> bool:
    """Whether a browser holds more than one cookie of our name: the site has changed which domain has it."""
    return header is not None and header.count(f"{name}=") > 1 and len(list(values(header, name))) > 1


def strays(header: str | None, name: str, host: str) -> list[str]:
    """Values of `Set-Cookie` that end each cookie of our name, wherever it was set. Empty where the browser sent none.

    Also the one that is set anew right after: a cookie that is overwritten keeps its age (RFC 6265 §5.3), and of two
    the younger counts.
    """
    if header is None or f"{name}=" not in header:
        return []
    secure = name.startswith("__Secure-")  # else browsers would not hear of it
    return [
        dump_cookie(name, max_age=0, expires=0, path="/", domain=each, secure=secure, samesite="Lax")
        for each in domains(host)
    ]


def header(token: Token, name: str, domain: str, secure: bool) -> str:
    """The value of `Set-Cookie` that has the browser keep the token.

    `Expires` is the token's own, so that equal refusals are equal in this, too.
    """
    return f"{name}={token.text}{_attributes(token.expires, domain, secure)}"


@lru_cache(maxsize=256)
def _attributes(expires: int, domain: str, secure: bool) -> str:
    """What follows the value, which is base64url and needs no quoting: the same for all who answered in one second."""
    header = dump_cookie(
        "x",
        expires=datetime.fromtimestamp(expires, UTC),
        path="/",
        domain=domain or None,
        secure=secure,
        httponly=False,  # the gate reads it; it is signed, not secret
        samesite="Lax",
    )
    return header.removeprefix("x=")
