"""`consent vendors`: the vendors that a site file may name without declaring them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..site.mistakes import nearest
from ..site.presets import Preset, names, preset


@click.command()
@click.argument("vendor", required=False)
def vendors(vendor: str | None) -> None:
    """List the vendors that a site file may name without declaring them, or show what is declared for one."""
    console = Console(highlight=False, soft_wrap=bool(vendor))
    if vendor is None:
        console.print(_table())
        return
    found = preset(vendor)
    if found is None:
        meant = nearest(vendor, names())
        hint = f'Did you mean "{meant}"?' if meant else "See all of them: consent vendors"
        raise click.ClickException(f"There is no known vendor of this name. {hint}")
    console.print(_shown(found))


def _table() -> Table:
    table = Table("vendor", "name", "usual purpose", "hosts", box=None, pad_edge=False)
    for found in filter(None, map(preset, names())):
        table.add_row(found.id, str(found.vendor["name"]), found.purpose, " ".join(found.vendor.get("hosts", [])))
    return table


def _shown(found: Preset) -> Text:
    about = found.vendor
    lines = [
        ("name", about["name"]),
        ("usual purpose", found.purpose),
        ("role", about["role"].replace("_", " ")),
        ("country", about["country"]),
        ("policy", about["policy"]),
        *(
            ("stores", f"{item.get('kind', 'cookie')} {item['name']}, {_lasting(item)}")
            for item in about.get("items", [])
        ),
        *(("host", host) for host in about.get("hosts", [])),
        *(("told by", signal) for signal in _signals(about)),
        *(("source", source) for source in found.sources),
    ]
    return Text("\n").join(Text.assemble((f"{label:<14}", "dim"), str(value)) for label, value in lines)


def _signals(about: Mapping[str, Any]) -> Iterator[str]:
    """How its scripts are told of an answer, as somebody would write it in JavaScript."""
    yield from (f"Google Consent Mode {kind}" for kind in about.get("consent_mode", []))
    if about.get("uet_consent"):
        yield 'uetq.push("consent", …)'
    if about.get("clarity_consentv2"):
        yield 'clarity("consentv2", …)'
    for answer in ("opt_in", "opt_out"):
        if call := about.get(answer):
            yield f"{call['call']}({', '.join(map(json.dumps, call.get('args', [])))})"


def _lasting(item: dict[str, str]) -> str:
    return item.get("duration", "session")
