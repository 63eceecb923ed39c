"""`consent access`: who took out, looked up and erased what, and when."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from .log import moment
from .place import data_option, database_option, open_store, site_id


@click.command()
@click.argument("site", type=site_id)
@click.option("--since", type=moment, metavar="TIME", help="From here on: 2026-04-06 (UTC), or 2026-04-06T08:30:00Z.")
@click.option("--until", type=moment, metavar="TIME", help="Before this moment.")
@click.option(
    "--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True, help="CSV or JSON Lines."
)
@data_option
@database_option
def access(site: str, since: int | None, until: int | None, form: str, data: Path, database: str | None) -> None:
    """Print the access log of SITE, oldest first: every export, look-up and erasure.

    Each entry has its time, who (a system user, “person” for somebody at their own data, “server” for the daily
    removal), what was done, with which filter, and how many records that was. No subject stands in it in the clear.
    """
    from ..encoding import timestamp
    from ..export.cells import inert
    from ..export.lines import as_csv

    names = ("time", "who", "action", "filter", "count", "id")
    store = open_store(data, database)
    try:
        if form == "csv":
            sys.stdout.write(as_csv([names]))
        for entry in store.accesses(site, since, until):
            values = (timestamp(entry.time), entry.who, entry.action, entry.filter, entry.count, str(entry.id))
            if form == "csv":
                sys.stdout.write(as_csv([[inert(str(value)) for value in values]]))
            else:
                sys.stdout.write(json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False) + "\n")
    finally:
        store.close()
