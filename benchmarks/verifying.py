"""What `consent verify BUNDLE` costs, beside the bare hashing of the same leaves and nodes, and bare Ed25519.

The floor is hashlib over bytes that are ready, on one core: SHA-256(0x00 ‖ leaf) for each leaf, and
SHA-256(0x01 ‖ left ‖ right) for each node. Processor time is that of all processes together: other work on the machine
hardly counts there.
"""

from __future__ import annotations

import gc
import hashlib
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

import psutil  # type: ignore[import-untyped]

from consent import keys as rings
from consent.bundle import layout
from consent.bundle.verify.opening import Opened, Trust, opened
from consent.bundle.verify.part import read_lines
from consent.bundle.verify.run import verify
from consent.bundle.verify.source import FileSource
from consent.bundle.write import Log, write
from consent.decision import Answer, decide
from consent.encoding import seconds
from consent.export.lines import from_line
from consent.ledger import checkpoint as checkpoints
from consent.ledger import tiles
from consent.ledger.checkpoint import Checkpoint
from consent.ledger.tree import leaf_hash
from consent.locale import translator
from consent.notice import build, fingerprints
from consent.record import attestation, make, uuid7
from consent.regimes import for_region
from consent.signing import TOKEN_DOMAIN, verify_bytes
from consent.site.load import load
from consent.store import Entry, Page
from consent.store.page import paged

from .serving import ROOT
from .tables import Table

START = 1_795_233_600
EVERY = 20  # seconds between two records
SITE = ROOT / "examples" / "sites" / "imagegpt.toml"
Result = TypeVar("Result")


@dataclass
class Made:
    """A site with a log of many records, which are made again whenever they are asked for."""

    rows: int
    keys: rings.Keys = field(init=False)

    def __post_init__(self) -> None:
        self.site = load(SITE)
        seed = bytes(range(32))
        ledger = rings.ledger_key(self.site.id, seed[::-1], START)
        self.keys = rings.new_ring(self.site.id, START, seed, seed, seed, ledger)
        self.notice = build(self.site, for_region(None), "en", translator("en"))
        prints, asked = fingerprints(self.site), [one.id for one in self.site.purposes if one.asked]
        answers = (Answer("accept_all"), Answer("reject_all"), Answer("save", frozenset(asked[:1])))
        self.decisions = [
            decide(self.site, for_region(None), self.notice.id, "en", prints, replace(one, age="over"))
            for one in answers
        ]

    def entries(self) -> Iterator[Entry]:
        """The records, in order."""
        for number in range(self.rows):
            decision = self.decisions[number * 7 % 3]
            moment = START + number * EVERY
            bound = f"{number * 10:043d}" if decision.grants else None
            made = make(decision, self.keys, uuid7(moment * 1000, number.to_bytes(10, "big")), moment, bound)
            yield Entry(made.record, None, None, b"")

    def pages(self) -> Iterator[Page]:
        """The same, with their places."""
        at = 0
        for page in paged(self.entries(), 4000):
            yield replace(page, sealed=None, places=list(range(at, at + len(page))))
            at += len(page)

    def write(self, path: Path) -> None:
        """A bundle of them, with a checkpoint an hour."""
        assert self.keys.ledger
        known: dict[tuple[int, int], bytes] = {}

        def tile(level: int, number: int) -> bytes:
            return known[level, number]

        notes, size, source = [], 0, self.entries()
        name, seed = self.keys.ledger.origin, self.keys.ledger.seed
        while some := list(islice(source, 3600 // EVERY)):
            hashes = [leaf_hash(entry.record.leaf) for entry in some]
            known |= tiles.grow(size, tile, hashes)
            size += len(some)
            root = tiles.root_from(size, tile)
            notes.append(checkpoints.sign(Checkpoint(name, size, root), [(name, seed)], START + size * EVERY))
        log = Log(
            site=self.site.id,
            records=(entry.record for entry in self.entries()),
            pages=self.pages(),
            tiles=tile,
            notes=notes,
            notice=lambda _: self.notice.body,
            published=rings.published(self.keys),
            ledger=self.keys.ledger,
            time=START + size * EVERY,
            waiting=0,
            tool="benchmark",
        )
        with path.open("wb") as out:
            write(out, log)


def measure(rows: int = 1_000_000, rounds: int = 5, signed: int = 131_072) -> list[Table]:
    """Tables of both."""
    jobs = os.cpu_count() or 1
    table = Table(
        f"Verifying a bundle, on {jobs} cores",
        ("what", "records", "floor s", "verify s", "× floor", "× floor on as many cores", "memory MB", "records/s"),
        note="Floors are of one core: hashing leaves and nodes, and bare Ed25519. Ceilings: 2 × for the whole (leaves, "
        "tree, checkpoints, notices, files); with `--signatures` 1.2 × on as many cores; 300 MB: all processes, "
        "shared pages counted in each.",
    )
    with tempfile.TemporaryDirectory(prefix="consent-bench-") as folder:
        for count, floor, more in ((rows, _hashing, False), (min(rows, signed), _checking, True)):
            path = Path(folder) / "log.zip"
            Made(count).write(path)
            figures = [_round(path, floor, more, jobs) for _ in range(rounds)]
            walls, floors, shares, peaks = (statistics.median(column) for column in zip(*figures, strict=True))
            table.add(
                "every signature" if more else "the whole",
                f"{count:,}",
                f"{floors:.2f}",
                f"{walls:.2f}",
                f"{shares:.2f}",
                f"{shares * jobs:.2f}",
                f"{peaks:.0f}",
                f"{count / walls:,.0f}",
            )
    return [table]


def _round(
    path: Path, floor: Callable[[Opened], float], signatures: bool, jobs: int
) -> tuple[float, float, float, float]:
    """Seconds, those of the floor, their ratio, and megabytes: of another run, for to look costs time."""
    with FileSource(path) as source:
        bare = floor(opened(source.read, source.size, Trust()))
        began = time.perf_counter()
        verify(source, Trust(), signatures=signatures, jobs=jobs)
        wall = time.perf_counter() - began
        _, peak = _watched(lambda: verify(source, Trust(), signatures=signatures, jobs=jobs))
    return wall, bare, wall / bare, peak / 1e6


def _hashing(bundle: Opened) -> float:
    """Seconds of hashing leaves and nodes."""
    sha, spent = hashlib.sha256, 0.0
    row: list[bytes] = []
    for some in _lines(bundle):
        leaves = [line[8 : line.rindex(b',"signature":"')] for line in some]
        began = time.process_time()
        row += [sha(b"\x00" + leaf).digest() for leaf in leaves]
        spent += time.process_time() - began
    began = time.process_time()
    while len(row) > 1:
        pairs = [sha(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=False)]
        row = pairs + row[len(pairs) * 2 :]
    spent += time.process_time() - began
    assert row[0] == bundle.manifest.root
    return spent


def _checking(bundle: Opened) -> float:
    """Seconds of bare Ed25519 over messages that are ready."""
    spent = 0.0
    for some in _lines(bundle):
        ready = []
        for line in some:
            found = from_line(line)
            fields = found.fields or {}
            assert seconds(fields["time"])
            ready.append(
                (bundle.context.keys[fields["key"]], TOKEN_DOMAIN + attestation(fields, found.leaf), found.signature)
            )
        began = time.process_time()
        good = [verify_bytes(*one) for one in ready]
        spent += time.process_time() - began
        assert all(good)
    return spent


def _lines(bundle: Opened) -> Iterator[list[bytes]]:
    for number in range(layout.parts(bundle.manifest.size)):
        yield from read_lines(bundle.members[layout.part(number)], bundle.read, lambda _: None)


def _watched(what: Callable[[], Result]) -> tuple[Result, int]:
    """What it gives, and the most memory that it and its processes had, beyond what was there before."""
    gc.collect()
    me, over = psutil.Process(), threading.Event()
    before = me.memory_info().rss
    peak = [0]

    def watch() -> None:
        while not over.is_set():
            used = max(me.memory_info().rss - before, 0) + 40_000_000  # what Python and this package take
            for one in me.children(recursive=True):
                try:
                    used += one.memory_info().rss
                except psutil.Error:
                    continue
            peak[0] = max(peak[0], used)
            over.wait(0.05)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        found = what()
    finally:
        over.set()
        thread.join()
    return found, peak[0]
