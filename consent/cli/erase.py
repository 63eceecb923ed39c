"""`consent erase`: what identifies a person goes; the proofs stay."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .log import _progress, moment
from .place import data_option, database_option, key_folder, open_store, site_id
from .who import log

if TYPE_CHECKING:
    from ..store import Store


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be erased: how many, in words for people and for the access log, and how it is done."""

    count: int
    words: str
    filter: str
    steps: Callable[[], Iterator[int]]


@click.command(context_settings={"ignore_unknown_options": True})  # a subject id may begin with a dash
@click.argument("site", type=site_id)
@click.option("--record", type=click.UUID, metavar="ID", help="This record.")
@click.option("--subject", help="All records of this person, by their subject id.")
@click.option("--account", metavar="USER", help="All of this user of yours, and of the browsers linked to them.")
@click.option("--before", type=moment, metavar="TIME", help="All from before 2026-04-06 (UTC) or 2026-04-06T08:30:00Z.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
@database_option
def erase(
    site: str,
    record: uuid.UUID | None,
    subject: str | None,
    account: str | None,
    before: int | None,
    dry_run: bool,
    yes: bool,
    data: Path,
    database: str | None,
) -> None:
    """Erase the personal parts of records of SITE: who it was, and what the site kept of the request.

    The records themselves stay, with signature and place in the log; they identify nobody any more, and everything
    still verifies. This cannot be undone. The erasure is entered in the access log first. Exits with 1 where there is
    nothing to erase.

    Copies in backups, and remains in a database's log, stay readable until the keys are rotated: consent keys rotate.
    """
    if sum(given is not None for given in (record, subject, account, before)) != 1:
        raise click.UsageError("Say what to erase: one of --record, --subject, --account or --before.")
    store = open_store(data, database)
    try:
        if record is not None:
            wanted = _record(store, site, record)
        elif before is not None:
            wanted = _before(store, site, before)
        else:
            wanted = _person(store, site, data, subject, account)
        if not wanted.count:
            raise click.ClickException(f"There is nothing to erase: no personal part {wanted.words}.")
        parts = f"{wanted.count:,} personal part{'' if wanted.count == 1 else 's'} {wanted.words}"
        if dry_run:
            click.echo(f"Would erase {parts}. The records themselves stay.")
            return
        if not yes:
            click.confirm(f"Erase {parts}? The records themselves stay. This cannot be undone.", abort=True)
        log(store, site, "erase", wanted.filter, wanted.count)
        _carry_out(store, wanted)
    finally:
        store.close()


def _carry_out(store: Store, wanted: _Wanted) -> None:
    done = 0
    with _progress("Erasing", wanted.count, quiet=False) as tick:
        for batch in wanted.steps():
            done += batch
            tick(done)
    clean = store.scrub()
    click.echo(f"Erased {done:,} personal part{'' if done == 1 else 's'} {wanted.words}.")
    if not clean:
        click.echo(
            "The database's own log still holds them, encrypted: something reads the database just now, or it does not "
            "let itself be cleaned. A running server tries again within a day, or run: consent prune",
            err=True,
        )


def _record(store: Store, site: str, record: uuid.UUID) -> _Wanted:
    count = int(store.has_personal(site, record))
    return _Wanted(
        count, f"of record {record}", f"record {record}", lambda: iter([store.erase_records(site, [record])])
    )


def _before(store: Store, site: str, before: int) -> _Wanted:
    from ..encoding import timestamp

    words = f"before {timestamp(before)}"
    due = store.due(site, "personal", before)
    return _Wanted(due.count, f"from {words}", words, lambda: store.drop(site, "personal", before))


def _person(store: Store, site: str, data: Path, subject: str | None, account: str | None) -> _Wanted:
    from .. import erasure, keyfile
    from ..account import account_subject
    from ..personal import pseudonym

    ring = keyfile.Watched(key_folder(data), site, production=True)
    who = subject if subject is not None else account_subject(ring(), account or "")
    found = erasure.person(store, ring, site, who)
    words = f"of {'the subject' if subject is not None else 'the account'} given"
    if len(found.subjects) > 1:
        linked = len(found.subjects) - 1
        words += f" and {linked} browser{'' if linked == 1 else 's'} linked to it"
    return _Wanted(
        found.records,
        words,
        f"subject {pseudonym(ring(), who)}",
        lambda: erasure.erase(store, ring, site, who),
    )
