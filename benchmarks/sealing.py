"""Whether sealing keeps up: records that one process records a second, and records that the sealer seals a second.

Many records that wait are sealed by a process of its own, a batch at a time; then a server records without sealing, and
then with its own sealer at work. All in one run, on the same database.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from pathlib import Path

from consent import keyfile
from consent.store import Kept, Store
from tests import postgres

from . import decisions
from .growth import fill
from .rounds import Case, progress
from .server import PATH
from .serving import GRANIAN, serve
from .tables import Table

MANY = 100_000
FLOOR = 4.0  # times the rate of recording
SITE = "bench"


def measure(rounds: int = 3, seconds: float = 3.0, many: int = MANY) -> list[Table]:
    """A table for both databases."""
    table = Table(
        "Sealing",
        ("database", "recorded a second", "sealed a second", "× recorded", "recorded while sealing"),
        note=f"One process under Granian; {many:,} records sealed on one core. The floor is {FLOOR:.0f} × recorded.",
    )
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="consent-bench-")))
        databases = stack.enter_context(postgres.server())
        urls = {"SQLite": f"sqlite:///{folder / 'db.sqlite3'}"}
        urls["PostgreSQL"] = stack.enter_context(databases.database())
        for name, url in urls.items():
            fill(url, many)
            sealed = _seal(url, folder / name / "keys")
            rates = []
            for seals in (False, True):
                with serve(GRANIAN, "consent", folder / name, url, seals=seals) as server:
                    case = Case(name, server, decisions.load(server, server.get("/"), PATH))
                    case.warm()
                    for _ in range(rounds):
                        case.run(seconds)
                rates.append(sorted(case.rate)[len(case.rate) // 2])
            alone, beside = rates
            table.add(name, f"{alone:.0f}", f"{sealed:.0f}", f"{sealed / alone:.1f}", f"{beside:.0f}")
    return [table]


def _seal(url: str, folder: Path) -> float:
    """Records a second that are sealed, all that wait."""
    keys = keyfile.make(keyfile.path_of(folder, SITE), SITE)
    kept, store = Kept(folder, SITE), Store.open(url)
    start, size = time.perf_counter(), 0
    with progress() as shown:
        task = shown.add_task("sealing", total=None)
        while head := store.seal(SITE, keys, int(time.time()), kept):
            shown.update(task, completed=head.size)
            size = head.size
    taken = time.perf_counter() - start
    store.close()
    return size / taken
