"""What `consent.allows()` costs a page view, beside an empty Flask GET.

The request carries a valid token and a session cookie. The cost is that of the call alone, whose ceiling is a
twentieth of the empty GET's CPU, and of a view that asks, less that of the same view when it does not ask.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from consent import Consent

from . import decisions
from .load import KEY, Load
from .rounds import Case, each, interleave
from .server import PATH
from .serving import KINDS, Server, serve
from .tables import Table

CEILING = 0.05
CALLS = 400  # of a WSGI application in one turn
TURNS = 60


def measure(rounds: int = 11, seconds: float = 2.0) -> list[Table]:
    """A table for the servers and for plain WSGI calls."""
    table = Table(
        "consent.allows() in a page view",
        ("how", "empty GET µs", "mounted µs", "asks µs", "asking, % of empty"),
        note=f"The ceiling, of the call itself, is {CEILING:.0%}. In the other rows: also `Vary: Cookie` on the "
        "response, and code that is not in the processor's cache; under a server the difference of two rough figures.",
    )
    call, whole = _in_process()
    table.add("the call itself, in a request", *call)
    table.add("WSGI, in this process", *whole)
    for kind in KINDS[:2]:
        table.add(kind, *_served(kind, rounds, seconds))
    return [table]


def _row(empty: float, mounted: float, asks: float, share: float) -> tuple[str, ...]:
    return f"{empty:.1f}", f"{mounted:.1f}", f"{asks:.1f}", f"{share:.1%}"


def _served(kind: str, rounds: int, seconds: float) -> tuple[str, ...]:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="consent-bench-")))
        empty = stack.enter_context(serve(kind, "floor", folder / "empty"))
        ours = stack.enter_context(serve(kind, "asks", folder / "asks"))
        headers = {"Cookie": _cookies(_token(ours, stack.enter_context(serve(kind, "consent", folder / "asks"))))}
        cases = [
            Case("empty GET", empty, Load("/quiet", headers)),
            Case("mounted", ours, Load("/quiet", headers)),
            Case("asks", ours, Load("/asks", headers)),
        ]
        interleave(f"view, {kind}", cases, rounds, seconds)
    share = statistics.median((c - b) / a for a, b, c in zip(*(case.cpu for case in cases), strict=True))
    return _row(cases[0].micros, cases[1].micros, cases[2].micros, share)


def _token(server: Server, pages: Server) -> str:
    """A token from a yes. `pages` shows the banner, with the same keys."""
    load = decisions.load(server, pages.get("/"), PATH, ["accept_all"], as_json=True)
    body = load.bodies[0].replace(KEY, os.urandom(11).hex()).encode()
    request = urllib.request.Request(server.url(PATH), body, dict(load.headers))
    with urllib.request.urlopen(request, timeout=10) as reply:
        return str(json.load(reply)["token"])


def _cookies(token: str) -> str:
    return f"session=eyJ1c2VyIjoxfQ.aSAbcd.0123456789abcdefghijklmnopq; consent_bench={token}"


def _in_process() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The call timed alone, and whole page views with and without it."""
    from . import apps

    with tempfile.TemporaryDirectory(prefix="consent-bench-") as folder:
        os.environ["BENCH_DATA"] = folder
        os.environ.pop("BENCH_DATABASE", None)
        empty, ours = apps.MAKERS["floor"](), apps.MAKERS["asks"]()
        service = ours.extensions["consent"].service
        from consent.decision import Answer

        token = service.answer(Answer("accept_all"), service.notice("en").id).token.text
        environment = {"HTTP_COOKIE": _cookies(token), "HTTP_HOST": "127.0.0.1", "REQUEST_METHOD": "GET"}
        figures: dict[str, list[float]] = {"empty": [], "mounted": [], "asks": []}
        steps = [
            ("empty", lambda: figures["empty"].append(_calls(empty, "/quiet", environment))),
            ("mounted", lambda: figures["mounted"].append(_calls(ours, "/quiet", environment))),
            ("asks", lambda: figures["asks"].append(_calls(ours, "/asks", environment))),
        ]
        figures["call"] = []
        steps.append(("call", lambda: figures["call"].append(_call(ours, environment))))
        each("view, WSGI", steps, TURNS)
        service.store.close()
    best = {name: min(values) for name, values in figures.items()}  # the least disturbed turn of each
    share = (best["asks"] - best["mounted"]) / best["empty"]
    call = best["call"]
    alone = (f"{best['empty']:.1f}", "", f"{call:.1f}", f"{call / best['empty']:.1%}")
    return alone, _row(best["empty"], best["mounted"], best["asks"], share)


def _call(app: Flask, environment: Mapping[str, Any]) -> float:
    """µs of CPU of one `consent.allows()` within a request."""
    consent = Consent()
    with app.test_request_context("/asks", environ_overrides=dict(environment)):
        start = time.process_time()
        for _ in range(CALLS):
            consent.allows("analytics")
        return (time.process_time() - start) / CALLS * 1e6


def _calls(app: Flask, path: str, more: Mapping[str, Any]) -> float:
    """µs of CPU of one call of a WSGI application."""
    base = {
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        **more,
    }
    gc.collect()
    start = time.process_time()
    for _ in range(CALLS):
        b"".join(app.wsgi_app(dict(base), lambda *_: None))  # type: ignore[arg-type]
    return (time.process_time() - start) / CALLS * 1e6
