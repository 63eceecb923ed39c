"""`consent witness`: watches another instance's log, and cosigns what only grows."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .place import data_option, database_option, key_folder, open_store, ring, site_id
from .seal import pace

if TYPE_CHECKING:
    from ..ledger.note import VerifierKey
    from ..witness import Witness

MOST_BYTES = 1 << 20


def verifier_key(text: str) -> VerifierKey:
    """The public key of a log: as text, in a file, or in a keys.json. Raises LedgerError, KeysError."""
    from ..keys import verifying_ledger
    from ..ledger.note import VerifierKey

    path = Path(text)
    if "+" in text and not path.is_file():
        return VerifierKey.parse(text)
    with path.open(encoding="utf-8") as file:
        said = file.read(MOST_BYTES).strip()
    if not said.startswith("{"):
        return VerifierKey.parse(said)
    keys = verifying_ledger(json.loads(said))
    if not keys:
        raise click.ClickException(f"{text} names no log.")
    return keys[-1]


@click.command()
@click.argument("url")
@click.option("--key", required=True, metavar="VKEY", help="Its verifier key, or a file with it: its keys.json.")
@click.option("--site", required=True, type=site_id, help="Whose key cosigns, and whose database remembers.")
@click.option("--every", type=pace, default="60s", show_default=True, metavar="TIME", help="How often to look.")
@click.option("--once", is_flag=True, help="Look now, and end.")
@data_option
@database_option
def witness(url: str, key: str, site: str, every: int, once: bool, data: Path, database: str | None) -> None:
    """Watch the log at URL, such as https://shop.example/consent/log, and cosign its checkpoints.

    Each must be signed by the key and contain all that was cosigned before. The cosignature is handed to the log, whose
    site file has to name the verifier key of SITE under ledger.witnesses. A log with two histories is not cosigned:
    the proof is kept beside the keys of SITE, and the command exits with 1.
    """
    from ..errors import KeysError
    from ..witness import Witness

    keys = ring(data, site)
    if keys.ledger is None:
        raise KeysError(f"The key ring of {site} has no key for its log. Make it: consent keys list {site}")
    store = open_store(data, database)
    try:
        seeing = Witness(store, site, keys.ledger, url, verifier_key(key), key_folder(data))
        _look(seeing, stays=not once)
        while not once:
            time.sleep(every)
            _look(seeing, stays=True)
    except KeyboardInterrupt:
        pass
    finally:
        store.close()


def _look(seeing: Witness, *, stays: bool) -> None:
    """Look once and tell. A fork ends the command; any other failure does only where it does not stay."""
    from ..store import StoreError
    from ..witness import ForkSeen, WitnessError

    try:
        seen = seeing.look()
    except ForkSeen:
        raise
    except (WitnessError, StoreError) as error:
        if not stays:
            raise
        click.echo(str(error), err=True)
        return
    before = "seen for the first time" if seen.before is None else f"extends {seen.before:,}"
    click.echo(f"{seen.size:,} records, {before}: cosigned.")
    if seen.refusal:
        click.echo(f"The log did not take the cosignature: {seen.refusal}", err=True)
