"""Whether one exported record is whole: its signature, its site, and all that stands around the leaf. Pure.

It believes nothing but the public keys. The line or row is made again from what it carries and compared, so that a
field that disagrees with the signed leaf is named.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import record as records
from ..encoding import strict_json
from ..personal import commitment
from ..record import Record
from .lines import ALL_COLUMNS, Exported, fields_of, from_line, from_row, personal_of, to_line, to_row


@dataclass(frozen=True, slots=True)
class Columns:
    """A row of a table: what it carries, and which of its columns do not follow from its leaf."""

    id: str
    leaf: bytes
    signature: bytes
    personal: Mapping[str, str] | None  # None: the table has no such columns
    wrong: Sequence[str]


Content = bytes | Sequence[str] | Columns
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Trusted:
    """What a record is checked against: the site it must be of, and the public keys by id."""

    site: str
    public: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Verdict:
    """About one line. `problem` is None for a whole record; `id` is "" where none can be read."""

    line: int
    id: str
    problem: str | None


def check(line: int, content: Content, trusted: Trusted) -> Verdict:
    """The verdict on a line of JSON (bytes) or a row of cells."""
    try:
        exported = _exported(content)
    except _UNREADABLE as error:
        return Verdict(line, _guess(content), f"it cannot be read: {_words(error)}")
    fields = exported.fields
    if fields is None:
        return Verdict(line, _guess(content), "the leaf is not canonical JSON")
    problem = _signed(exported, fields, trusted) or _personal(exported, fields) or _around(content, exported, fields)
    record_id = fields.get("id")
    return Verdict(line, record_id if isinstance(record_id, str) else "", problem)


def _exported(content: Content) -> Exported:
    if isinstance(content, bytes):
        return from_line(content)
    if not isinstance(content, Columns):
        return from_row(content)
    personal = None if content.personal is None else personal_of(content.personal)
    fields = fields_of(content.leaf)
    return Exported(content.leaf, fields, content.signature, personal, open=content.personal is not None)


def _signed(exported: Exported, fields: dict[str, Any], trusted: Trusted) -> str | None:
    try:
        record_id = uuid.UUID(fields["id"])
    except _UNREADABLE:
        return "the leaf names no record"
    if fields.get("site") != trusted.site:
        return f"it is a record of the site {fields.get('site')!r}, and the keys are those of {trusted.site!r}"
    return records.verify(Record(trusted.site, record_id, exported.leaf, exported.signature), dict(trusted.public))


def _personal(exported: Exported, fields: dict[str, Any]) -> str | None:
    """A personal part may be gone (it was erased), but it cannot be another one."""
    if exported.personal is None or commitment(exported.personal.canonical()) == fields["personal"]:
        return None
    return "the personal part is not the one that the leaf commits to"


def _around(content: Content, exported: Exported, fields: dict[str, Any]) -> str | None:
    """What does not follow from the signed leaf. Only asked when that one is whole."""
    if isinstance(content, bytes):
        same = to_line(exported).rstrip(b"\n") == content.rstrip(b"\r\n")
        return None if same else "the line is not written as an export writes it"
    wrong: Sequence[str]
    if isinstance(content, Columns):
        wrong = content.wrong
    else:
        cells = to_row(exported, fields["site"], fields["id"])
        wrong = [name for name, cell, given in zip(ALL_COLUMNS, cells, content, strict=False) if cell != given]
    return (
        f"{' and '.join(wrong)} {'does' if len(wrong) == 1 else 'do'} not agree with the signed leaf" if wrong else None
    )


def _guess(content: Content) -> str:
    """The id that an unreadable record claims to have."""
    if isinstance(content, Columns):
        return content.id
    if not isinstance(content, bytes):
        return content[0] if content else ""
    try:
        return str(strict_json(content.decode())["leaf"]["id"])
    except _UNREADABLE:
        return ""


def _words(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    return str(error) if isinstance(error, ValueError) else "a part is missing or of the wrong kind"
