"""`consent prune`: what has had its time goes, by the rules of the site file."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .log import _progress
from .place import data_option, database_option, open_store
from .who import me

if TYPE_CHECKING:
    from ..prune import Line

SAYS = {
    "personal": "personal parts of records",
    "imported": "what another tool had stored",
    "requests": "keys of requests",
    "access": "entries of the access log",
}


@click.command()
@click.argument(
    "site_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False, metavar="[SITE_FILE]"
)
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
@data_option
@database_option
def prune(site_file: Path | None, dry_run: bool, data: Path, database: str | None) -> None:
    """Remove what has had its time, by [retention] in a site file (default: consent.toml).

    What is signed identifies nobody and stays: records, their places in the log, and the notices. A running server does
    this by itself once a day. What goes is entered in the access log first.
    """
    from ..prune import plan, run
    from ..site.load import load
    from .serve import _default_site

    site = load(site_file or _default_site())
    now = int(time.time())
    store = open_store(data, database)
    try:
        lines = plan(store, site, now)
        _show(lines)
        total = sum(line.due.count for line in lines)
        if dry_run:
            click.echo(f"{total:,} would go.")
            return
        done = 0
        with _progress("Pruning", total, quiet=False) as tick:
            for batch in run(store, site, me(), now):
                done += batch
                tick(done)
        click.echo(f"{done:,} went.")
    finally:
        store.close()


def _show(lines: list[Line]) -> None:
    from rich.console import Console
    from rich.table import Table

    from ..encoding import timestamp

    table = Table("Class", "What", "Kept for", "Due", "Oldest", "Newest", box=None, pad_edge=False)
    for line in lines:
        kept = (
            "ever" if line.until is None else f"{line.kept.count} {line.kept.unit}{'s' if line.kept.count > 1 else ''}"
        )
        ends = (timestamp((found.int >> 80) // 1000) if found else "" for found in (line.due.oldest, line.due.newest))
        table.add_row(line.name, SAYS[line.name], kept, f"{line.due.count:,}", *ends)
    Console(highlight=False, markup=False).print(table)
