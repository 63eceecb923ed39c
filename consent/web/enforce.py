"""A Content-Security-Policy made from the present answers: the browser itself keeps out who was not allowed. Pure.

It stands beside the host's own policy. A browser enforces each of them (CSP Level 3 §8.1), so this one can only take
away. It says which hosts a page may load from and send to; how inline code gets in is for the host's policy to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from ..errors import ConsentError
from ..site import values
from ..site.mistakes import Bad, short
from ..site.model import Site

# One list for all that falls back to it: scripts, styles, pictures, fonts, media, frames, workers, connections.
# Forms, links and who may frame the page do not, and stay the host's business.
OPEN = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:"
MOST = 3_500  # bytes; a proxy may keep no more than 4,096 for all headers together
MOST_ENTRIES = 64

Allows = Callable[[str], bool]


class PolicyError(ConsentError):
    """A `CONSENT_CSP` that cannot be used; the message says what can."""


def read(setting: object, site: Site) -> tuple[str, ...] | None:
    """The hosts and origins that `CONSENT_CSP` always allows; None where it is off. Raises PolicyError."""
    if setting is None or setting is False:
        return None
    if setting is True:
        setting = ()
    if not isinstance(setting, list | tuple):
        raise PolicyError('CONSENT_CSP is True, False, or a list of hosts and origins: ["cdn.example.com"].')
    if len(setting) > MOST_ENTRIES:
        raise PolicyError(f"CONSENT_CSP has {len(setting)} entries. Use {MOST_ENTRIES} at most; a host covers its own.")
    always = tuple(map(_entry, setting))
    size = len(policy(site, everybody, always))
    if size > MOST:
        raise PolicyError(
            f"With CONSENT_CSP, whoever allows every vendor would get a header of {size} bytes; servers on the way "
            f"may refuse more than {MOST}. Name fewer hosts: one covers all below it."
        )
    return always


def everybody(_: str) -> bool:
    """The answers of someone who allows everything: for pages that are the same for all."""
    return True


def policy(site: Site, allows: Allows, extra_hosts: Iterable[str] = ()) -> str:
    """The policy under which a page loads from and sends to nobody but itself, the site's origins, `extra_hosts` and
    those vendors that `allows` says yes to (as `purpose/vendor`, in one of their purposes at least)."""
    granted = {host for name, _, vendor in site.vendors() if vendor.hosts and allows(name) for host in vendor.hosts}
    allowed = site.allow if site.blocking == "strict" else ()
    return _text(frozenset((*site.origins, *extra_hosts, *allowed, *granted)))


def _entry(value: object) -> str:
    try:
        return values.origin(value) if isinstance(value, str) and "://" in value else values.cookie_domain(value)
    except Bad as error:
        raise PolicyError(f"CONSENT_CSP: {short(repr(value))}: {error.problem} {error.remedy}") from None


@lru_cache(maxsize=256)
def _text(names: frozenset[str]) -> str:
    plain = frozenset(map(ascii_host, names))
    return " ".join((OPEN, *(source for name in sorted(plain) for source in _sources(name, plain))))


def _sources(name: str, names: frozenset[str]) -> Iterator[str]:
    """A host without a scheme is allowed under the page's own or a better one (CSP Level 3 §6.7.2.8), which leaves out
    sockets; `ws:` takes in `wss:`."""
    if "://" in name:
        yield from (name, name.replace("http", "ws", 1))
    elif not any(parent in names for parent in _parents(name)):
        yield from (name, f"*.{name}", f"ws://{name}", f"ws://*.{name}")


def _parents(host: str) -> Iterator[str]:
    while host := host.partition(".")[2]:
        yield host


def ascii_host(name: str) -> str:
    """A host as policies write it. Headers are ASCII, and so are the names that browsers compare."""
    return name if name.isascii() else name.encode("idna").decode("ascii")
