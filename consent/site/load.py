"""Reads a site file. `load` is what a server does once, at start; `read` is what `consent check` does."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .announced import announced
from .build import build
from .lines import locate
from .mistakes import Mistake, Report, SiteError
from .model import Site
from .patterns import examine
from .reading import Reading
from .schema import MOST_BYTES, Spot

_AT_LINE = re.compile(r"\(at line ([0-9]+), column ([0-9]+)\)")


def load(path: str | Path) -> Site:
    """The site of a TOML file.

    Raises:
        SiteError: with every mistake in it, if there is one error at least. Warnings alone do not raise.
    """
    return _fit(read(path))


def loads(text: str, name: str = "consent.toml") -> Site:
    """The site of a TOML text; `name` is what its mistakes call the file. Raises as `load` does."""
    return _fit(reads(text, name))


def read(path: str | Path, today: dt.date | None = None) -> Reading:
    """A file with all that is wrong with it, and with the one that it announces. Never raises for what stands in it, or
    for its absence.

    From the day of the announced one on (`today` is by UTC), it is that one that counts.
    """
    path = Path(path)
    found = alone(path)
    if found.site is None or not found.site.announce:
        return found
    return announced(found, found.site, path, alone(path.parent / found.site.announce), today or _today())


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


def alone(path: Path) -> Reading:
    """One file, whatever it announces."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return _unread(str(path), "This is not UTF-8 text.", "Save the file as UTF-8.", line)
    except OSError as error:
        reason = (error.strerror or "it is missing").lower()
        return _unread(str(path), f"The file cannot be read: {reason}.", "Make one with “consent init”.")
    except ValueError:  # a path that no system takes, such as one with a null in it
        return _unread(str(path), "This is not a path.", "Give the path of a site file.")
    return reads(text, str(path))


def reads(text: str, name: str = "consent.toml") -> Reading:
    """The same for a text."""
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        return _unread(name, "The file is too large.", f"Keep it under {MOST_BYTES // 1024} KiB.")
    try:
        data = tomllib.loads(text)
    except ValueError as error:
        return _syntax(name, str(error), text)
    except RecursionError:
        return _unread(name, "Lists or tables are nested too deep.", "No key needs more than four levels.")
    return from_data(data, Report(name, locate(text)))


def from_data(data: Mapping[str, Any], report: Report) -> Reading:
    """The same for tables that are parsed already."""
    site = build(data, Spot(report, ()))
    examine(site, data, report)
    return Reading(None if report.failed else site, report.sorted())


def _fit(reading: Reading) -> Site:
    if reading.site is None:
        raise SiteError(reading.mistakes)
    return reading.site


def _syntax(name: str, message: str, text: str) -> Reading:
    match = _AT_LINE.search(message)
    line = int(match[1]) if match else text.count("\n") + 1
    problem = _AT_LINE.sub("", message).replace("(at end of document)", "at the end of the file").strip()
    return _unread(name, f"This is not TOML: {problem}.", "See https://toml.io for how it is written.", line)


def _unread(name: str, problem: str, remedy: str, line: int | None = None) -> Reading:
    return Reading(None, (Mistake(name, line, "", problem, remedy),))
