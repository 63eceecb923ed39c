"""The newest checkpoint that a site's key has signed, kept beside the key: what a restored or copied database lacks.

SITE.checkpoint        the signed note; replaced after each commit
SITE.fork-TIME.json    proof of a fork, once one was noticed
"""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..encoding import timestamp
from ..ledger import checkpoint as checkpoints
from ..ledger.checkpoint import Checkpoint
from ..ledger.errors import LedgerError
from ..ledger.note import VerifierKey, to_base64
from ..ledger.tiles import TileReader, reader
from ..ledger.tree import consistency_proof, root_of
from .errors import LedgerDamaged, LedgerForked, StoreError
from .log import Head

WAY_ON = (
    "Nothing is sealed; records are stored as before. If two copies of the database are in use, stop the newer copy. "
    "If a backup was restored, put back the newer database, or begin a new log with: consent ledger renew {site}"
)


class Kept:
    """The file of one site, in the folder of its keys."""

    def __init__(self, folder: Path, site: str) -> None:
        self.path = folder / f"{site}.checkpoint"
        self._folder = folder
        self._site = site

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Be the only sealer of this site on this machine; False while another is at it. Raises StoreError."""
        try:
            lock = (self._folder / f".{self.path.name}.lock").open("w")
        except OSError as error:
            raise StoreError(
                f"The sealer keeps the newest checkpoint beside the keys, but cannot write to {self._folder}: "
                f"{error.strerror}. Let this process write there."
            ) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def check(self, head: Head | None, key: VerifierKey, tiles: TileReader, now: int) -> None:
        """Make sure that a database's head continues what was signed before. Raises LedgerForked, LedgerDamaged."""
        signed = self._read(key)
        if signed is None:
            return
        size = head.size if head else 0
        if signed.checkpoint.size > size:
            what = (
                f"The log in the database has {size:,} records, but this key has signed one of "
                f"{signed.checkpoint.size:,}."
            )
            raise self._forked(what, signed.note, head, None, now)
        try:
            found = root_of(signed.checkpoint.size, reader(tiles))
        except LookupError as error:
            raise LedgerDamaged(
                f"The log of {self._site} lacks a tile: {error}. Restore the database from a backup."
            ) from error
        if found != signed.checkpoint.root:
            what = (
                f"This key has signed a log whose first {signed.checkpoint.size:,} records are others than those in "
                "the database."
            )
            raise self._forked(what, signed.note, head, (signed.checkpoint, found, tiles), now)

    def keep(self, note: str) -> None:
        """Put a signed checkpoint in place: on the disk when this returns."""
        _put(self.path, note)

    def text(self) -> str | None:
        """The note that is kept. Raises StoreError where it cannot be read."""
        try:
            return self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"{self.path} cannot be read: {error}") from error

    def _read(self, key: VerifierKey) -> checkpoints.Signed | None:
        note = self.text()
        if note is None:
            return None
        try:
            return checkpoints.read(note, [key])
        except LedgerError as error:
            raise StoreError(
                f"{self.path} is no checkpoint that the key of {self._site} has signed: {error} If the keys were "
                "restored from a backup, restore this file with them."
            ) from error

    def _forked(
        self,
        what: str,
        kept: str,
        head: Head | None,
        other: tuple[Checkpoint, bytes, TileReader] | None,
        now: int,
    ) -> LedgerForked:
        evidence: dict[str, object] = {"what": what, "site": self._site, "signed": kept, "found": head and head.note}
        if other and head:
            signed, found, tiles = other
            # Leads from the other root at the size of the signed one to the head that was found.
            proof = consistency_proof(signed.size, head.size, reader(tiles))
            evidence["root"] = to_base64(found)
            evidence["consistency"] = [to_base64(one) for one in proof]
        path = self._known(evidence) or self._folder / f"{self._site}.fork-{timestamp(now).replace(':', '')}.json"
        if not path.exists():
            _put(path, json.dumps({**evidence, "noticed": timestamp(now)}, indent=2) + "\n")
        return LedgerForked(f"{what} {WAY_ON.format(site=self._site)} The proof is in {path}.", path)

    def _known(self, evidence: dict[str, object]) -> Path | None:
        """The file that shows the same already."""
        for path in sorted(self._folder.glob(f"{self._site}.fork-*.json")):
            try:
                found = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue
            if isinstance(found, dict) and all(found.get(name) == value for name, value in evidence.items()):
                return path
        return None


def _put(path: Path, text: str) -> None:
    """Write a file: whole or not at all, on the disk when this returns. Raises StoreError."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mkstemp makes it 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}. Let this process write there.") from error
