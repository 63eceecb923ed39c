"""`consent seal`: gives waiting records their places in the log, where the server does not do so itself."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .place import data_option, database_option, key_folder, open_store, ring, site_id

if TYPE_CHECKING:
    from ..store import Store

_PACE = re.compile(r"([0-9]{1,5}) *(s|m|h|seconds?|minutes?|hours?)")
_UNITS = {"s": 1, "m": 60, "h": 3600}


def pace(text: str) -> int:
    """A time such as 5s, 1m or “5 seconds”, as a parameter; from one second to an hour."""
    match = _PACE.fullmatch(text.strip().lower())
    seconds = int(match[1]) * _UNITS[match[2][0]] if match else 0
    if not 1 <= seconds <= 3600:
        raise click.BadParameter("Write a time from 1s to 1h, such as 5s.")
    return seconds


@click.command()
@click.argument("sites", metavar="SITE…", nargs=-1, required=True, type=site_id)
@click.option("--every", type=pace, default="5s", show_default=True, metavar="TIME", help="How often to look.")
@click.option("--once", is_flag=True, help="Seal what waits now, and end.")
@data_option
@database_option
def seal(sites: tuple[str, ...], every: int, once: bool, data: Path, database: str | None) -> None:
    """Give the waiting records of SITE their places in the log.

    A server does this by itself, unless it was started with --no-seal or CONSENT_SEAL = False. Any number may run at
    the same time; one works, the others wait. Exits with 1 when a log cannot be sealed.
    """
    rings = {site: ring(data, site) for site in sites}
    store = open_store(data, database)
    try:
        if once:
            from ..store import Kept

            for site, keys in rings.items():
                kept = Kept(key_folder(data), site)
                while store.waits(site):
                    head = store.seal(site, keys, int(time.time()), kept)
                    if head is None and store.waits(site):
                        time.sleep(0.05)  # another sealer is at it
                _tell(store, site)
            return
        from ..sealing import Sealing

        folder = key_folder(data)
        sealers = [Sealing(site, keys, folder, lambda: store, every) for site, keys in rings.items()]
        click.echo(f"Sealing {', '.join(sites)} every {every} s. Stop with Ctrl+C.", err=True)
        while True:
            for sealer in sealers:
                sealer.once()
            time.sleep(every)
    except KeyboardInterrupt:
        pass
    finally:
        store.close()


def _tell(store: Store, site: str) -> None:
    head = store.head(site)
    click.echo(f"{site}: {head.size if head else 0:,} records in the log, none waits.")
    if lost := store.lost(site):
        click.echo(
            f"{site}: {lost:,} more were stored and are gone from the database before they had a place. Whoever holds "
            "a token of such a record can prove that. Restore them from a backup.",
            err=True,
        )
        raise SystemExit(1)
