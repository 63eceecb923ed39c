"""Records as Parquet, in the columns that people ask about, beside the very bytes that were signed.

`leaf_hash` is SHA-256(0x00 ‖ leaf) (RFC 9162 §2.1.1): any engine can make it again. A leaf that cannot be read (a
damaged store has one) has its id, its bytes and nulls. Needs pyarrow, the extra `parquet`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, BinaryIO

from ..keys import Keys
from ..store import Page
from .columns import TEXTS, arrow, batch_of, schema
from .kinds import Kinds

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

ROWS = 32_768  # of a row group: 20 MB
BYTES = 24 << 20  # that the leaves of a row group may have

_REPEATED = [
    *(*TEXTS, "v", "answers.key_value.key", "vendors.key_value.key"),
    *("fingerprints.key_value.key", "fingerprints.key_value.value", "time", "expires"),
]
_RANGED = ["index", "id", "time", "expires", "method", "notice"]  # columns whose least and greatest help to find rows


def write_parquet(pages: Iterable[Page], out: BinaryIO, keys: Keys | None = None) -> int:
    """Write one file of the records in `pages` (all of one site) and return how many there were.

    With a key ring the personal parts are opened and written, too; `pages` must bring them. Holds one row group in
    memory. Raises NoParquet, KeysError, StoreError.
    """
    pa = arrow()
    columns, kinds = schema(personal=keys is not None), Kinds()
    waiting: list[Any] = []
    rows = size = done = 0
    with writer(out, columns) as parquet:
        for page in pages:
            batch = batch_of(page, kinds, columns, keys)
            waiting.append(batch)
            rows, size, done = rows + len(page), size + batch["leaf"].nbytes, done + len(page)
            if rows >= ROWS or size >= BYTES:
                parquet.write_table(pa.Table.from_batches(waiting), row_group_size=rows)
                waiting, rows, size = [], 0, 0
        if waiting:
            parquet.write_table(pa.Table.from_batches(waiting), row_group_size=rows)
    return done


def writer(out: BinaryIO, columns: pa.Schema) -> ParquetWriter:
    """The library's writer, set for these columns."""
    from pyarrow.parquet import ParquetWriter

    return ParquetWriter(
        out, columns, compression="zstd", use_dictionary=_REPEATED, write_statistics=_RANGED, store_schema=False
    )
