"""`consent ledger`: how a site's log stands, and a new one where the old one cannot go on."""

from __future__ import annotations

from pathlib import Path

import click

from .place import data_option, database_option, key_folder, open_store, ring, site_id


@click.group()
def ledger() -> None:
    """Look after the logs that records have their places in."""


@ledger.command()
@click.argument("site", type=site_id)
@data_option
@database_option
def show(site: str, data: Path, database: str | None) -> None:
    """Say how the log of SITE stands: its key, its newest checkpoint, what waits, and who has cosigned it."""
    from ..encoding import timestamp
    from ..ledger import note as notes

    keys = ring(data, site)
    store = open_store(data, database)
    try:
        head, waits, lost = store.head(site), store.waits(site), store.lost(site)
    finally:
        store.close()
    for one in keys.ended:
        click.echo(f"Ended {one.ended}: {one.verifier}")
    if keys.ledger:
        click.echo(f"Key:        {keys.ledger.verifier}")
    if head is None:
        click.echo("Nothing is sealed yet.")
    else:
        click.echo(f"Records:    {head.size:,}, sealed {timestamp(head.time)}")
        own = keys.ledger.origin if keys.ledger else ""
        others = [one.name for one in notes.parse(head.note).signatures if one.name != own]
        click.echo(f"Cosigned:   {', '.join(others) or 'by nobody'}")
    click.echo(f"Waiting:    {'some' if waits else 'none'}")
    if lost:
        click.echo(f"Lost:       {lost:,} that were stored are gone from the database", err=True)
        raise SystemExit(1)


@ledger.command()
@click.argument("site", type=site_id)
@click.option("--origin", default="", metavar="NAME", help="How the new log is named. Default: made up.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
@database_option
def renew(site: str, origin: str, yes: bool, data: Path, database: str | None) -> None:
    """End the log of SITE, and begin a new one with all records that are in the database.

    For a database that had to be restored from a backup: its log can't go on, because the key has signed what the
    backup lacks. The old log's key is destroyed; its public part, its name and its last checkpoint stay, so that
    what it proved can still be verified. Stop every server first. Witnesses and auditors will ask why: tell them.
    """
    import os
    import time

    from .. import keyfile
    from .. import keys as rings
    from ..ledger import checkpoint as checkpoints
    from ..ledger.checkpoint import Checkpoint
    from ..ledger.tree import EMPTY
    from ..store import Kept
    from ..store.renew import renew as renewed

    if not yes:
        click.confirm(f"Does no server run, and shall the log of {site} end for ever?", abort=True)
    folder = key_folder(data)
    store, kept, now = open_store(data, database), Kept(folder, site), int(time.time())
    try:
        with kept.held() as alone:
            if not alone:
                raise click.ClickException("A server or “consent seal” is at work on this log. Stop it first.")
            head = store.head(site)
            last = kept.text() or (head.note if head else "")
            ring = keyfile.change(
                keyfile.path_of(folder, site),
                site,
                lambda keys: rings.renew_ledger(keys, os.urandom(32), now, last, origin),
            )
            assert ring.ledger
            key = ring.ledger
            # From here on no process that has the old key in memory can sign anything more.
            kept.keep(checkpoints.sign(Checkpoint(key.origin, 0, EMPTY), [(key.origin, key.seed)], now))
            waiting = renewed(store.engine, site)
    finally:
        store.close()
    click.echo(f"{waiting:,} records wait for their places in {key.origin}. Start the server, or: consent seal {site}")
    click.echo(f"Give the new key to your witnesses: {key.verifier}")
