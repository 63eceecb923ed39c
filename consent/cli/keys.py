"""`consent keys`: the keys that sign a site's records. They lie in files of their own, never in the site file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .place import data_option, database_option, key_folder, open_store, site_id

if TYPE_CHECKING:
    from ..keys import SigningKey


@click.group()
def keys() -> None:
    """Make, list and retire the keys that sign a site's records; rotate those that hide the personal parts."""


def _folder_option(command: click.decorators.FC) -> click.decorators.FC:
    return click.option(
        "--keys",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of the key files. Default: keys/ in the data folder.",
    )(command)


@keys.command()
@click.argument("site", type=site_id)
@data_option
@_folder_option
@click.option(
    "--origin",
    default="",
    metavar="NAME",
    help="How the site's log is named for ever, as in shop.example/consent. Only with the first key. Default: made up.",
)
def new(site: str, data: Path, folder: Path | None, origin: str) -> None:
    """Make a key for SITE, which signs from now on; the first time, the whole key ring.

    Keys made earlier still verify until they are retired. A running server signs with the new one after a restart.
    """
    import os
    import time

    from .. import keyfile
    from .. import keys as rings

    path = keyfile.path_of(folder or key_folder(data), site)
    first = not path.exists()
    if first:
        ring = keyfile.make(path, site, origin)
    elif origin:
        raise click.UsageError("The log of this site has its name already, and keeps it.")
    else:
        ring = keyfile.change(path, site, lambda keys: rings.add_signing(keys, int(time.time()), os.urandom(32)))
    click.echo(f"{ring.current.id} signs for {site} now. It lies in {path}, readable by you alone.")
    click.echo(
        "Keep a copy in a safe place: without this file nobody can open the personal parts of the records."
        if first
        else "Restart the server to sign with it, and back the file up. Earlier keys verify until they are retired."
    )


@keys.command("list")
@click.argument("site", type=site_id)
@click.option("--json", "as_json", is_flag=True, help="Print the public part as JSON, as /consent/keys.json serves it.")
@data_option
@_folder_option
def list_(site: str, as_json: bool, data: Path, folder: Path | None) -> None:
    """List the signing keys of SITE, oldest first: public parts only."""
    from .. import keyfile
    from .. import keys as rings

    ring = keyfile.load(folder or key_folder(data), site, production=True)
    if as_json:
        click.echo(json.dumps(rings.published(ring), indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("Key", "Made", "Does", box=None, pad_edge=False)
    for key in ring.signing:
        table.add_row(key.id, key.created, _does(key, ring.current if ring.live else None))
    Console(highlight=False, markup=False).print(table)


def _does(key: SigningKey, current: SigningKey | None) -> str:
    if key.retired:
        return f"verifies old records; retired {key.retired}"
    return "signs" if key == current else "verifies"


@keys.command(context_settings={"ignore_unknown_options": True})  # an id may begin with a dash
@click.argument("site", type=site_id)
@click.argument("key")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
@_folder_option
def retire(site: str, key: str, yes: bool, data: Path, folder: Path | None) -> None:
    """Retire KEY of SITE: destroy its private part, and believe no browser's token that it signed.

    Records that it signed still verify. Visitors whose choice it signed are asked again.
    """
    import time

    from .. import keyfile
    from .. import keys as rings

    path = keyfile.path_of(folder or key_folder(data), site)
    ring = keyfile.load(path.parent, site, production=True)
    rings.retire(ring, key, int(time.time()))  # raises before anything is asked
    if key not in ring.live:
        click.echo(f"{key} is retired already.")
        return
    if not yes:
        click.confirm(
            f"Every visitor whose choice {key} signed is asked again, and its private part is destroyed. Retire it?",
            abort=True,
        )
    keyfile.change(path, site, lambda keys: rings.retire(keys, key, int(time.time())))
    click.echo(f"{key} is retired. Restart the server, and replace the copies of {path} in your backup.")


@keys.command()
@click.argument("site", type=site_id)
@click.option(
    "--wait",
    type=click.FloatRange(0, 3600),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="What servers get to finish what they began with the old keys. 0 where none runs.",
)
@data_option
@database_option
@_folder_option
def rotate(site: str, wait: float, data: Path, database: str | None, folder: Path | None) -> None:
    """Put the personal parts of SITE under new keys, and destroy the old ones.

    What lies about of erased rows, in the database's log, in dead rows or in backups of the database, nobody can
    open then, unless a copy of the old key file is kept, too. The keys that sign are not touched. Servers on this
    machine go on meanwhile. When it is interrupted, run it again.
    """
    from .. import keyfile
    from ..rotation import rotate as run
    from .log import _progress

    path = keyfile.path_of(folder or key_folder(data), site)
    ring = keyfile.load(path.parent, site, production=True)
    store = open_store(data, database)
    done = 0
    try:
        total = store.count_under_others(site, ring.personal_key().id if ring.rotating else "")
        with _progress("Rotating", total, quiet=False) as tick:
            for batch in run(path, site, store, settle=wait):
                done += batch
                tick(done)
    finally:
        store.close()
    click.echo(
        f"{done:,} personal part{'' if done == 1 else 's'} of {site} now under a new key; the old ones are gone."
    )
    click.echo(f"Replace the copies of {path} in your backup: whoever has an old one can open old backups.")
