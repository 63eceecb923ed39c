"""A Parquet export, a file or a folder of them, as numbered records.

All columns are made again from the leaves, a batch at a time, and compared; which rows differ is looked for only in a
batch that does. `index` is left alone: no leaf says where it stands.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..record import Record
from ..store import Entry
from ..store.page import paged
from .check import Columns
from .columns import arrow, batch_of, schema
from .days import by_day
from .kinds import Kinds
from .lines import PERSONAL, fields_of
from .read import BATCH, LIMIT, TOO_LONG, Item, NotAnExport

if TYPE_CHECKING:
    import pyarrow as pa

GROUP = 256 << 20  # bytes that a row group may unpack to
_NOBODY = uuid.UUID(int=0)


class Tables:
    """Reads the files in the order of their names, which is that of the days. `read` counts rows, `total` has them."""

    unit = "row"

    def __init__(self, path: Path) -> None:
        """Look at what each file says of itself. Raises NotAnExport, NoParquet."""
        arrow()
        self._files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
        if not self._files:
            raise NotAnExport("There is no Parquet file in this folder.")
        self.read = 0
        self.total = sum(self._rows(file) for file in self._files)

    def _rows(self, path: Path) -> int:
        with _opened(path) as file:
            personal = PERSONAL[0] in file.schema_arrow.names
            if not file.schema_arrow.equals(schema(personal=personal)):
                raise NotAnExport(f"{path} does not have the columns that “consent export --format parquet” writes.")
            groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
            if any(group.total_byte_size > GROUP for group in groups):
                raise NotAnExport(f"{path} has a row group of more than {GROUP >> 20} MB, and no export has.")
            return int(file.metadata.num_rows)

    def site(self) -> str:
        """The site that the first record names, or ""."""
        for batch in _batches(self._files[0]):
            for leaf in batch["leaf"].to_pylist():
                site = (fields_of(leaf or b"") or {}).get("site")
                return site if isinstance(site, str) else ""
        return ""

    def batches(self) -> Iterator[list[Item]]:
        """Every record, some at a time."""
        kinds = Kinds()
        for path in self._files:
            folders = dict(
                folder.split("=", 1) for folder in (path.parent.name, path.parent.parent.name) if "=" in folder
            )
            for batch in _batches(path):
                yield self._items(batch, kinds, folders)
                self.read += batch.num_rows

    def _items(self, batch: pa.RecordBatch, kinds: Kinds, folders: dict[str, str]) -> list[Item]:
        names = ("id", "leaf", "signature")
        rows = list(zip(*(batch[name].to_pylist() for name in names), strict=True))
        entries = [
            Entry(Record(folders.get("site", ""), _uuid(one), leaf or b"", signature or b""), None, None, b"")
            for one, leaf, signature in rows
        ]
        wrong = _wrong(batch, entries, kinds)
        personal = _personal(batch)
        items = []
        for number, ((record_id, leaf, signature), entry) in enumerate(zip(rows, entries, strict=True)):
            line = self.read + number + 1
            if len(leaf or b"") > LIMIT:
                items.append(Item(line, None, TOO_LONG))
                continue
            columns = [*wrong.get(number, ()), *_misplaced(entry, folders)]
            items.append(Item(line, Columns(record_id or "", leaf or b"", signature or b"", personal[number], columns)))
        return items


def _wrong(batch: pa.RecordBatch, entries: list[Entry], kinds: Kinds) -> dict[int, list[str]]:
    """By row, the columns that are not what the leaf makes of them."""
    (page,) = paged(entries, len(entries))
    made = batch_of(page, kinds, schema(), None)
    wrong: dict[int, list[str]] = {}
    for name in made.schema.names[1:]:
        if not made[name].equals(batch[name]):
            for number, (one, other) in enumerate(zip(made[name].to_pylist(), batch[name].to_pylist(), strict=True)):
                if one != other:
                    wrong.setdefault(number, []).append(name)
    return wrong


def _misplaced(entry: Entry, folders: dict[str, str]) -> list[str]:
    """The folders that say something else than the record."""
    fields = fields_of(entry.record.leaf) or {}
    ((day, _),) = by_day(paged([entry]))
    said = {"site": fields.get("site"), "day": day.isoformat()}
    return [name for name, value in folders.items() if name in said and value != said[name]]


def _personal(batch: pa.RecordBatch) -> list[dict[str, str] | None]:
    if PERSONAL[0] not in batch.schema.names:
        return [None] * batch.num_rows
    columns = [batch[name].to_pylist() for name in PERSONAL]
    return [{name: cell or "" for name, cell in zip(PERSONAL, row, strict=True)} for row in zip(*columns, strict=True)]


def _uuid(text: str | None) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except (ValueError, TypeError, AttributeError):
        return _NOBODY


def _opened(path: Path) -> Any:
    from pyarrow.parquet import ParquetFile

    try:
        return ParquetFile(path)
    except (arrow().ArrowException, OSError) as error:
        raise NotAnExport(f"{path} cannot be read as Parquet: it is cut short, or something else.") from error


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    with _opened(path) as file:
        try:
            for batch in file.iter_batches(batch_size=BATCH, use_threads=False):
                batch.validate(full=True)
                yield batch
        except (arrow().ArrowException, OSError) as error:
            raise NotAnExport(f"{path} cannot be read to its end: it was damaged or changed.") from error
