"""`/.well-known/gpc.json`: the site's word on Global Privacy Control, for whoever looks (GPC §4).

`gpc` says whether the site file honours the signal wherever something could be on without a yes; `lastUpdate` is since
when the terms say so. A route of the host's own at that path has precedence, whenever it was added.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, current_app

from ..site.model import Site
from .replies import cached

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

PATH = "/.well-known/gpc.json"
ENDPOINT = "consent_gpc"
DAY = 86_400  # seconds that caches may keep it


def add(app: Flask, site: Site) -> None:
    """Serve it at the root of the application."""

    def support() -> ResponseReturnValue:
        for rule in current_app.url_map.iter_rules():
            if rule.rule == PATH and rule.endpoint != ENDPOINT:
                view: Any = current_app.view_functions[rule.endpoint]
                answer: ResponseReturnValue = current_app.ensure_sync(view)()
                return answer
        return cached(Response(statement(site), mimetype="application/json"), DAY)

    app.add_url_rule(PATH, ENDPOINT, support)


def statement(site: Site) -> str:
    """The resource: JSON."""
    return json.dumps({"gpc": site.gpc == "honour", "lastUpdate": site.effective.isoformat()})
