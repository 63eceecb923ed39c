"""A witness: follows another instance's log, checks that it only grows, and cosigns its checkpoints.

Two sites that watch each other cannot rewrite their past unnoticed: the witness remembers what it cosigned last, and
every later checkpoint must extend it (https://c2sp.org/tlog-cosignature).
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from .encoding import timestamp
from .errors import ConsentError
from .keys import LedgerKey
from .ledger import checkpoint as checkpoints
from .ledger import note as notes
from .ledger.checkpoint import Signed
from .ledger.errors import LedgerError
from .ledger.note import VerifierKey, to_base64
from .ledger.tiles import HEIGHT, WIDTH, Name, TileReader, path, reader
from .ledger.tree import HASH, check_consistency, consistency_proof, root_of
from .store import Head, Store

PATIENCE = 10.0  # seconds for one answer
LOCAL = ("localhost", "127.0.0.1", "::1")


class WitnessError(ConsentError):
    """The log could not be followed this time; nothing was cosigned."""


class ForkSeen(WitnessError):
    """The log has two histories, both signed. `proof` is the file that shows it to anyone."""

    def __init__(self, message: str, proof: Path) -> None:
        super().__init__(message)
        self.proof = proof


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look has found. `refusal` is why the log did not take the cosignature, "" where it did."""

    size: int
    before: int | None  # the size when it was cosigned last
    refusal: str


class Witness:
    """One site as the witness of one other log.

    `folder` is where the proof of a fork is kept. Nothing is cosigned that is not remembered first.
    """

    def __init__(
        self,
        store: Store,
        site: str,
        own: LedgerKey,
        url: str,
        key: VerifierKey,
        folder: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._site = site
        self._own = own
        self._url = _safe(url).rstrip("/")
        self._key = key
        self._folder = folder
        self._clock = clock

    def look(self) -> Seen:
        """Check the log's newest checkpoint against the one before, and cosign it.

        Raises ForkSeen, WitnessError, StoreUnavailable.
        """
        signed = self._newest()
        origin, size, root = signed.checkpoint.origin, signed.checkpoint.size, signed.checkpoint.root
        old = self._store.witnessed(self._site, origin)
        if old and size < old.size:
            raise WitnessError(
                f"{origin} shows a log of {size:,} records; it had {old.size:,} before. If this stays so, records "
                "were taken out of it, or a backup was restored. Ask who runs it."
            )
        self._check(signed, old)
        now = int(self._clock())
        text = signed.checkpoint.text
        cosignature = checkpoints.cosign(text, self._own.origin, self._own.seed, now)
        whole = checkpoints.with_signatures(signed.note, [cosignature])
        if not self._store.put_witnessed(self._site, origin, old, Head(size, root, now, whole)):
            raise WitnessError("Another process has witnessed this log meanwhile. One is enough.")
        return Seen(size, old.size if old else None, self._hand_in(f"{text}\n{cosignature}\n"))

    def _newest(self) -> Signed:
        data = _fetch(f"{self._url}/checkpoint", notes.MAX_BYTES)
        try:
            return checkpoints.read(data, [self._key])
        except LedgerError as error:
            raise WitnessError(f"What {self._url} shows is not signed by the key that was given: {error}") from error

    def _check(self, signed: Signed, old: Head | None) -> None:
        """Make sure that the checkpoint is the tiles' own, and extends the old one. Raises ForkSeen, WitnessError."""
        new = signed.checkpoint
        if old and old.size == new.size:
            if old.root != new.root:
                raise self._fork(signed, old, None, [])
            return
        hashes = reader(self._tiles(new.size))
        try:
            if root_of(new.size, hashes) != new.root:
                raise WitnessError(f"The tiles of {new.origin} do not lead to the root that it has signed.")
            if old is None:
                return
            found = root_of(old.size, hashes)
            proof = consistency_proof(old.size, new.size, hashes)
        except LookupError as error:
            raise WitnessError(f"A tile of {new.origin} is not complete: {error}.") from error
        if not check_consistency(old.size, old.root, new.size, new.root, proof):
            raise self._fork(signed, old, found, proof)

    def _tiles(self, size: int) -> TileReader:
        @cache
        def read(level: int, number: int) -> bytes:
            width = min((size >> level * HEIGHT) - number * WIDTH, WIDTH)
            data = _fetch(f"{self._url}/{path(Name(level, number, width))}", WIDTH * HASH)
            if len(data) != width * HASH:
                raise LookupError(f"tile {number} of level {level} has {len(data)} bytes")
            return data

        return read

    def _fork(self, signed: Signed, old: Head, found: bytes | None, proof: list[bytes]) -> ForkSeen:
        new = signed.checkpoint
        now = timestamp(int(self._clock()))
        what = (
            f"{new.origin} HAS TWO HISTORIES: it signed a log of {old.size:,} records, and now one of {new.size:,} "
            "that does not contain it."
        )
        evidence = {
            "what": what,
            "key": str(self._key),
            "before": old.note,
            "after": signed.note,
            # Leads from the other root at the size of the earlier one to the later one.
            "root": to_base64(found) if found else None,
            "consistency": [to_base64(one) for one in proof],
            "noticed": now,
        }
        file = self._folder / f"{self._site}.witnessed-fork-{now.replace(':', '')}.json"
        file.write_text(json.dumps(evidence, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        return ForkSeen(f"{what} Nothing was cosigned. Show this to its users and auditors: {file}", file)

    def _hand_in(self, note: str) -> str:
        """Give the cosignature to the log; why it did not take it, "" where it did."""
        request = urllib.request.Request(
            f"{self._url}/cosignature", note.encode(), {"Content-Type": "text/plain; charset=utf-8"}, method="POST"
        )
        try:
            _fetch(request, notes.MAX_BYTES)
        except WitnessError as error:
            return str(error)
        return ""


def _safe(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL):
        return url
    raise WitnessError("Give the address of the log with https, as in https://shop.example/consent/log")


class _Strict(urllib.request.HTTPRedirectHandler):
    """No redirects: an address is what was typed."""

    def redirect_request(self, *_: object) -> None:
        """None: the answer is an error."""


_opener = urllib.request.build_opener(_Strict)


def _fetch(request: str | urllib.request.Request, most: int) -> bytes:
    """A bounded answer. Raises WitnessError."""
    url = request if isinstance(request, str) else request.full_url
    try:
        with _opener.open(request, timeout=PATIENCE) as answer:
            data: bytes = answer.read(most + 1)
    except urllib.error.HTTPError as error:
        said = error.read(2000).decode(errors="replace")
        error.close()
        raise WitnessError(f"{url} answers {error.code}. {_detail(said)}".strip()) from error
    except (OSError, HTTPException, ValueError) as error:
        raise WitnessError(f"{url} cannot be reached: {getattr(error, 'reason', None) or error}.") from error
    if len(data) > most:
        raise WitnessError(f"{url} answers with more than {most:,} bytes.")
    return data


def _detail(problem: str) -> str:
    """What a problem document says (RFC 9457), in one line."""
    try:
        detail = json.loads(problem)["detail"]
    except (ValueError, KeyError, TypeError):
        return ""
    return " ".join(str(detail).split())[:300]
