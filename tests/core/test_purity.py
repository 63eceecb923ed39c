"""The core is pure: decision, record, token and what they stand on import no framework, no database, no clock."""

from __future__ import annotations

import ast
from pathlib import Path

import consent

CORE = [
    "account.py", "changes.py", "decision.py", "encoding.py", "errors.py", "handover.py", "keys.py", "notice.py",
    "personal.py", "record.py", "regimes/here.py", "regimes/regions.py",
    "regimes/table.py", "retention.py", "signals.py", "signing.py", "terms.py", "texts.py", "token.py",
    "units.py", "site/model.py",
    "web/rewrite.py", "web/origin.py", "web/csp.py", "web/enforce.py", "web/sweep.py",
    "ledger/checkpoint.py", "ledger/errors.py", "ledger/note.py", "ledger/proof.py", "ledger/tiles.py",
    "ledger/tree.py", "receipt/build.py", "receipt/check.py", "receipt/fields.py", "receipt/terms.py",
    "bundle/container.py", "bundle/errors.py", "bundle/layout.py", "bundle/manifest.py", "bundle/report/figures.py",
    "bundle/report/tally.py", "bundle/report/words.py", "bundle/verify/against.py", "bundle/verify/context.py",
    "bundle/verify/leaves.py", "bundle/verify/opening.py", "bundle/verify/part.py", "bundle/verify/promise.py",
    "bundle/verify/whole.py",
]  # fmt: skip
FORBIDDEN = {"flask", "sqlalchemy", "alembic", "time", "random", "secrets", "os", "sqlite3", "werkzeug", "pathlib"}


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").split(".")[0])
    return found


def test_the_core_imports_nothing_that_does_anything() -> None:
    root = Path(consent.__file__).parent
    for name in CORE:
        assert not imported(root / name) & FORBIDDEN, name


def test_nothing_in_the_core_asks_what_time_it_is() -> None:
    root = Path(consent.__file__).parent
    for name in CORE:
        text = (root / name).read_text(encoding="utf-8")
        assert ".now(" not in text and ".today(" not in text and "utcnow" not in text, name
