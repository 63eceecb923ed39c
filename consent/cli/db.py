"""`consent db`: the tables of the database."""

from __future__ import annotations

from pathlib import Path

import click

from .place import data_option, database_option, database_url, existing


@click.group()
def db() -> None:
    """Look after the database's tables."""


@db.command()
@data_option
@database_option
def upgrade(data: Path, database: str | None) -> None:
    """Bring the tables up to date, or make them. A server does this by itself when it starts."""
    from ..store import current_revision, migrate
    from ..store.engine import make_engine

    engine = make_engine(database_url(data, database))
    try:
        before = current_revision(engine)
        after = migrate(engine)
    finally:
        engine.dispose()
    click.echo(
        f"The tables were at {before or 'nothing'} and are at {after} now."
        if before != after
        else f"At {after} already."
    )


@db.command()
@data_option
@database_option
def version(data: Path, database: str | None) -> None:
    """Say which revision the tables are at, and which one this version needs. Changes nothing.

    Exits with 1 if the two differ.
    """
    from ..store import HEAD, current_revision
    from ..store.engine import make_engine

    engine = make_engine(existing(data, database))
    try:
        found = current_revision(engine)
    finally:
        engine.dispose()
    click.echo(f"The tables are at {found or 'nothing'}; this version needs {HEAD}.")
    if found != HEAD:
        raise SystemExit(1)
