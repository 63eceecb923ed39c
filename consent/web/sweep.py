"""Which cookies a response should expire: those that the browser still sends for purposes without a yes. Pure.

The gate deletes what scripts can reach; this covers HttpOnly cookies and browsers without JavaScript
(regulation R8). Nothing is deleted before the first choice.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable

from ..remembered import Remembered
from ..site.model import Site


def expired(site: Site, allows: Callable[[str], bool], sent: Iterable[str]) -> list[str]:
    """Names among `sent` that belong to a purpose or vendor which is not allowed, and to none that is."""
    declared = _declared(site)
    gone = []
    for name in sent:
        owners = declared.owners(name)
        if owners and name != site.cookie and not any(map(allows, owners)):
            gone.append(name)
    return gone


def concerns(site: Site, header: str) -> bool:
    """Whether a `Cookie` header may hold anything for `expired` to find: a quick look that most requests end with."""
    return any(mark in header for mark in _declared(site).refusable)


class _Declared:
    """Whose each declared cookie is: purposes, and vendors as `purpose/vendor`."""

    def __init__(self, site: Site) -> None:
        self._exact: dict[str, list[str]] = {}
        self._prefixes: dict[str, list[str]] = {}
        self.refusable: set[str] = set()  # names and prefixes that belong to what a person can say no to
        for purpose in site.purposes:
            vendors = ((f"{purpose.id}/{vendor.id}", vendor.items) for vendor in purpose.vendors)
            for owner, items in ((purpose.id, purpose.items), *vendors):
                for item in items:
                    if item.kind == "cookie":
                        prefix = item.name.endswith("*")
                        kept, name = self._prefixes if prefix else self._exact, item.name.removesuffix("*")
                        kept.setdefault(name, []).append(owner)
                        if purpose.answerable:
                            self.refusable.add(name)

    def owners(self, name: str) -> list[str]:
        """Whose a cookie of that name may be; nobody's: empty."""
        found = self._exact.get(name, [])
        for prefix, owners in self._prefixes.items():
            if name.startswith(prefix):
                found = found + owners
        return found


_declared = Remembered(_Declared)


_NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63}){0,9}\Z", re.IGNORECASE)


def domains(host: str) -> list[str | None]:
    """Where a cookie seen at `host` may have been set: on the host alone (None), or on it and each parent."""
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        if not _NAME.match(name):  # whatever a stranger wrote into `Host`
            return [None]
        labels = name.split(".")
        return [None, *(".".join(labels[at:]) for at in range(max(len(labels) - 1, 1)))]
    return [None]


def paths(path: str) -> list[str]:
    """The path of a request and each of its parents, with `/`: where a cookie that it carried may live. At most 12."""
    parts = path.split("/")[1:-1][:5]
    found = ["/"]
    for at in range(len(parts)):
        parent = "/" + "/".join(parts[: at + 1])
        found += [parent, parent + "/"]
    return found[:12]
