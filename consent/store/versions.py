"""The versions of a site's terms: which there were, in which language, and since when."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, select

from .queries import translated
from .schema import version as versions

MOST = 4096  # rows: a version has one for each language in which anybody answered


@dataclass(frozen=True, slots=True)
class Version:
    """A version in one language: the first notice in it under which anybody answered, and when (Unix seconds)."""

    id: str
    locale: str
    notice: str
    first: int


def read(engine: Engine, site: str) -> list[Version]:
    """A site's versions, newest first. Raises StoreUnavailable."""
    columns = versions.c.id, versions.c.locale, versions.c.notice, versions.c.first
    query = select(*columns).where(versions.c.site == site)
    newest = query.order_by(versions.c.first.desc(), versions.c.id, versions.c.locale).limit(MOST)
    with translated("The versions of the terms cannot be read."), engine.connect() as connection:
        return [Version(*row) for row in connection.execute(newest)]
