"""The records of a log as flat cells, ready as a database gives them: the floors of `exports` read and write them."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any

from consent.encoding import b64
from consent.export.columns import batch_of, schema
from consent.export.kinds import Kinds
from consent.export.lines import COLUMNS, Exported, fields_of, to_row
from consent.store import Page, Store

NAME = "bench"
_CELLS = (*COLUMNS, "place", "millis", "end_millis", "raw_leaf", "leaf_hash", "raw_signature", "base64", "bound")
_TYPED = {"index": "place", "time": "millis", "expires": "end_millis", "leaf": "raw_leaf", "signature": "raw_signature"}
_TYPED |= {"commitment": "bound"}


@cache
def cells_of(form: str) -> tuple[str, ...]:
    """What the table of a format has."""
    if form == "parquet":
        return tuple(_TYPED.get(column.name, column.name) for column in schema())
    return COLUMNS if form == "csv" else ("raw_leaf", "base64")


def flatten(url: str, path: Path) -> None:
    """A SQLite file with a table for each format, and in it each record as the cells of that format, no others."""
    tables = {form: cells_of(form) for form in ("csv", "jsonl", "parquet")}
    store = Store.open(url)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous=OFF")
        for table, names in tables.items():
            database.execute(f"CREATE TABLE {table} (n INTEGER PRIMARY KEY, {_quoted(names)})")
        database.execute("BEGIN")
        for page in store.pages(NAME, placed=True):
            rows = list(_cells(page))
            for table, names in tables.items():
                take = itemgetter(*map(_CELLS.index, names))
                marks = ", ".join("?" * len(names))
                database.executemany(f"INSERT INTO {table} ({_quoted(names)}) VALUES ({marks})", map(take, rows))
        database.execute("COMMIT")
    store.close()


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def pages(flat: Path, table: str, size: int) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of one of these tables."""
    with contextlib.closing(sqlite3.connect(f"file:{flat}?mode=ro", uri=True)) as database:
        cursor = database.execute(f"SELECT {_quoted(cells_of(table))} FROM {table} ORDER BY n")
        while rows := cursor.fetchmany(size):
            yield rows


def _cells(page: Page) -> Iterator[tuple[Any, ...]]:
    batch = batch_of(page, Kinds(), schema(), None)
    typed = zip(
        *(batch[name].to_pylist() for name in ("index", "leaf", "leaf_hash", "signature")),
        *(batch[name].cast("int64").to_pylist() for name in ("time", "expires")),
        strict=True,
    )
    for number, (index, leaf, digest, signature, millis, end) in enumerate(typed):
        fields = fields_of(leaf) or {}
        row = to_row(Exported(leaf, fields, signature), NAME, page.record_id(number))
        yield (*row, index, millis, end, leaf, digest, signature, b64(signature), fields["personal"])
