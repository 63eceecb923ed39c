"""An entry as the values of its rows. What could not be read back unchanged is refused here. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..ledger.tiles import MAX_ENTRY
from .entry import Entry
from .errors import InvalidEntry
from .shape import shape_id, split

SITE = 255  # characters


@dataclass(slots=True)
class Row:
    """The values of an entry's rows, in the order of the columns in `schema`, with ids as UUIDs."""

    entry: Entry
    record: tuple[Any, ...]
    personal: tuple[Any, ...] | None
    shape: tuple[str, bytes, bytes] | None


def row_of(entry: Entry) -> Row:
    """What is to be written for an entry. Raises InvalidEntry."""
    _check(entry)
    made, sealed = entry.record, entry.sealed
    site, record_id = made.site, made.id
    parted = split(made.leaf, record_id)
    if parted is None:
        shape, name, own = None, None, made.leaf
    else:
        body, own = parted
        name = shape_id(body)
        shape = (site, name, body)
    record = (site, record_id, name, own, made.signature, entry.request_key, entry.request_digest)
    personal = None
    if sealed is not None:
        personal = (site, record_id, sealed.subject_ref, sealed.key_id, sealed.wrapped, sealed.box)
    return Row(entry, record, personal, shape)


def _check(entry: Entry) -> None:
    site, key, sealed = entry.record.site, entry.request_key, entry.sealed
    if not 0 < len(site) <= SITE:
        raise InvalidEntry("site", f"must have 1 to {SITE} characters")
    if not is_text(site):
        raise InvalidEntry("site", "contains what database text may not (NUL or half a surrogate pair)")
    if len(entry.record.leaf) > MAX_ENTRY:
        raise InvalidEntry("leaf", f"must have at most {MAX_ENTRY:,} bytes, or the log could not hold it")
    if len(entry.record.signature) != 64:
        raise InvalidEntry("signature", "must be 64 bytes")
    if key is not None and len(key) != 16:
        raise InvalidEntry("request_key", "must be 16 bytes")
    if len(entry.request_digest) != 16:
        raise InvalidEntry("request_digest", "must be 16 bytes")
    if sealed is not None and (len(sealed.subject_ref) != 16 or not is_text(sealed.key_id)):
        raise InvalidEntry("sealed", "must have a subject_ref of 16 bytes and a key id that is text")


def is_text(text: str) -> bool:
    """Whether every database can keep this text as it is."""
    if text.isascii():
        return "\x00" not in text
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text
