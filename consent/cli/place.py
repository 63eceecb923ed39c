"""Where a command finds a site's data: the options that many commands share, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from ..keys import Keys
    from ..store import Store

F = TypeVar("F", bound=Callable[..., Any])
_SITE = re.compile(r"[a-z][a-z0-9_]{0,31}")


def site_id(text: str) -> str:
    """The id of a site, as a parameter. It becomes part of a file's name, so nothing else will do."""
    if not _SITE.fullmatch(text):
        raise click.BadParameter("A site is named by its id, such as “shop”: that under [site] in the site file.")
    return text


def data_option(command: F) -> F:
    """Add `--data`."""
    return click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="CONSENT_DATA",
        default=Path("instance/consent"),
        show_default=True,
        show_envvar=True,
        help="Folder of the keys and of the SQLite database.",
    )(command)


def database_option(command: F) -> F:
    """Add `--database`."""
    return click.option(
        "--database",
        metavar="URL",
        envvar="CONSENT_DATABASE",
        show_envvar=True,
        help="Database: sqlite:///PATH or postgresql://HOST/NAME. Default: consent.sqlite3 in the data folder.",
    )(command)


def key_folder(data: Path) -> Path:
    """Where the key rings of a data folder lie."""
    return data / "keys"


def ring(data: Path, site: str) -> Keys:
    """The key ring of a site. Raises KeysError."""
    from .. import keyfile

    return keyfile.load(key_folder(data), site, production=True)


def database_url(data: Path, database: str | None) -> str:
    """The URL of the database that the options mean."""
    return database or f"sqlite:///{data / 'consent.sqlite3'}"


def existing(data: Path, database: str | None) -> str:
    """The same, if it is there. Opening a SQLite file that is not would make an empty one, and hide a wrong path."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    url = database_url(data, database)
    try:
        parsed = make_url(url)
    except ArgumentError:
        return url  # the store says what is wrong with it
    if parsed.drivername.startswith("sqlite") and parsed.database and not Path(parsed.database).is_file():
        raise click.ClickException(
            f"There is no database at {parsed.database}. Say where it is: --data FOLDER or --database URL."
        )
    return url


def open_store(data: Path, database: str | None) -> Store:
    """The store, brought up to date. Raises StoreError."""
    from ..store import Store

    return Store.open(existing(data, database))
