"""Puts tables into docs/performance.md, each between the marks that bear its benchmark's name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from .serving import ROOT
from .tables import Table

PAGE = ROOT / "docs" / "performance.md"


def write(results: Mapping[str, Sequence[Table]]) -> str:
    """Replace what stands between the marks; the rest of the page is left. Returns where."""
    text = PAGE.read_text(encoding="utf-8")
    for name, tables in results.items():
        text = put(text, name, "\n".join(table.markdown() for table in tables))
    PAGE.write_text(text, encoding="utf-8")
    return str(PAGE.relative_to(ROOT))


def places(names: Sequence[str]) -> None:
    """See that the page has a place for each. Raises ValueError."""
    text = PAGE.read_text(encoding="utf-8")
    for name in names:
        put(text, name, "")


def put(text: str, name: str, tables: str) -> str:
    """`text` with new tables between <!-- name --> and <!-- /name -->. Raises ValueError when they are missing."""
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"docs/performance.md has no marks for {name}")
    return pattern.sub(lambda found: f"{found[1]}\n{tables}\n{found[2]}", text)
