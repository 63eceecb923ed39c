"""The `Tk` header: what a site that honours Do Not Track says about a request (W3C TPE §6.2).

    N   nothing is on that anybody could say no to
    C   something is on by the person's own yes
    T   something is on without: by a notice that presumes it, or by legitimate interest with others than the site

Under a notice that presumes, a token does not say whether its answers were given or presumed: then it is T, which
claims less. It comes with `DNT: 1` alone, on pages that no shared cache may keep, and they vary by `DNT`.
"""

from __future__ import annotations

import json
from weakref import WeakKeyDictionary

from ..service import Service
from ..store import StoreError
from ..token import Token

_kinds: WeakKeyDictionary[Service, dict[str, str]] = WeakKeyDictionary()


def status(service: Service, token: Token | None) -> str:
    """The tracking status value (TPE §6.1) under what holds now."""
    standing = service.standing(token)
    for purpose in service.site.purposes:
        if purpose.basis == "legitimate_interest" and purpose.vendors and purpose.id not in standing.objections:
            return "T"
    if token is None or not standing.granted:
        return "N"
    return "C" if _kind(service, token.notice) == "opt-in" else "T"


def _kind(service: Service, notice_id: str) -> str:
    """The kind of regime that a notice was made under; "" where nobody can tell."""
    known = _kinds.setdefault(service, {})
    if notice_id not in known:
        try:
            body = service.archived(notice_id)
        except StoreError:
            return ""
        known[notice_id] = str(json.loads(body).get("kind", "")) if body else ""
    return known[notice_id]
