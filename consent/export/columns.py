"""Records as the columns of a table (Apache Arrow), a page at a time.

What the records of a kind have in common is made once and taken for each of them, in the library's own code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .. import personal as personals
from ..encoding import seconds
from ..errors import ConsentError
from ..keys import Keys
from ..record import leaf_hash
from ..store import Page
from ..store.shape import TIME
from .kinds import Kind, Kinds, id_texts, leaves
from .lines import PERSONAL, SIGNALS, fields_of, personal_cells

if TYPE_CHECKING:
    import pyarrow as pa

TEXTS = ("method", *SIGNALS, "age", "via", "regime", "locale", "notice", "key")
_INT64 = 1 << 63


class NoParquet(ConsentError):
    """The library that writes and reads Parquet is not installed."""

    def __init__(self) -> None:
        super().__init__("Parquet needs pyarrow: pip install 'consent-ledger[parquet]'.")


def arrow() -> Any:
    """The library. Raises NoParquet."""
    try:
        import pyarrow
    except ImportError as error:
        raise NoParquet from error
    return pyarrow


def schema(*, personal: bool = False) -> pa.Schema:
    """The columns, in the order of those in CSV."""
    pa = arrow()
    text, moment = pa.string(), pa.timestamp("ms", "UTC")
    return pa.schema(
        [
            ("index", pa.int64()),  # position in the ledger; null: it waits for one
            ("id", text),
            ("time", moment),
            ("method", text),
            ("answers", pa.map_(text, pa.bool_())),
            ("vendors", pa.map_(text, pa.bool_())),
            *((name, text) for name in (*SIGNALS, "age", "via", "regime", "locale", "notice")),
            ("expires", moment),
            ("fingerprints", pa.map_(text, text)),
            ("v", pa.int64()),
            ("key", text),
            ("commitment", text),
            ("leaf", pa.binary()),
            ("leaf_hash", pa.binary()),  # 32 bytes
            ("signature", pa.binary()),  # 64 bytes
            *((name, text) for name in PERSONAL if personal),
        ]
    )


def batch_of(page: Page, kinds: Kinds, columns: pa.Schema, keys: Keys | None) -> pa.RecordBatch:
    """The records of a page. With a key ring also their personal parts: raises KeysError where one does not open."""
    rows = _Rows.of(page, kinds.of(page))
    shared = _shared(rows.fields)
    codes = arrow().array(rows.codes, arrow().int32())
    values: dict[str, Any] = {
        "index": page.places if page.places is not None else [None] * len(page),
        "id": rows.ids,
        "time": _moments(rows.times),
        "expires": _moments(rows.ends),
        "commitment": rows.commitments,
        "leaf": rows.leaves,
        "leaf_hash": list(map(leaf_hash, rows.leaves)),
        "signature": page.signatures,
    }
    if keys is not None:
        values.update(_opened(page, keys))
    arrays = []
    for column in columns:
        if column.name in shared:
            arrays.append(arrow().array(shared[column.name], column.type).take(codes))
        else:
            arrays.append(arrow().array(values[column.name], column.type))
    return arrow().record_batch(arrays, schema=columns)


@dataclass(slots=True)
class _Rows:
    """The columns that are each record's own, and for each the number of the fields that it shares."""

    leaves: list[bytes]
    ids: list[str]
    times: list[str | bytes | None]
    ends: list[str | bytes | None]
    commitments: list[str | bytes | None]
    fields: list[dict[str, Any]] = field(default_factory=list)  # of each kind, and of each record that is of none
    codes: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, page: Page, kinds: list[Kind | None]) -> _Rows:
        ids = id_texts(page)
        rows = cls(
            leaves(page, kinds, ids),
            ids,
            [own[TIME : 2 * TIME] for own in page.owns],
            [own[:TIME] for own in page.owns],
            [own[2 * TIME :] or None for own in page.owns],
        )
        numbers: dict[Kind, int] = {}
        for row, kind in enumerate(kinds):
            if kind is None:
                rows.codes.append(len(rows.fields))
                rows._long_way(row)
            else:
                if kind not in numbers:
                    numbers[kind] = len(rows.fields)
                    rows.fields.append(kind.fields)
                rows.codes.append(numbers[kind])
        return rows

    def _long_way(self, row: int) -> None:
        """From what the leaf says; where it cannot be read, nothing but the id."""
        fields = fields_of(self.leaves[row]) or {}
        self.fields.append(fields)
        self.ids[row] = _text(fields.get("id")) or self.ids[row]
        self.times[row], self.ends[row] = _time(fields.get("time")), _time(fields.get("expires"))
        self.commitments[row] = _text(fields.get("personal"))


def _shared(fields: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Columns with a value for each of these; null where it is of another type than the column: the leaf has it."""
    signals = [one["signals"] if isinstance(one.get("signals"), dict) else {} for one in fields]
    columns: dict[str, list[Any]] = {
        name: [_text(one.get(name)) for one in (signals if name in SIGNALS else fields)] for name in TEXTS
    }
    columns["v"] = [_integer(one.get("v")) for one in fields]
    for name, kind in (("answers", bool), ("vendors", bool), ("fingerprints", str)):
        columns[name] = [_pairs(one.get(name), kind) for one in fields]
    return columns


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _time(value: object) -> str | None:
    text = _text(value)
    return text if _moment(text) is not None else None


def _integer(value: object) -> int | None:
    return value if type(value) is int and -_INT64 <= value < _INT64 else None


def _pairs(value: object, kind: type) -> list[tuple[str, Any]] | None:
    return list(value.items()) if isinstance(value, dict) and all(type(one) is kind for one in value.values()) else None


def _moments(texts: Sequence[str | bytes | None]) -> Any:
    """Times as milliseconds; null for what is no time in our spelling."""
    pa = arrow()
    try:
        if all(text is None or len(text) == TIME for text in texts):
            return pa.array(texts, pa.string()).cast(pa.timestamp("ms", "UTC"))
    except pa.ArrowInvalid:
        pass
    return pa.array([_moment(text) for text in texts], pa.timestamp("ms", "UTC"))


def _moment(text: str | bytes | None) -> int | None:
    try:
        return None if text is None else seconds(text if isinstance(text, str) else text.decode()) * 1000
    except (ValueError, OverflowError):
        return None


def _opened(page: Page, keys: Keys) -> dict[str, list[str | None]]:
    """The personal parts; null where there is none."""
    rows: list[list[str] | list[None]] = []
    for number, sealed in enumerate(page.sealed or [None] * len(page)):
        if sealed is None:
            rows.append([None] * len(PERSONAL))
        else:
            rows.append(personal_cells(personals.unseal(sealed, keys, page.record_id(number))))
    return {name: [row[place] for row in rows] for place, name in enumerate(PERSONAL)}
