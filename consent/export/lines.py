"""An exported record as a line of JSON or a row of cells, and back. Pure.

JSON Lines: `{"leaf":…,"signature":"…"}`, and `"personal"` between the two where it was asked for. The leaf stands in it
as the very bytes that were signed. CSV: the leaf's fields in columns for people, then the leaf and the signature for
verification. A leaf that is not canonical JSON (a damaged store has one) is carried as base64url, so that the export
still shows it.
"""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..encoding import b64, canonical_ascii_keys, strict_json, unb64
from ..personal import Personal, from_canonical
from .cells import inert, original

SIGNALS = ("dnt", "gpc", "js_dnt", "js_gpc")
PERSONAL = ("subject", "previous", "ip", "device", "page", "imported", "salt")
COLUMNS = (
    *("id", "time", "site", "method", "answers", "vendors", *SIGNALS, "age", "via", "regime", "locale"),
    *("notice", "expires", "fingerprints", "v", "key", "commitment", "leaf", "signature"),
)
ALL_COLUMNS = (*COLUMNS, *PERSONAL)


@dataclass(frozen=True, slots=True)
class Exported:
    """What a line carries. `personal` is None where there is none, and where the export gives none (`open` False)."""

    leaf: bytes
    fields: dict[str, Any] | None  # the leaf parsed; None when it is not canonical JSON
    signature: bytes
    personal: Personal | None = None
    open: bool = False  # whether the export gives personal parts


def fields_of(leaf: bytes) -> dict[str, Any] | None:
    """The leaf parsed, or None when it is not a JSON object in canonical form."""
    try:
        fields = strict_json(leaf.decode())
        return fields if isinstance(fields, dict) and canonical_ascii_keys(fields) == leaf else None
    except (ValueError, TypeError, RecursionError):
        return None


# JSON Lines


def to_line(exported: Exported) -> bytes:
    """The line, with its end."""
    leaf = exported.leaf if exported.fields is not None else b'"' + b64(exported.leaf).encode() + b'"'
    personal = b""
    if exported.open:
        personal = b',"personal":' + (exported.personal.canonical() if exported.personal else b"null")
    return b'{"leaf":' + leaf + personal + b',"signature":"' + b64(exported.signature).encode() + b'"}\n'


def from_line(line: bytes) -> Exported:
    """What a line carries. Raises ValueError and its like for anything else."""
    found = strict_json(line.decode())
    if not isinstance(found, dict) or not {"leaf", "signature"} <= found.keys() <= {"leaf", "signature", "personal"}:
        raise ValueError("it is not an object of leaf, signature and perhaps personal")
    leaf, personal = found["leaf"], found.get("personal")
    return Exported(
        leaf=canonical_ascii_keys(leaf) if isinstance(leaf, dict) else unb64(leaf),
        fields=leaf if isinstance(leaf, dict) else None,
        signature=unb64(found["signature"]),
        personal=None if personal is None else from_canonical(canonical_ascii_keys(personal)),
        open="personal" in found,
    )


# CSV


def to_row(exported: Exported, site: str, record_id: uuid.UUID | str) -> list[str]:
    """The row. Only where the leaf cannot be read do `site` and `record_id` name the record."""
    if exported.fields is None:
        known = {"id": str(record_id), "site": site}
        cells = [known.get(column, "") for column in COLUMNS[:-2]]
        leaf = b64(exported.leaf)
    else:
        cells = flat(exported.fields)
        leaf = exported.leaf.decode()
    cells += [leaf, b64(exported.signature)]
    if exported.open:
        cells += personal_cells(exported.personal)
    return [inert(cell) for cell in cells]


def as_csv(rows: Iterable[Iterable[str]]) -> str:
    """Rows as CSV (RFC 4180), each with its end."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def flat(fields: dict[str, Any]) -> list[str]:
    """The leaf's fields as the columns before `leaf`."""
    signals = fields.get("signals")
    spread = signals if isinstance(signals, dict) else {}
    values = {**fields, **{name: spread.get(name) for name in SIGNALS}, "commitment": fields.get("personal")}
    return [_text(values.get(column)) for column in COLUMNS[:-2]]


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else canonical_ascii_keys(value).decode()


def personal_cells(personal: Personal | None) -> list[str]:
    """The values of the columns in PERSONAL."""
    if personal is None:
        return [""] * len(PERSONAL)
    return [*(getattr(personal, name) for name in PERSONAL[:-1]), b64(personal.salt)]


def from_row(row: Sequence[str]) -> Exported:
    """What a row carries. Raises ValueError for anything else."""
    if len(row) not in (len(COLUMNS), len(ALL_COLUMNS)):
        raise ValueError(f"it has {len(row)} cells where the header has {len(COLUMNS)} or {len(ALL_COLUMNS)}")
    cells = dict(zip(ALL_COLUMNS, map(original, row), strict=False))
    leaf = cells["leaf"].encode() if cells["leaf"].startswith("{") else unb64(cells["leaf"])
    return Exported(
        leaf=leaf,
        fields=fields_of(leaf),
        signature=unb64(cells["signature"]),
        personal=personal_of(cells),
        open=len(row) > len(COLUMNS),
    )


def personal_of(cells: Mapping[str, str]) -> Personal | None:
    """The personal part in the columns PERSONAL; None where all are empty. Raises ValueError."""
    values = {name: cells.get(name, "") for name in PERSONAL}
    if not any(values.values()):
        return None
    return Personal(**{**values, "salt": unb64(values["salt"])})  # type: ignore[arg-type]
