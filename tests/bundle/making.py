"""Bundles for tests: of a real store, and by an operator who lies with all keys in hand."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from consent import keys as rings
from consent.bundle import container, layout, manifest
from consent.bundle.verify.opening import Trust
from consent.bundle.verify.run import Findings, verify
from consent.bundle.verify.source import BytesSource
from consent.bundle.write import Container, Log, write
from consent.keys import Keys, LedgerKey
from consent.ledger import checkpoint as checkpoints
from consent.ledger import tiles
from consent.ledger.checkpoint import Checkpoint
from consent.ledger.tree import leaf_hash
from consent.ledger.tree import root as root_of
from consent.notice import Notice
from consent.record import Record
from consent.store import Entry, Store

from ..conftest import NOW

Files = dict[str, bytes]


@dataclass(frozen=True)
class World:
    """A site's keys and notice, and records of it."""

    keys: Keys
    notice: Notice
    entries: tuple[Entry, ...]

    @property
    def ledger(self) -> LedgerKey:
        assert self.keys.ledger is not None
        return self.keys.ledger


def stored(store: Store, world: World, every: int, later: int = 0) -> None:
    """Put the records into a store, and seal whenever `every` of them are there, a second after the last."""
    store.put_notice("demo", world.notice.id, world.notice.body)
    for start in range(0, len(world.entries), every):
        some = world.entries[start : start + every]
        for entry in some:
            store.append(entry)
        time = max(int(entry.record.id.int >> 80) // 1000 for entry in some) + 1 + later
        assert store.seal("demo", world.keys, time)


def bundle(store: Store, keys: Keys, time: int = NOW + 1_000_000, waiting: int = 0) -> bytes:
    """The bundle of the demo site's log."""
    notes = store.checkpoints("demo")
    assert keys.ledger is not None
    log = Log(
        site="demo",
        records=(entry.record for _, entry in store.in_order("demo")),
        pages=store.pages("demo", placed=True),
        tiles=store.tiles_reader("demo"),
        notes=[one.note for one in notes],
        notice=lambda name: store.notice("demo", name),
        published=rings.published(keys),
        ledger=keys.ledger,
        time=time,
        waiting=waiting,
        tool="test",
    )
    out = io.BytesIO()
    write(out, log)
    return out.getvalue()


def checked(data: bytes | bytearray, keys: Keys | None = None, **how: bool) -> Findings:
    """The findings on a bundle, by the log's key."""
    trust = Trust((keys.ledger.verifier,)) if keys and keys.ledger else Trust()
    return verify(BytesSource(data), trust, **how)  # type: ignore[arg-type]


def files_of(data: bytes) -> Files:
    """What a bundle holds."""
    found = container.members(lambda at, length: data[at : at + length], len(data))
    return {one.name: data[one.data : one.end] for one in found}


def packed(files: Files) -> bytes:
    """The same as a container."""
    out = io.BytesIO()
    made = Container(out)
    for name, data in files.items():
        made.put(name, data)
    made.close()
    return out.getvalue()


def signed(files: Files, key: LedgerKey) -> bytes:
    """A bundle of these files with a fresh manifest, signed: what an operator can always make."""
    known = manifest.parse(files[layout.MANIFEST])
    files = {name: data for name, data in files.items() if name not in (layout.MANIFEST, layout.SIGNATURE)}
    listed = [_listed(name, data) for name, data in files.items()]
    files[layout.SUMS] = manifest.sums(listed)
    head = checkpoints.parse_text(files[layout.CHECKPOINT].decode().rpartition("\n\n")[0] + "\n")
    fresh = replace(
        known,
        origin=head.origin,
        size=head.size,
        root=head.root,
        members=tuple(_listed(name, data) for name, data in files.items()),
    )
    raw = fresh.as_bytes()
    files[layout.MANIFEST] = raw
    files[layout.SIGNATURE] = manifest.sign(raw, head.origin, key.seed, key.public)
    return packed(files)


def _listed(name: str, data: bytes) -> manifest.Listed:
    import hashlib

    return manifest.Listed(name, len(data), hashlib.sha256(data).hexdigest())


def grown(files: Files, lines: Sequence[bytes]) -> Files:
    """The same bundle with other records and the tiles that they give; checkpoints stay."""
    kept = {n: d for n, d in files.items() if not n.startswith(("records/", "tile/"))}
    made: Files = {}
    for number in range(layout.parts(len(lines))):
        made[layout.part(number)] = b"".join(lines[number * layout.PART : (number + 1) * layout.PART])
    made |= {name: data for name, data in kept.items() if name.startswith("parquet/")}
    rows = tiles.grow(0, lambda level, number: b"", [leaf_hash(leaf_of(line)) for line in lines])
    for name in tiles.names(len(lines)):
        made[tiles.path(name)] = rows[name.level, name.number]
    return made | {name: data for name, data in kept.items() if not name.startswith("parquet/")}


def rewritten(files: Files, lines: Sequence[bytes], key: LedgerKey, times: Sequence[tuple[int, int]]) -> bytes:
    """The whole log made anew with the log's own key: records, tiles, checkpoints of (size, time), manifest."""
    files = grown(files, lines)
    hashes = [leaf_hash(leaf_of(line)) for line in lines]
    notes = [note(key, size, root_of(hashes[:size]), time) for size, time in times]
    files[layout.CHECKPOINT] = notes[-1].encode()
    files[layout.CHECKPOINTS] = "\n".join(notes).encode()
    return signed(files, key)


def note(key: LedgerKey, size: int, root: bytes, time: int) -> str:
    """A checkpoint."""
    return checkpoints.sign(Checkpoint(key.origin, size, root), [(key.origin, key.seed)], time)


def lines_of(files: Files) -> list[bytes]:
    """All records, each with its end."""
    return b"".join(data for name, data in files.items() if name.startswith("records/")).splitlines(keepends=True)


def leaf_of(line: bytes) -> bytes:
    """The leaf of a line."""
    return line[len(b'{"leaf":') : line.rindex(b',"signature":"')]


def line_of(record: Record) -> bytes:
    """The line of a record."""
    from consent.export.lines import Exported, fields_of, to_line

    return to_line(Exported(record.leaf, fields_of(record.leaf), record.signature))


Change = Callable[[Files], Files]


def many(count: int, start: int) -> list[bytes]:
    """Lines of plausible records, one a second, without a signature that holds: that is not what they are for."""
    from consent.encoding import timestamp
    from consent.record import uuid7

    half = 182 * 86_400
    return [
        b'{"leaf":{"answers":{"analytics":true},"expires":"%b","fingerprints":{"analytics":"abcdef"},"id":"%b",'
        b'"key":"%%b","locale":"en","method":"accept_all","notice":"%%b","personal":"%043d","regime":"opt-in",'
        b'"signals":{},"site":"demo","time":"%b","v":1,"vendors":{},"via":"form"},"signature":"%b"}\n'
        % (
            timestamp(start + number + half).encode(),
            str(uuid7((start + number) * 1000, number.to_bytes(10, "big"))).encode(),
            number * 10,
            timestamp(start + number).encode(),
            b"A" * 86,
        )
        for number in range(count)
    ]
