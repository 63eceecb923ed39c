"""What one recorded decision costs a server, beside an empty Flask POST under the same server.

One worker, eight connections; every decision under an idempotency key of its own. CPU is that of the server's
own processes; the ceiling is twice the empty POST's, under Granian three times (docs/performance.md says why).
SQLite and PostgreSQL both flush before they acknowledge.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests import postgres

from . import decisions
from .load import Load
from .rounds import Case, interleave
from .serving import GRANIAN, KINDS, THREADS, serve
from .tables import Table

CEILING = 2.0  # of the empty POST's CPU
CEILING_GRANIAN = 3.0
PATH = "/consent/decision"


def measure(rounds: int = 7, seconds: float = 2.0, kinds: Sequence[str] = KINDS, threads: int = THREADS) -> list[Table]:
    """A table for all kinds of server."""
    table = Table(
        "One recorded decision beside an empty Flask POST",
        ("server", "request", "CPU µs", "a second", "p99 ms", "× empty"),
        note=f"The ceiling is {CEILING:.0f} × empty, under Granian {CEILING_GRANIAN:.0f}. "
        "PostgreSQL's own CPU is not counted.",
    )
    with postgres.server() as databases:
        for kind in kinds:
            with databases.database() as url:
                cases = _cases_run(kind, url, rounds, seconds, threads)
            name = f"{kind}, {threads} threads" if kind == GRANIAN else kind
            for case in cases:
                rate, p99 = sorted(case.rate)[len(case.rate) // 2], sorted(case.p99)[len(case.p99) // 2]
                ratio = case.ratio(cases[0])
                table.add(name, case.name, f"{case.micros:.0f}", f"{rate:.0f}", f"{p99:.1f}", f"{ratio:.2f}")
    return [table]


def _cases_run(kind: str, database: str, rounds: int, seconds: float, threads: int) -> list[Case]:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="consent-bench-")))
        empty = stack.enter_context(serve(kind, "empty", folder / "empty", threads=threads))
        plain = stack.enter_context(serve(kind, "plain", folder / "plain", threads=threads))
        sqlite = stack.enter_context(serve(kind, "consent", folder / "sqlite", threads=threads))
        postgresql = stack.enter_context(serve(kind, "consent", folder / "postgresql", database, threads))
        page = sqlite.get("/")
        cases = [Case("empty POST", empty, decisions.load(empty, page, "/decision"))]
        cases.append(Case("a form in, JSON out", plain, decisions.load(plain, page, "/decision")))
        for name, server in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
            page = server.get("/")  # each has keys of its own
            loads: dict[str, Load] = {
                "form": decisions.load(server, page, PATH),
                "JSON": decisions.load(server, page, PATH, as_json=True),
                "form, accept all": decisions.load(server, page, PATH, ["accept_all"]),
            }
            cases += [Case(f"decision, {name}, {how}", server, load) for how, load in loads.items()]
        interleave(kind, cases, rounds, seconds)
    return cases
