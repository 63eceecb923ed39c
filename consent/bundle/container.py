"""A ZIP file (PKWARE APPNOTE 6.3) in one byte form, so that each of its bits counts. Pure.

Members are stored without compression, one behind the other, with nothing between, before or after them; times and
attributes are fixed, there are no comments and no extra fields but those of ZIP64 where a number needs them. So the
headers follow from names, sizes and checksums alone: a reader makes them again and compares.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from .errors import Lie

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_EXTRA = struct.Struct("<2HQ")

_DATE = 0x21  # 1980-01-01, the first that ZIP knows
_UNIX = 3 << 8
_ATTRIBUTES = 0o100644 << 16
_SMALL, _LARGE = 20, 45  # the version of the format that a reader needs
FULL32, FULL16 = 0xFFFF_FFFF, 0xFFFF
MAX_MEMBERS = 1 << 20
MAX_NAME = 200
WHERE = "the ZIP container"

Read = Callable[[int, int], bytes]  # (offset, length) → the bytes, fewer at the end


class Member(NamedTuple):
    """One file within. `offset` is that of its header."""

    name: str
    size: int
    crc: int
    offset: int

    @property
    def data(self) -> int:
        """Where its bytes begin."""
        return self.offset + _LOCAL.size + len(self.name)

    @property
    def end(self) -> int:
        """Where the next header begins."""
        return self.data + self.size


def local(name: str, size: int, crc: int) -> bytes:
    """The header in front of a member."""
    header = _LOCAL.pack(b"PK\x03\x04", _SMALL, 0, 0, 0, _DATE, crc, size, size, len(name), 0)
    return header + name.encode("ascii")


def _central(member: Member) -> bytes:
    far = member.offset >= FULL32
    extra = _EXTRA.pack(1, 8, member.offset) if far else b""
    version = _LARGE if far else _SMALL
    head = _CENTRAL.pack(
        b"PK\x01\x02", _UNIX | version, version, 0, 0, 0, _DATE, member.crc, member.size, member.size,
        len(member.name), len(extra), 0, 0, 0, _ATTRIBUTES, FULL32 if far else member.offset,
    )  # fmt: skip
    return head + member.name.encode("ascii") + extra


def directory(members: Sequence[Member]) -> bytes:
    """All that stands behind the members."""
    entries = b"".join(map(_central, members))
    start, count = members[-1].end if members else 0, len(members)
    tail = b""
    if count >= FULL16 or start >= FULL32:
        tail = _END64.pack(b"PK\x06\x06", 44, _UNIX | _LARGE, _LARGE, 0, 0, count, count, len(entries), start)
        tail += _LOCATOR.pack(b"PK\x06\x07", 0, start + len(entries), 1)
    shown = min(count, FULL16)
    return entries + tail + _END.pack(b"PK\x05\x06", 0, 0, shown, shown, len(entries), min(start, FULL32), 0)


def crc32(data: bytes | memoryview, before: int = 0) -> int:
    """The checksum that ZIP has for each member."""
    return zlib.crc32(data, before)


def members(read: Read, size: int) -> list[Member]:
    """What a container of `size` bytes holds. Raises Lie where one bit of it is not as it must be."""
    start, length, count = _end(read, size)
    if not 0 <= start <= start + length <= size or not 0 <= count <= MAX_MEMBERS or length > count * (MAX_NAME + 66):
        raise Lie(WHERE, "its end does not fit its length: the file is cut off, or not a bundle")
    behind = read(start, size - start)
    found = list(_entries(behind[:length], count))
    expected = directory(found)
    if behind != expected:
        at = next((n for n, (a, b) in enumerate(zip(behind, expected, strict=False)) if a != b), len(expected))
        raise Lie(WHERE, f"its directory is not in the one form that a bundle has, at byte {start + at:,}")
    at = 0
    for member in found:
        header = local(member.name, member.size, member.crc)
        if member.offset != at or read(at, len(header)) != header:
            raise Lie(f"{WHERE}, {member.name}", f"the header at byte {at:,} is not that of this member")
        at = member.end
    if at != start:
        raise Lie(WHERE, f"there is something between the members and their directory, at byte {at:,}")
    return found


def _end(read: Read, size: int) -> tuple[int, int, int]:
    """Start and length of the directory, and the number of members."""
    tail = read(max(size - _END.size, 0), _END.size)
    if len(tail) < _END.size or tail[:4] != b"PK\x05\x06":
        raise Lie(WHERE, "it does not end as a bundle does: it is cut off, changed at its end, or not a bundle")
    _, _, _, _, count, length, start, _ = _END.unpack(tail)
    before = size - _END.size - _LOCATOR.size - _END64.size
    if (count == FULL16 or start == FULL32) and before >= 0:
        end64 = read(before, _END64.size)
        if end64[:4] == b"PK\x06\x06":
            *_, count, length, start = _END64.unpack(end64)
    return start, length, count


def _entries(data: bytes, count: int) -> Iterable[Member]:
    at = 0
    for number in range(count):
        if len(data) - at < _CENTRAL.size:
            raise Lie(WHERE, f"its directory ends before member {number + 1} of {count}")
        fields = _CENTRAL.unpack_from(data, at)
        crc, size, name, extra, offset = fields[7], fields[8], fields[10], fields[11], fields[16]
        at += _CENTRAL.size
        text = data[at : at + name]
        if not 0 < name <= MAX_NAME or not text.isascii() or extra > _EXTRA.size:
            raise Lie(WHERE, f"member {number + 1} of its directory has a name or field that no bundle has")
        at += name
        if extra == _EXTRA.size and len(data) - at >= extra:
            offset = _EXTRA.unpack_from(data, at)[2]
        at += extra
        yield Member(text.decode("ascii"), size, crc, offset)
