"""What the figures were measured on."""

from __future__ import annotations

import datetime as dt
import os
import platform
import shutil
from importlib.metadata import version

import psutil  # type: ignore[import-untyped]

from .tables import Table

PACKAGES = ("flask", "werkzeug", "sqlalchemy", "psycopg", "cryptography", "granian", "gunicorn", "playwright")


def describe() -> Table:
    """Date, machine and versions."""
    table = Table("Measured with", ("what", "value"))
    table.add("date", dt.datetime.now(dt.UTC).date().isoformat())
    table.add("machine", f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {_memory()} GB")
    table.add("load", "by wrk" if shutil.which("wrk") else "by benchmarks.client")
    table.add("Python", platform.python_version())
    for name in PACKAGES:
        table.add(name, version(name))
    return table


def _memory() -> int:
    return round(float(psutil.virtual_memory().total) / 1e9)
