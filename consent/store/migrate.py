"""Bring a database's tables up to date, once, however many processes start at the same moment."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError, SQLAlchemyError

from .errors import SchemaTooNew, StoreUnavailable
from .schema import HEAD, VERSION_TABLE

LOCK = 0x636F_6E73_656E_7400  # "consent": the number of PostgreSQL's advisory lock


def migrate(engine: Engine) -> str:
    """Bring the tables to HEAD and return it. One SELECT when they are there already.

    Raises SchemaTooNew when the database is newer than this code, StoreUnavailable when it cannot be reached.
    """
    found = current_revision(engine)
    if found == HEAD:
        return found
    if found is not None and found > HEAD:
        raise SchemaTooNew(found, HEAD)
    try:
        with engine.connect().execution_options(consent_exclusive=True) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            _upgrade(connection)
    except SQLAlchemyError as error:
        raise StoreUnavailable("The database's tables could not be made or changed.") from error
    return HEAD


def current_revision(engine: Engine) -> str | None:
    """The revision that the database is at, None for an empty one. Raises StoreUnavailable."""
    try:
        with engine.connect() as connection:
            row = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").first()
            return None if row is None else str(row[0])
    except (OperationalError, ProgrammingError) as error:
        if _is_missing_table(error):
            return None
        raise StoreUnavailable("The database cannot be reached.") from error
    except SQLAlchemyError as error:
        raise StoreUnavailable("The database cannot be reached.") from error


def _is_missing_table(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    return state == "42P01" or "no such table" in str(error.orig)  # 42P01: PostgreSQL's undefined_table


def _upgrade(connection: Connection) -> None:
    """Run the migrations. Alembic is imported only here: a start without work need not pay its 100 ms."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", f"{__package__}:migrations")
    attributes: dict[str, Any] = config.attributes
    attributes["connection"] = connection
    command.upgrade(config, "head")
