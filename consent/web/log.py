"""The site's log, as monitors and witnesses read it (https://c2sp.org/tlog-tiles), and where cosignatures come in.

GET  log/checkpoint                 the newest signed head
GET  log/tile/L/N[.p/W]             hashes
GET  log/tile/entries/N[.p/W]       the records' leaves, which identify nobody, unless the site file withholds them
POST log/cosignature                a checkpoint of this log, cosigned by a witness that the site file names
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app
from flask.globals import request_ctx
from werkzeug.exceptions import RequestEntityTooLarge

from ..ledger import checkpoint as checkpoints
from ..ledger import note as notes
from ..ledger import tiles
from ..ledger.errors import LedgerError, MalformedNote, UntrustedNote
from ..ledger.note import Signature, VerifierKey
from ..ledger.tiles import ENTRIES, WIDTH, Name
from ..ledger.tree import HASH
from ..store import Head, StoreError
from . import cors, packed
from .problems import NOT_FOUND, TOO_OFTEN, Problem
from .replies import FOR_EVER, cached

if TYPE_CHECKING:
    from ..extension import Consent
    from ..service import Service

LONGEST = 60  # seconds that a cache may keep the newest checkpoint
AWAY = Problem("unavailable", 503, "The log cannot be read at present. Ask again in a moment.", retry_after=5)
MALFORMED = Problem("malformed", 400, "Send a checkpoint of this log as a signed note, with your cosignature.")
NOT_KEPT = Problem("not-kept", 409, "This is no checkpoint of this log, or none that is kept. Cosign the newest.")
UNKNOWN = Problem("unknown-witness", 403, "No witness that the site file names under ledger.witnesses cosigned this.")
TOO_LARGE = Problem("too-large", 413, f"A checkpoint is at most {notes.MAX_BYTES // 1024} KiB.")


def add(routes: Blueprint, consent: Consent) -> None:
    """Add these routes to the blueprint for people."""

    @routes.get("/log/<path:name>")
    def log(name: str) -> Response:
        """A file of the log."""
        return serve(consent, name)

    @routes.post("/log/cosignature")
    def cosignature() -> Response:
        """Take a cosignature."""
        return take(consent)


def serve(consent: Consent, name: str) -> Response:
    """The file of that name, for pages and programs of every origin."""
    response = _guarded(consent) or _file(consent.service, name)
    response.headers.extend(cors.OPEN)
    return response


def _guarded(consent: Consent) -> Response | None:
    """The refusal of whoever asks too often. Reading has a measure of its own: it takes nothing from decisions."""
    if consent.state.readers.admits(request_ctx.request.remote_addr or "", time.monotonic()):
        return None
    return TOO_OFTEN.response()


def _file(service: Service, name: str) -> Response:
    wanted = tiles.parse_path(name)
    if name != "checkpoint" and wanted is None:
        return NOT_FOUND.response()
    try:
        head = service.store.head(service.site.id)
        if head is None:
            return NOT_FOUND.response()
        return _checkpoint(head, service) if wanted is None else _tile(service, head, wanted)
    except StoreError as error:
        current_app.logger.error("consent: the log cannot be read", exc_info=error)
        return AWAY.response()


def _checkpoint(head: Head, service: Service) -> Response:
    response = Response(head.note, content_type="text/plain; charset=utf-8")
    return cached(response, min(service.site.ledger.seal_after, LONGEST))


def _tile(service: Service, head: Head, name: Name) -> Response:
    """A tile of any width up to the present one: what it holds never changes, whatever comes behind it."""
    site, start = service.site, name.number * WIDTH
    level = max(name.level, 0)
    hidden = name.level == ENTRIES and not site.ledger.entries
    if hidden or start + name.width > head.size >> (level * tiles.HEIGHT):
        return NOT_FOUND.response()
    if name.level == ENTRIES:
        leaves = [entry.record.leaf for _, entry in service.store.in_order(site.id, start, start + name.width)]
        return packed.packed(_immutable(tiles.entry_bundle(leaves)), quick=True)
    found = service.store.tile(site.id, level, name.number) or b""
    if len(found) < name.width * HASH:
        raise StoreError(f"The log of {site.id} lacks {tiles.path(name)}. Restore the database from a backup.")
    return _immutable(found[: name.width * HASH])


def _immutable(data: bytes) -> Response:
    return cached(Response(data, mimetype="application/octet-stream"), FOR_EVER)


def take(consent: Consent) -> Response:
    """Take a cosigned checkpoint: 204 once the cosignature is stored. The first guard that fails ends it."""
    if refused := _guarded(consent):
        return refused
    here, service = request_ctx.request, consent.service
    here.max_content_length = notes.MAX_BYTES
    try:
        data = here.get_data()
    except RequestEntityTooLarge:
        return TOO_LARGE.response()
    trusted = [VerifierKey.parse(text) for text in service.site.ledger.witnesses]
    try:
        size, text, signatures = _cosigned(data, trusted)
    except MalformedNote:
        return MALFORMED.response()
    except UntrustedNote:
        return UNKNOWN.response()
    try:
        kept = service.store.checkpoint(service.site.id, size)
        if kept is None or notes.parse(kept.note).text != text:
            return NOT_KEPT.response()
        service.store.cosign(service.site.id, size, signatures)
    except (StoreError, LedgerError) as error:
        current_app.logger.error("consent: the cosignature cannot be stored", exc_info=error)
        return AWAY.response()
    response = Response(status=204)
    response.headers["Cache-Control"] = "no-store"
    return response


def _cosigned(data: bytes, trusted: list[VerifierKey]) -> tuple[int, str, list[Signature]]:
    """Size and text of a checkpoint, and the verified cosignatures of trusted witnesses.

    Raises MalformedNote, UntrustedNote.
    """
    note = notes.parse(data)
    size = checkpoints.parse_text(note.text).size
    found = [checkpoints.cosignature(note, key) for key in trusted]
    signatures = [one for one in found if one is not None]
    if not signatures:
        raise UntrustedNote("No trusted witness cosigned this.")
    return size, note.text, signatures
