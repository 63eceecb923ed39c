"""The requests that record decisions, as `banner.js` sends them, and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from urllib.parse import urlencode

from .load import KEY, Load
from .serving import Server

CHOICES = ("accept_all", "reject_all")
_FIELD = re.compile(r'<input type="hidden" name="(csrf_token|notice|locale)" value="([^"]*)">')


def headers(server: Server, content_type: str) -> dict[str, str]:
    """What a browser sends along with `fetch`."""
    origin = f"http://127.0.0.1:{server.port}"
    return {
        "Accept": "application/json",
        "Accept-Encoding": "gzip, deflate, br",
        "Accept-Language": "en-GB,en;q=0.9",
        "Content-Type": content_type,
        "Cookie": "session=eyJ1c2VyIjoxfQ.aSAbcd.0123456789abcdefghijklmnopq; theme=dark",
        "Origin": origin,
        "Referer": f"{origin}/",
        "Sec-Fetch-Dest": "empty",
        "Sec-Fetch-Mode": "cors",
        "Sec-Fetch-Site": "same-origin",
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    }


def fields(page: str, choice: str) -> dict[str, str]:
    """The fields of the form in a page, filled in."""
    found = dict(_FIELD.findall(page))
    said = {"choice": choice, "return": "/", "key": KEY, "via": "script", "dnt": "unspecified", "gpc": ""}
    return {**found, **said}


def load(server: Server, page: str, path: str, choices: Sequence[str] = CHOICES, as_json: bool = False) -> Load:
    """Decisions to post to a server, under the form that stands in `page`."""
    bodies = [fields(page, choice) for choice in choices]
    if as_json:
        return Load(path, headers(server, "application/json"), [json.dumps(body) for body in bodies])
    return Load(path, headers(server, "application/x-www-form-urlencoded"), [urlencode(body) for body in bodies])
