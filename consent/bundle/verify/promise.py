"""Whether the record that a token promises is in the log. Its absence is evidence, in the hands of the holder. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ...encoding import b64, timestamp
from ...errors import TokenError
from ...ledger.tiles import WIDTH
from ...ledger.tree import HASH
from ...token import leaf_hash_of, verified
from ..errors import BundleError, Lie, Missing
from .against import tile_reader
from .context import GRACE
from .opening import Opened

DELAY = 3600  # seconds: the longest that a site may let a record wait for its place
WHERE = "the token"
_WORDS = {
    "malformed": "it is not a token: it was cut off, or is something else",
    "unknown_key": "it is signed by a key that is not among those of keys.json",
    "signature": "its signature is not that of its key over what it says",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """The promise was kept: the record stands at `index`."""

    record: str
    index: int


def find(bundle: Opened, text: str) -> Kept:
    """Where a token's record stands in a log that was verified as a whole. Raises Lie, Missing, BundleError."""
    try:
        token = verified(text.strip(), bundle.context.keys)
    except TokenError as error:
        raise Lie(WHERE, _WORDS.get(error.reason, str(error))) from error
    if token.site != bundle.manifest.site:
        raise Lie(WHERE, f"it is of the site {token.site}, and the bundle is of {bundle.manifest.site}")
    hashed = leaf_hash_of(token)
    if hashed is None or token.record is None:
        raise BundleError(
            "This is the token of a refusal. It names no record, so that nobody can be followed by their no, and "
            "there is nothing to look for."
        )
    index = _index(bundle, hashed)
    if index is not None:
        return Kept(token.record, index)
    manifest = bundle.manifest
    if token.time + DELAY + GRACE < manifest.time:
        raise Missing(
            WHERE,
            f"it promises the record {token.record} of {timestamp(token.time)} with leaf hash {b64(hashed)}, and "
            f"the log of {timestamp(manifest.time)} does not hold it. The operator signed both, token and bundle: "
            "together they are evidence that a record was left out. Keep both",
        )
    raise Missing(
        WHERE,
        f"its record {token.record} of {timestamp(token.time)} is not in this bundle of {timestamp(manifest.time)}. It "
        f"may still have waited for its place, which takes up to an hour: ask for a newer bundle",
    )


def _index(bundle: Opened, hashed: bytes) -> int | None:
    tile = tile_reader(bundle)
    for number in range(-(-bundle.manifest.size // WIDTH)):
        row = tile(0, number)
        at = row.find(hashed)
        while at >= 0 and at % HASH:
            at = row.find(hashed, at + 1)
        if at >= 0:
            return number * WIDTH + at // HASH
    return None
