"""From a file to what its parts are checked against: container, manifest, keys, notices, checkpoints. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from ...encoding import b64, canonical, sha256, strict_json
from ...errors import KeysError
from ...keys import verifying, verifying_ledger
from ...ledger.checkpoint import number
from ...ledger.errors import LedgerError
from ...ledger.note import VerifierKey
from .. import container, layout
from .. import manifest as manifests
from ..container import Read
from ..errors import Lie
from ..manifest import Manifest
from .context import GRACE, Context, NoticeFacts
from .part import Placed, read_note

PIECE = 1 << 20  # bytes that are hashed at a time


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom the reader trusts. Empty: nobody, and the bundle is checked against its own keys."""

    ledger: tuple[VerifierKey, ...] = ()
    records: Mapping[str, bytes] | None = None  # of a file of the site's published keys


@dataclass(frozen=True, slots=True)
class Opened:
    """A bundle whose small members hold. `notes` are its checkpoints, `sizes` how many records each covers."""

    manifest: Manifest
    members: Mapping[str, Placed]
    context: Context
    sizes: tuple[int, ...]
    notes: tuple[str, ...]
    read: Read


def opened(read: Read, size: int, trust: Trust, *, signatures: bool = False) -> Opened:
    """A bundle, believed as far as its small members go. Raises Lie."""
    placed = {one.name: Placed(one.name, one.data, one.size, "") for one in container.members(read, size)}
    manifest, listed = _manifest(placed, read, trust)
    layout.check([one.path for one in manifest.members], manifest.size, manifest.site)
    for one in manifest.members:
        if _is_small(one.path):
            whole(listed[one.path], read)
    keys, ledger = _keys(_small(listed, layout.KEYS, read), manifest, trust)
    trusted = tuple(key for key in (trust.ledger or ledger) if key.name == manifest.origin)
    context = Context(
        site=manifest.site,
        origin=manifest.origin,
        size=manifest.size,
        keys=keys,
        trusted=trusted,
        notices={
            layout.notice_of(path): _notice(path, _small(listed, path, read), manifest)
            for path in listed
            if layout.is_notice(path)
        },
        signatures=signatures,
    )
    if _small(listed, layout.SUMS, read) != manifests.sums(manifest.members):
        raise Lie(layout.SUMS, "it does not list what the manifest lists")
    sizes, notes = _notes(listed, read, context, manifest)
    return Opened(manifest, listed, context, sizes, notes, read)


def _manifest(placed: Mapping[str, Placed], read: Read, trust: Trust) -> tuple[Manifest, dict[str, Placed]]:
    """The manifest, signed by a trusted key and equal to what the container holds."""
    names = list(placed)
    if names[-2:] != [layout.MANIFEST, layout.SIGNATURE]:
        raise Lie(container.WHERE, f"it does not end with {layout.MANIFEST} and {layout.SIGNATURE}: this is no bundle")
    raw, signature = (_small(placed, name, read) for name in names[-2:])
    keys = trust.ledger or _own(placed, read)
    manifests.check(raw, signature, keys)
    manifest = manifests.parse(raw)
    if manifest.origin != manifests.origin_of(signature):
        raise Lie(layout.MANIFEST, "it is of another log than the one whose key signed it")
    listed = {}
    for name, one in zip(names[:-2], manifest.members, strict=False):
        if name != one.path or placed[name].bytes != one.bytes:
            raise Lie(name, f"the manifest lists {one.path} of {one.bytes:,} bytes in its place")
        listed[name] = Placed(name, placed[name].at, one.bytes, one.sha256)
    if len(names) - 2 != len(manifest.members) or len(listed) != len(manifest.members):
        surplus = [*names[:-2], layout.MANIFEST][len(manifest.members)]
        raise Lie(surplus, "the container does not hold what the manifest lists, or a member stands twice")
    return manifest, listed


def _own(placed: Mapping[str, Placed], read: Read) -> tuple[VerifierKey, ...]:
    """The keys that the bundle itself brings."""
    try:
        return verifying_ledger(strict_json(_small(placed, layout.KEYS, read)))
    except (KeysError, ValueError, RecursionError) as error:
        raise Lie(layout.KEYS, "it names no key of the log") from error


def _is_small(path: str) -> bool:
    return path in layout.LISTED or layout.is_notice(path)


def _small(placed: Mapping[str, Placed], name: str, read: Read) -> bytes:
    """A member that is held in memory. Raises Lie for one that is missing, or larger than it can be."""
    found = placed.get(name)
    if found is None:
        raise Lie(name, "it is missing")
    limit = layout.LIMITS.get(name, layout.NOTICE_BYTES)
    if found.bytes > limit:
        raise Lie(name, f"it has {found.bytes:,} bytes, and in no bundle more than {limit:,}")
    return read(found.at, found.bytes)


def whole(member: Placed, read: Read) -> None:
    """Whether a member's bytes are the listed ones. Raises Lie."""
    digest = hashlib.sha256()
    at, end = member.at, member.at + member.bytes
    while at < end:
        piece = read(at, min(PIECE, end - at))
        if not piece:
            break
        digest.update(piece)
        at += len(piece)
    if digest.hexdigest() != member.sha256:
        raise Lie(member.path, "its bytes are not those that the manifest lists")


def _keys(raw: bytes, manifest: Manifest, trust: Trust) -> tuple[Mapping[str, bytes], tuple[VerifierKey, ...]]:
    """The public keys of the site, by id, and those of its log."""
    try:
        found = strict_json(raw)
        keys, ledger = verifying(found), verifying_ledger(found)
        if canonical(found) != raw:
            raise Lie(layout.KEYS, "it is not canonical JSON")
    except (KeysError, ValueError, RecursionError) as error:
        raise Lie(layout.KEYS, "it is not a file of public keys") from error
    if found.get("site") != manifest.site:
        raise Lie(
            layout.KEYS, f"it has the keys of {str(found.get('site'))[:40]!r}, and the bundle is of {manifest.site}"
        )
    if trust.ledger and not set(trust.ledger) & {key for key in ledger if key.name == manifest.origin}:
        raise Lie(layout.KEYS, "the key of the log that you trust is not in it")
    for key, public in keys.items():
        if trust.records is not None and trust.records.get(key) != public:
            raise Lie(layout.KEYS, f"it lists the key {key}, and the published keys that you gave do not")
    return keys, ledger


def _notice(path: str, body: bytes, manifest: Manifest) -> NoticeFacts:
    if b64(sha256(body)) != layout.notice_of(path):
        raise Lie(path, "its name is not the hash of what stands in it: it is not the notice that was shown")
    try:
        content = strict_json(body.decode())
        if canonical(content) != body:
            raise Lie(path, "it is not canonical JSON")
        answerable = frozenset(str(one["id"]) for one in content["purposes"] if one["answerable"])
        facts = NoticeFacts(str(content["locale"]), str(content["regime"]), answerable, content.get("advice", ""))
        site = content["site"]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Lie(path, "it cannot be read as a notice") from error
    if site != manifest.site:
        raise Lie(path, f"it is a notice of {str(site)[:40]!r}, and the bundle is of {manifest.site}")
    return facts


def _notes(
    listed: Mapping[str, Placed], read: Read, context: Context, manifest: Manifest
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The checkpoints, taken apart; only the last is verified here."""
    notes = split_notes(_small(listed, layout.CHECKPOINTS, read))
    sizes = tuple(_size(note) for note in notes)
    for before, size in pairwise(sizes):
        if size <= before:
            raise Lie(
                layout.CHECKPOINTS, f"the checkpoint of {size:,} records does not stand behind that of {before:,}"
            )
    if _small(listed, layout.CHECKPOINT, read) != notes[-1].encode():
        raise Lie(layout.CHECKPOINT, f"it is not the last of {layout.CHECKPOINTS}")
    size, time, root = read_note(notes[-1], context, full=True)
    if (size, root) != (manifest.size, manifest.root):
        raise Lie(layout.CHECKPOINT, f"it has another size or root than the manifest, which says {manifest.size:,}")
    if manifest.time < time - GRACE:
        raise Lie(layout.MANIFEST, "it was made before the newest checkpoint in it")
    return sizes, notes


def split_notes(raw: bytes) -> tuple[str, ...]:
    """Notes that stand one behind the other, with an empty line between them. Raises Lie."""
    try:
        blocks = raw.decode().removesuffix("\n").split("\n\n")
    except UnicodeDecodeError as error:
        raise Lie(layout.CHECKPOINTS, "it is not UTF-8") from error
    if len(blocks) % 2 or not raw.endswith(b"\n"):
        raise Lie(layout.CHECKPOINTS, "it is not a row of signed notes")
    return tuple(f"{text}\n\n{lines}\n" for text, lines in zip(blocks[::2], blocks[1::2], strict=True))


def join_notes(notes: tuple[str, ...]) -> bytes:
    """The same, put together."""
    return "\n".join(notes).encode()


def _size(note: str) -> int:
    try:
        return number(note.split("\n", 2)[1])
    except (IndexError, LedgerError) as error:
        raise Lie(layout.CHECKPOINTS, "a checkpoint in it has no size") from error
