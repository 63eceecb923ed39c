"""Lines of records, thousands a moment: what leaves of one shape have in common is judged once. Pure.

Leaves of one notice and answer differ in the id, two times and the commitment (`store.shape`). The first line of a
shape is parsed and judged in full; of the others it is enough that they are the same everywhere else, and that what is
their own is written as it must be, which is looked at for many lines together.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from operator import add, itemgetter, le
from struct import Struct
from typing import Any, NamedTuple

from ...encoding import seconds
from ...export.lines import fields_of
from ...record import OPTIONAL, REQUIRED, VERSION, attester
from ...signing import TOKEN_DOMAIN, verify_bytes
from .context import Context, NoticeFacts

FRONT, MIDDLE, BACK = b'{"leaf":', b',"signature":"', b'"}'
SIGNATURE = 86  # base64url of 64 bytes
TAIL = len(MIDDLE) + SIGNATURE + len(BACK)
TIME, ID, COMMITMENT = 20, 36, 43  # as in `store.shape`, which brings a database along
MAX_LEAF = 0xFFFF
REMEMBERED = 4096  # shapes
ALIKE = 64  # shapes of lines of one length
IMPORTED, LINKED = "imported", "linked"  # methods of records that no answer to this very notice made

_TIMES = bytes(ord("0") if chr(c) in "0123456789" else c if chr(c) in ":Z" else ord("?") for c in range(256))
_CLOCK = b"00:00:00Z"
_HEX = bytes(120 if chr(c) in "0123456789abcdef" else 45 if c == 45 else 63 for c in range(256))
_IDS = b"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
_URL = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_LAST = {COMMITMENT: _URL[::4], SIGNATURE: _URL[::16]}  # what the last character of 32 and of 64 bytes can be


class Shape(NamedTuple):
    """What lines have in common: the pieces, and where each begins. `after` is the end of the commitment, if any."""

    front: bytes
    a: int  # ends front, begins expires
    b: int  # ends expires
    c: int  # begins the id
    second: bytes
    d: int  # ends the id
    e: int  # begins the commitment, or d
    third: bytes
    f: int  # ends the commitment, or d
    g: int  # begins the time
    fourth: bytes
    h: int  # ends the time
    i: int  # begins the signature
    last: bytes
    j: int  # ends the signature
    judged: Judged


@dataclass(slots=True)
class Judged:
    """The verdict on a shape. Only where `problem` is None are its lines believed."""

    problem: str | None
    notice: str = ""
    public: bytes = b""
    attest: Callable[[str, bytes, int, int], bytes] | None = None
    lasts: bool = True  # whether it must expire after it was made


_Known = tuple[Callable[[bytes], tuple[bytes, ...]], tuple[bytes, ...], Shape]
_common = itemgetter(0, 3, 5, 7, 10, 12)  # of the fields of `struct` those that the lines of a shape share


@dataclass(slots=True)
class Columns:
    """What is its own of each line, in order."""

    hashes: list[bytes] = field(default_factory=list)
    ids: list[bytes] = field(default_factory=list)
    times: list[bytes] = field(default_factory=list)


class Wrong(Exception):
    """The line that does not hold: its place among the given, its id or "", and why."""

    def __init__(self, offset: int, record: str, words: str) -> None:
        super().__init__(offset, record, words)
        self.offset, self.record, self.words = offset, record, words


class Lines:
    """Judges lines of one log."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[int, list[_Known]] = {}  # by the length of a line
        self._count = 0
        self._days: dict[bytes, int] = {}  # of the calendar, with the T behind it: the second that each begins
        self.notices: set[str] = set()

    def take(self, lines: Sequence[bytes], into: Columns) -> None:
        """Judge lines and keep what is their own. Raises Wrong for the first that does not hold."""
        rows: list[tuple[bytes, ...]] = []
        known = self._known.get
        for line in lines:
            for unpack, same, _ in known(len(line), ()):
                row = unpack(line)
                if _common(row) == same:
                    break
            else:
                row = struct(self._learn(line, len(rows))).unpack(line)
            rows.append(row)
        columns = tuple(zip(*rows, strict=True))
        ends, days, clocks, ids = columns[1], columns[8], columns[9], columns[4]
        if not (
            self._dated({*days, *ends})
            and _are_clocks(clocks)
            and _are_clocks(columns[2])
            and _are_ids(ids)
            and _base64([one for one in columns[6] if one], COMMITMENT)
            and _base64(columns[11], SIGNATURE)
        ):
            self._name(lines)
        if any(map(le, ends, days)):
            self._each(lines)
        if self._context.signatures:
            self.signed(lines)
        into.hashes += [sha256(b"\x00" + line[8:-TAIL]).digest() for line in lines]
        into.ids += ids
        into.times += map(add, days, clocks)

    def signed(self, lines: Sequence[bytes]) -> None:
        """Check each line's own signature. Raises Wrong for the first that does not hold."""
        for offset, line in enumerate(lines):
            self._signed(line, self._shape(line, offset), offset)

    def _shape(self, line: bytes, offset: int) -> Shape:
        for unpack, same, shape in self._known.get(len(line), ()):
            if _common(unpack(line)) == same:
                return shape
        return self._learn(line, offset)

    def _learn(self, line: bytes, offset: int) -> Shape:
        """The shape of a line that is like none before. Raises Wrong."""
        shape = _cut(line)
        if isinstance(shape, str):
            raise Wrong(offset, guess(line), shape)
        fields = fields_of(line[len(FRONT) : -TAIL])
        judged = Judged("the leaf is not canonical JSON") if fields is None else judge(fields, self._context)
        if judged.problem is None and fields is not None and not _own(line, shape, fields):
            judged = Judged("its own fields do not stand where those of a record stand")
        if judged.problem is not None:
            raise Wrong(offset, guess(line), judged.problem)
        if self._count >= REMEMBERED:
            self._known.clear()
            self._count = 0
        shape = shape._replace(judged=judged)
        alike = self._known.setdefault(len(line), [])
        same = shape.front, shape.second, shape.third, shape.fourth, shape.last, BACK
        alike.insert(0, (struct(shape).unpack, same, shape))
        del alike[ALIKE:]
        self._count += 1
        self.notices.add(judged.notice)
        return shape

    def _dated(self, days: set[bytes]) -> bool:
        """Whether each is a day of the calendar, with the T behind it."""
        for day in days - self._days.keys():
            try:
                self._days[day] = seconds((day + b"00:00:00Z").decode())
            except ValueError:
                return False
        return True

    def _seconds(self, time: bytes) -> int:
        """Unix seconds of a time that was found to be one."""
        return self._days[time[:11]] + int(time[11:13]) * 3600 + int(time[14:16]) * 60 + int(time[17:19])

    def _name(self, lines: Sequence[bytes]) -> None:
        """Name the line, and the field, that one of the looks at many found wrong."""
        self._each(lines)
        raise AssertionError("what many lines show, one of them must")

    def _each(self, lines: Sequence[bytes]) -> None:
        """The look at each by itself."""
        for offset, line in enumerate(lines):
            problem = self._one(line, self._shape(line, offset))
            if problem:
                raise Wrong(offset, guess(line), problem)

    def _one(self, line: bytes, shape: Shape) -> str | None:
        expires, time = line[shape.a : shape.b], line[shape.g : shape.h]
        own = line[shape.c : shape.d]
        if not _are_ids([own]):
            return "its id is not a UUIDv7"
        if not (self._dated({time[:11]}) and _are_clocks([time[11:]])):
            return "its time is not a time in UTC as records have it"
        if not (self._dated({expires[:11]}) and _are_clocks([expires[11:]])):
            return "its field expires is not a time in UTC as records have it"
        if not _base64([line[shape.e : shape.f]] if shape.e != shape.f else [], COMMITMENT):
            return "its field personal is not a commitment: base64url of 32 bytes"
        if not _base64([line[shape.i : shape.j]], SIGNATURE):
            return "its signature is not base64url of 64 bytes"
        if expires < time or (expires == time and shape.judged.lasts):
            return "its field expires is not after its time"
        return None

    def _signed(self, line: bytes, shape: Shape, offset: int) -> None:
        attest = shape.judged.attest
        assert attest is not None
        times = self._seconds(line[shape.g : shape.h]), self._seconds(line[shape.a : shape.b])
        value = attest(line[shape.c : shape.d].decode(), line[len(FRONT) : -TAIL], *times)
        signature = urlsafe_b64decode(line[shape.i : shape.j] + b"==")  # its spelling was looked at
        if not verify_bytes(shape.judged.public, TOKEN_DOMAIN + value, signature):
            raise Wrong(offset, guess(line), "its signature is not that of its key over this record")


def _cut(line: bytes) -> Shape | str:
    """The places in a line, or why it has none. What stands between them is judged by `judge`."""
    end = len(line) - TAIL
    if not line.startswith(FRONT) or end <= len(FRONT) or line[end : end + len(MIDDLE)] != MIDDLE or line[-2:] != BACK:
        return "the line is not written as an export writes it"
    if end - len(FRONT) > MAX_LEAF:
        return f"the leaf is longer than {MAX_LEAF:,} bytes, and no entry of a log is"
    a = line.find(b'"expires":"') + 11
    c = line.find(b'"id":"', a) + 6
    d = c + ID
    e = line.find(b'"personal":"', d) + 12
    f = e + COMMITMENT
    if e < 12:
        e = f = d
    g = line.find(b'"time":"', f) + 8
    h, i = g + TIME, end + len(MIDDLE)
    if a < 11 or c < a + TIME or g < 8 or h > end:
        return "the leaf does not have the fields of a record"
    return Shape(
        line[:a], a, a + TIME, c, line[a + TIME : c], d, e, line[d:e], f, g, line[f:g], h, i, line[h:i],
        i + SIGNATURE, Judged("not judged yet"),
    )  # fmt: skip


def _own(line: bytes, shape: Shape, fields: dict[str, Any]) -> bool:
    """Whether the places are those of the fields that they are taken for."""
    commitment = line[shape.e : shape.f].decode() if shape.e != shape.f else None
    return bool(
        line[shape.a : shape.b].decode() == fields["expires"]
        and line[shape.c : shape.d].decode() == fields["id"]
        and line[shape.g : shape.h].decode() == fields["time"]
        and commitment == fields["personal"]
    )


def struct(shape: Shape) -> Struct:
    """Parts lines of a shape: thirteen fields, in which days stand apart from hours."""
    one = shape
    return Struct(
        f"{one.a}s11s9s{one.c - one.b}s{ID}s{one.e - one.d}s{one.f - one.e}s{one.g - one.f}s11s9s{one.i - one.h}s"
        f"{SIGNATURE}s{len(BACK)}s"
    )


def _are_ids(ids: Sequence[bytes]) -> bool:
    """Whether each is a UUIDv7 as it is written."""
    joined = b"".join(ids)
    return joined.translate(_HEX) == _IDS * len(ids) and joined[14::ID] == b"7" * len(ids)


def _is_clock(time: bytes) -> bool:
    return re.fullmatch(rb"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z", time) is not None


def _are_clocks(times: Sequence[bytes]) -> bool:
    """Whether each is a time of day as records have it, such as 23:59:59Z."""
    joined, each = b"".join(times), len(_CLOCK)
    # Hours from 20 on are looked at one by one: most are not.
    return (
        joined.translate(_TIMES) == _CLOCK * len(times)
        and not joined[::each].translate(None, b"01")
        and not joined[3::each].translate(None, b"012345")
        and not joined[6::each].translate(None, b"012345")
    ) or all(map(_is_clock, times))


def _base64(texts: Sequence[bytes], length: int) -> bool:
    """Whether each is base64url of so many characters in its one spelling."""
    joined = b"".join(texts)
    return (
        len(joined) == length * len(texts)
        and not joined.translate(None, _URL)
        and not joined[length - 1 :: length].translate(None, _LAST[length])
    )


def guess(line: bytes) -> str:
    """The id that a line which cannot be believed claims to have."""
    at = line.find(b'"id":"') + 6
    own = line[at : at + ID]
    return own.decode("ascii") if at > 5 and own.translate(_HEX) == _IDS else ""


def judge(fields: dict[str, Any], context: Context) -> Judged:
    """The verdict on what leaves of a shape have in common."""
    if not REQUIRED <= fields.keys() <= REQUIRED | OPTIONAL:
        return Judged("the leaf does not have the fields of a record")
    problem = _typed(fields)
    if problem:
        return Judged(problem)
    if fields["site"] != context.site:
        return Judged(f"its field site says {fields['site'][:40]!r}, and the bundle is of {context.site!r}")
    public = context.keys.get(fields["key"])
    if public is None:
        return Judged(f"its field key names {fields['key'][:40]!r}, which is not among the keys of keys.json")
    notice = context.notices.get(fields["notice"])
    if notice is None:
        return Judged(f"its field notice names {fields['notice'][:60]}, and the bundle holds no such notice")
    problem = _agrees(fields, notice)
    if problem:
        return Judged(problem)
    try:
        attest = attester(fields)
    except (ValueError, TypeError):
        return Judged("no attestation can be made of the leaf")
    return Judged(None, fields["notice"], public, attest, fields["method"] != IMPORTED)


def _typed(fields: dict[str, Any]) -> str | None:
    """Whether each field is of its kind."""
    if fields["v"] != VERSION or type(fields["v"]) is not int:
        return f"its field v is not {VERSION}"
    texts = ("site", "id", "time", "expires", "notice", "regime", "locale", "method", "via", "key")
    wrong = [name for name in texts if not isinstance(fields[name], str)]
    for name, kind in (("answers", bool), ("vendors", bool), ("fingerprints", str)):
        value = fields[name]
        if not isinstance(value, dict) or any(type(one) is not kind for one in value.values()):
            wrong.append(name)
    if not isinstance(fields["signals"], dict):
        wrong.append("signals")
    if not isinstance(fields["personal"], str | None):
        wrong.append("personal")
    if fields.get("age", "under") not in ("under", "over"):
        wrong.append("age")
    yields = fields.get("yields", ["x"])
    if not isinstance(yields, list) or not yields or any(type(one) is not str for one in yields):
        wrong.append("yields")
    if not isinstance(fields.get("advice", ""), str):
        wrong.append("advice")
    return f"its field {wrong[0]} is not of the kind that it is in a record" if wrong else None


def _agrees(fields: dict[str, Any], notice: NoticeFacts) -> str | None:
    """Whether the leaf says what its notice says."""
    for name, shown in (("locale", notice.locale), ("regime", notice.regime)):
        if fields[name] != shown:
            return f"its field {name} says {fields[name][:40]!r}, and its notice was {shown!r}"
    unknown = _surplus(fields["answers"], notice.answerable)
    if unknown and fields["method"] != LINKED:
        return f"its field answers has {unknown[:40]!r}, which its notice did not ask"
    granted = [name for name, given in fields["answers"].items() if given]
    lost = _surplus(fields["fingerprints"], granted)
    if lost:
        return f"its field fingerprints has {lost[:40]!r}, which was not granted"
    beyond = _surplus(fields.get("yields", ()), fields["fingerprints"])
    if beyond:
        return f"its field yields has {beyond[:40]!r}, which was not granted"
    if fields.get("advice", "") != notice.advice:
        return "its field advice does not say what its notice says"
    return None


def _surplus(names: Iterable[str], known: Iterable[str]) -> str:
    return next(iter(sorted(set(names) - set(known))), "")
