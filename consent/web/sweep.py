"""Which cookies a response should expire: those that the browser still sends for purposes without a yes. Pure.

The gate deletes what scripts can reach; this covers HttpOnly cookies and browsers without JavaScript
(regulation R8). Nothing is deleted before the first choice.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable

from ..site.model import Site


def expired(site: Site, allows: Callable[[str], bool], sent: Iterable[str]) -> list[str]:
    """Names among `sent` that belong to a purpose or vendor which is not allowed, and to none that is."""
    strangers = [name for name in sent if name != site.cookie]
    if not strangers:
        return []
    kept, gone = _patterns(site, allows)
    return [name for name in strangers if _matches(name, gone) and not _matches(name, kept)]


def _patterns(site: Site, allows: Callable[[str], bool]) -> tuple[list[str], list[str]]:
    kept: list[str] = []
    gone: list[str] = []
    for purpose in site.purposes:
        owners = [(purpose.id, purpose.items), *((f"{purpose.id}/{v.id}", v.items) for v in purpose.vendors)]
        for requirement, items in owners:
            names = [item.name for item in items if item.kind == "cookie"]
            (kept if allows(requirement) else gone).extend(names)
    return kept, gone


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(name.startswith(p[:-1]) if p.endswith("*") else name == p for p in patterns)


def domains(host: str) -> list[str | None]:
    """Where a cookie seen at `host` may have been set: on the host alone (None), or on it and each parent."""
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
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
