"""Write docs/vendors.md from the vendors that are known by name, or with --check say whether it is fresh.

python docs/vendors.py [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from consent.site.presets import Preset, names, preset

PAGE = Path(__file__).with_name("vendors.md")
TOP = """\
# Known vendors

*Written by `python docs/vendors.py` from `consent/site/presets`; a test compares the two.*

A site file may name these in the `vendors` of a purpose without declaring them: see
[`[vendors.ID]`](site-file.md#vendorsid). What is stored, and for how long, is the vendor's default; not every
figure could be confirmed in the vendor's own pages, so compare it with what your browser shows. Where a vendor
outside the countries of adequate protection has no safeguard here, none could be confirmed, and `consent check` says
so: look into your contract.

| name | vendor | usual purpose | country | stores | hosts | sources |
|---|---|---|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    return TOP + "".join(map(_row, filter(None, map(preset, names()))))


def _row(found: Preset) -> str:
    about = found.vendor
    cells = (
        f"`{found.id}`",
        f"[{about['name']}]({about['policy']})",
        f"`{found.purpose}`",
        about["country"],
        "<br>".join(_items(found)),
        "<br>".join(f"`{host}`" for host in about.get("hosts", [])),
        " ".join(f"[{number}]({source})" for number, source in enumerate(found.sources, 1)),
    )
    return "| " + " | ".join(cell or "–" for cell in cells) + " |\n"


def _items(found: Preset) -> Iterator[str]:
    for item in found.vendor.get("items", []):
        kind = f" ({item['kind']})" if "kind" in item else ""
        yield f"`{item['name']}`{kind} {item.get('duration', 'session')}"


def run(arguments: list[str]) -> int:
    """Write or check; the exit status."""
    text = page()
    if arguments == ["--check"]:
        fresh = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        if not fresh:
            print("docs/vendors.md is stale. Write it again: python docs/vendors.py", file=sys.stderr)
        return 0 if fresh else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
