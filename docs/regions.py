"""Write docs/regions.md from the table of regimes, or with --check say whether it is fresh.

python docs/regions.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel import Locale

from consent.regimes import OPT_IN, REGIONS, Regime, Region
from consent.texts import TEXTS

PAGE = Path(__file__).with_name("regions.md")
TOP = """\
# Regions

*Written by `python docs/regions.py` from `consent/regimes/`; a test compares the two.*

Which rules meet a visitor, by the region that the server knows them from (`CONSENT_REGION`, see [mounting](mounting.md)). Where no region is known, and in
every region that is not listed, it is the strictest. A site may be stricter anywhere, and laxer only on legal advice that it names
([`[regions]`](site-file.md)). Who is known to be in a country, but not in which part of it, is met as in the strictest part: Canada's is Quebec. This is a tool, not legal advice: each row names its source, so that a lawyer can check it.

Opt-in: nothing optional before a yes. Opt-out and notice: what is not explicit, not sensitive and not held back by a signal is on once the person was told
and that is on record. GPC “obeyed”: Global Privacy Control opts out of what a site marks as sale or sharing, at once and whatever the site file says;
“as the site says”: `[signals] gpc`, which is `honour` unless changed; “noted”: everything is off anyway.
"""


def page() -> str:
    """The whole page."""
    regimes = dict.fromkeys([OPT_IN, *(row.regime for row in REGIONS.values())])
    return "\n".join(
        [
            TOP,
            "## Regimes",
            "",
            "| id | rules | first layer, in this order | links on every page | GPC | sensitive data | a yes lasts | a no lasts | source |",
            "|---|---|---|---|---|---|---|---|---|",
            *map(_regime, regimes),
            "",
            "## Where they hold",
            "",
            "| code | region | regime | first layer | law | complaints to | age | its source |",
            "|---|---|---|---|---|---|---|---|",
            "| – | unknown, or not in this table | `opt-in` | " + _buttons(OPT_IN) + " | | | the highest | |",
            *map(_row, REGIONS.values()),
            "",
        ]
    )


def _regime(regime: Regime) -> str:
    signal = "obeyed" if regime.obeys_gpc else "as the site says" if regime.presumes else "noted"
    links = "; ".join(TEXTS[link] for link in regime.links) or "–"
    cells = (
        f"`{regime.id}`", regime.kind, _buttons(regime), links, signal, regime.sensitive,
        f"{regime.yes_days} days", f"{regime.no_days} days", regime.source,
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _row(row: Region) -> str:
    authority = f"[{row.authority}]({row.url})"
    age = str(row.age) if row.age else "–"
    cells = (row.code, _name(row), f"`{row.regime.id}`", _buttons(row.regime), row.law, authority, age, row.age_source)
    return f"| {' | '.join(cells)} |"


def _buttons(regime: Regime) -> str:
    return " · ".join(TEXTS[choice] for choice in regime.first_layer)


def _name(row: Region) -> str:
    country, _, part = row.code.partition("-")
    name = str(Locale("en").territories[country])
    return f"{name}, {part}" if part else name


def run(arguments: list[str]) -> int:
    """Write or check; the exit status."""
    text = page()
    if arguments == ["--check"]:
        fresh = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        if not fresh:
            print("docs/regions.md is stale. Write it again: python docs/regions.py", file=sys.stderr)
        return 0 if fresh else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
