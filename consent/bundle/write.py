"""A site's log to a bundle, in the memory of a few thousand records."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO, cast

from ..encoding import b64, canonical, timestamp
from ..export.days import by_day
from ..export.lines import Exported, fields_of, to_line
from ..export.parquet import write_parquet
from ..keys import LedgerKey
from ..ledger.checkpoint import parse_text
from ..ledger.note import parse
from ..ledger.tiles import TileReader, names, path
from ..ledger.tree import HASH
from ..record import Record
from ..store import Page
from . import container, layout
from . import manifest as manifests
from .errors import BundleError
from .help import help_text
from .manifest import Listed, Manifest
from .report.page import page
from .report.tally import Tally

Tick = Callable[[int], None]
SOME = 1000  # records that are written at a time


@dataclass(frozen=True, slots=True)
class Log:
    """What a bundle is made of. `notes` are the kept checkpoints, smallest first; the last one is what is exported."""

    site: str
    records: Iterable[Record]  # in the order of the log
    pages: Iterable[Page]  # the same in the order of their ids, with their places; others are left out
    tiles: TileReader
    notes: Sequence[str]
    notice: Callable[[str], bytes | None]
    published: Mapping[str, Any]
    ledger: LedgerKey
    time: int  # Unix seconds
    waiting: int
    tool: str


class Container:
    """Writes members one behind the other; `out` can be sought in."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._members: list[container.Member] = []
        self.listed: list[Listed] = []

    @contextmanager
    def member(self, name: str) -> Iterator[Member]:
        """A file to write into."""
        start = self._members[-1].end if self._members else 0
        self._out.write(container.local(name, 0, 0))
        file = Member(self._out)
        yield file
        file.flush()
        if file.size >= container.FULL32:
            raise BundleError(f"{name} would be larger than 4 GiB.")
        self._out.seek(start)
        self._out.write(container.local(name, file.size, file.crc))
        self._out.seek(0, 2)
        self._members.append(container.Member(name, file.size, file.crc, start))
        self.listed.append(Listed(name, file.size, file.digest.hexdigest()))

    def put(self, name: str, data: bytes) -> None:
        """A whole file."""
        with self.member(name) as file:
            file.write(data)

    def close(self) -> None:
        """Write the directory."""
        self._out.write(container.directory(self._members))


class Member:
    """A file within, while it is written. It knows its size, checksum and hash."""

    closed = False

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self.size, self.crc, self.digest = 0, 0, hashlib.sha256()

    def write(self, data: bytes) -> int:
        """Append."""
        view = memoryview(data)
        self._out.write(view)
        self.size += len(view)
        self.crc = container.crc32(view, self.crc)
        self.digest.update(view)
        return len(view)

    def tell(self) -> int:
        """How much there is."""
        return self.size

    def flush(self) -> None:
        """Nothing waits here."""

    def writable(self) -> bool:
        """It is for writing."""
        return True

    def readable(self) -> bool:
        """It is not for reading."""
        return False

    def seekable(self) -> bool:
        """Nor for seeking."""
        return False

    def close(self) -> None:
        """Its owner closes it."""


def write(out: BinaryIO, log: Log, tick: Tick = lambda _: None) -> Manifest:
    """Write a bundle and return its manifest. `tick` gets the number of records that are done.

    Raises BundleError, NoParquet, and what the log's readers raise.
    """
    head = parse_text(parse(log.notes[-1]).text)
    if head.origin != log.ledger.origin:
        raise BundleError(
            f"The log is {head.origin}, and the key ring is of {log.ledger.origin}. Restore the key ring of this log."
        )
    made, tally = Container(out), Tally()
    _records(made, log.records, head.size, tally, tick)
    _parquet(made, log, head.size)
    _tiles(made, log.tiles, head.size)
    notices = {name: _notice(log, name) for name in sorted(tally.notices)}
    for name, body in notices.items():
        made.put(layout.notice(name), body)
    made.put(layout.CHECKPOINT, log.notes[-1].encode())
    made.put(layout.CHECKPOINTS, "\n".join(log.notes).encode())
    made.put(layout.KEYS, canonical(log.published))
    made.put(layout.REPORT, page(log, head, tally, notices).encode())
    made.put(layout.HELP, help_text(log.site, head, log.ledger.verifier, timestamp(log.time)).encode())
    made.put(layout.SUMS, manifests.sums(made.listed))
    manifest = Manifest(
        log.site, head.origin, head.size, head.root, log.time, log.waiting, log.tool, tuple(made.listed)
    )
    raw = manifest.as_bytes()
    made.put(layout.MANIFEST, raw)
    made.put(layout.SIGNATURE, manifests.sign(raw, head.origin, log.ledger.seed, log.ledger.public))
    made.close()
    return manifest


def _records(made: Container, records: Iterable[Record], size: int, tally: Tally, tick: Tick) -> None:
    source, done = iter(records), 0
    for number in range(layout.parts(size)):
        with made.member(layout.part(number)) as file:
            room = min(layout.PART, size - done)
            while batch := list(islice(source, min(SOME, room))):
                file.write(b"".join(_line(record, tally.add(record)) for record in batch))
                room, done = room - len(batch), done + len(batch)
                tick(done)
            if room:
                raise BundleError(f"The log has {size:,} records, and only {done:,} of them are in the database.")


def _line(record: Record, usual: bool) -> bytes:
    if usual:  # what `to_line` would make
        return b'{"leaf":%b,"signature":"%b"}\n' % (record.leaf, b64(record.signature).encode())
    return to_line(Exported(record.leaf, fields_of(record.leaf), record.signature))


def _parquet(made: Container, log: Log, size: int) -> None:
    done = 0
    for day, pages in by_day(_placed(log.pages, size)):
        with made.member(layout.parquet(log.site, day.isoformat())) as file:
            done += write_parquet(pages, cast(BinaryIO, file))
    if done != size:
        raise BundleError(f"The log has {size:,} records, and {done:,} of the database have their places in it.")


def _placed(pages: Iterable[Page], size: int) -> Iterator[Page]:
    """The records that stand in the exported log."""
    for one in pages:
        places = one.places or [None] * len(one)
        keep = [at for at, place in enumerate(places) if place is not None and place < size]
        if len(keep) == len(one):
            yield one
        elif keep:
            yield Page(
                one.site,
                [one.ids[at] for at in keep],
                [one.names[at] for at in keep],
                [one.owns[at] for at in keep],
                [one.signatures[at] for at in keep],
                one.shapes,
                None,
                [places[at] for at in keep],
            )


def _tiles(made: Container, tiles: TileReader, size: int) -> None:
    for name in names(size):
        try:
            found = tiles(name.level, name.number)[: name.width * HASH]
        except LookupError as error:
            raise BundleError(f"The log's {path(name)} is not in the database. Restore it from a backup.") from error
        made.put(path(name), found)


def _notice(log: Log, name: str) -> bytes:
    body = log.notice(name)
    if body is None:
        raise BundleError(f"A record names the notice {name}, and the database does not have it. Restore a backup.")
    return body
